#include <gtest/gtest.h>

#include <limits>

#include "base/json_object.hpp"
#include "worker/tasks/pdf_clean.hpp"

namespace fetchd::tasks::pdf {
namespace {

using namespace std::string_literals;

TEST(PdfClean, LeavesOnlyWhatCanBeRead) {
    EXPECT_EQ(clean_page("a\0b\x01\x7F\tc\r\n"s, false), "ab\tc\n");
    EXPECT_EQ(clean_page("\u202Bאב\u202C\uFEFF\u0085", false), "אב\n");
    EXPECT_EQ(clean_page("of\uFB01ce \uFB00\uFB02\uFB03\uFB04\uFB05\uFB06", false),
              "office ffflffifflstst\n");
    EXPECT_EQ(clean_page("10\u00A0€ \xFF\xED\xA0\x80", false), "10 € \uFFFD\uFFFD\uFFFD\uFFFD\n");
    EXPECT_EQ(clean_page("so\u00ADft hy\u00AD\nphen\u00AD", false), "soft hyphen\n");
}

TEST(PdfClean, BlankLinesSeparateAndNoMore) {
    EXPECT_EQ(clean_page("\n \n a  \n\n\n\nb\n\n", false), " a\n\nb\n");
    EXPECT_EQ(clean_page("\n \n a  \n\n\n\nb\n\n", true), " a\n\n\n\nb\n");
    EXPECT_EQ(clean_page(" \n", false), "");
}

TEST(PdfClean, ALineIsCutBetweenCharacters) {
    EXPECT_EQ(clean_line(" a \n\t b ", 10), "a b");
    EXPECT_EQ(clean_line("ääää", 5), "ää");
    EXPECT_EQ(clean_line("abc", 3), "abc");
    EXPECT_EQ(clean_line("abcd", 3), "abc");
}

TEST(PdfDate, BecomesRfc3339) {
    EXPECT_EQ(rfc3339("D:20240131235959Z"), "2024-01-31T23:59:59Z");
    EXPECT_EQ(rfc3339("D:20240131235959Z00'00'"), "2024-01-31T23:59:59Z");
    EXPECT_EQ(rfc3339("20240131235959-08'00"), "2024-01-31T23:59:59-08:00");
    EXPECT_EQ(rfc3339("D:20240131235959+0530"), "2024-01-31T23:59:59+05:30");
    EXPECT_EQ(rfc3339("D:20240131235959+00'00'"), "2024-01-31T23:59:59Z");
    EXPECT_EQ(rfc3339("D:202402"), "2024-02-01T00:00:00");
    EXPECT_EQ(rfc3339("D:20240131235959+99'00'"), "2024-01-31T23:59:59");
    for (auto const* bad :
         {"", "D:", "D:0000", "D:20241301", "D:20230229", "D:2024013124", "yesterday", "D:202"})
        EXPECT_EQ(rfc3339(bad), std::nullopt) << bad;
}

TEST(JsonObject, WritesMembersInOrder) {
    std::string out;
    json_text::object o(out);
    o.text("a", "\"");
    o.text_unless_empty("b", "");
    o.number("c", 18446744073709551615U);
    o.flag("d", false);
    o.name("e") += "[]";
    o.decimal("f", -0.5);
    o.close();
    EXPECT_EQ(out, R"({"a":"\"","c":18446744073709551615,"d":false,"e":[],"f":-0.5})");
}

TEST(JsonObject, DecimalsAreShort) {
    auto const decimal = [](double d) {
        std::string s;
        json_text::object::append_decimal(s, d);
        return s;
    };
    EXPECT_EQ(decimal(612), "612");
    EXPECT_EQ(decimal(595.276), "595.276");
    EXPECT_EQ(decimal(1.0 / 3), "0.333333");
    EXPECT_EQ(decimal(-1e-9), "0");
    EXPECT_EQ(decimal(std::numeric_limits<double>::quiet_NaN()), "0");
    EXPECT_EQ(decimal(1e300), "0");
}

}  // namespace
}  // namespace fetchd::tasks::pdf
