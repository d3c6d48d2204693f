#include "worker/tasks/metadata_date.hpp"

#include <array>
#include <cstdio>
#include <optional>

#include "base/ascii.hpp"
#include "worker/tasks/metadata_date_words.hpp"
#include "worker/tasks/utf8.hpp"
#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t max_date = 100;

struct moment {
    int year = -1;
    int month = -1;
    int day = -1;
    int hour = -1;
    int minute = 0;
    int second = -1;
    std::string_view fraction;  // digits
    std::optional<int> offset;  // minutes east of UTC
    bool afternoon = false;     // "PM"
    bool twelve = false;        // "AM" or "PM" was said
};

bool read_offset(date_scanner& s, moment& m) {
    int const sign = s.take('-') ? -1 : (s.take('+'), 1);
    auto const hours = s.digits();
    if (hours.size() != 2 && hours.size() != 4)
        return false;
    int minutes = hours.size() == 4 ? date_scanner::value_of(hours.substr(2)) : 0;
    if (hours.size() == 2 && s.take(':')) {
        auto const more = s.number(2);
        if (!more)
            return false;
        minutes = *more;
    }
    int const whole = date_scanner::value_of(hours.substr(0, 2));
    if (whole > 14 || minutes > 59)
        return false;
    m.offset = sign * (whole * 60 + minutes);
    return true;
}

// "Z", "GMT", "+0100", "GMT+01:00", "PST (a comment)"; "AM" and "PM" before it.
bool read_zone(date_scanner& s, moment& m) {
    s.spaces();
    while (is_letter(s.peek())) {
        auto const word = s.letters();
        auto const half = same_word(word, "am") || same_word(word, "pm");
        if (half && m.twelve)
            return false;
        if (half) {
            m.twelve = true;
            m.afternoon = same_word(word, "pm");
        } else if (m.offset || !(m.offset = zone_named(word))) {
            return false;
        }
        s.spaces();
    }
    if (s.peek() == '+' || s.peek() == '-') {
        if (m.offset.value_or(0) != 0 || !read_offset(s, m))
            return false;
        s.spaces();
    }
    if (s.take('(')) {
        s.letters();
        if (!s.take(')'))
            return false;
    }
    return true;
}

bool read_time(date_scanner& s, moment& m) {
    auto const hour = s.number(0);
    if (!hour || !s.take(':'))
        return false;
    auto const minute = s.number(2);
    if (!minute)
        return false;
    m.hour = *hour;
    m.minute = *minute;
    if (s.take(':')) {
        auto const second = s.number(2);
        if (!second)
            return false;
        m.second = *second;
        if (s.take_any(".,"))
            m.fraction = s.digits();
    }
    return true;
}

// "T195000Z" behind a date without separators.
bool read_dense_time(date_scanner& s, moment& m) {
    auto const all = s.digits();
    if (all.size() != 4 && all.size() != 6)
        return false;
    m.hour = date_scanner::value_of(all.substr(0, 2));
    m.minute = date_scanner::value_of(all.substr(2, 2));
    if (all.size() == 6)
        m.second = date_scanner::value_of(all.substr(4));
    return true;
}

// What may stand behind a date: nothing, or a time and a zone.
bool read_rest(date_scanner& s, moment& m, bool dense) {
    if (s.at_end())
        return true;
    bool const marked = s.take('T') || s.take('t');
    if (!marked) {
        s.spaces();
        auto const before = s.rest();
        if (is_letter(s.peek()) && !same_word(s.letters(), "at"))
            s.reset(before);
        s.spaces();
        if (s.take_any("-|"))
            s.spaces();
        if (s.at_end())
            return true;
    }
    return (dense && marked ? read_dense_time(s, m) : read_time(s, m)) && read_zone(s, m) && s.at_end();
}

bool read_numeric(date_scanner& s, moment& m) {
    auto const first = s.digits();
    if (first.size() == 8) {
        m.year = date_scanner::value_of(first.substr(0, 4));
        m.month = date_scanner::value_of(first.substr(4, 2));
        m.day = date_scanner::value_of(first.substr(6));
        return (s.at_end() || s.peek() == 'T') && read_rest(s, m, true);
    }
    if (first.size() != 4)
        return false;
    m.year = date_scanner::value_of(first);
    char const separator = s.peek();
    if (!s.take_any("-/."))
        return false;
    auto const month = s.number(separator == '-' ? 2 : 0);
    if (!month)
        return false;
    m.month = *month;
    if (!s.take(separator))
        return separator == '-' && s.at_end();
    auto const day = s.number(separator == '-' ? 2 : 0);
    if (!day)
        return false;
    m.day = *day;
    return read_rest(s, m, false);
}

void skip_ordinal(date_scanner& s) {
    auto const before = s.rest();
    auto const word = s.letters();
    for (std::string_view end : {"st", "nd", "rd", "th"})
        if (same_word(word, end))
            return;
    s.reset(before);
}

// "6 Nov 1994", "06-Nov-94" is left alone, "November 6th, 1994", "Nov 6 08:49:37 1994"; weekdays before it.
bool read_words(date_scanner& s, moment& m) {
    auto const before = s.rest();
    if (is_letter(s.peek()) && is_weekday(s.letters()))
        s.take('.');
    else
        s.reset(before);
    s.spaces();
    if (is_digit(s.peek())) {
        auto const day = s.number(0);
        if (!day)
            return false;
        m.day = *day;
        skip_ordinal(s);
        s.take_any("-.");
        s.spaces();
    }
    m.month = month_named(s.letters());
    s.take_any("-.");
    s.spaces();
    if (m.day < 0) {
        auto const day = s.number(0);
        if (!day)
            return false;
        m.day = *day;
        skip_ordinal(s);
        s.spaces();
        auto const year_later = s.rest();
        if (!s.number(4)) {  // asctime: the time before the year
            if (!read_time(s, m))
                return false;
            s.spaces();
            m.year = s.number(4).value_or(-1);
            return s.at_end();
        }
        s.reset(year_later);
    }
    m.year = s.number(4).value_or(-1);
    return m.year >= 0 && read_rest(s, m, false);
}

bool is_leap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool exists(moment& m) {
    static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (m.year < 1000 || m.month < 1 || m.month > 12)
        return false;
    if (m.day != -1 && (m.day < 1 || m.day > days[m.month - 1] + (m.month == 2 && is_leap(m.year))))
        return false;
    if (m.twelve) {
        if (m.hour < 1 || m.hour > 12)
            return false;
        m.hour = m.hour % 12 + (m.afternoon ? 12 : 0);
    }
    return m.hour <= 23 && m.minute <= 59 && m.second <= 60;
}

std::string written(moment const& m) {
    std::array<char, 64> text{};
    int n = std::snprintf(text.data(), text.size(), "%04d-%02d", m.year, m.month);
    std::string out(text.data(), static_cast<std::size_t>(n));
    auto const add = [&](char const* format, int value) {
        n = std::snprintf(text.data(), text.size(), format, value);
        out.append(text.data(), static_cast<std::size_t>(n));
    };
    if (m.day != -1)
        add("-%02d", m.day);
    if (m.hour == -1)
        return out;
    add("T%02d", m.hour);
    add(":%02d", m.minute);
    add(":%02d", m.second == -1 ? 0 : m.second);
    if (m.fraction.find_first_not_of('0') != m.fraction.npos)
        out.append(".").append(m.fraction.substr(0, 9));
    if (!m.offset)
        return out;
    if (*m.offset == 0)
        return out + "Z";
    auto const distance = *m.offset < 0 ? -*m.offset : *m.offset;
    out += *m.offset < 0 ? '-' : '+';
    add("%02d", distance / 60);
    add(":%02d", distance % 60);
    return out;
}

// Does the text follow the pattern? 'd' stands for a digit, everything else for itself.
bool fits(std::string_view text, std::string_view pattern) {
    if (text.size() != pattern.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (pattern[i] == 'd' ? !is_digit(text[i]) : text[i] != pattern[i])
            return false;
    return true;
}

// "Z", "+01:00" or nothing at the end is taken away.
std::string_view without_zone(std::string_view s) {
    if (s.ends_with('Z'))
        return s.substr(0, s.size() - 1);
    if (s.size() > 6 && (fits(s.substr(s.size() - 6), "+dd:dd") || fits(s.substr(s.size() - 6), "-dd:dd")))
        return s.substr(0, s.size() - 6);
    return s;
}

bool is_time(std::string_view s) {
    auto const dot = s.find('.');
    if (dot != s.npos && s.find_first_not_of("0123456789", dot + 1) != s.npos)
        return false;
    return fits(s.substr(0, dot), "dd:dd:dd");
}

}  // namespace

std::string iso_date(std::string_view text) {
    text = utf8::trimmed(text);
    if (text.empty() || text.size() > max_date)
        return {};
    moment numeric;
    if (date_scanner s(text); read_numeric(s, numeric) && exists(numeric))
        return written(numeric);
    moment words;
    if (date_scanner s(text); read_words(s, words) && exists(words))
        return written(words);
    return {};
}

std::string_view xsd_type_of(std::string_view s) {
    if (s.size() > max_date)
        return {};
    if (s.size() > 1 && s[0] == 'P' && s.find_first_not_of("PTYMDHS0123456789.") == s.npos)
        return "duration";
    auto const local = without_zone(s);
    if (local.size() > 11 && fits(local.substr(0, 11), "dddd-dd-ddT"))
        return is_time(local.substr(11)) ? "dateTime" : "";
    if (fits(local, "dddd-dd-dd"))
        return "date";
    if (is_time(local))
        return "time";
    if (fits(s, "dddd-dd"))
        return "gYearMonth";
    return fits(s, "dddd") ? "gYear" : "";
}

}  // namespace fetchd::tasks
