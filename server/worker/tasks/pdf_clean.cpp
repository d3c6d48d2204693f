#include "worker/tasks/pdf_clean.hpp"

#include <array>
#include <cstdint>

#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::pdf {
namespace {

constexpr std::array<std::string_view, 7> ligatures = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};

// The next character of valid UTF-8, which is not empty; takes it off.
std::uint32_t next(std::string_view& s) {
    auto const lead = static_cast<unsigned char>(s.front());
    auto const length = lead < 0x80 ? 1U : lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
    std::uint32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (unsigned i = 1; i < length; ++i)
        c = (c << 6U) | (static_cast<unsigned char>(s[i]) & 0x3FU);
    s.remove_prefix(length);
    return c;
}

bool says_nothing(std::uint32_t c) {
    bool const control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
    bool const direction = c >= 0x202A && c <= 0x202E;  // poppler's own marks around right-to-left text
    return control || direction || c == 0xFEFF;
}

std::string characters(std::string_view raw) {
    std::string valid;
    if (!utf8::valid(raw)) {
        utf8::append_valid(valid, raw);
        raw = valid;
    }
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        auto const c = next(raw);
        if (says_nothing(c))
            continue;
        if (c == 0xAD) {
            if (!raw.empty() && raw.front() == '\n')
                raw.remove_prefix(1);
        } else if (c == 0xA0) {
            out += ' ';
        } else if (c >= 0xFB00 && c <= 0xFB06) {
            out += ligatures[c - 0xFB00];
        } else {
            utf8::append(out, c);
        }
    }
    return out;
}

// Digits of a date: `count` of them, within a range. Nothing is taken where they are not there.
std::optional<unsigned> number(std::string_view& s, std::size_t count, unsigned low, unsigned high) {
    if (s.size() < count)
        return std::nullopt;
    unsigned value = 0;
    for (char const c : s.substr(0, count)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value < low || value > high)
        return std::nullopt;
    s.remove_prefix(count);
    return value;
}

void append_padded(std::string& out, unsigned value, unsigned digits) {
    auto const s = std::to_string(value);
    out.append(digits > s.size() ? digits - s.size() : 0, '0');
    out += s;
}

unsigned days_in(unsigned year, unsigned month) {
    constexpr std::array<unsigned, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

// What follows the seconds: Z, or a sign, hours and minutes, with apostrophes or without.
std::string zone(std::string_view s) {
    if (s.starts_with('Z') || s.starts_with('z'))
        return "Z";
    if (!s.starts_with('+') && !s.starts_with('-'))
        return {};
    std::string out(1, s.front());
    s.remove_prefix(1);
    auto const hours = number(s, 2, 0, 23);
    if (!hours)
        return {};
    if (s.starts_with('\''))
        s.remove_prefix(1);
    auto const minutes = number(s, 2, 0, 59).value_or(0);
    if (*hours == 0 && minutes == 0)
        return "Z";
    append_padded(out, *hours, 2);
    out += ':';
    append_padded(out, minutes, 2);
    return out;
}

}  // namespace

std::string clean_page(std::string_view raw, bool keep_blank) {
    auto const text = characters(raw);
    std::string out;
    out.reserve(text.size());
    std::size_t blank = 0;
    for (std::string_view rest = text; !rest.empty();) {
        auto const end = std::min(rest.find('\n'), rest.size());
        auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (!line.empty() && utf8::is_space(line.back()))
            line.remove_suffix(1);
        if (line.empty()) {
            ++blank;
            continue;
        }
        if (!out.empty())
            out.append(keep_blank ? blank : std::min<std::size_t>(blank, 1), '\n');
        blank = 0;
        out += line;
        out += '\n';
    }
    return out;
}

std::string clean_line(std::string_view raw, std::size_t bytes) {
    // A character of the source is at least as long as what becomes of it, but for its whitespace.
    auto const text = characters(raw.substr(0, 4 * bytes));
    std::string out;
    for (std::string_view rest = utf8::trimmed(text); !rest.empty();) {
        std::size_t end = 0;
        while (end < rest.size() && !utf8::is_space(rest[end]))
            ++end;
        if (!out.empty())
            out += ' ';
        out += rest.substr(0, end);
        rest = utf8::trimmed(rest.substr(end));
    }
    out.resize(utf8::prefix(out, bytes).size());
    return out;
}

std::optional<std::string> rfc3339(std::string_view date) {
    date = utf8::trimmed(date);
    if (date.starts_with("D:"))
        date.remove_prefix(2);
    auto const year = number(date, 4, 1, 9999);
    if (!year)
        return std::nullopt;
    // A part that cannot be read ends the date; digits that are still there make it none.
    bool more = true;
    auto const part = [&](unsigned low, unsigned high) {
        auto const value = more ? number(date, 2, low, high) : std::nullopt;
        more = value.has_value();
        return value.value_or(low);
    };
    auto const month = part(1, 12);
    auto const day = part(1, days_in(*year, month));
    auto const hour = part(0, 23);
    auto const minute = part(0, 59);
    auto const second = part(0, 59);
    if (!date.empty() && date.front() >= '0' && date.front() <= '9')
        return std::nullopt;
    std::string out;
    append_padded(out, *year, 4);
    for (auto const& [mark, value] :
         {std::pair{'-', month}, {'-', day}, {'T', hour}, {':', minute}, {':', second}}) {
        out += mark;
        append_padded(out, value, 2);
    }
    return out + zone(date);
}

}  // namespace fetchd::tasks::pdf
