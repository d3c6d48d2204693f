// The dates of cookies (RFC 6265bis §5.1.1): not those of HTTP, but whatever servers have written since 1994.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace fetchd {

// "Wed, 09 Jun 2021 10:18:14 GMT", "9-jun-21 10:18:14", in any order and with anything between; always UTC.
// From 1601 to 9999, which is more than the system clock's own type holds.
std::optional<std::chrono::sys_seconds> parse_cookie_date(std::string_view text);

}  // namespace fetchd
