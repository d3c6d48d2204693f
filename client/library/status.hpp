// Reads what a service says of itself. Pure.
#pragma once

#include "fetchd/client.hpp"

namespace fetchd {
inline namespace client_v1 {

// The Prometheus text format, version 0.0.4: samples only, at most 100,000; lines that make no sense are
// skipped.
std::vector<service_status::metric> parse_metrics(std::string_view text);

// The body of /readyz; sets `problem` where it is not what the API promises.
std::vector<service_status::check> parse_checks(std::string_view json, std::string& problem);

}  // namespace client_v1
}  // namespace fetchd
