#include <gtest/gtest.h>

#include "worker/tasks/charset.hpp"
#include "worker/tasks/media.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd {
namespace {

using namespace std::string_literals;

std::string decoded(std::string_view bytes, std::string_view name) {
    std::string storage;
    return std::string(charset::to_utf8(bytes, name, storage));
}

std::string chosen(std::string_view body, std::string_view header = {}, bool html = true) {
    auto const c = charset::choose(body, header, html);
    return std::string(c.name) + " " + std::string(c.source);
}

TEST(CharsetLabel, FollowsTheStandard) {
    struct {
        std::string_view label, name;
    } const rows[] = {{"latin1", "windows-1252"},
                      {"ISO-8859-1", "windows-1252"},
                      {"ascii", "windows-1252"},
                      {" UTF8\t", "utf-8"},
                      {"unicode-1-1-utf-8", "utf-8"},
                      {"unicode20utf8", "utf-8"},
                      {"utf-16", "utf-16le"},
                      {"unicodefffe", "utf-16be"},
                      {"ucs-2", "utf-16le"},
                      {"x-sjis", "shift_jis"},
                      {"windows-31j", "shift_jis"},
                      {"ks_c_5601-1987", "euc-kr"},
                      {"gb2312", "gbk"},
                      {"x-x-big5", "big5"},
                      {"cp1251", "windows-1251"},
                      {"tis-620", "windows-874"},
                      {"koi8-ru", "koi8-u"},
                      {"logical", "iso-8859-8-i"},
                      {"iso-2022-kr", "replacement"},
                      {"hz-gb-2312", "replacement"},
                      {"mac", "macintosh"},
                      {"iso-8859-9", "windows-1254"},
                      {"", ""},
                      {"utf-7", ""},
                      {"no such thing", ""}};
    for (auto const& row : rows)
        EXPECT_EQ(charset::by_label(row.label), row.name) << row.label;
    EXPECT_EQ(charset::by_label(std::string(100'000, 'a')), "");
}

TEST(CharsetChoice, GoesByMarkThenHeaderThenMetaThenTheBytes) {
    auto const meta = "<meta charset=koi8-r>"s;
    EXPECT_EQ(chosen("\xEF\xBB\xBF" + meta, "latin1"), "utf-8 bom");
    EXPECT_EQ(chosen("\xFF\xFEx\0"s, "latin1"), "utf-16le bom");
    EXPECT_EQ(chosen(meta, "latin1"), "windows-1252 header");
    EXPECT_EQ(chosen(meta, "nonsense"), "koi8-r meta");
    EXPECT_EQ(chosen(meta, "", false), "utf-8 detected");
    EXPECT_EQ(chosen("ä"), "utf-8 detected");
    EXPECT_EQ(chosen("\xE4"), "windows-1252 default");
}

TEST(CharsetPrescan, FindsTheDeclaration) {
    struct {
        std::string_view page, name;
    } const rows[] = {
        {"<meta charset=\"windows-1251\">", "windows-1251"},
        {"<META CHARSET = 'KOI8-R' >", "koi8-r"},
        {"<meta http-equiv=Content-Type content='text/html; charset=shift_jis'>", "shift_jis"},
        {"<meta content='text/html; charset = \"big5\" ;' http-equiv=content-type>", "big5"},
        {"<meta content='text/html; charset=big5'>", ""},
        {"<!-- <meta charset=koi8-r> --><meta charset=utf-8>", "utf-8"},
        {"<!--><meta charset=gbk>", "gbk"},
        {"<p title='<meta charset=koi8-r>'><meta charset=gbk>", "gbk"},
        {"<meta name=x><meta charset=nonsense><meta charset=gbk>", "gbk"},
        {"<meta charset=utf-16le>", "utf-8"},
        {"<meta charset=x-user-defined>", "windows-1252"},
        {"<metacharset=gbk>", ""},
        {"<meta charset=gbk", ""},
        {"<meta", ""},
        {"</meta charset=gbk><?meta charset=gbk?>", ""},
    };
    for (auto const& row : rows)
        EXPECT_EQ(charset::declared_in_html(row.page), row.name) << row.page;
}

TEST(CharsetPrescan, LooksAt1024BytesOnly) {
    EXPECT_EQ(charset::declared_in_html(std::string(1024 - 18, ' ') + "<meta charset=gbk>"), "gbk");
    EXPECT_EQ(charset::declared_in_html(std::string(1025 - 18, ' ') + "<meta charset=gbk>"), "");
}

TEST(CharsetDecoding, GivesUtf8) {
    EXPECT_EQ(decoded("\x80\xE4\x81", "windows-1252"), "€ä\u0081");
    EXPECT_EQ(decoded("\xCF\xF0", "windows-1251"), "Пр");
    EXPECT_EQ(decoded("\xA1", "iso-8859-8"), "\uFFFD");
    EXPECT_EQ(decoded("\x81\x40\x82\xA0\xB1", "shift_jis"), "\u3000あｱ");
    EXPECT_EQ(decoded("\x1A\x1C\x7F", "shift_jis"), "\x1A\x1C\x7F");
    EXPECT_EQ(decoded("\xA4\xA2\x8F\xB0\xA1", "euc-jp"), "あ丂");
    EXPECT_EQ(decoded("\x1B$B$\"\x1B(Ba", "iso-2022-jp"), "あa");
    EXPECT_EQ(decoded("\x81\x41\xB0\xA1", "euc-kr"), "갂가");
    EXPECT_EQ(decoded("\xA4\xA4", "big5"), "中");
    EXPECT_EQ(decoded("\xD6\xD0\x90\x30\x81\x30", "gb18030"), "中\U00010000");
    EXPECT_EQ(decoded("anything", "replacement"), "\uFFFD");
}

TEST(CharsetDecoding, ALoneLeadByteHidesNoMarkup) {
    for (std::string_view name : {"shift_jis", "euc-jp", "euc-kr", "big5", "gbk", "gb18030", "utf-8"})
        EXPECT_EQ(decoded("\x8F<b>", name).substr(0, 6), "\uFFFD<b>") << name;
}

TEST(CharsetDecoding, Utf16SurrogatesAndOddEnds) {
    EXPECT_EQ(decoded("\xFF\xFE\x3D\xD8\x00\xDE"s, "utf-16le"), "😀");
    EXPECT_EQ(decoded("\xD8\x3D\x00\x61"s, "utf-16be"), "\uFFFDa");
    EXPECT_EQ(decoded("\xDE\x00\xD8\x3D"s, "utf-16be"), "\uFFFD\uFFFD");
    EXPECT_EQ(decoded("a\0b"s, "utf-16le"), "a\uFFFD");
}

TEST(CharsetDecoding, EveryEncodingMakesValidUtf8OfAnything) {
    std::string noise;
    for (unsigned seed = 1, i = 0; i < 100'000; ++i) {
        seed = seed * 1664525 + 1013904223;
        noise += static_cast<char>(seed >> 24U);
    }
    for (auto const* label :
         {"utf-8", "utf-16le", "utf-16be", "big5", "euc-jp", "euc-kr", "gb18030", "gbk", "ibm866",
          "iso-2022-jp", "iso-8859-8", "shift_jis", "windows-874", "x-user-defined", "koi8-u"}) {
        auto const out = decoded(noise, charset::by_label(label));
        EXPECT_FALSE(out.empty()) << label;
        EXPECT_TRUE(utf8::valid(out)) << label;
    }
}

TEST(CharsetDecoding, DropsTheByteOrderMarkOfItsOwnEncodingOnly) {
    EXPECT_EQ(decoded("\xEF\xBB\xBFx", "utf-8"), "x");
    EXPECT_EQ(decoded("\xEF\xBB\xBFx", "windows-1252"), "ï»¿x");
}

TEST(Utf8, JudgesAndRepairsAsTheStandardDoes) {
    struct {
        std::string_view bytes, repaired;
    } const rows[] = {{"a\xC3\xA4", "a\xC3\xA4"},
                      {"\xC0\x80", "\uFFFD\uFFFD"},
                      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
                      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
                      {"\xE2\x82", "\uFFFD"},
                      {"\xE2\x82x", "\uFFFDx"},
                      {"\xF0\x9F\x98", "\uFFFD"},
                      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
                      {"12345678\xFF", "12345678\uFFFD"}};
    for (auto const& row : rows) {
        std::string out;
        utf8::append_valid(out, row.bytes);
        EXPECT_EQ(out, row.repaired);
        EXPECT_EQ(utf8::valid(row.bytes), row.bytes == row.repaired);
    }
}

TEST(Media, EssenceAndCharsetOfAContentType) {
    EXPECT_EQ(tasks::media_essence(" Text/HTML ; charset=x"), "text/html");
    EXPECT_EQ(tasks::media_essence("text"), "");
    EXPECT_EQ(tasks::media_essence("text/ht ml"), "");
    EXPECT_EQ(tasks::media_essence("/"), "");
    EXPECT_EQ(tasks::media_charset("text/html; a=\"x;charset=no\"; Charset=\"utf\\-8\"; charset=z"), "utf-8");
    EXPECT_EQ(tasks::media_charset("text/html;charset= gbk ;"), "gbk");
    EXPECT_EQ(tasks::media_charset("text/html; charset"), "");
    EXPECT_EQ(tasks::media_charset("text/html; charset=\"open"), "open");
}

TEST(Media, SniffsOnlyWhatItMust) {
    EXPECT_EQ(tasks::sniff("\n <!DOCTYPE HTML>"), "text/html");
    EXPECT_EQ(tasks::sniff("<p>"), "text/html");
    EXPECT_EQ(tasks::sniff("<picture>"), "text/plain");
    EXPECT_EQ(tasks::sniff("hello"), "text/plain");
    EXPECT_EQ(tasks::sniff(""), "text/plain");
    EXPECT_EQ(tasks::sniff("a\0b"s), "application/octet-stream");
    EXPECT_EQ(tasks::sniff("\xFF\x01"), "application/octet-stream");
}

}  // namespace
}  // namespace fetchd
