#include "http/date.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

using namespace std::chrono;

constexpr system_time now = sys_days(2026y / November / 20) + 12h;
constexpr system_time example = sys_days(1994y / November / 6) + 8h + 49min + 37s;

TEST(HttpDate, AllThreeFormsAreRead) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now), example);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now), example);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", now), example);
    EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994", now), example + days(10));
}

TEST(HttpDate, TwoDigitYearIsNeverMoreThanFiftyYearsAhead) {
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-76 00:00:00 GMT", now), sys_days(2076y / November / 6));
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-77 00:00:00 GMT", now), sys_days(1977y / November / 6));
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-00 00:00:00 GMT", now), sys_days(2000y / November / 6));
}

TEST(HttpDate, LeapSecondIsTheNextSecond) {
    EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now), sys_days(2017y / January / 1));
}

TEST(HttpDate, AnythingElseIsNone) {
    for (auto const* text :
         {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 19x4 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
          "Sun Nov    08:49:37 1994", "120"})
        EXPECT_FALSE(parse_http_date(text, now)) << text;
    EXPECT_FALSE(parse_http_date(std::string_view("Sun, 06 Nov 1994 08:49:37 GMT\0", 30), now));
}

}  // namespace
}  // namespace fetchd
