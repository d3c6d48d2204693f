#include "base/json_object.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace fetchd::json_text {

void object::append_decimal(std::string& out, double value) {
    if (!std::isfinite(value) || std::abs(value) > 1e15)
        value = 0;
    std::array<char, 32> digits{};
    auto const made =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 6);
    std::string_view s(digits.data(), static_cast<std::size_t>(made.ptr - digits.data()));
    while (s.ends_with('0'))
        s.remove_suffix(1);
    if (s.ends_with('.'))
        s.remove_suffix(1);
    out += s == "-0" ? "0" : s;
}

}  // namespace fetchd::json_text
