// What kind of document a body is, by its Content-Type value or, where that is missing, by its first bytes.
#pragma once

#include <string>
#include <string_view>

namespace fetchd::tasks {

enum class media_kind : unsigned char { html, text, other };

// "Text/HTML; charset=x" -> "text/html"; empty where the value is no media type (RFC 9110 §8.3.1).
std::string media_essence(std::string_view content_type);

// The charset parameter, unquoted; empty where there is none.
std::string media_charset(std::string_view content_type);

media_kind kind_of(std::string_view essence);

// Looks like HTML: "text/html"; UTF-8 without NUL: "text/plain"; else "application/octet-stream".
std::string_view sniff(std::string_view body);

}  // namespace fetchd::tasks
