// A stored result as what an archive wants: the messages that went to and fro, apart from what was made of
// them. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "http/headers.hpp"
#include "jobs/store.hpp"

namespace fetchd::jobs {

using archive_time = std::chrono::sys_time<std::chrono::nanoseconds>;

struct archived_exchange {
    std::string url;      // that gave the answer: the last one of the redirects
    archive_time at{};    // when the result was stored
    std::string address;  // of the peer, without a port; empty: not known
    std::string method;   // empty: the request is not known
    headers request_fields;
    int status = 0;  // 0: there was no answer
    headers fields;  // as the origin sent them
    std::string body;
    bool has_body = false;  // the body was kept
    bool decoded = false;   // its content codings have been undone
    std::string truncated;  // why the body is not whole: "length", "time", "disconnect"; empty: it is
    std::string metadata;   // the result without its output, as JSON
};

// Reads the line and takes the body over. The request is known where the line has a member
// "request": {"method": "GET", "headers": [["name", "value"], ...]}. Nothing where the line is not a result.
std::optional<archived_exchange> archived(stored_result result, bool decoded);

}  // namespace fetchd::jobs
