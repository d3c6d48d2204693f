// Text as the tasks need it: is it valid UTF-8, and making it so; ASCII whitespace. Pure functions.
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

// Of bytes that do not begin with a valid character: how many of them one U+FFFD stands for. 0: no bytes.
std::size_t bad_prefix(std::string_view bytes);

// Appends `bytes` with each maximal wrong piece replaced by U+FFFD, as the Encoding standard's decoder does.
void append_valid(std::string& out, std::string_view bytes);

// Appends one code point; surrogates and what is past U+10FFFF become U+FFFD.
void append(std::string& out, std::uint32_t code_point);

// ASCII whitespace (Infra standard §4.6).
inline bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

inline std::string_view trimmed(std::string_view s) {
    while (!s.empty() && is_space(s.front()))
        s.remove_prefix(1);
    while (!s.empty() && is_space(s.back()))
        s.remove_suffix(1);
    return s;
}

// The longest prefix of at most `bytes` bytes that does not cut a character; `s` must be valid.
std::string_view prefix(std::string_view s, std::size_t bytes);

}  // namespace fetchd::utf8
