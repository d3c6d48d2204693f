#include <gtest/gtest.h>

#include "worker/tasks/charset.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd {
namespace {

using charset::markup;
using namespace std::string_literals;

std::string decoded(std::string_view bytes, std::string_view name) {
    std::string storage;
    return std::string(charset::to_utf8(bytes, name, storage));
}

std::string chosen(std::string_view body, std::string_view header = {}, markup kind = markup::html) {
    auto const c = charset::choose(body, header, kind);
    return std::string(c.name) + " " + std::string(c.source);
}

// Labels of the standard, apart by a space.
struct label_row {
    std::string_view name;
    std::string_view labels;
};
constexpr label_row label_rows[] = {
    {"utf-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"},
    {"ibm866", "866 cp866 csibm866 ibm866"},
    {"iso-8859-2",
     "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2"},
    {"iso-8859-3",
     "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"},
    {"iso-8859-4",
     "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"},
    {"iso-8859-5",
     "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988"},
    {"iso-8859-6",
     "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i "
     "iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"},
    {"iso-8859-7",
     "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
     "iso_8859-7:1987 sun_eu_greek"},
    {"iso-8859-8",
     "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
     "iso_8859-8:1988 visual"},
    {"iso-8859-8-i", "csiso88598i iso-8859-8-i logical"},
    {"iso-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
    {"iso-8859-13", "iso-8859-13 iso8859-13 iso885913"},
    {"iso-8859-14", "iso-8859-14 iso8859-14 iso885914"},
    {"iso-8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"},
    {"iso-8859-16", "iso-8859-16"},
    {"koi8-r", "cskoi8r koi koi8 koi8-r koi8_r"},
    {"koi8-u", "koi8-ru koi8-u"},
    {"macintosh", "csmacintosh mac macintosh x-mac-roman"},
    {"windows-874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"},
    {"windows-1250", "cp1250 windows-1250 x-cp1250"},
    {"windows-1251", "cp1251 windows-1251 x-cp1251"},
    {"windows-1252",
     "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
     "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252"},
    {"windows-1253", "cp1253 windows-1253 x-cp1253"},
    {"windows-1254",
     "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
     "windows-1254 x-cp1254"},
    {"windows-1255", "cp1255 windows-1255 x-cp1255"},
    {"windows-1256", "cp1256 windows-1256 x-cp1256"},
    {"windows-1257", "cp1257 windows-1257 x-cp1257"},
    {"windows-1258", "cp1258 windows-1258 x-cp1258"},
    {"x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian"},
    {"gbk", "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk"},
    {"gb18030", "gb18030"},
    {"big5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"},
    {"euc-jp", "cseucpkdfmtjapanese euc-jp x-euc-jp"},
    {"iso-2022-jp", "csiso2022jp iso-2022-jp"},
    {"shift_jis", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"},
    {"euc-kr",
     "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
     "windows-949"},
    {"replacement", "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement"},
    {"utf-16be", "unicodefffe utf-16be"},
    {"utf-16le", "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le"},
    {"x-user-defined", "x-user-defined"},
};

TEST(CharsetLabel, KnowsAllOfTheStandardAndNoCase) {
    std::size_t labels = 0;
    for (auto const& row : label_rows)
        for (auto rest = row.labels; !rest.empty();) {
            auto const label = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(label.size() + 1, rest.size()));
            std::string shouted = "\t\r\n\f ";
            for (char c : label)
                shouted += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
            EXPECT_EQ(charset::by_label(label), row.name) << label;
            EXPECT_EQ(charset::by_label(shouted + " "), row.name) << label;
            EXPECT_NE(charset::by_label(std::string(label) + "x"), row.name) << label;
            ++labels;
        }
    EXPECT_EQ(labels, 228U);
}

TEST(CharsetLabel, KnowsNoOthers) {
    for (std::string_view label :
         {"", " ", "utf", "utf-7", "utf-32", "cesu-8", "ebcdic-us", "iso-8859-12", "cp437", "ibm852", "uhc",
          "euc-tw", "viscii", "\vutf-8", "utf-8,", "\"utf-8\"", "no such thing"})
        EXPECT_EQ(charset::by_label(label), "") << label;
    EXPECT_EQ(charset::by_label("utf-8\0"s), "");
    EXPECT_EQ(charset::by_label(std::string(100'000, 'a')), "");
}

TEST(CharsetChoice, GoesByMarkThenHeaderThenMetaThenTheBytes) {
    auto const meta = "<meta charset=koi8-r>"s;
    EXPECT_EQ(chosen("\xEF\xBB\xBF" + meta, "latin1"), "utf-8 bom");
    EXPECT_EQ(chosen("\xFF\xFEx\0"s, "latin1"), "utf-16le bom");
    EXPECT_EQ(chosen(meta, "latin1"), "windows-1252 header");
    EXPECT_EQ(chosen(meta, "nonsense"), "koi8-r meta");
    EXPECT_EQ(chosen(meta, "", markup::xml), "utf-8 detected");
    EXPECT_EQ(chosen(meta, "", markup::none), "utf-8 detected");
    auto const xml = "<?xml version='1.0' encoding='koi8-r'?>"s;
    EXPECT_EQ(chosen(xml, "latin1", markup::xml), "windows-1252 header");
    EXPECT_EQ(chosen(xml, "", markup::xml), "koi8-r xml");
    EXPECT_EQ(chosen(xml, "", markup::html), "koi8-r xml");
    EXPECT_EQ(chosen(xml + "<meta charset=gbk>", "", markup::html), "gbk meta");
    EXPECT_EQ(chosen(xml, "", markup::none), "utf-8 detected");
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

TEST(CharsetPrescan, ReadsTheXmlDeclaration) {
    struct {
        std::string_view page, name;
    } const rows[] = {
        {"<?xml version=\"1.0\" encoding=\"windows-1251\"?>", "windows-1251"},
        {"<?xml encoding \t= \n'KOI8-R' ?>", "koi8-r"},
        {"<?xml encoding='utf-16'?>", "utf-8"},
        {"<?xml encoding='x-user-defined'?>", "x-user-defined"},
        {"<?xml encoding='nonsense'?>", ""},
        {"<?xml encoding='koi8-r '?>", ""},
        {"<?xml encoding='koi8-r?>", ""},
        {"<?xml encoding=koi8-r?>", ""},
        {"<?xml encoding='koi8-r'", ""},
        {"<?xml version='1.0'?><a encoding='koi8-r'>", ""},
        {" <?xml encoding='koi8-r'?>", ""},
        {"<?xml encoding", ""},
        {"<?xml encoding>", ""},
        {"<?xml encoding=>", ""},
        {"<?xml encoding='>", ""},
        {"", ""},
    };
    for (auto const& row : rows)
        EXPECT_EQ(charset::declared_in_xml(row.page), row.name) << row.page;
    EXPECT_EQ(charset::declared_in_xml("<\0?\0x\0m\0"s), "utf-16le");
    EXPECT_EQ(charset::declared_in_xml("\0<\0?\0x\0m"s), "utf-16be");
    auto const long_one = "<?xml" + std::string(1024 - 5 - 18, ' ') + "encoding='koi8-r'>";
    EXPECT_EQ(charset::declared_in_xml(long_one), "koi8-r");
    EXPECT_EQ(charset::declared_in_xml("<?xml " + long_one.substr(5)), "");
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
    EXPECT_EQ(decoded("", "replacement"), "");
    EXPECT_EQ(decoded("a\x80\xFF", "x-user-defined"), "a\uF780\uF7FF");
    EXPECT_EQ(decoded("\xF0\xFF", "macintosh"), "\uF8FFˇ");
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
    EXPECT_EQ(decoded("\x3D\xD8\x00"s, "utf-16le"), "\uFFFD");
    EXPECT_EQ(decoded("\x3D\xD8"s, "utf-16le"), "\uFFFD");
    EXPECT_EQ(decoded("\xFF\xFE"s, "utf-16le"), "");
}

TEST(CharsetDecoding, EveryEncodingMakesValidUtf8OfAnything) {
    std::string noise;
    for (unsigned seed = 1, i = 0; i < 100'000; ++i) {
        seed = seed * 1664525 + 1013904223;
        noise += static_cast<char>(seed >> 24U);
    }
    for (auto const& row : label_rows) {
        auto const out = decoded(noise, row.name);
        EXPECT_FALSE(out.empty()) << row.name;
        EXPECT_TRUE(utf8::valid(out)) << row.name;
        for (std::size_t n = 0; n < 40; ++n)  // cut off anywhere
            EXPECT_TRUE(utf8::valid(decoded(noise.substr(n, n), row.name))) << row.name << " " << n;
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

}  // namespace
}  // namespace fetchd
