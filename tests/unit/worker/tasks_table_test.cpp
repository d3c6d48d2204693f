// The task table: rows out of HTML tables and out of delimited text.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "worker/tasks/registry.hpp"
#include "worker/tasks/table_rows.hpp"

namespace fetchd::tasks {
namespace {

std::string tables(std::string_view body, std::string type = "text/html",
                   std::vector<setting> settings = {}) {
    request r;
    r.names = {"table"};
    r.json = false;
    r.settings = std::move(settings);
    r.content_type = std::move(type);
    auto const done = perform(standard(), r, body);
    return done ? done->output : done.error().message();
}

std::vector<setting> set(std::string name, std::string value) {
    return {{"table", std::move(name), std::move(value)}};
}

TEST(Table, HeadersRowsAndCaption) {
    EXPECT_EQ(tables("<table><caption> Tide\ns </caption><tr><th>Port<th>High <b>water</b>"
                     "<tr><td>Emden<td>3<br>m<tr><td>Husum<td><img alt=low></table>"),
              R"({"tables":[{"caption":"Tide s","headers":["Port","High water"],)"
              R"("rows":[["Emden","3 m"],["Husum","low"]]}]})");
    EXPECT_EQ(tables("<p>none"), R"({"tables":[]})");
}

TEST(Table, SpansStandInEachPlaceTheyCover) {
    EXPECT_EQ(tables("<table><tr><th colspan=2>a<th rowspan=2>b<tr><th>c<th>d<tr><td rowspan=3>1<td>2<td>3"
                     "<tr><td>4<td>5</table>"),
              R"({"tables":[{"headers":["a c","a d","b"],"rows":[["1","2","3"],["1","4","5"]]}]})");
    // No further down than the group of rows.
    EXPECT_EQ(tables("<table><tbody><tr><td rowspan=9>1<td>2</tbody><tbody><tr><td>3<td>4</table>"),
              R"({"tables":[{"headers":[],"rows":[["1","2"],["3","4"]]}]})");
}

TEST(Table, LayoutIsNoTable) {
    EXPECT_EQ(tables("<table><tr><td>a<td>b</table>"), R"({"tables":[]})");
    EXPECT_EQ(tables("<table><tr><td>a<tr><td>b</table>"), R"({"tables":[]})");
    EXPECT_EQ(tables("<table role=presentation><tr><th>a<th>b<tr><td>c<td>d</table>"), R"({"tables":[]})");
    EXPECT_EQ(
        tables("<table><tr><td>a<td>b<tr><td>c<td><table><tr><td>1<td>2<tr><td>3<td>4</table>x</table>"),
        R"({"tables":[{"headers":[],"rows":[["1","2"],["3","4"]]}]})");
}

TEST(Table, HeaderOption) {
    constexpr auto page = "<table><tr><td>a<td>b<tr><td>c<td>d</table>";
    EXPECT_EQ(tables(page, "text/html", set("header", "first")),
              R"({"tables":[{"headers":["a","b"],"rows":[["c","d"]]}]})");
    EXPECT_EQ(tables("<table><tr><th>a<th>b<tr><td>c<td>d</table>", "text/html", set("header", "none")),
              R"({"tables":[{"headers":[],"rows":[["a","b"],["c","d"]]}]})");
}

TEST(Table, RowsAsObjectsHaveKeysOfTheirOwn) {
    EXPECT_EQ(tables("<table><tr><th>a<th>a<th><th>column_3<tr><td>1<td>2<td>3<td>4</table>", "text/html",
                     set("objects", "true")),
              R"({"tables":[{"headers":["a","a","","column_3"],)"
              R"("rows":[{"a":"1","a_2":"2","column_3":"3","column_3_4":"4"}]}]})");
}

TEST(Table, CommaSeparatedByTheStandard) {
    EXPECT_EQ(tables("\xEF\xBB\xBFname,note\r\nEmden,\"a \"\"b\"\", c\"\r\n\r\n\"x\ny\",\r\n", "text/csv"),
              R"({"tables":[{"headers":["name","note"],"rows":[["Emden","a \"b\", c"],["x\ny",""]]}]})");
    EXPECT_EQ(tables("a,\"b", "text/csv"), R"({"tables":[{"headers":[],"rows":[["a","b"]]}]})");
    EXPECT_EQ(tables("", "text/csv"), R"({"tables":[]})");
    EXPECT_EQ(tables("alone", "text/csv"), R"({"tables":[{"headers":[],"rows":[["alone"]]}]})");
    EXPECT_EQ(tables("a,\"b\"c\rd,e", "text/csv", set("header", "none")),
              R"({"tables":[{"headers":[],"rows":[["a","bc"],["d","e"]]}]})");
}

TEST(Table, FindsTheDelimiter) {
    constexpr auto two_rows = R"({"tables":[{"headers":["port","m"],"rows":[["Emden, Ems","3,5"]]}]})";
    EXPECT_EQ(tables("port;m\nEmden, Ems;3,5\n", "text/csv"), two_rows);
    EXPECT_EQ(tables("port\tm\nEmden, Ems\t3,5\n", "text/tab-separated-values"), two_rows);
    EXPECT_EQ(tables("port|m\nEmden, Ems|3,5\n", "text/plain"), two_rows);
    EXPECT_EQ(tables("sep=|\r\nport|m\r\nEmden, Ems|3,5\r\n", "text/csv"), two_rows);
    EXPECT_EQ(tables("port;m\nEmden, Ems;3,5\n", "text/csv", set("delimiter", "semicolon")), two_rows);
    EXPECT_EQ(tables("Just a text.\nOf two lines.\n", "text/plain"), R"({"tables":[]})");
}

TEST(Table, KnowsAHeaderByItsLooks) {
    EXPECT_TRUE(looks_like_header({{"name", "height"}, {"Emden", "3"}}));
    EXPECT_TRUE(looks_like_header({{"", "height"}, {"Emden", "3"}}));
    EXPECT_FALSE(looks_like_header({{"Emden", "3.1"}, {"Husum", "2"}}));
    EXPECT_FALSE(looks_like_header({{"2024-05-01", "a"}, {"2024-05-02", "b"}}));
    EXPECT_FALSE(looks_like_header({{"$5", "a"}, {"$6", "b"}}));
    EXPECT_FALSE(looks_like_header({{"a", "a"}, {"b", "c"}}));
    EXPECT_FALSE(looks_like_header({{"a", "b"}}));
}

TEST(Table, LimitsCutWhatIsTooMuch) {
    auto const four = table_of_text("a,b\nc,d\n", delimiter::comma, true, {4, 100});
    EXPECT_FALSE(four.cut);
    EXPECT_EQ(four.tables.at(0).rows.size(), 2U);
    auto const three = table_of_text("a,b\nc,d\n", delimiter::comma, true, {3, 100});
    EXPECT_TRUE(three.cut);
    EXPECT_EQ(three.tables.at(0).rows.size(), 1U);
    EXPECT_TRUE(table_of_text("a,b\nc,d\n", delimiter::comma, true, {4, 3}).cut);
    constexpr auto page = "<table><tr><th colspan=1000>a<tr><td rowspan=1000>b<td>c</table>";
    auto const document = html::document::parse(page);
    ASSERT_TRUE(document);
    EXPECT_FALSE(tables_of_html(document->root(), {1002, 10'000}).cut);
    EXPECT_TRUE(tables_of_html(document->root(), {1001, 10'000}).cut);
    EXPECT_TRUE(tables_of_html(document->root(), {1002, 1000}).cut);
}

TEST(Table, NestsAndSpansEndWithinTheLimits) {
    std::string page;
    for (int i = 0; i < 150; ++i)
        page += "<table><tr><th colspan=1000 rowspan=1000>x<td>";
    for (int i = 0; i < 20'000; ++i)
        page += "<tr><td colspan=1000>y";
    auto const made = tables(page);
    EXPECT_NE(made.find("\"truncated\":true"), std::string::npos);
    EXPECT_TRUE(boost::json::parse(made).is_object());
}

TEST(Table, NoTextNoTable) {
    request r;
    r.names = {"table"};
    r.content_type = "application/zip";
    auto const done = perform(standard(), r, std::string_view("PK\3\4\0\0", 6));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().what, code::unsupported_type);
}

}  // namespace
}  // namespace fetchd::tasks
