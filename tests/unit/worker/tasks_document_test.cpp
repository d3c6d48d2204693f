#include <gtest/gtest.h>

#include <ctime>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::html {
namespace {

std::string repeat(std::string_view piece, std::size_t times) {
    std::string out;
    for (; times > 0; --times)
        out += piece;
    return out;
}

// The tree as text: "p(b(x))".
std::string drawn(document const& d) {
    std::string out;
    walk(
        d.root(),
        [&](node n) {
            out += n.tag() == tag::text ? n.text() : n.name();
            out += '(';
            return step::into;
        },
        [&](node) { out += ')'; });
    return out;
}

std::string drawn(std::string_view html) {
    auto const d = document::parse(html);
    return d ? drawn(*d) : d.error().message();
}

TEST(HtmlDocument, BuildsTheTreeTheStandardSays) {
    EXPECT_EQ(drawn("<p>a<b>b<p>c"), "-undef(html(head()body(p(a()b(b()))p(b(c())))))");
    EXPECT_EQ(drawn(""), "-undef(html(head()body()))");
    EXPECT_EQ(drawn("<table><td>x"), "-undef(html(head()body(table(tbody(tr(td(x())))))))");
}

TEST(HtmlDocument, DecodesCharacterReferencesAndStaysValidUtf8) {
    auto const d = document::parse("<p title='&quot;&eacute;'>&lt;&#xd800;&#x110000;&amp");
    ASSERT_TRUE(d.has_value());
    auto const p = d->body().first_child();
    EXPECT_EQ(p.attribute("title"), "\"é");
    EXPECT_EQ(p.first_child().text(), "<\uFFFD\uFFFD&");
}

TEST(HtmlDocument, AttributesAreFoundByLowerCaseNameAndMayBeEmpty) {
    auto const d = document::parse("<A HREF=x Download B=''>y");
    ASSERT_TRUE(d.has_value());
    auto const a = d->body().first_child();
    EXPECT_EQ(a.tag(), tag::a);
    EXPECT_EQ(a.attribute("href"), "x");
    EXPECT_EQ(a.attribute("download"), "");
    EXPECT_EQ(a.attribute("b"), "");
    EXPECT_EQ(a.attribute("c"), std::nullopt);
}

TEST(HtmlDocument, ForeignElementsAreNotTakenForHtml) {
    auto const d = document::parse("<svg><title>x</title><a href=y>z</a></svg>");
    ASSERT_TRUE(d.has_value());
    auto const svg = d->body().first_child();
    EXPECT_EQ(svg.tag(), tag::svg);
    EXPECT_EQ(svg.first_child().tag(), tag::foreign);
    EXPECT_EQ(svg.first_child().next().tag(), tag::foreign);
}

TEST(HtmlDocument, AMillionLevelsAreRefusedAtTheLimit) {
    for (auto const* open :
         {"<div>", "<b>", "<ul><li>", "<svg>", "<object>", "<font a>", "<x-y>", "<template>"}) {
        auto const page = repeat(open, 1'000'000);
        auto const d = document::parse(page);
        ASSERT_FALSE(d.has_value()) << open;
        EXPECT_EQ(d.error().what, code::too_large) << open;
    }
}

TEST(HtmlDocument, DepthLimitIsExact) {
    limits const most{.depth = 50};
    EXPECT_TRUE(document::parse(repeat("<div>", 48), most).has_value());  // html and body are open too
    EXPECT_FALSE(document::parse(repeat("<div>", 49), most).has_value());
}

TEST(HtmlDocument, ElementsThatReopenInEveryParagraphAreBounded) {
    std::string page;
    for (int i = 0; i < 400; ++i)
        page += "<font size=" + std::to_string(i) + ">";
    page += repeat("<p>x</p>", 100'000);
    limits const most{.pieces = 100'000};
    auto const d = document::parse(page, most);
    ASSERT_FALSE(d.has_value());
    EXPECT_EQ(d.error().what, code::too_large);
}

TEST(HtmlDocument, TagsAndAttributesCountAsPieces) {
    limits const most{.pieces = 1000};
    EXPECT_FALSE(document::parse(repeat("</a>", 2000), most).has_value());
    EXPECT_FALSE(document::parse("<p " + repeat("a ", 2000) + ">", most).has_value());
    EXPECT_TRUE(document::parse("<p>" + std::string(100'000, 'a'), most).has_value());
}

TEST(HtmlDocument, ManyTagsDeepDownAreBounded) {
    auto const page = repeat("<div>", 900) + repeat("<i></i>", 10'000);
    EXPECT_TRUE(document::parse(page).has_value());
    limits const most{.effort = 10'000'000};
    EXPECT_FALSE(document::parse(page, most).has_value());
    EXPECT_TRUE(document::parse(repeat("<i></i>", 10'000), most).has_value());
}

TEST(HtmlDocument, BrokenEndsOfInputAreNoTrouble) {
    for (auto const* page : {"<",
                             "</",
                             "<!",
                             "<!-",
                             "<!--",
                             "<!--x--",
                             "<!doctype",
                             "<a",
                             "<a ",
                             "<a b",
                             "<a b=",
                             "<a b='",
                             "<a b='c",
                             "<a b=c",
                             "<a/",
                             "&",
                             "&#",
                             "&#x",
                             "&am",
                             "<script>",
                             "<script><!--",
                             "<title>",
                             "<title></titl",
                             "<textarea>",
                             "<plaintext>",
                             "<svg><![CDATA[",
                             "<?",
                             "<%"})
        EXPECT_TRUE(document::parse(page).has_value()) << page;
}

// Processor time of this process: others on the machine do not count.
double seconds_to_parse(std::string const& page) {
    auto const begin = std::clock();
    EXPECT_TRUE(document::parse(page).has_value());
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST(HtmlDocument, OfManyAttributesIsParsedInLinearTime) {
    constexpr std::string_view element = "<meta property='og:x' name='date' content='1.2.3'>";
    auto const once = seconds_to_parse(repeat(element, 50'000));
    auto const four_times = seconds_to_parse(repeat(element, 200'000));
    EXPECT_LT(four_times, 9 * once) << "it was 15 times";
}

TEST(HtmlWalk, PassesByAndStopsWhenTold) {
    auto const d = document::parse("<p><b>1</b></p><p>2</p><p>3</p>");
    ASSERT_TRUE(d.has_value());
    std::string seen;
    walk(d->body(), [&](node n) {
        seen += n.text();
        return n.tag() == tag::b ? step::past : n.text() == "2" ? step::stop : step::into;
    });
    EXPECT_EQ(seen, "2");
}

TEST(HtmlWalk, StaysBelowItsTop) {
    auto const d = document::parse("<p>1</p><p>2</p>");
    ASSERT_TRUE(d.has_value());
    std::string seen;
    walk(d->body().first_child(), [&](node n) {
        seen += n.text();
        return step::into;
    });
    EXPECT_EQ(seen, "1");
}

TEST(InlineText, CollapsesWhitespaceAndLeavesHiddenPartsOut) {
    auto const d =
        document::parse("<p> a <b>b </b> <script>x</script><i hidden>y</i><img alt=' pic '>\n<div>z</div>");
    ASSERT_TRUE(d.has_value());
    EXPECT_EQ(inline_text(d->body()), "a b pic z");
}

TEST(InlineText, IsCutBetweenCharacters) {
    auto const d = document::parse("<p>ääääää");
    ASSERT_TRUE(d.has_value());
    EXPECT_EQ(inline_text(d->body(), 5), "ää");
}

}  // namespace
}  // namespace fetchd::html
