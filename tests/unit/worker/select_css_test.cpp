// CSS selectors over a document: what each kind of selector finds, and what it costs.
#include <gtest/gtest.h>

#include "select_page.hpp"
#include "worker/tasks/css_match.hpp"

namespace fetchd::css {
namespace {

using html::node;

// The ids of what is found, or the names of what has none, with spaces between; the failure's words instead.
std::string found(sample const& in, std::string_view selector, std::string_view scope = "",
                  std::uint64_t steps = 10'000'000) {
    auto const compiled = compile(selector, true);
    if (!compiled)
        return compiled.error().detail;
    page where(in.document->root(), in.html, in.nodes, steps);
    matcher with(*compiled, where);
    auto const top = scope.empty() ? in.document->root() : in.element(scope);
    std::string out;
    // The first searches walk the tree, the later ones go by an index: they must not differ.
    for (auto round = 0; round < 50; ++round) {
        std::string now;
        search all(with, top, scope.empty() ? in.html : top);
        while (auto const n = all.next())
            now += (now.empty() ? "" : " ") + std::string(n.attribute("id").value_or(n.name()));
        if (round > 0 && !where.left.spent()) {
            EXPECT_EQ(now, out) << selector;
        }
        out = now;
        if (in.nodes > 1000)
            break;
    }
    return where.left.spent() ? "spent" : out;
}

struct row {
    std::string_view selector;
    std::string_view ids;
    std::string_view scope = "";
};

void expect_all(sample const& in, std::initializer_list<row> rows) {
    for (auto const& r : rows)
        EXPECT_EQ(found(in, r.selector, r.scope), r.ids) << r.selector << " in '" << r.scope << "'";
}

TEST(CssSelector, FindsByNameIdAndClass) {
    sample const page(
        "<body id=b><p id=p1 class='x y'>a</p><P id=p2 class='X\ty\n z'>b</p><my-el id=m class=yy></my-el>"
        "<svg id=s><linearGradient id=g /></svg><p id='1'></p><p id=\xC3\xA9 class=a.b></p>");
    expect_all(page, {
                         {"p", "p1 p2 1 \xC3\xA9"},
                         {"P", "p1 p2 1 \xC3\xA9"},
                         {"#p2", "p2"},
                         {"#P2", ""},
                         {".y", "p1 p2"},
                         {".x", "p1"},
                         {".x.y", "p1"},
                         {".x\\ y", ""},
                         {"p.z#p2", "p2"},
                         {"p.z#p1", ""},
                         {"my-el", "m"},
                         {"MY-EL", "m"},
                         {"lineargradient, linearGradient", "g"},
                         {"body *", "p1 p2 m s g 1 \xC3\xA9"},
                         {"*", "html head b p1 p2 m s g 1 \xC3\xA9"},
                         {"#\\31", "1"},
                         {"#\\31 , #\\70 1", "p1 1"},
                         {"#\\000031", "1"},
                         {"#\xC3\xA9", "\xC3\xA9"},
                         {"#\\e9", "\xC3\xA9"},
                         {".a\\.b", "\xC3\xA9"},
                         {"\\70\r\n.x", "p1"},
                         {"/* a */p.x/* > */ ", "p1"},
                     });
}

TEST(CssSelector, JoinsCompoundsByEveryCombinator) {
    sample const page(
        "<body id=b><div id=d1 class=o><p id=p1>x<i id=i1></i></p><!-- c -->t<p id=p2><i id=i2></i></p>"
        "<div id=d2 class=o><p id=p3></p><ul id=u></ul><p id=p4><b id=b4><i id=i4></i></b></p></div></div>");
    expect_all(page, {
                         {"div p", "p1 p2 p3 p4"},
                         {"div>p", "p1 p2 p3 p4"},
                         {"body > div > p", "p1 p2"},
                         {"body div div p", "p3 p4"},
                         {"p + p", "p2"},
                         {"p+div", "d2"},
                         {"p ~ p", "p2 p4"},
                         {"p ~ div i", "i4"},
                         {"p > i", "i1 i2"},
                         {"p i", "i1 i2 i4"},
                         {"p + div > p ~ p > b i", "i4"},
                         {"p + div > p + p > b i", ""},
                         {".o .o p", "p3 p4"},
                         {".o .o .o p", ""},
                         {"div , p > i", "d1 i1 i2 d2"},
                         {"html > body", "b"},
                         {"> body", "b"},
                         {"> p", "", ""},
                         {"> p", "p3 p4", "d2"},
                         {">p+ul", "u", "d2"},
                         {"p", "p3 p4", "d2"},
                         {"div p", "p3 p4", "d2"},
                         {"body p", "p3 p4", "d2"},
                         {"+ p", "p2", "p1"},
                         {"~ div p", "p3 p4", "p1"},
                         {"+ div, i", "i2 d2", "p2"},
                         {"~ *", "p2 d2", "p1"},
                         {":scope", "d2", "d2"},
                         {":scope > p", "p3 p4", "d2"},
                         {":scope p, p", "p3 p4", "d2"},
                         {".o:scope", "d2", "d2"},
                         {"i:scope", "", "d2"},
                         {":scope + p", "", "p1"},
                         {":scope", "html"},
                         {":scope > body", "b"},
                     });
}

TEST(CssSelector, TakesTheAncestorThatFitsAndNotTheNearest) {
    sample const page(
        "<div class=a id=1><div class=b id=2><div class=b id=3><div class=c id=4><p id=5>"
        "</div></div></div></div>");
    expect_all(page, {
                         {".a > .b p", "5"},
                         {".a > .b .c > p", "5"},
                         {".b > .b > .c p", "5"},
                         {".a > .b > .c p", ""},
                         {".a .b .b .c p", "5"},
                         {".a .b .b .b p", ""},
                         {".a > .b .b p", "5"},
                     });
    sample const row("<p class=a id=1><p class=b id=2><p class=b id=3><p class=c id=4>");
    expect_all(row, {
                        {".a + .b ~ .c", "4"},
                        {".b + .b + .c", "4"},
                        {".a + .b + .c", ""},
                        {".a ~ .b ~ .b ~ .c", "4"},
                        {".a + .b ~ .b + .c", "4"},
                    });
}

TEST(CssSelector, ComparesAttributes) {
    sample const page(
        "<a id=a1 href='/x/y.pdf' rel='nofollow  me' lang=en-GB data-n=5 title=''><a id=a2 HREF=/X/Y.PDF "
        "lang=en>"
        "<a id=a3 href lang=enx rel=nofollowme><input id=i type=TEXT><svg id=s viewBox='0 0'></svg>");
    expect_all(page, {
                         {"[href]", "a1 a2 a3"},
                         {"[HREF]", "a1 a2 a3"},
                         {"[ href ]", "a1 a2 a3"},
                         {"[href='/x/y.pdf']", "a1"},
                         {"[href=\"/x/y.pdf\" i]", "a1 a2"},
                         {"[href='/x/y.pdf'I]", "a1 a2"},
                         {"[href='']", "a3"},
                         {"[rel~=me]", "a1"},
                         {"[rel~='nofollow me']", ""},
                         {"[rel~='']", ""},
                         {"[lang|=en]", "a1 a2"},
                         {"[lang|='en-GB']", "a1"},
                         {"[lang|=EN]", "a1 a2"},
                         {"[data-n='5']", "a1"},
                         {"[data-n=\\35]", "a1"},
                         {"[href^='/x']", "a1"},
                         {"[href^='']", ""},
                         {"[href$='.pdf']", "a1"},
                         {"[href$='.pdf' i]", "a1 a2"},
                         {"[href$='/x/y.pdf.pdf']", ""},
                         {"[href*='/y']", "a1"},
                         {"[href*='/y' i]", "a1 a2"},
                         {"[href*='']", ""},
                         {"[type=text]", "i"},
                         {"[type='text' s]", ""},
                         {"[type=TEXT s]", "i"},
                         {"[viewBox]", "s"},
                         {"[viewbox]", ""},
                         {"[href='a\\\nb']", ""},
                     });
}

TEST(CssSelector, CountsSiblings) {
    sample const page(
        "<body id=b>x<p id=p1></p><!-- --><i id=i1></i><p id=p2></p><p id=p3></p><i id=i2 class=k></i>"
        "<p id=p4 class=k></p><b id=o></b><p id=p5></p>y");
    expect_all(page, {
                         {"body > :nth-child(1)", "p1"},
                         {"body > :nth-child(2n)", "i1 p3 p4 p5"},
                         {"body > :nth-child(even)", "i1 p3 p4 p5"},
                         {"body > :nth-child(ODD)", "p1 p2 i2 o"},
                         {"body > :nth-child( 2n + 1 )", "p1 p2 i2 o"},
                         {"body > :nth-child(-n+3)", "p1 i1 p2"},
                         {"body > :nth-child(-n + 3)", "p1 i1 p2"},
                         {"body > :nth-child(n+7)", "o p5"},
                         {"body > :nth-child(3n-1)", "i1 i2 p5"},
                         {"body > :nth-child(-2)", ""},
                         {"body > :nth-child(0n+0)", ""},
                         {"body > :nth-child(n)", "p1 i1 p2 p3 i2 p4 o p5"},
                         {"body > :nth-child(99999999999999999999n + 1)", "p1"},
                         {"body > :nth-last-child(1)", "p5"},
                         {"body > :nth-last-child(-n+2)", "o p5"},
                         {"p:nth-of-type(2)", "p2"},
                         {"p:nth-last-of-type(2)", "p4"},
                         {"i:nth-of-type(even)", "i2"},
                         {"body > :first-child", "p1"},
                         {"body > :last-child", "p5"},
                         {"body > :first-of-type", "p1 i1 o"},
                         {"body > :last-of-type", "i2 o p5"},
                         {"body > :only-of-type", "o"},
                         {"body > :only-child", ""},
                         {"html:only-child:first-child:last-child", "html"},
                         {":nth-child(2 of p)", "p2"},
                         {":nth-child(even of p, .k)", "p2 i2 p5"},
                         {":nth-last-child(1 of .k)", "p4"},
                         {":nth-child(1 of .k)", "i2"},
                         {"p:nth-child(1 of .k)", ""},
                         {":nth-last-child(2 of i)", "i1"},
                         {":nth-child(1 of :scope > i)", "i1", "b"},
                     });
}

TEST(CssSelector, AsksWhatIsNotAndWhatIsInside) {
    sample const page(
        "<div id=d1 class=c><p id=p1><a id=a1 class=x></a></p></div><div id=d2><p id=p2></p><a "
        "id=a2></a></div>"
        "<div id=d3 class=c><section id=s><p id=p3><a id=a3></a><b id=b3></b></p></section></div>");
    expect_all(page, {
                         {"div:not(.c)", "d2"},
                         {"div:not(.c, #d2)", ""},
                         {"p:not(div > p)", "p3"},
                         {"p:not(:not(section p))", "p3"},
                         {"div:not( .c )", "d2"},
                         {":is(p, section) > a", "a1 a3"},
                         {":where(div > p, section) > *", "a1 p3"},
                         {"div:has(a)", "d1 d2 d3"},
                         {"div:has(> a)", "d2"},
                         {"div:has(> p a)", "d1"},
                         {"div:has(p > a)", "d1 d3"},
                         {"div:has(section a, .x)", "d1 d3"},
                         {"div:has(div a)", ""},
                         {"div:has(p + a)", "d2"},
                         {"a:has(+ b)", "a3"},
                         {"p:has(~ a)", "p2"},
                         {"div:has(~ div section)", "d1 d2"},
                         {"div:has(+ div > section b)", "d2"},
                         {"div:has(+ div + div)", "d1"},
                         {"div:not(:has(b))", "d1 d2"},
                         {"div:has(p:has(b))", "d3"},
                         {"div:has(:is(p:not(:has(a))))", "d2"},
                         {"div:has(:scope)", ""},
                         {"p:has(a), a", "p1 a1 a2 p3 a3"},
                         {"body:has(b) a.x", "a1"},
                     });
}

TEST(CssSelector, HasRemembersRightAnswersForEveryElement) {
    sample const page(
        "<div id=1><div id=2><p id=3></p><div id=4><i id=5></i></div></div><div id=6><div id=7></div></div>"
        "<div id=8><i id=9></i></div></div>");
    expect_all(page, {
                         {"div:has(i)", "1 2 4 8"},
                         {"div:not(:has(i))", "6 7"},
                         {"div:has(div)", "1 2 6"},
                         {":has(~ div)", "2 3 6"},
                         {"p:has(~ div), div:has(~ p)", "3"},
                         {"div:has(i):has(div)", "1 2"},
                     });
}

TEST(CssSelector, KnowsTheStateOfElements) {
    sample const page(
        "<form id=f><fieldset id=fs disabled><legend id=l><input id=i1></legend><input id=i2><legend id=l2>"
        "<input id=i3></legend></fieldset><input id=c1 type=checkbox checked><input id=c2 type=radio>"
        "<input id=t checked readonly><select id=s required><option id=o1 selected><optgroup id=g disabled>"
        "<option id=o2></optgroup></select><textarea id=ta></textarea><input id=h type=hidden required>"
        "<button id=b disabled></button></form><a id=a1 href=x></a><a id=a2></a><link id=k href=y>"
        "<div id=e1 contenteditable><b id=e2></b><i id=e3 contenteditable=false></i></div>"
        "<p id=n1></p><p id=n2> </p><p id=n3><!-- --></p>");
    expect_all(page, {
                         {":disabled", "fs i2 i3 g o2 b"},
                         {"option:disabled, button:disabled, optgroup:disabled", "g o2 b"},
                         {"input:enabled", "i1 c1 c2 t h"},
                         {":checked", "c1 o1"},
                         {":required", "s"},
                         {":optional", "i1 i2 i3 c1 c2 t ta h"},
                         {":read-write", "i1 ta e1 e2"},
                         {"input:read-only", "i2 i3 c1 c2 t h"},
                         {":link", "a1"},
                         {"a:not(:any-link)", "a2"},
                         {"p:empty", "n1 n3"},
                         {":root", "html"},
                         {"a:hover, a:visited, a:focus, a:active, a:target", ""},
                         {"a:not(:hover)", "a1 a2"},
                     });
}

TEST(CssSelector, KnowsTheLanguage) {
    sample const page(
        "<body id=b><div id=d lang=de-Latn-AT><p id=p><i id=i lang></i></div><p id=e lang=EN-us></p>"
        "<p id=n lang=english>");
    expect_all(page, {
                         {":lang(de)", "d p"},
                         {":lang(DE-at)", "d p"},
                         {":lang('*-AT')", "d p"},
                         {":lang('de-*-AT')", "d p"},
                         {":lang(en)", "e"},
                         {":lang(fr, en)", "e"},
                         {":lang(de-DE)", ""},
                         {"p:not(:lang(de))", "e n"},
                     });
}

TEST(CssSelector, LooksForText) {
    sample const page(
        "<div id=d><p id=p1>Price: <b id=b>12 </b>\n Euro</p><p id=p2>aab</p><p "
        "id=p3>x<br>y<script>price</script>"
        "</p></div><td id=t>");
    expect_all(page, {
                         {"p:contains('Price: 12 Euro')", "p1"},
                         {"p:contains('price:' i)", "p1"},
                         {"p:contains('price')", ""},
                         {"p:contains(Price:)", "p1"},
                         {"p:contains( 12   Euro )", "p1"},
                         {"p:contains('ab')", "p2"},
                         {"p:contains('x y')", "p3"},
                         {"div:contains('Euro aab')", "d"},
                         {"script:contains('price')", "script"},
                         {":contains('12')", "html body d p1 b"},
                     });
}

// ---- cost

// Steps that a search to its end takes; 0 when it takes more than `most`.
std::uint64_t cost(sample const& in, std::string_view selector, std::uint64_t most) {
    auto const compiled = compile(selector, false);
    page where(in.document->root(), in.html, in.nodes, most);
    matcher with(*compiled, where);
    search all(with, in.document->root(), in.html);
    while (all.next()) {
    }
    return where.left.spent() ? 0 : most - where.left.left();
}

TEST(CssSelector, StaysLinearInWideDocuments) {
    sample const wide("<div>" + repeated("<p class=x></p>", 20'000) + "</div>");
    auto const most = std::uint64_t{wide.nodes} * 12;
    for (std::string_view s :
         {"p:nth-child(2n)", "p:nth-last-of-type(3n)", "p:nth-child(2n of .x)", "p:has(a)", "p:has(~ a)",
          "p:has(~ p)", "p:last-child", "div:has(a) p", ":has(.x)", ":not(:has(.y))"})
        EXPECT_NE(cost(wide, s, most), 0U) << s;
}

TEST(CssSelector, CostsItsLengthTimesTheDepthAndNoPowerOfIt) {
    sample const deep(repeated("<div>", 900));
    auto const most = std::uint64_t{900} * 900 * 8;
    for (std::string_view s :
         {"div div div div div div div p", "p div div div div div div div",
          "p > div div > div div > div div > div", "div > div > div > div > div > div > p div", ":has(p)",
          "div:has(div):has(p)", ":not(:has(:has(p)))"})
        EXPECT_NE(cost(deep, s, most), 0U) << s;
}

TEST(CssSelector, EndsWhenTheEffortIsSpent) {
    sample const deep(repeated("<div><section>", 400));
    EXPECT_EQ(found(deep, "section:has(div i section)", "", 1'000'000), "spent");
    EXPECT_EQ(found(deep, "div:has(div:has(p div > p) > p section:has(> i ~ i))", "", 100'000), "spent");
    sample const wide(repeated("<p class=x>", 3'000));
    EXPECT_EQ(found(wide, "p:has(~ .x ~ .y)", "", 1'000'000), "spent");
    auto const needed = cost(wide, "html", 1'000'000);
    EXPECT_GE(needed, wide.nodes);
    EXPECT_EQ(found(wide, "html", "", needed), "html");
    EXPECT_EQ(found(wide, "html", "", needed - 1), "spent");
}

}  // namespace
}  // namespace fetchd::css
