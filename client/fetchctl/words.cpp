#include "fetchctl/words.hpp"

#include <cmath>
#include <cstdio>

namespace fetchctl {
namespace {

void escape_byte(unsigned char c, std::string& to) {
    constexpr char digits[] = "0123456789abcdef";
    to += "\\x";
    to += digits[c >> 4];
    to += digits[c & 15];
}

// Length of the well-formed UTF-8 sequence at the start of text, 0 where there is none (Unicode, table 3-7).
std::size_t sequence_length(std::string_view text) {
    auto at = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    auto between = [&](std::size_t i, unsigned low, unsigned high) { return at(i) >= low && at(i) <= high; };
    unsigned const first = at(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return between(1, 0x80, 0xBF) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        unsigned const low = first == 0xE0 ? 0xA0 : 0x80;
        unsigned const high = first == 0xED ? 0x9F : 0xBF;
        return between(1, low, high) && between(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        unsigned const low = first == 0xF0 ? 0x90 : 0x80;
        unsigned const high = first == 0xF4 ? 0x8F : 0xBF;
        return between(1, low, high) && between(2, 0x80, 0xBF) && between(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

bool is_c1(std::string_view sequence) {
    return sequence.size() == 2 && sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

template <class... Numbers>
std::string formatted(char const* format, Numbers... numbers) {
    char text[64];
    std::snprintf(text, sizeof text, format, numbers...);
    return text;
}

}  // namespace

std::string printable(std::string_view text, line_ends lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto const c = static_cast<unsigned char>(text.front());
        auto length = sequence_length(text);
        bool const kept = c == '\t' || (c == '\n' && lines == line_ends::keep);
        bool const control = !kept && (c < 0x20 || c == 0x7F);
        if (length == 0 || control || is_c1(text.substr(0, length))) {
            length = length == 0 ? 1 : length;
            for (char bad : text.substr(0, length))
                escape_byte(static_cast<unsigned char>(bad), out);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string bytes_in_words(std::uint64_t n) {
    if (n < 1024)
        return std::to_string(n) + " B";
    constexpr char const* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto size = static_cast<double>(n) / 1024;
    std::size_t unit = 0;
    for (; size >= 1024 && unit < 5; ++unit)
        size /= 1024;
    return formatted("%.1f ", size) + units[unit];
}

std::string time_in_words(std::chrono::microseconds t) {
    auto const us = static_cast<double>(t.count());
    if (us < 1000)
        return formatted("%.0f us", us);
    if (us < 1'000'000)
        return formatted("%.1f ms", us / 1000);
    return formatted("%.2f s", us / 1'000'000);
}

std::string counted(std::size_t n, std::string_view thing) {
    return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

std::string number_in_words(double n) {
    if (!std::isfinite(n) || n != std::floor(n) || std::fabs(n) >= 1e15)
        return formatted("%.4g", n);
    auto digits = formatted("%.0f", std::fabs(n));
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return (n < 0 ? "-" : "") + digits;
}

}  // namespace fetchctl
