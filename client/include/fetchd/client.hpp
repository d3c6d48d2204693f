// Talks to a fetchd service.
//
//     fetchd::client service({.base_url = "http://127.0.0.1:8484"});
//     auto page = service.fetch({.url = "https://example.com/"});
//     if (page)
//         std::cout << page->markdown();
//     else
//         std::cerr << page.error().message << '\n';
//
// Calls block and are safe from several threads at once; connections are kept for reuse. A value means that
// the fetch succeeded: whatever else happened is the error. Environment proxies are not used for the service
// itself.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>

#include "fetchd/answer.hpp"
#include "fetchd/document.hpp"
#include "fetchd/job.hpp"
#include "fetchd/request.hpp"

namespace fetchd {
inline namespace client_v1 {

struct client_options {
    std::string base_url = "http://127.0.0.1:8484";  // http or https, a path prefix is kept
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{0};             // of one call; 0: the service's own limit decides
    std::chrono::milliseconds idle_timeout{120'000};  // nothing at all arrives for so long
    std::string user_agent{};                         // empty: "fetchd-client/VERSION"
    std::size_t max_answer = std::size_t(256) << 20;  // bytes of an answer that is held in memory
    std::stop_token stop{};                           // ends calls in flight, and refuses new ones
    std::function<void(std::size_t)> on_bytes{};      // progress: called by whichever thread makes the call

    std::string problem() const;    // what is wrong with base_url, for a person; empty: nothing
    std::string shown_url() const;  // base_url without user and password
};

struct process_request {
    std::string_view body{};  // must live until the call returns
    std::string content_type{};
    std::string content_encoding{};
    std::string base_url{};  // what relative links are resolved against
    std::vector<std::string> outputs{};
    std::vector<output_option> options{};
};

struct raw_request {
    std::string url{};
    header_list headers{};  // of the kind the service passes on: accept, accept-encoding, range, if-*
    fetch_limits limits{};
    fetch_way way{};
};

struct raw_head {
    int status = 0;  // the origin's
    std::string final_url;
    header_list headers{};  // names in lower case

    std::string_view find(std::string_view lower_case_name) const;
};

struct raw_sink {
    std::function<bool(raw_head const&)> head{};   // once, before the body; false ends the call
    std::function<bool(std::string_view)> body{};  // as the bytes arrive; false ends the call
};

struct service_status {
    struct check {
        std::string name;
        bool ok = false;
        std::string detail;  // "up=2 want=2"
    };
    struct metric {
        std::string name;
        std::string labels;  // as written: outcome="ok"
        double value = 0;
    };

    bool ready = false;
    std::vector<check> checks;
    std::vector<metric> metrics;  // empty where /metrics did not answer
    std::string health_json;
    std::string ready_json;

    std::optional<double> total(std::string_view metric_name) const;  // over all labels
};

class client {
  public:
    explicit client(client_options = {});
    ~client();
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;

    answer<document> fetch(fetch_request const&);
    answer<document> process(process_request const&);

    // One output of a page ("markdown", "text", ...) as text.
    answer<std::string> read(std::string_view url, std::string_view output = "markdown", fetch_limits = {});

    // The origin's answer as it arrives. On an error after the head, the sink has seen a part of the body
    // only.
    answer<raw_head> raw(raw_request const&, raw_sink const&);

    // A service that answers but is not ready is a value with ready == false.
    answer<service_status> status();

    // The job when all of it is on the service's disk. Streams: costs the same memory however many lines.
    answer<job> submit(job_submission const&);
    answer<job> find_job(std::string_view id);
    answer<job> cancel_job(std::string_view id);
    answer<job> pause_job(std::string_view id);
    answer<job> resume_job(std::string_view id);
    // The newest first; `after` is the `next` of the page before; in_state may be empty.
    answer<job_page> list_jobs(unsigned limit = 100, std::string_view after = {},
                               std::string_view in_state = {});

    // On an error, call again after the last seq that the sink has seen: no gap, no repeat.
    answer<results_end> results(results_request const&, result_sink const&);

    // A value means that the sink has seen the whole file; on an error after the head, a part of it only.
    // Cannot be gone on with: the next call begins again.
    answer<export_head> export_job(export_request const&, export_sink const&);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace client_v1
}  // namespace fetchd
