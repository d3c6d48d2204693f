// Letters and digits of ASCII, whatever the locale: what protocols compare and count by.
#pragma once

#include <string>
#include <string_view>

namespace fetchd {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string ascii_lowered(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered)
        c = ascii_lower(c);
    return lowered;
}

}  // namespace fetchd
