// Jobs: many URLs handed to the service at once, fetched in its own time, their results read when they come.
//
//     auto made = service.submit(fetchd::job_of({"https://a.test/", "https://b.test/"}));
//     auto read = service.results({.id = made->id, .follow = true}, {.line = print});
//
// Plain values. Strings come from the service: escape them before they reach a terminal.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fetchd/request.hpp"

namespace fetchd {
inline namespace client_v1 {

// queued + waiting + running + succeeded + failed + skipped + cancelled == accepted.
struct job_counts {
    std::uint64_t accepted = 0;
    std::uint64_t queued = 0;
    std::uint64_t waiting = 0;  // for the time that politeness or a back-off names
    std::uint64_t running = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;  // robots.txt, policy
    std::uint64_t cancelled = 0;
    std::uint64_t duplicates = 0;  // left out when the job was accepted

    std::uint64_t pending() const { return queued + waiting + running; }
    std::uint64_t settled() const { return succeeded + failed + skipped + cancelled; }
};

// Of the state of a job: there will be no further result.
inline bool has_ended(std::string_view state) {
    return state == "finished" || state == "cancelled";
}

// What holds items of a job up.
struct job_wait {
    std::string origin;
    std::string why;    // "delay", "back_off", "paused" and so on
    std::string until;  // RFC 3339; empty: nobody knows
    std::uint64_t items = 0;
};

struct job {
    std::string json;  // as the service sent it, on one line
    std::string id;
    std::string state;    // "active", "paused", "cancelling", "cancelled", "finished"
    std::string created;  // RFC 3339
    std::string ended;    // empty while it has not
    job_counts counts;
    std::uint64_t first_seq = 1;  // results before it are no longer kept
    std::uint64_t last_seq = 0;
    std::uint64_t bytes = 0;                                    // of all results
    std::vector<std::pair<std::string, std::string>> labels{};  // sorted as the service has them
    std::vector<job_wait> waits{};  // the longest first, some of them; where one job was asked for

    bool has_ended() const { return client_v1::has_ended(state); }
    bool all_succeeded() const { return has_ended() && counts.succeeded == counts.accepted; }

    static answer<job> parse(std::string_view json);
};

struct job_page {
    std::vector<job> jobs;
    std::string next;  // empty: there are no more
};

// What is said of a job as a whole; what is left empty is left to the service.
struct job_options {
    fetch_request defaults{};  // without a URL: what all its items have in common
    std::optional<int> priority{};
    std::optional<unsigned> concurrency{};
    std::chrono::milliseconds deadline{0};
    bool deduplicate = false;
    bool archive = false;  // keep requests and bodies, for an export as WARC
    bool robots = true;    // obey robots.txt
    std::vector<std::pair<std::string, std::string>> labels{};
};

struct job_submission {
    job_options options{};

    // Lines of NDJSON: a JSON string or object each. Writes at most `room` bytes to `to` and says how many; 0
    // is the end, nullopt gives the submission up: no job is made. Called until then, by the calling thread.
    std::function<std::optional<std::size_t>(char* to, std::size_t room)> read{};

    // The same key with the same lines never makes a second job: so a submission whose answer was lost can be
    // sent again. Empty: none.
    std::string idempotency_key{};
};

// A submission of these URLs, with a key of its own.
job_submission job_of(std::vector<std::string> urls, job_options = {});
std::string new_idempotency_key();

struct results_request {
    std::string id{};
    std::uint64_t after = 0;               // results behind this seq
    std::optional<std::uint64_t> limit{};  // at least 1
    bool follow = false;                   // wait for those to come, until the job has ended
    std::string outcomes{};                // "ok,failed"; empty: all
};

struct result_sink {
    // One whole result, without its line end; false ends the call. A result cut off is never given.
    std::function<bool(std::string_view line, std::uint64_t seq)> line{};
    // The stream is alive and has come as far as this seq.
    std::function<void(std::uint64_t next)> alive{};
    // Results before this one that were still to be read are not kept any more. Without it that is an error.
    std::function<void(std::uint64_t first_seq)> gap{};
};

struct results_end {
    bool end = false;        // there will be no further result
    std::uint64_t next = 0;  // `after` of the next call
    job about;
};

// Results as a file: those that are there when it begins.
struct export_request {
    std::string id{};
    std::string format = "ndjson";  // or "csv", "warc"
    std::string outcomes{};         // "ok,failed"; empty: all
    std::string fields{};           // "url,status,output.text"; empty: all, or what CSV has by default
    std::string formulas{};         // of CSV: "as_it_is"; empty: defused
};

struct export_head {
    std::string job_state;  // when the export began
    std::string media_type;

    bool has_ended() const { return client_v1::has_ended(job_state); }
};

struct export_sink {
    std::function<bool(export_head const&)> head{};  // once, before the body; false ends the call
    std::function<bool(std::string_view)> body{};    // as the bytes arrive; false ends the call
};

}  // namespace client_v1
}  // namespace fetchd
