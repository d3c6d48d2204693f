// What callers may ask for: query parameters and JSON fields, checked, and turned into what fetch/ wants.
//
// Unknown names are refused, with the name, and so are names given twice. Pure; nothing here is waited for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.hpp"
#include "fetch/fetch.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::api {

// The limits requests are held to.
struct schema_limits {
    fetch_config const& fetch;
    phase_limits const& phases;
    tasks::registry tasks;
};

struct asked {
    std::optional<fetch_request> fetch;  // set when all is well; its caller is not filled in
    milliseconds timeout{};
    bool max_bytes_named = false;  // by the caller
    bool retries_named = false;
};

// Each gives the answer to send when the request is not acceptable, and fills `out` otherwise.

// GET /v1/raw and /v1/read: url, timeouts, limits, retries, proxy, session; output where `with_output`.
std::optional<reply> read_query(std::string_view query, bool with_output, schema_limits const&, asked& out);

// POST /v1/fetch and /v1/explain: the same, and method, headers and body.
std::optional<reply> read_fetch_body(std::string_view body, schema_limits const&, asked& out);

struct process_asked {
    fetch_outputs output;
    std::string base_url;
    milliseconds timeout{};
};

// POST /v1/process: output and its options, url (the base for links), timeout_ms.
std::optional<reply> read_process_query(std::string_view query, schema_limits const&, process_asked& out);

}  // namespace fetchd::api
