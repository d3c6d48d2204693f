// One fetch from URL to result: admission, redirects, body, processing.
//
// Every fetch needs a ticket; there are fetch.max_in_flight of them, and no more are handed out while the
// service drains. Bodies that are collected for a worker are bounded one by one (max_bytes) and together
// (max_collected). Loop thread only. Politeness comes on top, not in here.
#pragma once

#include <memory>

#include "fetch/fetch.hpp"
#include "fetch/journey.hpp"
#include "fetch/ledger.hpp"
#include "fetch/sessions.hpp"
#include "worker/supervisor.hpp"

namespace fetchd {

class fetcher {
  public:
    // All bodies being collected at one time.
    static constexpr std::size_t max_collected = 1024U * 1024 * 1024;

    fetcher(client&, worker::supervisor&, timer_wheel&, config const&);

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

    // Up to the head of the final answer. The request must live until the answer has been read.
    awaitable<result<journey::end>> open(fetch_request const& request, scope&, fetch_trace&);

    // The whole fetch; failures are in the result.
    awaitable<fetch_result> run(fetch_request request, scope&);

    struct document {
        std::string body;
        std::string content_type;
        bool no_sniff = false;  // the origin says that the type is right as it is
        std::vector<std::string> content_encoding;
        std::string base_url;
        std::vector<tasks::response_field> fields;  // of tasks::document_fields
        fetch_outputs output;
        bool json = true;
        bool keep = false;  // the body comes back with the result
    };
    // The processing alone, of bytes that were sent in.
    awaitable<fetch_result> process(document, scope&);

    // Counts, and writes the one log line. Called by run() and process(); by whoever uses open() alone.
    void settle(fetch_result const&);

    std::string next_id();
    void configure(config const&);
    void drain() { draining_ = true; }
    bool draining() const { return draining_; }
    std::size_t in_flight() const { return in_flight_; }
    fetch_config const& settings() const { return settings_; }
    phase_limits const& limits() const { return limits_; }
    ledger const& counts() const { return ledger_; }
    ledger& counts() { return ledger_; }
    sessions::numbers count_sessions() const { return sessions_.count(); }

  private:
    void sweep_sessions();
    awaitable<result<std::string>> collect(response&, std::size_t max_bytes, bool keep, share&);
    awaitable<void> take(fetch_request&, std::unique_ptr<response>, fetch_result&, scope&);
    awaitable<void> work_on(document&&, std::string origin, fetch_result&, scope&);

    client& client_;
    worker::supervisor& workers_;
    fetch_config settings_;
    phase_limits limits_;
    sessions sessions_;
    alarm sweep_;  // armed while there are sessions
    ledger ledger_;
    std::minstd_rand random_{std::random_device()()};
    std::size_t in_flight_ = 0;
    std::size_t collected_ = 0;
    std::uint64_t ids_ = 0;
    std::string id_prefix_;
    bool draining_ = false;
};

// The fields of a response that go along with its document, as many as do.
std::vector<tasks::response_field> about_the_document(headers const&);

// Sums of the attempts, for the result.
void add_up(fetch_trace const&, fetch_timings&);

}  // namespace fetchd
