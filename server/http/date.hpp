// HTTP dates (RFC 9110 §5.6.7). No I/O.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace fetchd {

using system_time = std::chrono::sys_seconds;

// All three forms a recipient must read: IMF-fixdate, RFC 850 (a year that would be more than 50 years after
// `now` is of the century before), asctime. Nothing when it is none of them. Leap seconds count as the next
// second.
std::optional<system_time> parse_http_date(std::string_view text, system_time now);

}  // namespace fetchd
