#include "http/url_query.hpp"

#include <gtest/gtest.h>

#include "http/percent.hpp"

namespace fetchd {
namespace {

using pairs = std::vector<query_pair>;

pairs read(std::string_view query) {
    auto found = parse_query(query);
    EXPECT_TRUE(found);
    return found ? *found : pairs{};
}

TEST(UrlQuery, DecodesNamesAndValuesInOrder) {
    EXPECT_EQ(read("url=https%3A%2F%2Fa%2F%3Fx%3D1%26y&b=1+2&b=%2b"),
              (pairs{{"url", "https://a/?x=1&y"}, {"b", "1 2"}, {"b", "+"}}));
}

TEST(UrlQuery, OddPiecesAreStillPairs) {
    EXPECT_EQ(read("&&a&=b&c==d&&%&e=%4"),
              (pairs{{"a", ""}, {"", "b"}, {"c", "=d"}, {"%", ""}, {"e", "%4"}}));
    EXPECT_EQ(read(""), pairs{});
    EXPECT_EQ(read("&"), pairs{});
}

TEST(UrlQuery, IsBounded) {
    query_limits const limits{.bytes = 10, .pairs = 3};
    EXPECT_TRUE(parse_query("a&b&&&c", limits));
    EXPECT_EQ(parse_query("a&b&c&d", limits).error().detail, "the query has too many parameters");
    EXPECT_EQ(parse_query("12345678901", limits).error().detail, "the query is too long");
}

TEST(UrlQuery, ValuesAreValidUtf8) {
    EXPECT_EQ(read("a=%C3%A9%FF%00x"), (pairs{{"a", std::string("\xc3\xa9\xef\xbf\xbd\0x", 7)}}));
}

TEST(ValidUtf8, ReplacesEachMaximalPart) {
    std::string const bad = "\xef\xbf\xbd";
    EXPECT_EQ(to_valid_utf8("\xf0\x9f\x98\x80z"), "\xf0\x9f\x98\x80z");
    EXPECT_EQ(to_valid_utf8("\xf0\x9f\x98"), bad);
    EXPECT_EQ(to_valid_utf8("\xf0\x9f\x41"), bad + "A");
    EXPECT_EQ(to_valid_utf8("\xe0\xa0\x80"), "\xe0\xa0\x80");
    EXPECT_EQ(to_valid_utf8("\xe0\x9f\xbf"), bad + bad + bad);
    EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), bad + bad + bad);
    EXPECT_EQ(to_valid_utf8("\xc0\xaf"), bad + bad);
    EXPECT_EQ(to_valid_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad);
    EXPECT_EQ(to_valid_utf8("\x80"), bad);
}

TEST(Percent, DecodesOnlyWholeEscapes) {
    EXPECT_EQ(percent_decode("%41%zz%4%"), "A%zz%4%");
    EXPECT_EQ(percent_decode("%2541"), "%41");
    EXPECT_EQ(percent_decode("a%00b"), std::string("a\0b", 3));
}

TEST(Percent, ComponentsSurviveTheRoundTrip) {
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    auto encoded = percent_encode_component(all);
    EXPECT_EQ(percent_decode(encoded), all);
    EXPECT_EQ(percent_encode_component("a/b?c=d&e+f%g"), "a%2Fb%3Fc%3Dd%26e%2Bf%25g");
    EXPECT_EQ(percent_encode_component("AZaz09-_.!~*'()"), "AZaz09-_.!~*'()");
}

}  // namespace
}  // namespace fetchd
