// UTF-8 as the tasks need it: is it valid, and making it so. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fetchd::utf8 {

// How many bytes from the start are valid UTF-8 (no surrogates, no overlong forms, nothing past U+10FFFF).
std::size_t valid_prefix(std::string_view bytes);

inline bool valid(std::string_view bytes) {
    return valid_prefix(bytes) == bytes.size();
}

// Appends `bytes` with each maximal wrong piece replaced by U+FFFD, as the Encoding standard's decoder does.
void append_valid(std::string& out, std::string_view bytes);

// Appends one code point; surrogates and what is past U+10FFFF become U+FFFD.
void append(std::string& out, std::uint32_t code_point);

// The longest prefix of at most `bytes` bytes that does not cut a character; `s` must be valid.
std::string_view prefix(std::string_view s, std::size_t bytes);

}  // namespace fetchd::utf8
