// Dates as pages write them.
#include <gtest/gtest.h>

#include "worker/tasks/metadata_date.hpp"

namespace fetchd::tasks {
namespace {

TEST(MetadataDate, OfIso8601InItsSpellings) {
    EXPECT_EQ(iso_date("2012-04-04"), "2012-04-04");
    EXPECT_EQ(iso_date(" 2012-04-04T19:50:00-07:00 "), "2012-04-04T19:50:00-07:00");
    EXPECT_EQ(iso_date("2012-04-04T19:50:00-0700"), "2012-04-04T19:50:00-07:00");
    EXPECT_EQ(iso_date("2012-04-04T19:50+05"), "2012-04-04T19:50:00+05:00");
    EXPECT_EQ(iso_date("2012-04-04 19:50:00 +0530"), "2012-04-04T19:50:00+05:30");
    EXPECT_EQ(iso_date("2012-04-04 19:50:00 UTC"), "2012-04-04T19:50:00Z");
    EXPECT_EQ(iso_date("2012-04-04T19:50:00.120Z"), "2012-04-04T19:50:00.120Z");
    EXPECT_EQ(iso_date("2012-04-04T19:50:00.000+00:00"), "2012-04-04T19:50:00Z");
    EXPECT_EQ(iso_date("2012-04-04T19:50"), "2012-04-04T19:50:00");
    EXPECT_EQ(iso_date("20120404T195000Z"), "2012-04-04T19:50:00Z");
    EXPECT_EQ(iso_date("20120404"), "2012-04-04");
    EXPECT_EQ(iso_date("2012-04"), "2012-04");
    EXPECT_EQ(iso_date("2012/4/5"), "2012-04-05");
    EXPECT_EQ(iso_date("2012.04.05 10:11"), "2012-04-05T10:11:00");
}

TEST(MetadataDate, OfHttpAndMail) {
    EXPECT_EQ(iso_date("Sun, 06 Nov 1994 08:49:37 GMT"), "1994-11-06T08:49:37Z");
    EXPECT_EQ(iso_date("Sun Nov  6 08:49:37 1994"), "1994-11-06T08:49:37");
    EXPECT_EQ(iso_date("Tue, 5 Jul 2011 10:00:00 -0400"), "2011-07-05T10:00:00-04:00");
    EXPECT_EQ(iso_date("5 Jul 2011 10:00 PST (Pacific)"), "2011-07-05T10:00:00-08:00");
}

TEST(MetadataDate, OfEnglishWords) {
    EXPECT_EQ(iso_date("June 13, 2013"), "2013-06-13");
    EXPECT_EQ(iso_date("13 June 2013"), "2013-06-13");
    EXPECT_EQ(iso_date("Thursday, June 13th, 2013 at 5:07 PM EDT"), "2013-06-13T17:07:00-04:00");
    EXPECT_EQ(iso_date("Sept. 3, 2013"), "2013-09-03");
    EXPECT_EQ(iso_date("3rd MAY 2013 12:00 am"), "2013-05-03T00:00:00");
    EXPECT_EQ(iso_date("2-May-2013"), "2013-05-02");
}

TEST(MetadataDate, IsNothingWhereThereIsDoubt) {
    for (std::string_view doubt : {"",
                                   "04/05/2012",
                                   "4.5.2012",
                                   "06-Nov-94",
                                   "2012",
                                   "1333569000",
                                   "yesterday",
                                   "2012-04-04T19:50:00 IST",
                                   "2012-13-04",
                                   "2012-02-30",
                                   "2013-02-29",
                                   "2012-04-04T24:01",
                                   "2012-04-04T12:60",
                                   "13 Juni 2013",
                                   "June 2013",
                                   "June 31, 2013",
                                   "13 June 13",
                                   "2012-04-04T19:50:00+15:00",
                                   "2012-04-04 13:00 PM",
                                   "0000-01-01",
                                   "2012-04-04 and more",
                                   "2012-04-04T",
                                   "June",
                                   "2012-04-04T19:50:00+1",
                                   "12345678901234567890",
                                   "99999999"})
        EXPECT_EQ(iso_date(doubt), "") << doubt;
    EXPECT_EQ(iso_date("2012-02-29"), "2012-02-29");
    EXPECT_EQ(iso_date(std::string(1000, '1')), "");
    EXPECT_EQ(iso_date("2012-04-04" + std::string(200, ' ')), "2012-04-04");
}

TEST(MetadataDate, HasTheTypeItIsWrittenAs) {
    EXPECT_EQ(xsd_type_of("2012-04-04T19:50:00Z"), "dateTime");
    EXPECT_EQ(xsd_type_of("2012-04-04T19:50:00.5+01:00"), "dateTime");
    EXPECT_EQ(xsd_type_of("2012-04-04"), "date");
    EXPECT_EQ(xsd_type_of("19:50:00"), "time");
    EXPECT_EQ(xsd_type_of("2012-04"), "gYearMonth");
    EXPECT_EQ(xsd_type_of("2012"), "gYear");
    EXPECT_EQ(xsd_type_of("PT4M5S"), "duration");
    for (std::string_view none : {"", "P", "today", "2012-04-04T19:50", "4 April", "19:50"})
        EXPECT_EQ(xsd_type_of(none), "") << none;
}

}  // namespace
}  // namespace fetchd::tasks
