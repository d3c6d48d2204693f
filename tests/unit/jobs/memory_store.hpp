// A store in memory, for tests of what stands above it.
//
// Answers in a later turn of the loop, as the real one does; fails when told to. Only what running jobs needs
// is there, the rest fails. restart() forgets what a process would: leases.
#pragma once

#include <map>
#include <set>

#include "jobs/store.hpp"

namespace fetchd::jobs {

class memory_store : public store {
  public:
    explicit memory_store(executor ex) : ex_(ex) {}

    // n items for each origin, "https://a.example/1" and so on.
    job make(job_draft, std::vector<std::string> const& origins, int items_each);
    void restart() { leases_.clear(); }
    std::optional<failure> broken{};                // what every call fails with
    std::optional<failure> broken_settle{};         // what a settle with `poison` in it, or any, fails with
    std::function<int()> turns = [] { return 1; };  // of the loop, before a call is answered
    std::string poison;                             // in a head
    bool cancels_slowly = false;                    // what is pending goes by end_cancel()
    void end_cancel(job_key);

    job& at(job_key key) { return jobs_.at(key).about; }
    struct stored {
        item_number n;
        jobs::outcome outcome;
        std::string head;
    };
    std::vector<stored> const& results(job_key key) { return jobs_.at(key).results; }
    std::size_t leased() const { return leases_.size(); }
    std::uint64_t lease_calls = 0;
    std::uint64_t lane_calls = 0;
    std::uint64_t job_calls = 0;
    std::uint64_t settle_calls = 0;
    std::uint64_t put_offs = 0;
    unix_ms last_now = 0;

    awaitable<result<job_key>> begin(job_draft) override;
    awaitable<result<added>> add(job_key, std::vector<item_draft>) override;
    awaitable<result<committed>> commit(job_key, idempotency) override;
    awaitable<result<void>> abandon(job_key) override;
    awaitable<result<std::optional<first_answer>>> find_answer(std::string, std::string) override;
    awaitable<result<job>> find(std::string) override;
    awaitable<result<job>> find(job_key) override;
    awaitable<result<job_page>> list(std::string, std::string, std::uint32_t,
                                     std::optional<job_state>) override;
    awaitable<result<std::vector<job>>> unfinished(job_key, std::uint32_t) override;
    awaitable<result<job>> pause(job_key) override;
    awaitable<result<job>> resume(job_key) override;
    awaitable<result<job>> cancel(job_key) override;
    awaitable<result<lane_page>> lanes(job_key, lane_key, std::uint32_t, unix_ms) override;
    awaitable<result<void>> put_off(job_key, lane_key, unix_ms) override;
    awaitable<result<std::vector<leased_item>>> lease(std::vector<lease_want>, time_point,
                                                      time_point) override;
    void give_back(std::vector<item_ref> const&, time_point) override;
    awaitable<result<std::vector<std::uint64_t>>> settle(std::vector<settlement>) override;
    awaitable<result<result_page>> read(read_want) override;
    std::unique_ptr<watch> watch_job(job_key, std::function<void()>) override { return nullptr; }
    awaitable<result<void>> put(record) override;
    awaitable<result<void>> put(std::vector<record>) override;
    awaitable<result<std::optional<record>>> get(std::string, unix_ms) override;
    awaitable<result<void>> erase(std::string) override;
    awaitable<result<record_page>> records(std::string, std::string, std::uint32_t, unix_ms) override;
    awaitable<result<due_events>> due(unix_ms, std::uint32_t) override;
    awaitable<result<void>> mark(std::vector<event_mark>) override;
    awaitable<result<void>> hasten(std::vector<std::string>, unix_ms) override;
    awaitable<result<std::vector<event>>> events(std::string, event_state, std::int64_t,
                                                 std::uint32_t) override;
    std::unique_ptr<watch> watch_outbox(std::function<void()>) override { return nullptr; }
    awaitable<result<swept>> sweep(retention) override;
    store_numbers count() const override { return {}; }

  protected:
    awaitable<void> later();

  private:
    struct kept {
        job about;
        std::map<lane_key, lane> lanes;
        std::map<lane_key, std::map<item_number, std::string>> items;  // pending
        std::vector<stored> results;
    };
    awaitable<result<job>> steer(job_key, job_state);

    executor ex_;
    std::map<job_key, kept> jobs_;
    std::map<std::pair<job_key, item_number>, time_point> leases_;  // free at
};

}  // namespace fetchd::jobs
