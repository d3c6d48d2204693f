// How results are streamed: as NDJSON with heartbeat lines, or as server-sent events (HTML §9.2). Pure.
//
// Both have one cursor, the seq of results: a reader that was cut off goes on after the last one it has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetchd::api {

// Server-sent events, each appended whole, with the empty line that dispatches it.

constexpr std::string_view event_stream_type = "text/event-stream";

// data: of any number of lines; one with nothing in it is still an event. name: without line ends.
void sse_event(std::optional<std::uint64_t> id, std::string_view name, std::string_view data,
               std::string& out);
void sse_heartbeat(std::string& out);                          // a comment: readers hear nothing of it
void sse_retry(std::uint32_t milliseconds, std::string& out);  // how long a reader waits before it comes back

// Last-Event-ID, as it was sent: the seq to go on after. Nothing where it is no id of ours.
std::optional<std::uint64_t> parse_last_event_id(std::string_view value);

// Lines that are no results: those have "seq". Without a line end; the same as data of an event.

// {"heartbeat":true,"next":17}: nothing new after this one yet.
std::string heartbeat_text(std::uint64_t next);

// {"gap":true,"first_seq":N}: results before it that were not given yet are not kept any more.
std::string gap_text(std::uint64_t first_seq);

// {"end":true,"next":17,"job":{...}}: the last line of a stream, without which it was cut off. over: there
// will never be more; else more may come after `next`. job: as JSON, with its totals.
std::string end_text(bool over, std::uint64_t next, std::string_view job);

}  // namespace fetchd::api
