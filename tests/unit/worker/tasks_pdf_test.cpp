#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "support/pdf_writer.hpp"
#include "worker/tasks/pdf.hpp"
#include "worker/tasks/pdf_document.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

namespace json = boost::json;
using test::pdf_file;
using test::pdf_stream;
using test::pdf_text_at;

result<outcome> run(std::string const& body, std::vector<setting> settings = {}, std::size_t room = 1 << 20) {
    request r;
    r.names = {"pdf"};
    r.content_type = "application/pdf";
    r.settings = std::move(settings);
    r.max_output = room;
    return perform(standard(), r, body);
}

json::object read(std::string const& body, std::vector<setting> settings = {}) {
    return json::parse(run(body, std::move(settings)).value().output).at("pdf").as_object();
}

std::string failed(result<outcome> const& r) {
    return r ? "succeeded" : std::string(name(r.error().what)) + ": " + r.error().detail;
}

std::string text_of_page(json::object const& o, std::size_t index) {
    return std::string(o.at("pages").at(index).at("text").as_string());
}

pdf_file pages_of(std::size_t count) {
    pdf_file f;
    for (std::size_t i = 1; i <= count; ++i)
        f.pages.push_back({pdf_text_at(72, 720, "Page " + std::to_string(i)), {}, {}});
    return f;
}

TEST(Pdf, GivesTheTextOfEachPage) {
    for (auto const how : {pdf_file::form::plain, pdf_file::form::broken, pdf_file::form::compact}) {
        auto f = pages_of(2);
        f.how = how;
        auto const o = read(f.write());
        EXPECT_EQ(o.at("page_count"), 2);
        ASSERT_EQ(o.at("pages").as_array().size(), 2U);
        EXPECT_EQ(json::serialize(o.at("pages").at(1)),
                  R"({"page":2,"width":612,"height":792,"text":"Page 2\n"})");
        EXPECT_EQ(o.at("version"), how == pdf_file::form::compact ? "1.5" : "1.4");
        EXPECT_EQ(o.at("encrypted"), false);
        EXPECT_EQ(o.contains("next_page"), false);
    }
}

TEST(Pdf, SaysWhatTheDocumentSaysOfItself) {
    auto f = pages_of(1);
    f.info =
        "/Title<FEFF00DC0062006500720073006900630068007400200434> /Author(M\\374ller) /Subject(\xEF\xBB\xBF"
        "\xE2\x82\xAC 5) /Keywords(a, b) /Creator(Writer) /Producer() /CreationDate(D:20240229235959+05'30') "
        "/ModDate(D:2024)";
    f.catalog = "/Lang(de-DE)";
    auto const o = read(f.write());
    EXPECT_EQ(o.at("title"), "Übersicht д");
    EXPECT_EQ(o.at("author"), "Müller");
    EXPECT_EQ(o.at("subject"), "€ 5");
    EXPECT_EQ(o.at("keywords"), "a, b");
    EXPECT_EQ(o.at("creator"), "Writer");
    EXPECT_FALSE(o.contains("producer"));
    EXPECT_EQ(o.at("language"), "de-DE");
    EXPECT_EQ(o.at("created"), "2024-02-29T23:59:59+05:30");
    EXPECT_EQ(o.at("modified"), "2024-01-01T00:00:00");
}

TEST(Pdf, LinksCarryTheTextOverWhichTheyLie) {
    auto f = pages_of(1);
    f.pages[0].content += pdf_text_at(72, 600, "see the manual now");
    f.pages[0].annotations = {
        "<</Type/Annot /Subtype/Link /Rect[92 595 154 615] /A<</S/URI /URI(http://example.org/m?a=1&b)>>>>",
        "<</Type/Annot /Subtype/Link /Rect[0 0 10 10] /A<</S/URI /URI(mailto:a@example.org)>>>>",
        "<</Type/Annot /Subtype/Link /Rect[0 0 10 10] /A<</S/URI /URI(http://x/\\001)>>>>",
        "<</Type/Annot /Subtype/Link /Rect[0 0 10 10] /Dest[10 0 R /Fit]>>",
        "17",
        "99 0 R"};
    auto const links = read(f.write()).at("links").as_array();
    ASSERT_EQ(links.size(), 2U);
    EXPECT_EQ(json::serialize(links[0]),
              R"({"page":1,"url":"http://example.org/m?a=1&b","text":"the manual"})");
    EXPECT_EQ(json::serialize(links[1]), R"({"page":1,"url":"mailto:a@example.org","text":""})");
}

TEST(Pdf, LinksOfATurnedPageFindTheirTextToo) {
    auto f = pages_of(1);
    f.pages[0].extra = "/Rotate 90 /CropBox[10 20 600 780]";
    f.pages[0].annotations = {
        "<</Subtype/Link /Rect[70 715 140 735] /A<</S/URI /URI(http://example.org/)>>>>"};
    auto const o = read(f.write());
    EXPECT_EQ(o.at("links").at(0).at("text"), "Page 1");
    EXPECT_EQ(o.at("pages").at(0).at("width"), 760);
    EXPECT_EQ(o.at("pages").at(0).at("height"), 590);
}

TEST(Pdf, KeepsNoMoreLinksOfAPageThanAllowed) {
    auto f = pages_of(1);
    f.pages[0].annotations.assign(pdf::limits::links_per_page + 1,
                                  "<</Subtype/Link /Rect[0 0 1 1] /A<</S/URI /URI(x:y)>>>>");
    EXPECT_EQ(read(f.write()).at("links").as_array().size(), pdf::limits::links_per_page);
    f.pages[0].annotations.pop_back();
    EXPECT_EQ(read(f.write()).at("links").as_array().size(), pdf::limits::links_per_page);
}

TEST(Pdf, OutlineIsInReadingOrderWithPages) {
    auto f = pages_of(3);
    f.objects = {
        "<</First 11 0 R /Last 13 0 R>>",
        "<</Title(One) /Dest[" + std::to_string(10 + 6) + " 0 R /Fit] /First 12 0 R /Next 13 0 R>>",
        "<</Title(One and a half) /A<</S/GoTo /D(there)>>>>",
        "<</Title(Elsewhere) /A<</S/URI /URI(http://example.org/)>> /Next 14 0 R>>",
        "<</Title(Round) /Next 11 0 R>>",
        "<</there<</D[18 0 R /Fit]>>>>",
    };
    f.catalog = "/Outlines 10 0 R /Dests<</there[" + std::to_string(f.page_object(2)) + " 0 R /Fit]>>";
    EXPECT_EQ(json::serialize(read(f.write()).at("outline")),
              R"([{"level":1,"title":"One","page":1},{"level":2,"title":"One and a half","page":3},)"
              R"({"level":1,"title":"Elsewhere","url":"http://example.org/"},{"level":1,"title":"Round"}])");
}

TEST(Pdf, OutlineEndsAtItsLimits) {
    auto f = pages_of(1);
    f.catalog = "/Outlines 10 0 R";
    f.objects = {"<</First 11 0 R>>"};
    for (std::size_t i = 11; i < 11 + pdf::limits::headings + 1; ++i)
        f.objects.push_back("<</Title(t) /Next " + std::to_string(i + 1) + " 0 R>>");
    EXPECT_EQ(read(f.write()).at("outline").as_array().size(), pdf::limits::headings);
    f.objects = {"<</First 11 0 R>>"};
    for (std::size_t i = 11; i < 11 + 50; ++i)
        f.objects.push_back("<</Title(t) /First " + std::to_string(i + 1) + " 0 R>>");
    auto const deep = read(f.write()).at("outline").as_array();
    ASSERT_EQ(deep.size(), pdf::limits::heading_depth);
    EXPECT_EQ(deep.back().at("level"), pdf::limits::heading_depth);
}

TEST(Pdf, OnlyThePagesThatAreWanted) {
    auto const f = pages_of(9).write();
    auto const wanted = [&](std::string value) {
        std::string numbers;
        auto const o = read(f, {{"pdf", "pages", std::move(value)}});
        for (auto const& p : o.at("pages").as_array())
            numbers += std::to_string(p.at("page").as_int64());
        return numbers;
    };
    EXPECT_EQ(wanted("3"), "3");
    EXPECT_EQ(wanted(" 8-, 2 - 3,1,3-4"), "123489");
    EXPECT_EQ(wanted(""), "123456789");
    EXPECT_EQ(wanted("10-20"), "");
    auto const* const task = find(standard(), "pdf");
    for (auto const* bad : {"0", "2-1", "x", "1,,2", "1-2-3", "1,", "-3", "1000001"}) {
        std::vector<setting> const set = {{"pdf", "pages", bad}};
        EXPECT_FALSE(task->check({"pdf", task->options, set}).has_value()) << bad;
        EXPECT_FALSE(run(f, set).has_value()) << bad;
    }
    EXPECT_TRUE(task->check({"pdf", task->options, {}}).has_value());
}

TEST(Pdf, ManyRangesAreTooMany) {
    std::string ranges = "1";
    for (int i = 1; i < 100; ++i)
        ranges += ",1";
    auto const f = pages_of(1).write();
    EXPECT_TRUE(run(f, {{"pdf", "pages", ranges}}).has_value());
    EXPECT_FALSE(run(f, {{"pdf", "pages", ranges + ",1"}}).has_value());
}

TEST(Pdf, AVisitReadsSoManyPagesAndSaysWhereToGoOn) {
    auto const whole = read(pages_of(pdf_page_limit).write());
    EXPECT_EQ(whole.at("pages").as_array().size(), pdf_page_limit);
    EXPECT_FALSE(whole.contains("next_page"));
    auto const longer = pages_of(pdf_page_limit + 1).write();
    EXPECT_EQ(read(longer).at("pages").as_array().size(), pdf_page_limit);
    EXPECT_EQ(read(longer).at("next_page"), pdf_page_limit + 1);
    EXPECT_EQ(read(longer, {{"pdf", "pages", "2-"}}).contains("next_page"), false);
}

TEST(Pdf, ColumnsAreReadOneAfterTheOtherOrStandSideBySide) {
    pdf_file f;
    std::string columns;
    for (int line = 0; line < 4; ++line)
        columns += pdf_text_at(72, 700 - 14 * line, "left column text line " + std::to_string(line)) +
                   pdf_text_at(340, 700 - 14 * line, "right column text line " + std::to_string(line));
    f.pages = {{columns, {}, {}}};
    auto const reading = text_of_page(read(f.write()), 0);
    EXPECT_LT(reading.find("left column text line 3"), reading.find("right column text line 0"));
    auto const physical = text_of_page(read(f.write(), {{"pdf", "layout", "physical"}}), 0);
    EXPECT_LT(physical.find("right column text line 0"), physical.find("left column text line 3"));
    EXPECT_EQ(physical.find("   right column"), physical.find("right column") - 3);
}

TEST(Pdf, JoinsWordsThatALineDividesAndSpellsLigaturesOut) {
    pdf_file f;
    f.objects = {
        "<</Type/Font /Subtype/Type1 /BaseFont/Helvetica /Encoding<</Differences[65/fi/ffl]>>>>",
    };
    f.fonts = "/G 10 0 R";
    f.pages = {{pdf_text_at(72, 700, "a long hyphen-") + pdf_text_at(72, 686, "ation of words") +
                    "BT /G 12 Tf 72 600 Td (ABle) Tj ET",
                {},
                {}}};
    EXPECT_EQ(text_of_page(read(f.write()), 0), "a long hyphenation of words\n\nfifflle\n");
}

TEST(Pdf, ReadsTheCharactersADocumentMapsItself) {
    pdf_file f;
    f.objects = {
        "<</Type/Font /Subtype/Type0 /BaseFont/X /Encoding/Identity-H /DescendantFonts[11 0 R] /ToUnicode 12 "
        "0 R>>",
        "<</Type/Font /Subtype/CIDFontType2 /BaseFont/X /CIDSystemInfo<</Registry(Adobe) /Ordering(Identity) "
        "/Supplement 0>> /FontDescriptor 13 0 R>>",
        pdf_stream("",
                   "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> "
                   "endcodespacerange 3 beginbfchar <0001> <65E5> <0002> <672C> <0003> <D83DDE00> endbfchar "
                   "endcmap end"),
        "<</Type/FontDescriptor /FontName/X /Flags 4>>",
    };
    f.fonts = "/G 10 0 R";
    f.pages = {{"BT /G 12 Tf 72 600 Td <000100020003> Tj ET", {}, {}}};
    EXPECT_EQ(text_of_page(read(f.write()), 0), "日本😀\n");
}

TEST(Pdf, FilledInFieldsAreText) {
    auto f = pages_of(1);
    auto const looks = pdf_stream("/Type/XObject /Subtype/Form /BBox[0 0 100 20] /Resources 5 0 R",
                                  "BT /F 12 Tf 2 5 Td (Jane Doe) Tj ET");
    f.objects = {looks};
    auto const widget = [](std::string const& more) {
        return "<</Type/Annot /Subtype/Widget /FT/Tx /Rect[72 500 172 520] /AP<</N 10 0 R>> " + more + ">>";
    };
    f.pages[0].annotations = {widget("")};
    EXPECT_EQ(text_of_page(read(f.write()), 0), "Page 1\n\nJane Doe\n");
    f.pages[0].annotations = {widget("/F 2")};
    EXPECT_EQ(text_of_page(read(f.write()), 0), "Page 1\n");
}

TEST(Pdf, EncryptedIsReadWhereNoPasswordIsNeeded) {
    auto const f = pages_of(1);
    auto const o = read(f.write_encrypted(""));
    EXPECT_EQ(o.at("encrypted"), true);
    EXPECT_EQ(o.at("copying_allowed"), false);
    EXPECT_EQ(text_of_page(o, 0), "Page 1\n");
    auto const locked = run(f.write_encrypted("secret"));
    EXPECT_EQ(failed(locked), "bad_document: the PDF is encrypted and needs a password");
}

TEST(Pdf, WhatIsNoPdfFails) {
    EXPECT_EQ(failed(run("%PDF-1.4\nnothing of use")), "bad_document: the PDF is damaged");
    auto const whole = pages_of(3).write();
    for (std::size_t n = 0; n < whole.size(); n += 7)
        run(whole.substr(0, n)).has_value();  // whatever it gives, it ends
    request r;
    r.names = {"pdf"};
    r.content_type = "text/html";
    EXPECT_EQ(failed(perform(standard(), r, "<p>")), "unsupported_type: text/html");
    r.content_type = "application/octet-stream";
    EXPECT_TRUE(perform(standard(), r, "junk\n" + whole).has_value());
}

TEST(Pdf, StopsAtTheOutputLimit) {
    auto const f = pages_of(500).write();
    EXPECT_EQ(failed(run(f, {}, 2000)), "output_too_large: more than 2000 bytes");
    auto one = pages_of(1);
    for (int line = 0; line < 50; ++line)
        one.pages[0].content += pdf_text_at(72, 710 - 14 * line, std::string(50, 'x'));
    EXPECT_TRUE(run(one.write(), {}, 3000).has_value());
    EXPECT_EQ(failed(run(one.write(), {}, 2000)), "output_too_large: more than 2000 bytes");
}

TEST(Pdf, APageGivesSoManyCharacters) {
    pdf_file f;
    f.pages = {{"", {}, "/MediaBox[0 0 8000 20000]"}};
    constexpr std::size_t lines = pdf::limits::characters_per_page / 1000;
    for (std::size_t i = 0; i < lines; ++i)
        f.pages[0].content += pdf_text_at(10, 19'900 - 20 * static_cast<int>(i), std::string(1000, 'x'));
    auto const count = [&] {
        auto const text = text_of_page(read(f.write()), 0);
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), 'x'));
    };
    EXPECT_EQ(count(), pdf::limits::characters_per_page);
    f.pages[0].content += pdf_text_at(10, 10, "xxx");
    EXPECT_EQ(count(), pdf::limits::characters_per_page);
}

TEST(Pdf, TextOfAllPagesForReaders) {
    static constexpr entry own[] = {{"read", output_kind::text, pdf_text}};
    request r;
    r.names = {"read"};
    r.json = false;
    r.content_type = "application/pdf";
    EXPECT_EQ(perform(own, r, pages_of(3).write()).value().output, "Page 1\n\n\fPage 2\n\n\fPage 3\n");
    EXPECT_FALSE(perform(own, r, "%PDF-").has_value());
    r.max_output = 20;
    EXPECT_EQ(failed(perform(own, r, pages_of(3).write())), "output_too_large: more than 20 bytes");
    r.max_output = 25;
    EXPECT_TRUE(perform(own, r, pages_of(3).write()).has_value());
}

}  // namespace
}  // namespace fetchd::tasks
