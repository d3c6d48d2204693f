// One fetch from URL to result: admission, redirects, body, processing.
//
// Every fetch needs a ticket; there are fetch.max_in_flight of them, and no more are handed out while the
// service drains. Bodies that are collected for a worker are bounded one by one (max_bytes) and together
// (max_collected). Loop thread only. Retries and politeness come on top, not in here.
#pragma once

#include <memory>

#include "fetch/fetch.hpp"
#include "fetch/ledger.hpp"
#include "worker/supervisor.hpp"

namespace fetchd {

class fetcher {
  public:
    // All bodies being collected at one time.
    static constexpr std::size_t max_collected = 1024U * 1024 * 1024;

    fetcher(client&, worker::supervisor&, config const&);

    // The right to have one fetch in flight; given back when destroyed.
    class ticket {
      public:
        explicit ticket(fetcher& f) : fetcher_(&f) { ++f.in_flight_; }
        ticket(ticket&& other) noexcept : fetcher_(std::exchange(other.fetcher_, nullptr)) {}
        ticket& operator=(ticket&&) = delete;
        ~ticket() {
            if (fetcher_)
                --fetcher_->in_flight_;
        }

      private:
        fetcher* fetcher_;
    };
    result<ticket> admit();

    // A share of what all bodies may take together; given back when destroyed.
    class share {
      public:
        explicit share(std::size_t& all) : all_(&all) {}
        share(share&& other) noexcept : all_(other.all_), mine_(std::exchange(other.mine_, 0)) {}
        share& operator=(share&&) = delete;
        ~share() { *all_ -= mine_; }
        [[nodiscard]] bool add(std::size_t bytes);

      private:
        std::size_t* all_;
        std::size_t mine_ = 0;
    };
    share no_share() { return share(collected_); }

    struct opened {
        std::optional<url> moved_to;  // where redirects led; nothing where there were none
        std::unique_ptr<response> answer;
    };
    // Follows redirects up to the final answer's head. `request.target` is where it starts.
    awaitable<result<opened>> open(fetch_request const& request, scope&, fetch_trace&);

    // The whole fetch; failures are in the result.
    awaitable<fetch_result> run(fetch_request request, scope&);

    struct document {
        std::string body;
        std::string content_type;
        std::vector<std::string> content_encoding;
        std::string base_url;
        std::vector<std::string> output;
        bool json = true;
    };
    // The processing alone, of bytes that were sent in.
    awaitable<fetch_result> process(document, scope&);

    // Counts, and writes the one log line. Called by run() and process(); by whoever uses open() alone.
    void settle(fetch_result const&);

    std::string next_id();
    void configure(config const& settings) { settings_ = settings.fetch; }
    void drain() { draining_ = true; }
    bool draining() const { return draining_; }
    std::size_t in_flight() const { return in_flight_; }
    fetch_config const& settings() const { return settings_; }
    ledger const& counts() const { return ledger_; }
    ledger& counts() { return ledger_; }

  private:
    awaitable<result<std::string>> collect(response&, std::size_t max_bytes, share&);
    awaitable<void> work_on(document&&, fetch_result&, scope&);

    client& client_;
    worker::supervisor& workers_;
    fetch_config settings_;
    ledger ledger_;
    std::size_t in_flight_ = 0;
    std::size_t collected_ = 0;
    std::uint64_t ids_ = 0;
    std::string id_prefix_;
    bool draining_ = false;
};

// Sums of the attempts, for the result.
void add_up(fetch_trace const&, fetch_timings&);

}  // namespace fetchd
