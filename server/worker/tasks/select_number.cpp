#include "worker/tasks/select_number.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"

namespace fetchd::select {
namespace {

constexpr std::size_t max_digits = 40;

enum class mark : unsigned char { none, point, comma, space, apostrophe };

struct group {
    mark before;  // it
    std::string_view digits;
};

struct written_mark {
    std::string_view bytes;
    mark what;
};

constexpr written_mark marks[] = {
    {".", mark::point},      {",", mark::comma},      {" ", mark::space},      {"\u00A0", mark::space},
    {"\u2009", mark::space}, {"\u202F", mark::space}, {"'", mark::apostrophe}, {"\u2019", mark::apostrophe},
};

std::string_view take_digits(std::string_view& s) {
    auto const end = std::find_if_not(s.begin(), s.end(), is_digit);
    auto const digits = s.substr(0, static_cast<std::size_t>(end - s.begin()));
    s.remove_prefix(digits.size());
    return digits;
}

// Digits, and what follows them behind single marks.
std::vector<group> groups_of(std::string_view s) {
    std::vector<group> out{{mark::none, take_digits(s)}};
    while (out.size() < max_digits) {
        auto const found = std::find_if(std::begin(marks), std::end(marks),
                                        [&](auto const& m) { return s.starts_with(m.bytes); });
        if (found == std::end(marks))
            break;
        s.remove_prefix(found->bytes.size());
        auto const digits = take_digits(s);
        if (digits.empty())
            break;
        out.push_back({found->what, digits});
    }
    return out;
}

// How many groups from the first are one whole number of thousands: all with the same mark between.
std::size_t thousands(std::vector<group> const& all) {
    if (all.size() < 2 || all[0].digits.size() > 3 || all[0].digits == "0")
        return 1;
    std::size_t last = 0;
    for (std::size_t i = 1; i < all.size() && all[i].before == all[1].before; ++i) {
        if (all[i].digits.size() == 3)
            last = i;
        else if (all[i].digits.size() != 2)
            break;
    }
    return last + 1;
}

bool is_decimal(mark m) {
    return m == mark::point || m == mark::comma;
}

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// Whether a minus stands before the digits at `at`, and not a hyphen between words or numbers.
bool is_negative(std::string_view s, std::size_t at) {
    for (std::string_view minus : {std::string_view("-"), std::string_view("\u2212")})
        if (s.substr(0, at).ends_with(minus)) {
            auto const before = at - minus.size();
            return before == 0 || !(is_digit(s[before - 1]) || is_letter(s[before - 1]));
        }
    return false;
}

}  // namespace

std::optional<std::string> first_number(std::string_view s) {
    auto const at = static_cast<std::size_t>(std::find_if(s.begin(), s.end(), is_digit) - s.begin());
    if (at == s.size())
        return std::nullopt;
    auto const groups = groups_of(s.substr(at));
    auto const whole = thousands(groups);
    std::string out;
    for (std::size_t i = 0; i < whole; ++i)
        out += groups[i].digits;
    out.erase(0, std::min(out.find_first_not_of('0'), out.size() - 1));
    if (whole < groups.size() && is_decimal(groups[whole].before) &&
        (whole == 1 || groups[whole].before != groups[1].before))
        out += "." + std::string(groups[whole].digits);
    if (out.size() > max_digits)
        return std::nullopt;
    return is_negative(s, at) ? "-" + out : out;
}

}  // namespace fetchd::select
