// Writing JSON by appending to a string: no tree, no allocation besides the output.
#pragma once

#include <string>
#include <string_view>

namespace fetchd::json_text {

// Appends `utf8` as a JSON string, quotes included (RFC 8259 §7). `utf8` must be valid UTF-8.
// Also escapes U+2028 and U+2029, which end a line for some readers of newline-delimited JSON.
void append_string(std::string& out, std::string_view utf8);

}  // namespace fetchd::json_text
