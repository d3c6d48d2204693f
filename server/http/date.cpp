#include "http/date.hpp"

#include <algorithm>
#include <array>

namespace fetchd {
namespace {

using namespace std::chrono;

// Takes a date apart from left to right; once something is missing, nothing more is found.
class reader {
  public:
    explicit reader(std::string_view text) : rest_(text) {}

    void literal(std::string_view wanted) {
        good_ = good_ && rest_.starts_with(wanted);
        if (good_)
            rest_.remove_prefix(wanted.size());
    }

    // Exactly this many digits; a space may stand for the first where asctime pads.
    int number(std::size_t digits, bool padded = false) {
        int value = 0;
        good_ = good_ && rest_.size() >= digits;
        for (std::size_t i = 0; good_ && i < digits; ++i) {
            char const c = rest_[i];
            if (padded && i == 0 && c == ' ')
                continue;
            good_ = c >= '0' && c <= '9';
            value = value * 10 + (c - '0');
        }
        if (good_)
            rest_.remove_prefix(digits);
        return value;
    }

    // The place of the word in the list.
    template <std::size_t N>
    int word(std::array<std::string_view, N> const& words) {
        auto const found = std::ranges::find_if(words, [this](auto w) { return rest_.starts_with(w); });
        good_ = good_ && found != words.end();
        if (good_)
            rest_.remove_prefix(found->size());
        return static_cast<int>(found - words.begin());
    }

    seconds time_of_day() {
        auto const h = number(2);
        literal(":");
        auto const m = number(2);
        literal(":");
        auto const s = number(2);
        good_ = good_ && h < 24 && m < 60 && s <= 60;
        return hours(h) + minutes(m) + seconds(s);
    }

    bool complete() const { return good_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool good_ = true;
};

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> short_days = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_days = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};

std::optional<system_time> assemble(reader const& read, int y, int month_index, int d, seconds of_day) {
    year_month_day const date(year(y), month(static_cast<unsigned>(month_index) + 1),
                              day(static_cast<unsigned>(d)));
    if (!read.complete() || !date.ok())
        return {};
    return sys_days(date) + of_day;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<system_time> imf_fixdate(std::string_view text) {
    reader read(text);
    read.word(short_days);
    read.literal(", ");
    auto const d = read.number(2);
    read.literal(" ");
    auto const m = read.word(months);
    read.literal(" ");
    auto const y = read.number(4);
    read.literal(" ");
    auto const t = read.time_of_day();
    read.literal(" GMT");
    return assemble(read, y, m, d, t);
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<system_time> rfc850(std::string_view text, system_time now) {
    reader read(text);
    read.word(long_days);
    read.literal(", ");
    auto const d = read.number(2);
    read.literal("-");
    auto const m = read.word(months);
    read.literal("-");
    auto const two = read.number(2);
    read.literal(" ");
    auto const t = read.time_of_day();
    read.literal(" GMT");
    auto const this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
    auto y = this_year - this_year % 100 + two;
    if (y > this_year + 50)
        y -= 100;
    return assemble(read, y, m, d, t);
}

// "Sun Nov  6 08:49:37 1994"
std::optional<system_time> asctime_date(std::string_view text) {
    reader read(text);
    read.word(short_days);
    read.literal(" ");
    auto const m = read.word(months);
    read.literal(" ");
    auto const d = read.number(2, true);
    read.literal(" ");
    auto const t = read.time_of_day();
    read.literal(" ");
    auto const y = read.number(4);
    return assemble(read, y, m, d, t);
}

}  // namespace

std::optional<system_time> parse_http_date(std::string_view text, system_time now) {
    if (auto const t = imf_fixdate(text))
        return t;
    if (auto const t = rfc850(text, now))
        return t;
    return asctime_date(text);
}

}  // namespace fetchd
