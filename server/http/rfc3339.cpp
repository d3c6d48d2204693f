#include "http/rfc3339.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace fetchd {
namespace {

using namespace std::chrono;

// Takes a text apart from left to right; once something is wrong it stays so.
class reader {
  public:
    explicit reader(std::string_view text) : rest_(text) {}

    bool any_of(std::string_view wanted) {
        bool const found = !rest_.empty() && wanted.find(rest_.front()) != wanted.npos;
        if (found)
            rest_.remove_prefix(1);
        return found;
    }
    void want(std::string_view one_of) { good_ = any_of(one_of) && good_; }

    int number(std::size_t digits, int most) {
        int value = 0;
        for (; digits > 0 && !rest_.empty() && is_digit(rest_.front()); --digits) {
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        good_ = good_ && digits == 0 && value <= most;
        return value;
    }

    // After the point: at least one digit, of which three count.
    milliseconds fraction() {
        int value = 0;
        int scale = 100;
        good_ = good_ && !rest_.empty() && is_digit(rest_.front());
        for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), scale /= 10)
            value += (rest_.front() - '0') * scale;
        return milliseconds(value);
    }

    minutes offset() {
        if (any_of("Zz"))
            return minutes(0);
        int const sign = any_of("-") ? -1 : 1;
        if (sign > 0)
            want("+");
        auto const h = number(2, 23);
        want(":");
        return sign * minutes(h * 60 + number(2, 59));
    }

    bool complete() const { return good_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool good_ = true;
};

void put(std::string& text, std::int64_t value, std::size_t digits) {
    auto const begin = text.size();
    for (; digits > 0; --digits, value /= 10)
        text += static_cast<char>('0' + value % 10);
    std::reverse(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end());
}

}  // namespace

std::optional<sys_time<milliseconds>> parse_rfc3339(std::string_view text) {
    reader read(text);
    auto const y = read.number(4, 9999);
    read.want("-");
    auto const m = read.number(2, 12);
    read.want("-");
    auto const d = read.number(2, 31);
    read.want("Tt ");
    auto const h = read.number(2, 23);
    read.want(":");
    auto const min = read.number(2, 59);
    read.want(":");
    auto const s = read.number(2, 60);
    auto const part = read.any_of(".") ? read.fraction() : milliseconds(0);
    auto const offset = read.offset();
    year_month_day const date(year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d)));
    if (!read.complete() || !date.ok() || y < 1970)
        return {};
    return sys_days(date) + hours(h) + minutes(min) + seconds(s) + part - offset;
}

std::string rfc3339(sys_time<nanoseconds> at, unsigned digits) {
    auto const midnight = floor<days>(at);
    year_month_day const date(midnight);
    auto const of_day = (at - midnight).count();
    auto const second = of_day / 1'000'000'000;
    std::string text;
    put(text, static_cast<int>(date.year()), 4);
    put(text += '-', static_cast<unsigned>(date.month()), 2);
    put(text += '-', static_cast<unsigned>(date.day()), 2);
    put(text += 'T', second / 3600, 2);
    put(text += ':', second / 60 % 60, 2);
    put(text += ':', second % 60, 2);
    if (digits > 0) {
        put(text += '.', of_day % 1'000'000'000, 9);
        text.resize(text.size() - 9 + std::min(digits, 9U));
    }
    return text += 'Z';
}

}  // namespace fetchd
