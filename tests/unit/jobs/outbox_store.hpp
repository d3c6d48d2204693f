// The outbox and the records of a store in memory, for tests of webhooks.
//
// As the real one it hands out what is due until it is marked, and tells of what was written. Each call fails
// when told to, and has changed nothing then.
#pragma once

#include "loop/bell.hpp"
#include "unit/jobs/memory_store.hpp"

namespace fetchd::jobs {

class outbox_store : public memory_store {
  public:
    explicit outbox_store(executor ex) : memory_store(ex), freed_(ex) {}

    // What a call of this name ("due", "mark", "put" and so on) fails with.
    std::function<std::optional<failure>(std::string_view call)> fails = [](auto) { return std::nullopt; };
    std::string stuck;  // a call of this name is not answered before free()
    void free();
    std::map<std::string, std::size_t, std::less<>> calls;
    std::map<job_key, std::vector<std::string>> lines;  // results of jobs, from seq 1; "": gone
    std::map<std::string, record> kept;                 // the records

    std::int64_t write(event);  // gives it a key and an id
    event const& row(std::int64_t key) const { return rows_.at(key); }
    std::size_t in_state(event_state) const;

    using memory_store::find;
    using memory_store::put;
    awaitable<result<job>> find(job_key) override;
    awaitable<result<result_page>> read(read_want) override;
    awaitable<result<void>> put(record) override;
    awaitable<result<std::optional<record>>> get(std::string, unix_ms) override;
    awaitable<result<void>> erase(std::string) override;
    awaitable<result<record_page>> records(std::string, std::string, std::uint32_t, unix_ms) override;
    awaitable<result<due_events>> due(unix_ms, std::uint32_t) override;
    awaitable<result<void>> mark(std::vector<event_mark>) override;
    awaitable<result<void>> hasten(std::vector<std::string>, unix_ms) override;
    std::unique_ptr<watch> watch_outbox(std::function<void()>) override;

  private:
    awaitable<std::optional<failure>> asked(char const* call);
    void tell() const;

    std::map<std::int64_t, event> rows_;
    std::set<std::int64_t> growing_;  // not handed out yet
    std::shared_ptr<std::function<void()>> told_ = std::make_shared<std::function<void()>>();
    bell freed_;
};

}  // namespace fetchd::jobs
