// XPath 1.0 over a document: what each kind of expression gives, where a wrong one is wrong, and what it
// costs.
#include <gtest/gtest.h>

#include "select_page.hpp"
#include "worker/tasks/xpath_evaluate.hpp"

namespace fetchd::xpath {
namespace {

// Nodes by their id, name, or kind; attributes as @name=value; other values as they are.
std::string shown(value const& v, css::effort& left) {
    if (v.kind != type::nodes)
        return text_of(v, left);
    std::string out;
    for (auto const& i : v.nodes) {
        out += out.empty() ? "" : " ";
        if (i.attribute)
            out += "@" + std::string(i.attribute.name()) + "=" + std::string(i.attribute.value());
        else if (css::is_element(i.node))
            out += i.node.attribute("id").value_or(i.node.name());
        else if (i.node.tag() == html::tag::text)
            out += "'" + std::string(i.node.text()) + "'";
        else
            out += i.node.tag() == html::tag::comment ? "comment" : "document";
    }
    return out;
}

std::string given(sample const& in, std::string_view expression, std::string_view context = "",
                  std::uint64_t steps = 10'000'000) {
    auto const compiled = compile(expression);
    if (!compiled)
        return compiled.error().detail;
    css::page where(in.document->root(), in.html, in.nodes, steps);
    auto const at = context.empty() ? in.document->root() : in.element(context);
    evaluator run(where);
    auto out = shown(run.evaluate(*compiled, at), where.left);
    // Later on steps go by an index: they must not differ.
    for (auto round = 0; round < 40 && in.nodes < 1000; ++round)
        EXPECT_EQ(shown(run.evaluate(*compiled, at), where.left), out) << expression;
    return where.left.spent() ? "spent" : out;
}

struct row {
    std::string_view expression;
    std::string_view value;
    std::string_view context = "";
};

void expect_all(sample const& in, std::initializer_list<row> rows) {
    for (auto const& r : rows)
        EXPECT_EQ(given(in, r.expression, r.context), r.value)
            << r.expression << " from '" << r.context << "'";
}

sample const& page() {
    static sample const made(
        "<!doctype html><title>T</title><body id=b><div id=d1 class='x y'><p id=p1>one<b "
        "id=b1>two</b></p><!--c-->"
        "<p id=p2 title=t>three</p></div><div id=d2 lang=de-AT><p id=p3>4</p><ul id=u><li id=l1>5<li id=l2>6"
        "<li id=l3>x</ul></div><a id=a1 href=/x>A</a>");
    return made;
}

TEST(XPath, WalksEveryAxis) {
    expect_all(page(), {
                           {"/html/body/div", "d1 d2"},
                           {"/html/body/div/p", "p1 p2 p3"},
                           {"//p", "p1 p2 p3"},
                           {"//DIV//P", "p1 p2 p3"},
                           {"/", "document"},
                           {"/ html", "html"},
                           {"//div/..", "b"},
                           {"//b/../..", "d1"},
                           {".", "d1", "d1"},
                           {"./p", "p1 p2", "d1"},
                           {".//b", "b1", "d1"},
                           {"p", "p1 p2", "d1"},
                           {"//p", "p1 p2 p3", "d1"},
                           {"child::node()", "p1 comment p2", "d1"},
                           {"//comment()", "comment"},
                           {"descendant::text()", "'one' 'two' 'three'", "d1"},
                           {"descendant-or-self::div", "d1", "d1"},
                           {"ancestor::*", "html b d1 p1", "b1"},
                           {"ancestor-or-self::*", "html b d1 p1 b1", "b1"},
                           {"ancestor::node()", "document html b d1 p1", "b1"},
                           {"parent::div", "d1", "p1"},
                           {"parent::p", "", "p1"},
                           {"following-sibling::*", "l2 l3", "l1"},
                           {"preceding-sibling::li", "l1 l2", "l3"},
                           {"following::*", "p2 d2 p3 u l1 l2 l3 a1", "p1"},
                           {"following::p", "p2 p3", "b1"},
                           {"preceding::*", "head title d1 p1 b1 p2 p3", "u"},
                           {"preceding::p", "p1 p2", "p3"},
                           {"self::p", "p1", "p1"},
                           {"self::div", "", "p1"},
                           {"attribute::id", "@id=p2", "p2"},
                           {"@*", "@id=p2 @title=t", "p2"},
                           {"@TITLE", "@title=t", "p2"},
                           {"//@href", "@href=/x"},
                           {"//@href/..", "a1"},
                           {"//@href/ancestor::*", "html b a1"},
                           {"//@title/ancestor-or-self::node()", "document html b d1 p2 @title=t"},
                           {"//@title/following::p", "p3"},
                           {"//@title/self::node()", "@title=t"},
                           {"//@title/child::node()", ""},
                           {"//*/@id[. = 'u']", "@id=u"},
                           {"//processing-instruction()", ""},
                           {"//processing-instruction('x')", ""},
                           {"//ul/li | //b | //li", "b1 l1 l2 l3"},
                           {"//li/@id | //ul", "u @id=l1 @id=l2 @id=l3"},
                       });
}

TEST(XPath, CountsPlacesAlongTheAxis) {
    expect_all(page(), {
                           {"//p[1]", "p1 p3"},
                           {"(//p)[1]", "p1"},
                           {"(//p)[last()]", "p3"},
                           {"(//p)[position() > 1]", "p2 p3"},
                           {"//p[2]", "p2"},
                           {"//p[last()]", "p2 p3"},
                           {"//li[position() = 2]", "l2"},
                           {"//li[position() mod 2 = 1]", "l1 l3"},
                           {"preceding-sibling::li[1]", "l2", "l3"},
                           {"(preceding-sibling::li)[1]", "l1", "l3"},
                           {"ancestor::*[1]", "p1", "b1"},
                           {"ancestor::*[last()]", "html", "b1"},
                           {"preceding::p[1]", "p2", "p3"},
                           {"following::*[2]", "d2", "p1"},
                           {"descendant::p[2]", "p2", "b"},
                           {"//li[2][1]", "l2"},
                           {"//li[@id][2]", "l2"},
                           {"//li[. > 5][1]", "l2"},
                           {"//*[@id='u']/li[3]/@id", "@id=l3"},
                           {"//li[0]", ""},
                           {"//li[1.5]", ""},
                           {"//li[-1]", ""},
                           {"//li[count(//ul)]", "l1"},
                           {"//li[last() - 1]", "l2"},
                           {"//ul/li[position() < 3][last()]", "l2"},
                           {"//p[b][1]", "p1"},
                           {"//div[p[2]]", "d1"},
                           {"//div[.//li[3]]", "d2"},
                       });
}

TEST(XPath, FiltersByWhatIsTrue) {
    expect_all(page(), {
                           {"//p[@title]", "p2"},
                           {"//p[@title='t']", "p2"},
                           {"//p[not(@title)]", "p1 p3"},
                           {"//div[p/b]", "d1"},
                           {"//p[text()='three']", "p2"},
                           {"//p[.='onetwo']", "p1"},
                           {"//p[contains(., 'tw')]", "p1"},
                           {"//p[starts-with(text(), 'th') or b]", "p1 p2"},
                           {"//p[b and starts-with(., 'one')]", "p1"},
                           {"//div[@class='x y'][p]", "d1"},
                           {"//div[has-class('y')]", "d1"},
                           {"//div[has-class('y', 'x')]", "d1"},
                           {"//div[has-class('y', 'z')]", ""},
                           {"//*[local-name()='ul']", "u"},
                           {"//*[name()='li' and following-sibling::li]", "l1 l2"},
                           {"//li[lang('de')]", "l1 l2 l3"},
                           {"//li[lang('DE-at')]", "l1 l2 l3"},
                           {"//li[lang('d')]", ""},
                           {"id('p3')", "p3"},
                           {"id('p3 nope l2')/..", "d2 u"},
                           {"id('u')/li[2]", "l2"},
                           {"id(//li/@id)", "l1 l2 l3"},
                           {"//li['']", ""},
                           {"//li['x'][2]", "l2"},
                           {"//div[boolean(@lang)]", "d2"},
                       });
}

TEST(XPath, CalculatesAndCompares) {
    expect_all(page(), {
                           {"1 + 2 * 3", "7"},
                           {"(1 + 2) * 3", "9"},
                           {"7 - 2 - 1", "4"},
                           {"7 div 2", "3.5"},
                           {"1 div 0", "Infinity"},
                           {"-1 div 0", "-Infinity"},
                           {"0 div 0", "NaN"},
                           {"5 mod 3", "2"},
                           {"-5 mod 3", "-2"},
                           {"5 mod -3", "2"},
                           {"1.5 mod 0.5", "0"},
                           {"--3", "3"},
                           {"---3", "-3"},
                           {"- '5'", "-5"},
                           {"'5' + '6'", "11"},
                           {"'x' + 1", "NaN"},
                           {".5 + 1.", "1.5"},
                           {"1000000 * 1000000", "1000000000000"},
                           {"1 div 3", "0.3333333333333333"},
                           {"-0", "0"},
                           {"1 = 1.0", "true"},
                           {"'1' = 1", "true"},
                           {"1 != 2", "true"},
                           {"'a' = 'a'", "true"},
                           {"'a' < 'b'", "false"},
                           {"1 < 2", "true"},
                           {"2 >= 2", "true"},
                           {"1 < 2 = 2 > 1", "true"},
                           {"3 > 2 > 1", "false"},
                           {"true() = 'x'", "true"},
                           {"true() > false()", "true"},
                           {"//li = 5", "true"},
                           {"//li = 7", "false"},
                           {"//li != 5", "true"},
                           {"//p = //li", "false"},
                           {"//li = //ul/li", "true"},
                           {"//p != //li", "true"},
                           {"//b != //b", "false"},
                           {"//li < 6", "true"},
                           {"6 < //li", "false"},
                           {"//li > //p", "true"},
                           {"//li < //p", "false"},
                           {"//nope = //li", "false"},
                           {"//nope != //li", "false"},
                           {"//nope = false()", "true"},
                           {"//p = true()", "true"},
                           {"//p[2] = 'three'", "true"},
                           {"1 or 0 and 0", "true"},
                           {"(1 or 0) and 0", "false"},
                       });
}

TEST(XPath, HasTheCoreFunctions) {
    expect_all(page(), {
                           {"count(//p)", "3"},
                           {"sum(//li[position() < 3])", "11"},
                           {"sum(//li)", "NaN"},
                           {"sum(//nope)", "0"},
                           {"string(//p)", "onetwo"},
                           {"string(//nope)", ""},
                           {"string()", "three", "p2"},
                           {"string(1.0)", "1"},
                           {"string(true())", "true"},
                           {"concat('a', 1, //b)", "a1two"},
                           {"contains('abc', '')", "true"},
                           {"starts-with('abc', 'bc')", "false"},
                           {"substring-before('1999/04/01', '/')", "1999"},
                           {"substring-after('1999/04/01', '/')", "04/01"},
                           {"substring-before('a', 'b')", ""},
                           {"substring('12345', 2, 3)", "234"},
                           {"substring('12345', 2)", "2345"},
                           {"substring('12345', 1.5, 2.6)", "234"},
                           {"substring('12345', 0, 3)", "12"},
                           {"substring('12345', 0 div 0, 3)", ""},
                           {"substring('12345', 1, 0 div 0)", ""},
                           {"substring('12345', -42, 1 div 0)", "12345"},
                           {"substring('12345', -1 div 0, 1 div 0)", ""},
                           {"substring('\xC3\xA9\xE2\x82\xACx', 2, 1)", "\xE2\x82\xAC"},
                           {"string-length('\xC3\xA9\xE2\x82\xACx')", "3"},
                           {"string-length()", "5", "p2"},
                           {"normalize-space('  a \n b ')", "a b"},
                           {"normalize-space()", "three", "p2"},
                           {"translate('bar', 'abc', 'AB')", "BAr"},
                           {"translate('--a\xC3\xA9--', '-\xC3\xA9', '\xC3\xA8')",
                            "\xC3\xA8\xC3\xA8"
                            "a\xC3\xA8\xC3\xA8"},
                           {"boolean('false')", "true"},
                           {"boolean(0)", "false"},
                           {"boolean(0 div 0)", "false"},
                           {"not(1)", "false"},
                           {"number('  -12.50 ')", "-12.5"},
                           {"number('1e3')", "NaN"},
                           {"number('+1')", "NaN"},
                           {"number('')", "NaN"},
                           {"number('1 2')", "NaN"},
                           {"number(true())", "1"},
                           {"number()", "4", "p3"},
                           {"floor(-1.5)", "-2"},
                           {"ceiling(1.2)", "2"},
                           {"round(2.5)", "3"},
                           {"round(-2.5)", "-2"},
                           {"round(0 div 0)", "NaN"},
                           {"name(//@href)", "href"},
                           {"local-name(//ul)", "ul"},
                           {"name()", "p", "p1"},
                           {"name(/)", ""},
                           {"namespace-uri(//p)", ""},
                           {"position()", "1"},
                           {"last()", "1"},
                       });
}

TEST(XPath, ReadsForeignAndOddNames) {
    sample const odd(
        "<fb:like id=f v-on:click=go><svg id=s viewBox='0 0 1 1'><linearGradient id=g /></svg><div-x id=x>"
        "<and id=n>");
    expect_all(odd, {
                        {"//fb:like", "f"},
                        {"//@v-on:click", "@v-on:click=go"},
                        {"//linearGradient | //lineargradient", "g"},
                        {"//svg/@viewBox | //@VIEWbox", "@viewBox=0 0 1 1"},
                        {"//div-x", "x"},
                        {"//and and //and", "true"},
                        {"//div-x/and", "n"},
                        {"local-name(//fb:like)", "like"},
                    });
}

TEST(XPath, NamesThePositionOfWhatIsWrong) {
    for (auto const& [expression, expected, context] : std::initializer_list<row>{
             {"", "position 1: expected an expression"},
             {"//", "position 3: expected a step after '//'"},
             {"/html/", "position 7: expected a step after '/'"},
             {"//p/", "position 5: expected a step after '/'"},
             {"\xC3\xA9/", "position 3: expected a step after '/'"},
             {"//p[", "position 5: expected an expression"},
             {"//p[]", "position 5: expected an expression"},
             {"//p[1", "position 6: expected an operator or ']'"},
             {"//p]", "position 4: expected an operator or the end"},
             {"//p p", "position 5: expected an operator or the end"},
             {"p!", "position 2: expected an operator or the end"},
             {"1 +", "position 4: expected an expression"},
             {"1 + * 2", "position 7: expected an operator or the end"},
             {"(1", "position 3: expected an operator or ')'"},
             {"'abc", "position 1: expected this text to end in the quotation mark it begins with"},
             {"$x", "position 1: expected no variable: there are none"},
             {"foo()", "position 1: expected a function that is known, not 'foo()'"},
             {"re:test('a', 'b')", "position 1: expected a function that is known, not 're:test()'"},
             {"foo::p", "position 1: expected an axis that is known, not 'foo'"},
             {"child::", "position 8: expected a name, '*', text() or node()"},
             {"//@", "position 4: expected a name, '*', text() or node()"},
             {"//p/last()", "position 5: expected a name, '*', text() or node()"},
             {"//svg:*", "position 6: expected no ':': namespaces cannot be selected by"},
             {"//text(", "position 8: expected ')'"},
             {"count()", "position 7: expected 1 arguments of count()"},
             {"count(1)", "position 7: expected nodes as the argument of count()"},
             {"count(//p, 1)", "position 12: expected 1 arguments of count()"},
             {"concat('a')", "position 11: expected at least 2 arguments of concat()"},
             {"substring('a')", "position 14: expected 2 or 3 arguments of substring()"},
             {"contains('a' 'b')", "position 14: expected an operator, ',' or ')'"},
             {"'a' | //p", "position 1: expected nodes beside '|'"},
             {"//p | 1", "position 7: expected nodes beside '|'"},
             {"'a'/p", "position 1: expected nodes before '/'"},
             {"(1)[1]", "position 1: expected nodes before '['"},
         }) {
        auto const compiled = compile(expression);
        ASSERT_FALSE(compiled) << expression;
        EXPECT_EQ(compiled.error().what, code::bad_option);
        EXPECT_EQ(compiled.error().detail, expected) << expression << context;
    }
}

TEST(XPath, IsLimitedInLengthAndNesting) {
    EXPECT_TRUE(compile(std::string(max_expression_bytes, 'a')));
    EXPECT_EQ(compile(std::string(max_expression_bytes + 1, 'a')).error().detail,
              "expected at most 4096 bytes of XPath");
    auto const nested = [](std::size_t levels) {
        return repeated("(", levels) + "1" + repeated(")", levels);
    };
    EXPECT_TRUE(compile(nested(max_nesting - 1)));
    EXPECT_EQ(compile(nested(max_nesting)).error().detail,
              "position 33: expected parentheses and brackets nested at most 32 deep");
    EXPECT_EQ(given(page(), "1" + repeated("+1", 2000)), "2001");
    EXPECT_EQ(given(page(), repeated("-", 4000) + "1"), "1");
    EXPECT_EQ(given(page(), "//p" + repeated("/../p", 800)), "p1 p2 p3");
}

// ---- cost

std::uint64_t cost(sample const& in, std::string_view expression, std::uint64_t most) {
    auto const compiled = compile(expression);
    css::page where(in.document->root(), in.html, in.nodes, most);
    evaluator(where).evaluate(*compiled, in.document->root());
    return where.left.spent() ? 0 : most - where.left.left();
}

TEST(XPath, LooksAtEachNodeOnceWherePlacesDoNotMatter) {
    sample const deep(repeated("<div>", 900) + repeated("<p>x</p>", 5'000));
    sample const wide(repeated("<p>x</p><b>y</b>", 10'000));
    for (std::string_view e :
         {"//div//p", "//div//div//p", "//p/ancestor::div", "//*/following::p", "//*/preceding::p",
          "//p/following-sibling::p", "//p/preceding-sibling::p", "//p | //b | //p", "//p[ancestor::div]",
          "//p = //b", "//p != //b", "//p < //b", "//p/..", "//*/@*", "id(//p)"})
        for (auto const* in : {&deep, &wide})
            EXPECT_NE(cost(*in, e, std::uint64_t{in->nodes} * 30), 0U) << e;
}

TEST(XPath, EndsWhenTheEffortIsSpent) {
    sample const deep(repeated("<div>", 900) + repeated("<p>x</p>", 5'000));
    for (std::string_view e : {"//div[contains(., 'y')]", "//*[//*[. = 'z']]", "//p[count(preceding::p) = 7]",
                               "//p[preceding::p[last()] = 'y']", "sum(//div[sum(//div[sum(//p) = 1]) = 1])"})
        EXPECT_EQ(given(deep, e, "", 2'000'000), "spent") << e;
    auto const needed = cost(deep, "count(//p)", 1'000'000);
    EXPECT_GE(needed, deep.nodes);
    EXPECT_EQ(given(deep, "count(//p)", "", needed), "5000");
    EXPECT_EQ(given(deep, "count(//p)", "", needed - 1), "spent");
}

}  // namespace
}  // namespace fetchd::xpath
