#include "http/rfc3339.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

using namespace std::chrono;

std::int64_t ms(std::string_view text) {
    auto const at = parse_rfc3339(text);
    return at ? at->time_since_epoch().count() : -1;
}

// The examples of §5.8 among them.
TEST(Rfc3339, ReadsWhatTheStandardWrites) {
    EXPECT_EQ(ms("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(ms("1985-04-12T23:20:50.52Z"), 482196050520);
    EXPECT_EQ(ms("1996-12-19T16:39:57-08:00"), 851042397000);
    EXPECT_EQ(ms("1990-12-31T23:59:60Z"), 662688000000);
    EXPECT_EQ(ms("1990-12-31T15:59:60-08:00"), 662688000000);
    EXPECT_EQ(ms("2000-02-29t00:00:00.123987z"), 951782400123);
    EXPECT_EQ(ms("2026-11-21 00:00:00+00:00"), 1795219200000);
}

TEST(Rfc3339, RefusesEverythingElse) {
    for (auto const* text : {"",
                             "2026-11-21",
                             "2026-11-21T00:00:00",
                             "2026-11-21T00:00Z",
                             "2026-11-21T24:00:00Z",
                             "2026-11-21T00:60:00Z",
                             "2026-11-21T00:00:61Z",
                             "2026-02-29T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "2026-11-21T00:00:00.Z",
                             "2026-11-21T00:00:00Z ",
                             " 2026-11-21T00:00:00Z",
                             "2026-11-21T00:00:00+24:00",
                             "2026-11-21T00:00:00+0100",
                             "2026-11-21T00:00:00*01:00",
                             "26-11-21T00:00:00Z",
                             "1969-12-31T23:59:59Z",
                             "2026-11-21T0:00:00Z",
                             "20261-11-21T00:00:00Z"})
        EXPECT_EQ(ms(text), -1) << text;
}

TEST(Rfc3339, WritesAsManyDigitsAsWanted) {
    auto const at =
        sys_days(year(2026) / 2 / 3) + hours(4) + minutes(5) + seconds(6) + nanoseconds(789'012'399);
    EXPECT_EQ(rfc3339(at), "2026-02-03T04:05:06Z");
    EXPECT_EQ(rfc3339(at, 3), "2026-02-03T04:05:06.789Z");
    EXPECT_EQ(rfc3339(at, 9), "2026-02-03T04:05:06.789012399Z");
    EXPECT_EQ(rfc3339(at, 20), rfc3339(at, 9));
    EXPECT_EQ(rfc3339(sys_time<nanoseconds>(nanoseconds(-1)), 6), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(parse_rfc3339(rfc3339(at, 9)), floor<milliseconds>(at));
}

}  // namespace
}  // namespace fetchd
