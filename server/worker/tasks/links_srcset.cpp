#include "worker/tasks/links_srcset.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

using utf8::is_space;

std::size_t digits(std::string_view s) {
    return static_cast<std::size_t>(std::find_if_not(s.begin(), s.end(), is_digit) - s.begin());
}

// A valid non-negative integer (HTML §2.3.4.2).
bool is_count(std::string_view s) {
    return !s.empty() && digits(s) == s.size();
}

bool is_zero(std::string_view count) {
    return count.find_first_not_of('0') == count.npos;
}

// A valid floating-point number (HTML §2.3.4.3) that is not below zero.
bool is_density(std::string_view s) {
    auto const negative = s.starts_with('-');
    if (negative)
        s.remove_prefix(1);
    auto const mantissa = s.substr(0, std::min(s.find_first_of("eE"), s.size()));
    auto const whole = digits(mantissa);
    auto const rest = mantissa.substr(whole);
    if (rest.empty() ? whole == 0 : rest[0] != '.' || !is_count(rest.substr(1)))
        return false;
    if (mantissa.size() < s.size()) {
        auto exponent = s.substr(mantissa.size() + 1);
        if (exponent.starts_with('-') || exponent.starts_with('+'))
            exponent.remove_prefix(1);
        if (!is_count(exponent))
            return false;
    }
    return !negative || mantissa.find_first_not_of("0.") == mantissa.npos;
}

// What the descriptors of one candidate say so far.
struct descriptors {
    std::string_view width;
    std::string_view density;
    bool height = false;
    bool error = false;

    void add(std::string_view token) {
        auto const number = token.substr(0, token.size() - 1);
        if (token.back() == 'w' && is_count(number) && !is_zero(number) && width.empty() && density.empty())
            width = token;
        else if (token.back() == 'x' && is_density(number) && width.empty() && density.empty() && !height)
            density = token;
        else if (token.back() == 'h' && is_count(number) && !is_zero(number) && !height && density.empty())
            height = true;
        else
            error = true;
    }
    bool good() const { return !error && (!height || !width.empty()); }
    std::string_view text() const { return width.empty() ? density : width; }
};

// Reads descriptors up to the comma that ends the candidate; returns the place behind it. A comma inside
// parentheses ends nothing.
std::size_t read_descriptors(std::string_view s, std::size_t at, descriptors& into) {
    while (at < s.size() && s[at] != ',') {
        if (is_space(s[at])) {
            ++at;
            continue;
        }
        auto const begin = at;
        bool in_parens = false;
        for (; at < s.size() && (in_parens || (s[at] != ',' && !is_space(s[at]))); ++at)
            in_parens = in_parens ? s[at] != ')' : s[at] == '(';
        into.add(s.substr(begin, at - begin));
    }
    return std::min(at + 1, s.size());
}

}  // namespace

void parse_srcset(std::string_view s, std::vector<image_candidate>& found) {
    found.clear();
    for (std::size_t at = 0; found.size() < max_candidates;) {
        while (at < s.size() && (is_space(s[at]) || s[at] == ','))
            ++at;
        if (at == s.size())
            return;
        auto const begin = at;
        while (at < s.size() && !is_space(s[at]))
            ++at;
        auto url = s.substr(begin, at - begin);
        descriptors said;
        if (url.ends_with(',')) {
            while (url.ends_with(','))
                url.remove_suffix(1);
        } else {
            at = read_descriptors(s, at, said);
        }
        if (said.good())
            found.push_back({url, said.text()});
    }
}

}  // namespace fetchd::tasks
