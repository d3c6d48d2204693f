#include "worker/tasks/feed_date.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

using namespace std::chrono;

constexpr std::size_t longest = 100;  // bytes that are looked at

struct moment {
    sys_seconds at;
    bool timed = false;
};

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// Takes a date apart from left to right.
class scanner {
  public:
    explicit scanner(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }
    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

    void skip(std::string_view any_of) {
        while (!rest_.empty() && any_of.find(rest_.front()) != std::string_view::npos)
            rest_.remove_prefix(1);
    }
    bool take(char c) {
        if (peek() != c || rest_.empty())
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    // Between `least` and `most` digits.
    std::optional<int> number(std::size_t least, std::size_t most) {
        std::size_t n = 0;
        int value = 0;
        while (n < rest_.size() && n < most && is_digit(rest_[n]))
            value = value * 10 + (rest_[n++] - '0');
        if (n < least)
            return std::nullopt;
        rest_.remove_prefix(n);
        digits_ = n;
        return value;
    }
    std::size_t digits() const { return digits_; }  // of the last number

    std::string word() {
        std::size_t n = 0;
        while (n < rest_.size() && is_letter(rest_[n]))
            ++n;
        auto const found = ascii_lowered(rest_.substr(0, n));
        rest_.remove_prefix(n);
        return found;
    }

  private:
    std::string_view rest_;
    std::size_t digits_ = 0;
};

struct zone {
    std::string_view name;
    int minutes;
};

// RFC 5322 §4.3's, and those that feeds are written with besides.
constexpr zone zones[] = {
    {"est", -300}, {"edt", -240},  {"cst", -360},  {"cdt", -300}, {"mst", -420}, {"mdt", -360}, {"pst", -480},
    {"pdt", -420}, {"akst", -540}, {"akdt", -480}, {"hst", -600}, {"ast", -240}, {"adt", -180}, {"brt", -180},
    {"art", -180}, {"west", 60},   {"cet", 60},    {"met", 60},   {"cest", 120}, {"mest", 120}, {"bst", 60},
    {"eet", 120},  {"eest", 180},  {"msk", 180},   {"msd", 240},  {"sast", 120}, {"hkt", 480},  {"sgt", 480},
    {"awst", 480}, {"kst", 540},   {"jst", 540},   {"aest", 600}, {"aedt", 660}, {"acst", 570}, {"acdt", 630},
    {"nzst", 720}, {"nzdt", 780},
};

// "+0100", "+01:00", "-5", "EST", "GMT+1", "(CET)"; how far its clocks are ahead. Nothing there is UTC.
std::optional<minutes> read_zone(scanner& in) {
    in.skip(" (");
    int named = 0;
    if (auto const name = in.word(); !name.empty()) {
        for (auto const& z : zones)
            if (z.name == name)
                named = z.minutes;
        in.skip(" ");
    }
    auto const sign = in.peek();
    if (sign != '+' && sign != '-')
        return minutes(named);
    in.take(sign);
    auto const first = in.number(1, 4);
    if (!first)
        return std::nullopt;
    int total = 0;
    if (in.digits() > 2) {
        total = *first / 100 * 60 + *first % 100;
    } else {
        in.take(':');
        total = *first * 60 + in.number(2, 2).value_or(0);
    }
    if (total >= 24 * 60)
        return std::nullopt;
    return minutes(sign == '-' ? -total : total);
}

// "18:30", "18:30:02.5", "183002"
std::optional<seconds> time_of_day(scanner& in) {
    auto const h = in.number(1, 2);
    bool const colons = in.take(':');
    auto const m = in.number(2, 2);
    if (!h || !m)
        return std::nullopt;
    int s = 0;
    if (colons ? in.take(':') : is_digit(in.peek()))
        s = in.number(1, 2).value_or(60);
    if (in.take('.') || in.take(','))
        in.skip("0123456789");
    bool const midnight = *h == 24 && *m == 0 && s == 0;  // ISO 8601: the end of the day
    if ((*h > 23 && !midnight) || *m > 59 || s > 60)
        return std::nullopt;
    return hours(*h) + minutes(*m) + seconds(s);
}

std::optional<moment> assemble(int y, int m, int d, std::optional<seconds> time, minutes ahead) {
    year_month_day const date(year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d)));
    if (!date.ok())
        return std::nullopt;
    auto const at = sys_days(date) + time.value_or(seconds(0)) - ahead;
    // RFC 3339 has four digits for the year.
    if (auto const in_utc = year_month_day(floor<days>(at)).year(); in_utc < year(0) || in_utc > year(9999))
        return std::nullopt;
    return moment{at, time.has_value()};
}

// The time and zone after a date, where there are any.
std::optional<moment> with_time(scanner& in, int y, int m, int d) {
    if (!is_digit(in.peek()))
        return assemble(y, m, d, std::nullopt, minutes(0));
    auto const time = time_of_day(in);
    if (!time)
        return std::nullopt;
    auto const ahead = read_zone(in);
    if (!ahead)
        return std::nullopt;
    return assemble(y, m, d, time, *ahead);
}

std::optional<moment> iso_date(scanner in) {
    auto const y = in.number(4, 4);
    if (!y)
        return std::nullopt;
    int m = 1;
    int d = 1;
    auto const separator = in.peek();
    bool const separated = separator == '-' || separator == '/' || separator == '.';
    if (separated || is_digit(separator)) {
        if (separated)
            in.take(separator);
        auto const month = in.number(separated ? 1 : 2, 2);
        if (!month)
            return std::nullopt;
        m = *month;
        if (separated ? in.take(separator) : is_digit(in.peek())) {
            auto const day = in.number(separated ? 1 : 2, 2);
            if (!day)
                return std::nullopt;
            d = *day;
        }
    }
    auto const next = in.peek();
    if (!in.done() && next != 'T' && next != 't' && next != ' ' && next != '_' && next != 'Z')
        return std::nullopt;
    in.skip("Tt_ ");
    return with_time(in, *y, m, d);
}

int month_named(std::string_view name) {
    constexpr std::array<std::string_view, 12> names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (name.starts_with(names[i]))
            return static_cast<int>(i) + 1;
    return 0;
}

int full_year(int written, std::size_t digits) {
    if (digits > 2)
        return digits == 3 ? written + 1900 : written;  // RFC 5322 §4.3
    return written < 50 ? written + 2000 : written + 1900;
}

// "Sat, 13 Dec 2003 18:30:02 GMT", and as asctime or people have it: "Sat Dec 13 18:30:02 2003",
// "December 13, 2003 18:30"
std::optional<moment> rfc822_date(scanner in) {
    constexpr std::string_view gaps = " ,.-\t";
    std::optional<int> d;
    int m = 0;
    for (int words = 0; m == 0 && words < 2; ++words) {
        in.skip(gaps);
        if (is_digit(in.peek())) {
            d = in.number(1, 2);
            in.word();  // "13th"
            in.skip(gaps);
        }
        m = month_named(in.word());
    }
    in.skip(gaps);
    if (!d && m != 0) {
        d = in.number(1, 2);
        in.word();
        in.skip(gaps);
    }
    if (m == 0 || !d)
        return std::nullopt;
    // In asctime's order the time stands before the year.
    auto const here = in;
    auto const y = in.number(2, 4);
    if (!y)
        return std::nullopt;
    if (in.peek() != ':') {
        auto const digits = in.digits();
        in.skip(", \tT");
        if (in.word() == "at")
            in.skip(" ");
        return with_time(in, full_year(*y, digits), m, *d);
    }
    in = here;
    auto const time = time_of_day(in);
    in.skip(" ");
    auto const name = in.word();
    in.skip(" ");
    auto const late_year = in.number(4, 4);
    if (!time || !late_year)
        return std::nullopt;
    scanner zone_name(name);
    return assemble(*late_year, m, *d, time, read_zone(zone_name).value_or(minutes(0)));
}

std::optional<moment> read(std::string_view written) {
    auto const text = utf8::trimmed(written);
    if (text.size() > longest)
        return std::nullopt;
    if (auto const found = iso_date(scanner(text)))
        return found;
    return rfc822_date(scanner(text));
}

std::string full_date(sys_seconds at) {
    year_month_day const date(floor<days>(at));
    char out[16];
    std::snprintf(out, sizeof out, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return out;
}

std::string date_time(sys_seconds at) {
    hh_mm_ss const time(at - floor<days>(at));
    char out[16];
    std::snprintf(out, sizeof out, "T%02d:%02d:%02dZ", static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
    return full_date(at) + out;
}

}  // namespace

std::optional<std::string> feed_date(std::string_view written) {
    auto const found = read(written);
    if (!found)
        return std::nullopt;
    return date_time(found->at);
}

std::optional<std::string> sitemap_date(std::string_view written) {
    auto const found = read(written);
    if (!found)
        return std::nullopt;
    return found->timed ? date_time(found->at) : full_date(found->at);
}

}  // namespace fetchd::tasks
