#include "worker/text_check.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fetchd::worker {
namespace {

bool utf8_in_slices(std::string_view text, std::size_t slice) {
    utf8_check check;
    for (std::size_t at = 0; at < text.size(); at += slice)
        if (!check.feed(text.substr(at, slice)))
            return false;
    return check.finish();
}

bool json_in_slices(std::string_view text, std::size_t slice) {
    json_check check;
    for (std::size_t at = 0; at < text.size(); at += slice)
        if (!check.feed(text.substr(at, slice)))
            return false;
    return check.finish();
}

// By the definition: decodes to a scalar value in its shortest form.
bool is_scalar_in_shortest_form(unsigned a, unsigned b, unsigned c) {
    unsigned const point = (a & 0x0fU) << 12U | (b & 0x3fU) << 6U | (c & 0x3fU);
    return (b & 0xc0U) == 0x80 && (c & 0xc0U) == 0x80 && point >= 0x800 && (point < 0xd800 || point > 0xdfff);
}

TEST(Utf8Check, JudgesEveryThreeByteSequenceByTheDefinition) {
    for (unsigned a = 0xe0; a <= 0xef; ++a)
        for (unsigned b = 0; b < 256; ++b)
            for (unsigned c = 0x70; c < 0xd0; ++c) {
                char const s[] = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
                ASSERT_EQ(valid_utf8({s, 3}), is_scalar_in_shortest_form(a, b, c))
                    << a << ' ' << b << ' ' << c;
            }
}

TEST(Utf8Check, KnownGoodAndBad) {
    using namespace std::string_view_literals;
    for (auto const good : {""sv, "a\0b"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xf0\x90\x80\x80"sv,
                            "\xf4\x8f\xbf\xbf"sv, "12345678\xe2\x82\xac 12345678 \xe2\x82\xac"sv})
        for (std::size_t slice = 1; slice < 20; ++slice)
            EXPECT_TRUE(utf8_in_slices(good, slice)) << good << " " << slice;
    for (auto const bad :
         {"\x80"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xc3"sv, "\xe2\x82"sv, "\xf0\x8f\xbf\xbf"sv,
          "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xff"sv, "12345678\xe2\x82xx"sv, "\xed\xa0\x80"sv})
        for (std::size_t slice = 1; slice < 20; ++slice)
            EXPECT_FALSE(utf8_in_slices(bad, slice)) << bad << " " << slice;
}

TEST(JsonCheck, OneValueHoweverItIsCut) {
    std::string_view const good = R"( {"a":[1,-2.5e3,true,false,null,"\u00e9\ud83d\ude00 )"
                                  "\xe2\x82\xac"
                                  R"("],"b":{}} )";
    for (std::size_t slice = 1; slice <= good.size(); ++slice)
        EXPECT_TRUE(json_in_slices(good, slice)) << slice;
    for (std::string_view const other : {"0", "-0", "0.5", "-1E+10", "10e-1 ", "[]", "{}", "\"\"", "[[],{}]",
                                         R"({"\ud83d\ude00":0})", R"("\"\\\/\b\f\n\r\t")"})
        for (std::size_t slice = 1; slice <= other.size(); ++slice)
            EXPECT_TRUE(json_in_slices(other, slice)) << other << ' ' << slice;
}

TEST(JsonCheck, AnythingElseIsRefusedHoweverItIsCut) {
    for (std::string_view const bad : {"",
                                       " ",
                                       "{",
                                       "{}{}",
                                       "{} x",
                                       "[1,]",
                                       "{\"a\":1,}",
                                       "'a'",
                                       "nul",
                                       "01",
                                       "\"\n\"",
                                       "\"\xff\"",
                                       "\"\xed\xa0\x80\"",
                                       "// c\n1",
                                       "NaN",
                                       "[1",
                                       "\"abc",
                                       "\"12345678\n12345678\"",
                                       "[1}",
                                       "{\"a\":1]",
                                       "]",
                                       "\"\\ud83d\"",
                                       "\"\\ud83dx\"",
                                       "\"\\ud83d\\n\"",
                                       "\"\\ud83d\\u0041\"",
                                       "\"\\ude00\"",
                                       "\"\\u00g0\"",
                                       "\"\\x\"",
                                       "-",
                                       "1.",
                                       "1e",
                                       "1e+",
                                       ".5",
                                       "+1",
                                       "truex",
                                       "{1:2}",
                                       "{\"a\"}",
                                       "1 2",
                                       "\"a\" \xc3"})
        for (std::size_t slice = 1; slice <= bad.size() + 1; ++slice)
            EXPECT_FALSE(json_in_slices(bad, slice)) << bad << " " << slice;
}

TEST(JsonCheck, DepthLimitIsExact) {
    for (auto const n : {json_check::max_depth - 1, json_check::max_depth, json_check::max_depth + 1}) {
        auto const text = std::string(n, '[') + std::string(n, ']');
        EXPECT_EQ(json_in_slices(text, 1000), n <= json_check::max_depth) << n;
    }
    EXPECT_FALSE(json_in_slices(std::string(1'000'000, '['), 4096));
}

}  // namespace
}  // namespace fetchd::worker
