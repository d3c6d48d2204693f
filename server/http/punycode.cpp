#include "http/punycode.hpp"

#include <algorithm>
#include <cstdint>

namespace fetchd {
namespace {

// RFC 3492 §5
constexpr std::uint32_t base = 36, t_min = 1, t_max = 26, skew = 38, damp = 700;

char digit(std::uint32_t value) {
    return static_cast<char>(value < 26 ? 'a' + value : '0' + value - 26);
}

std::uint32_t adapted_bias(std::uint32_t delta, std::uint32_t points, bool first) {
    delta = first ? delta / damp : delta / 2;
    delta += delta / points;
    std::uint32_t k = 0;
    for (; delta > (base - t_min) * t_max / 2; k += base)
        delta /= base - t_min;
    return k + (base - t_min + 1) * delta / (delta + skew);
}

void append_variable_length(std::string& out, std::uint32_t delta, std::uint32_t bias) {
    for (std::uint32_t k = base;; k += base) {
        auto threshold = k <= bias ? t_min : std::min(k - bias, t_max);
        if (delta < threshold)
            break;
        out += digit(threshold + (delta - threshold) % (base - threshold));
        delta = (delta - threshold) / (base - threshold);
    }
    out += digit(delta);
}

}  // namespace

void append_punycode(std::string& out, std::u32string_view label) {
    std::uint32_t handled = 0;
    for (char32_t c : label) {
        if (c >= 0x80)
            continue;
        out += static_cast<char>(c);
        ++handled;
    }
    auto const basic = handled;
    if (basic > 0)
        out += '-';
    std::uint32_t bias = 72, delta = 0, floor = 0x80;
    while (handled < label.size()) {
        char32_t next = 0x10ffff;
        for (char32_t c : label)
            if (c >= floor)
                next = std::min(next, c);
        delta += (next - floor) * (handled + 1);
        for (char32_t c : label) {
            if (c < next)
                ++delta;
            if (c != next)
                continue;
            append_variable_length(out, delta, bias);
            bias = adapted_bias(delta, handled + 1, handled == basic);
            delta = 0;
            ++handled;
        }
        ++delta;
        floor = next + 1;
    }
}

}  // namespace fetchd
