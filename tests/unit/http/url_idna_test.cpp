#include "http/url_idna.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

std::string ascii(std::string_view domain) {
    std::string out;
    auto const why = domain_to_ascii(domain, out);
    return why.empty() ? out : "no: " + std::string(why);
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(Idna, CharactersThatNewerTablesIgnoreVanish) {
    EXPECT_EQ(ascii("a\xe3\x85\xa4"
                    "b"),
              "ab");                       // U+3164, Hangul filler
    EXPECT_EQ(ascii("\xe2\x81\xa2"), "");  // U+2062, invisible times
}

// U+32931 and U+323B0 came with Unicode 17: older ICUs know neither.
TEST(Idna, IdeographsOfTheNewestUnicodeStandForThemselves) {
    EXPECT_EQ(ascii("\xf0\xb2\xa4\xb1"), "xn--982o");
    EXPECT_EQ(ascii("\xf0\xb2\xa4\xb1\xf0\xb2\xa4\xb2"), "xn--982oca");
    EXPECT_EQ(ascii("\xf0\xb2\xa4\xb1x\xf0\xb2\xa4\xb1\xf0\xb2\x8e\xb0"), "xn--x-sy94azwhba");
    EXPECT_EQ(ascii("Www.\xf0\xb2\xa4\xb1.Example"), "www.xn--982o.example");
    EXPECT_EQ(ascii("\xc3\xa9.\xf0\xb2\xa4\xb1"), "xn--9ca.xn--982o");
}

// What stands in for the unknown ideograph must be no other character of the name.
TEST(Idna, AnUnknownIdeographIsNotMixedUpWithAKnownOne) {
    EXPECT_EQ(ascii("\xf0\xa0\x80\x80\xf0\xb2\xa4\xb1"), "xn--j50i8868b");
    EXPECT_EQ(ascii("\xf0\xb2\xa4\xb1\xf0\xa0\x80\x80\xf0\xa0\x80\x81"), "xn--j50ic2539t");
}

TEST(Idna, RefusesInvalidNamesAlsoBesideNewIdeographs) {
    constexpr auto invalid = "no: the host is not a valid international domain name (UTS 46)";
    EXPECT_EQ(ascii("\xef\xbf\xbe"), invalid);  // U+FFFE
    EXPECT_EQ(ascii("\xf0\xb2\xa4\xb1\xef\xbf\xbe"), invalid);
    EXPECT_EQ(ascii("\xcc\x81"
                    "a"),
              invalid);  // begins with a mark
    EXPECT_EQ(ascii("\xf0\xb2\xa4"), "no: the host is not valid UTF-8");
}

// A character that stands for a word: far more comes out than went in.
TEST(Idna, NamesMayGrow) {
    auto const word = ascii("\xe3\x8c\x96");  // U+3316, "kilometre"
    EXPECT_EQ(word, ascii("\xe3\x82\xad\xe3\x83\xad\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\x88\xe3\x83\xab"));
    EXPECT_EQ(ascii(repeated("\xe3\x8c\x96.", 200)), repeated(word + ".", 200));
}

TEST(Idna, LengthIsBounded) {
    EXPECT_EQ(ascii(std::string(1024, 'a')), std::string(1024, 'a'));
    EXPECT_EQ(ascii(std::string(1025, 'a')), "no: the host is too long");
}

}  // namespace
}  // namespace fetchd
