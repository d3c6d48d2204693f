// URLs as logs may hold them: no credentials, no control bytes, of bounded length.
#pragma once

#include <string>
#include <string_view>

#include "http/url.hpp"

namespace fetchd {

constexpr std::size_t max_logged_url = 2048;

// "https://***@example.org/a?b#c"; cut off with "..." at `limit` bytes (at least 16).
std::string redacted(url const& u, std::size_t limit = max_logged_url);

// For text that need not be a URL, such as one that failed to parse: where there is an '@', everything before
// the last one goes, but for a scheme. That may take too much, and never too little. Control and non-ASCII
// bytes, quotes and backslashes come out as \xNN, so a log line stays one line.
std::string redacted(std::string_view text, std::size_t limit = max_logged_url);

}  // namespace fetchd
