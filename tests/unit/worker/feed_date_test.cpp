#include "worker/tasks/feed_date.hpp"

#include <gtest/gtest.h>

namespace fetchd::tasks {
namespace {

std::string date(std::string_view written) {
    return feed_date(written).value_or("none");
}

TEST(FeedDate, ReadsRfc822AndItsZones) {
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 GMT"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 +0100"), "2003-12-13T17:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 -0530"), "2003-12-14T00:00:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 EST"), "2003-12-13T23:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 PDT"), "2003-12-14T01:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 CEST"), "2003-12-13T16:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 Z"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 XYZ"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 GMT+0100"), "2003-12-13T17:30:02Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003 18:30:02 +0100 (CET)"), "2003-12-13T17:30:02Z");
}

TEST(FeedDate, ReadsRfc822AsItIsGotWrong) {
    EXPECT_EQ(date("13 Dec 2003 18:30 GMT"), "2003-12-13T18:30:00Z");
    EXPECT_EQ(date("Sat, 13 Dec 2003"), "2003-12-13T00:00:00Z");
    EXPECT_EQ(date("13 December 03 18:30:02"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("Fri, 31 Dec 99 23:59:59 GMT"), "1999-12-31T23:59:59Z");
    EXPECT_EQ(date("  sat,  3 dec 2003  08:30:02  gmt "), "2003-12-03T08:30:02Z");
    EXPECT_EQ(date("Sat Dec 13 18:30:02 2003"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("Sat Dec 13 18:30:02 EST 2003"), "2003-12-13T23:30:02Z");
    EXPECT_EQ(date("December 13, 2003 18:30"), "2003-12-13T18:30:00Z");
    EXPECT_EQ(date("Sat, 13-Dec-2003 18:30:02 GMT"), "2003-12-13T18:30:02Z");
}

TEST(FeedDate, ReadsIso8601) {
    EXPECT_EQ(date("2003-12-13T18:30:02Z"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("2003-12-13T18:30:02.25+01:00"), "2003-12-13T17:30:02Z");
    EXPECT_EQ(date("2003-12-13T18:30+01:00"), "2003-12-13T17:30:00Z");
    EXPECT_EQ(date("2003-12-13 18:30:02 +0000"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("20031213T183002Z"), "2003-12-13T18:30:02Z");
    EXPECT_EQ(date("2003-12-13"), "2003-12-13T00:00:00Z");
    EXPECT_EQ(date("2003-12"), "2003-12-01T00:00:00Z");
    EXPECT_EQ(date("2003"), "2003-01-01T00:00:00Z");
    EXPECT_EQ(date("2003-12-13T24:00:00Z"), "2003-12-14T00:00:00Z");
    EXPECT_EQ(date("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z");
}

TEST(FeedDate, RefusesWhatIsNoDate) {
    for (auto const* written : {"", " ", "today", "13", "2003-13-01", "2003-02-30", "2003-12-13T25:00:00Z",
                                "2003-12-13T18:60:00Z", "2003-12-13T18:30:02+25:00", "32 Dec 2003",
                                "Sat, 13 Foo 2003 18:30:02 GMT", "0000-01-01T00:00:00+01:00",
                                "9999-12-31T23:59:59-01:00", "2003-12-13x", "99999999999999999999", "Dec"})
        EXPECT_EQ(date(written), "none") << written;
    EXPECT_EQ(date(std::string(200, ' ') + "2003" + std::string(200, ' ')), "2003-01-01T00:00:00Z");
    EXPECT_EQ(date("2003-12-13T18:30:02" + std::string(200, '0')), "none");
}

TEST(SitemapDate, KeepsADateWithoutATime) {
    EXPECT_EQ(sitemap_date("2005-01-01"), "2005-01-01");
    EXPECT_EQ(sitemap_date("2005-01"), "2005-01-01");
    EXPECT_EQ(sitemap_date("2004-12-23T18:00:15+00:00"), "2004-12-23T18:00:15Z");
    EXPECT_EQ(sitemap_date("soon"), std::nullopt);
}

}  // namespace
}  // namespace fetchd::tasks
