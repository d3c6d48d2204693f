#include "http/mime_type.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fetchd {
namespace {

using namespace std::string_literals;

std::string read(std::string_view value) {
    auto const found = mime_type::parse(value);
    return found ? found->to_string() : "none";
}

std::string extracted(std::vector<std::string_view> const& values) {
    auto const found = extract_mime_type(values);
    return found ? found->to_string() : "none";
}

TEST(MimeType, TakesAValueApart) {
    auto const found = mime_type::parse(" Text/HTML ; Charset=\"UTF\\-8\" ;q=\"a\\\"b\"; charset=latin1");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->essence(), "text/html");
    EXPECT_EQ(found->type(), "text");
    EXPECT_EQ(found->subtype(), "html");
    EXPECT_EQ(found->parameter("charset"), "UTF-8");
    EXPECT_EQ(found->parameter("q"), "a\"b");
    EXPECT_EQ(found->parameter("text/html"), std::nullopt);
    EXPECT_EQ(found->parameter("UTF-8"), std::nullopt);
    EXPECT_EQ(found->to_string(), "text/html;charset=UTF-8;q=\"a\\\"b\"");
}

TEST(MimeType, RefusesWhatIsNone) {
    for (std::string_view value : {"", "text", "text/", "/html", "te xt/html", "text/ht ml",
                                   "text/html, text/x", "text\xE4/html", "\"text/html\"", "text/html/x"})
        EXPECT_EQ(read(value), "none") << value;
    EXPECT_EQ(read("text/ht\0ml"s), "none");
}

TEST(MimeType, PassesOverBrokenParameters) {
    EXPECT_EQ(read("a/b;;x;=1;y=;z =1;\x01=1;v=\x01;w=1"), "a/b;w=1");
    EXPECT_EQ(read("a/b;x=\"open;y=1"), "a/b;x=\"open;y=1\"");
    EXPECT_EQ(read("a/b;x=\"\\"), "a/b;x=\"\\\\\"");
    EXPECT_EQ(read("a/b;x=\"1\"rest;y=\xFF"), "a/b;x=1;y=\"\xFF\"");
    EXPECT_EQ(read("a/b;x=\"v\0\";y=\"\""s), "a/b;y=\"\"");
}

TEST(MimeType, ReadsSoManyParametersAndNoMore) {
    std::string value = "a/b";
    for (std::size_t i = 1; i < mime_type::max_parameters; ++i)
        value += ";p" + std::to_string(i) + "=1";
    EXPECT_EQ(mime_type::parse(value)->parameter("p63"), "1");
    value += ";last=1";
    EXPECT_EQ(mime_type::parse(value)->parameter("last"), "1");
    value += ";over=1";
    EXPECT_EQ(mime_type::parse(value)->parameter("last"), "1");
    EXPECT_EQ(mime_type::parse(value)->parameter("over"), std::nullopt);
}

TEST(MimeType, IsEqualWithTheSameParametersInTheSameOrder) {
    EXPECT_EQ(mime_type::parse("A/b; X=\"1\""), mime_type::parse("a/B;x=1"));
    EXPECT_NE(mime_type::parse("a/b;x=1;y=2"), mime_type::parse("a/b;y=2;x=1"));
    EXPECT_NE(mime_type::parse("a/b;x=1"), mime_type::parse("a/b;x=2"));
    EXPECT_NE(mime_type::parse("a/bx"), mime_type::parse("a/b;x=1"));
}

TEST(MimeType, TakesOnlyParametersItCanHold) {
    auto type = *mime_type::parse("a/b;x=1");
    type.add_parameter("x", "2");
    type.add_parameter("", "2");
    type.add_parameter("n m", "2");
    type.add_parameter("n", "2\n");
    EXPECT_EQ(type.to_string(), "a/b;x=1");
    type.add_parameter("n", "");
    EXPECT_EQ(type.to_string(), "a/b;x=1;n=\"\"");
}

TEST(ExtractMimeType, TakesTheLastOneOfAll) {
    EXPECT_EQ(extracted({}), "none");
    EXPECT_EQ(extracted({""}), "none");
    EXPECT_EQ(extracted({"text/plain", "text/html"}), "text/html");
    EXPECT_EQ(extracted({"text/plain, text/html"}), "text/html");
    EXPECT_EQ(extracted({"text/html", "nothing", "", "*/*"}), "text/html");
    EXPECT_EQ(extracted({"*/*"}), "none");
}

TEST(ExtractMimeType, KeepsTheCharsetOfTheSameEssence) {
    EXPECT_EQ(extracted({"text/html;charset=gbk", "text/html;x=y"}), "text/html;x=y;charset=gbk");
    EXPECT_EQ(extracted({"text/html;charset=gbk", "text/html;charset=utf-8", "text/html"}),
              "text/html;charset=gbk");
    EXPECT_EQ(extracted({"text/html;charset=gbk", "text/plain", "text/html"}), "text/html");
    EXPECT_EQ(extracted({"text/html;charset=\"\"", "text/html"}), "text/html;charset=\"\"");
}

TEST(ExtractMimeType, DoesNotSplitInsideQuotes) {
    EXPECT_EQ(extracted({"text/html;x=\"a,text/plain\""}), "text/html;x=\"a,text/plain\"");
    EXPECT_EQ(extracted({"text/html;x=\"", "text/plain"}), "text/html;x=\", text/plain\"");
    EXPECT_EQ(extracted({"text/html;\"\\\"\",text/plain"}), "text/plain");
}

TEST(MimeGroups, FollowTheStandard) {
    struct {
        bool (*group)(std::string_view);
        std::vector<std::string_view> in, out;
    } const rows[] = {
        {mime::is_html, {"text/html"}, {"application/xhtml+xml", "text/htmlx"}},
        {mime::is_xml, {"text/xml", "application/xml", "image/svg+xml"}, {"text/xmlx", "application/json"}},
        {mime::is_json, {"application/json", "text/json", "application/ld+json"}, {"application/jsonx"}},
        {mime::is_javascript, {"text/javascript", "application/x-javascript"}, {"text/javascript2"}},
        {mime::is_image, {"image/png"}, {"images/png"}},
        {mime::is_audio_or_video, {"audio/x", "video/x", "application/ogg"}, {"application/x"}},
        {mime::is_font, {"font/woff", "application/font-ttf"}, {"application/font"}},
        {mime::is_zip_based, {"application/zip", "application/epub+zip"}, {"application/x-gzip"}},
        {mime::is_archive, {"application/zip", "application/x-gzip"}, {"application/epub+zip"}},
        {mime::is_scriptable, {"text/html", "text/xml", "application/pdf"}, {"text/plain"}}};
    for (auto const& row : rows) {
        for (auto essence : row.in)
            EXPECT_TRUE(row.group(essence)) << essence;
        for (auto essence : row.out)
            EXPECT_FALSE(row.group(essence)) << essence;
    }
}

}  // namespace
}  // namespace fetchd
