// Dates and times as RFC 3339 writes them (§5.6). Pure; no clock, no locale.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fetchd {

// "2026-11-21T08:00:00.25+01:00": with a time and an offset, years 1970 to 9999; what is finer than a
// millisecond is left out. A leap second counts as the next second. Nothing where it is anything else.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_rfc3339(std::string_view text);

// "2026-11-21T07:00:00Z", with as many digits of the fraction as asked for (0 to 9), cut off and not rounded.
// Years 0 to 9999.
std::string rfc3339(std::chrono::sys_time<std::chrono::nanoseconds>, unsigned digits = 0);

}  // namespace fetchd
