#include "http/cookie_date.hpp"

#include "base/ascii.hpp"
#include "http/headers.hpp"

namespace fetchd {
namespace {

bool is_delimiter(char c) {
    auto const u = static_cast<unsigned char>(c);
    return u == 0x09 || (u >= 0x20 && u <= 0x2f) || (u >= 0x3b && u <= 0x40) || (u >= 0x5b && u <= 0x60) ||
           (u >= 0x7b && u <= 0x7e);
}

// Takes all digits at the front; nothing where there are fewer than `least` or more than `most`.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n]))
        ++n;
    if (n < least || n > most)
        return {};
    int number = 0;
    for (char c : text.substr(0, n))
        number = number * 10 + (c - '0');
    text.remove_prefix(n);
    return number;
}

struct time_of_day {
    int hour;
    int minute;
    int second;
};

std::optional<time_of_day> read_time(std::string_view token) {
    int fields[3];
    for (int i = 0; i < 3; ++i) {
        if (i > 0) {
            if (!token.starts_with(':'))
                return {};
            token.remove_prefix(1);
        }
        auto const number = take_number(token, 1, 2);
        if (!number)
            return {};
        fields[i] = *number;
    }
    return time_of_day{fields[0], fields[1], fields[2]};
}

std::optional<int> read_month(std::string_view token) {
    constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; ++i)
        if (token.size() >= 3 &&
            same_name(token.substr(0, 3), names.substr(static_cast<std::size_t>(i) * 3, 3)))
            return i + 1;
    return {};
}

struct found_fields {
    std::optional<time_of_day> time;
    std::optional<int> day;
    std::optional<int> month;
    std::optional<int> year;

    // A token is the first thing it can be that was not found yet.
    void take(std::string_view token) {
        auto rest = token;
        if (!time && (time = read_time(token)))
            return;
        if (!day && (day = take_number(rest, 1, 2)))
            return;
        if (!month && (month = read_month(token)))
            return;
        if (!year)
            year = take_number(rest, 2, 4);
    }
};

}  // namespace

std::optional<std::chrono::sys_seconds> parse_cookie_date(std::string_view text) {
    namespace chrono = std::chrono;
    found_fields found;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && !is_delimiter(text[end]))
            ++end;
        if (end > at)
            found.take(text.substr(at, end - at));
        at = end + 1;
    }
    if (!found.time || !found.day || !found.month || !found.year)
        return {};
    int const year = *found.year < 70    ? *found.year + 2000
                     : *found.year < 100 ? *found.year + 1900
                                         : *found.year;
    if (year < 1601 || found.time->hour > 23 || found.time->minute > 59 || found.time->second > 59)
        return {};
    auto const date = chrono::year(year) / *found.month / *found.day;
    if (!date.ok())
        return {};
    return chrono::sys_days(date) + chrono::hours(found.time->hour) + chrono::minutes(found.time->minute) +
           chrono::seconds(found.time->second);
}

}  // namespace fetchd
