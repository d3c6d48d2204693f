#include "http/cookie_date.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace fetchd;
using namespace std::chrono;
using namespace std::string_view_literals;

// Seconds since 1970, or -1 where it is no date.
long long at(std::string_view text) {
    auto const date = parse_cookie_date(text);
    return date ? date->time_since_epoch().count() : -1;
}

constexpr long long june = 1623233894;  // 2021-06-09 10:18:14

TEST(CookieDate, IsReadInEveryFormThatServersWrite) {
    for (auto const* text :
         {"Wed, 09 Jun 2021 10:18:14 GMT", "Wednesday, 09-Jun-21 10:18:14 GMT", "Wed Jun  9 10:18:14 2021",
          "Wed, 09-Jun-2021 10:18:14 GMT", "2021 jun 9 10:18:14", "9 JUNE 2021 10:18:14 PST",
          "10:18:14 9 jun 2021", "10:18:14 9th june 2021", "\t9\tjun;2021@10:18:14",
          "junk Wed 9 Jun 2021 10:18:14 more junk 12"})
        EXPECT_EQ(at(text), june) << text;
}

TEST(CookieDate, TakesEachTokenForTheFirstThingItCanBe) {
    EXPECT_EQ(at("21 Jun 09 10:18:14"), at("21 Jun 2009 10:18:14"));
    EXPECT_EQ(at("9 Jun 2021 10:18:14 11:00:00 12 Jul 1999"), june) << "the first of each";
    EXPECT_EQ(at("09 10 Jun 10:18:14"), at("9 Jun 2010 10:18:14"));
}

TEST(CookieDate, HasItsCenturyFromTwoDigits) {
    EXPECT_EQ(at("1 Jan 70 00:00:00"), 0);
    EXPECT_EQ(at("1 Jan 99 00:00:00"), at("1 Jan 1999 00:00:00"));
    EXPECT_EQ(at("1 Jan 00 00:00:00"), at("1 Jan 2000 00:00:00"));
    EXPECT_EQ(at("1 Jan 69 00:00:00"), at("1 Jan 2069 00:00:00"));
    EXPECT_EQ(at("1 Jan 099 00:00:00"), at("1 Jan 1999 00:00:00"));
}

TEST(CookieDate, NeedsAllItsParts) {
    for (auto const* text :
         {"", "GMT", "09 Jun 2021", "Jun 2021 10:18:14", "09 2021 10:18:14", "09 Jun 10:18:14",
          "09 Jun 2021 10:18", "09 Jun 2021 10:18:", "09 Jun 2021 10::14", "09 Ju 2021 10:18:14"})
        EXPECT_FALSE(parse_cookie_date(text)) << text;
}

TEST(CookieDate, RefusesWhatIsNoDate) {
    for (auto const* text :
         {"00 Jun 2021 10:18:14", "32 Jun 2021 10:18:14", "31 Jun 2021 10:18:14", "29 Feb 2021 10:18:14",
          "09 Jun 2021 24:00:00", "09 Jun 2021 10:60:14", "09 Jun 2021 10:18:60", "09 Jun 1600 10:18:14",
          "09 Jun 20210 10:18:14", "009 Jun 2021 10:18:14", "09 Jun 2 10:18:14", "09 Jun 2021 100:18:14",
          "09 Jun 2021 10:18:145", "10:18:14.123 9 Jun 2021"})
        EXPECT_FALSE(parse_cookie_date(text)) << text;
}

TEST(CookieDate, ReachesFarBeyondTheClocksOwnType) {
    EXPECT_EQ(parse_cookie_date("1 Jan 1601 00:00:00"), sys_days(1601y / 1 / 1));
    EXPECT_EQ(parse_cookie_date("31 Dec 9999 23:59:59"), sys_days(9999y / 12 / 31) + 24h - 1s);
    EXPECT_EQ(at("29 Feb 2024 00:00:00"), 1709164800);
}

TEST(CookieDate, IsReadInOnePassWhateverItHolds) {
    EXPECT_EQ(at("9 Jun 2021\x80 10:18:14"), june) << "a byte that ends the digits";
    EXPECT_EQ(at("9 Jun 2021\0 10:18:14"sv), june);
    EXPECT_FALSE(parse_cookie_date(std::string(1 << 20, '9')));
    EXPECT_FALSE(parse_cookie_date(std::string(1 << 20, ' ')));
}

}  // namespace
