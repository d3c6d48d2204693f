// The pieces dates are written with: digits, separators, English names of months, weekdays and zones.
#pragma once

#include <optional>
#include <string_view>

#include "base/ascii.hpp"

namespace fetchd::tasks {

inline bool is_letter(char c) {
    auto const lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'z';
}

// Reads a text from left to right.
class date_scanner {
  public:
    explicit date_scanner(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
    bool take(char c) {
        if (peek() != c || rest_.empty())
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool take_any(std::string_view of) {
        return !rest_.empty() && of.find(rest_[0]) != of.npos && take(rest_[0]);
    }
    void spaces() {
        while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == ','))
            rest_.remove_prefix(1);
    }
    std::string_view while_(bool (*is)(char)) {
        std::size_t n = 0;
        while (n < rest_.size() && is(rest_[n]))
            ++n;
        auto const taken = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return taken;
    }
    std::string_view digits() { return while_(is_digit); }
    std::string_view letters() { return while_(is_letter); }
    // A number of so many digits, or of at most 2 where `count` is 0.
    std::optional<int> number(std::size_t count) {
        auto const before = rest_;
        auto const s = digits();
        if (count == 0 ? s.empty() || s.size() > 2 : s.size() != count) {
            rest_ = before;
            return std::nullopt;
        }
        return value_of(s);
    }
    static int value_of(std::string_view s) {
        int value = 0;
        for (char c : s)
            value = value * 10 + (c - '0');
        return value;
    }
    std::string_view rest() const { return rest_; }
    void reset(std::string_view to) { rest_ = to; }

  private:
    std::string_view rest_;
};

// 1 to 12 for the English names and what they are shortened to, 0 for anything else.
int month_named(std::string_view word);

bool is_weekday(std::string_view word);

// Minutes east of UTC. The zones of RFC 5322 §4.3; what others mean depends on whom one asks.
std::optional<int> zone_named(std::string_view word);

}  // namespace fetchd::tasks
