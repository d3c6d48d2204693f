// The options of the task markdown, and what it makes of images, notes and other finer points.
#include <gtest/gtest.h>

#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

std::string md(std::string_view page, std::vector<setting> settings = {}) {
    request r;
    r.names = {"markdown"};
    r.json = false;
    r.settings = std::move(settings);
    r.content_type = "text/html";
    r.base_url = "http://h/";
    auto const done = perform(standard(), r, page);
    if (!done)
        return done.error().message();
    auto out = done->output;
    if (!out.empty() && out.back() == '\n')
        out.pop_back();
    return out;
}

std::vector<setting> set(std::string name, std::string value) {
    return {{"markdown", std::move(name), std::move(value)}};
}

TEST(MarkdownOptions, LinksAsTextAlone) {
    EXPECT_EQ(md("<a href=x>a <b>b</b></a> <a href=y><img src=i alt=c></a>", set("links", "drop")),
              "a **b** ![c](http://h/i)");
}

TEST(MarkdownOptions, LinksAtTheEndOncePerAddressAndTitle) {
    EXPECT_EQ(
        md("<p><a href=x>a</a> <a href=y title=t>b</a><p><a href=/x>c</a> <a href=y>d</a> <a href=z></a>",
           set("links", "end")),
        "[a][1] [b][2]\n\n[c][1] [d][3]\n\n[1]: http://h/x\n[2]: http://h/y \"t\"\n[3]: http://h/y");
    EXPECT_EQ(md("<p>x", set("links", "end")), "x");
    EXPECT_EQ(md("<table><tr><th>a<th>b<tr><td><a href='x|y'>l</a><td>c</table>", set("links", "end")),
              "| a | b |\n| --- | --- |\n| [l][1] | c |\n\n[1]: http://h/x|y");
}

TEST(MarkdownOptions, Images) {
    constexpr auto page = "a <img src=i alt='x *y*'> <img src=j> b";
    EXPECT_EQ(md(page), "a ![x \\*y\\*](http://h/i) ![](http://h/j) b");
    EXPECT_EQ(md(page, set("images", "alt")), "a x \\*y\\* b");
    EXPECT_EQ(md(page, set("images", "drop")), "a b");
    EXPECT_EQ(md("<a href=l><img src=i></a>x", set("images", "drop")), "x");
}

TEST(MarkdownOptions, MainContentAlone) {
    std::string page = "<nav><a href=/a>Home</a> <a href=/b>Shop</a></nav><article><h1>Tide</h1>";
    for (int i = 0; i < 6; ++i)
        page += "<p>The harbour office publishes the table of the tides on every first day of the month.</p>";
    page += "</article><footer><a href=/c>Imprint</a></footer>";
    auto const whole = md(page);
    auto const main = md(page, set("main", "true"));
    EXPECT_NE(whole.find("Imprint"), std::string::npos);
    EXPECT_EQ(main.find("Imprint"), std::string::npos);
    EXPECT_NE(main.find("The harbour office"), std::string::npos);
    EXPECT_EQ(md("", set("main", "true")), "");
}

TEST(Markdown, ImagesThatAreLoadedLate) {
    EXPECT_EQ(md("<img src='data:image/gif;base64,R0' data-src=a>"), "![](http://h/a)");
    EXPECT_EQ(md("<img src=blank.gif data-lazy-src=b>"), "![](http://h/b)");
    EXPECT_EQ(md("<img srcset='a.png 100w, b.png 900w, c.png 200w'>"), "![](http://h/b.png)");
    EXPECT_EQ(md("<img src=s data-srcset='a.png, b.png 2x'>"), "![](http://h/b.png)");
    EXPECT_EQ(md("<picture><source srcset='w.webp 1x'><img alt=p></picture>"), "![p](http://h/w.webp)");
    EXPECT_EQ(md("<span></span><noscript><img src=n alt=q></noscript>"), "![q](http://h/n)");
    EXPECT_EQ(md("<img src=a><noscript><img src=n></noscript>"), "![](http://h/a)");
    EXPECT_EQ(md("<img src=p width=1 height=1><noscript><img src=q width=1 height=1></noscript>"), "");
    EXPECT_EQ(md("<noscript>Please enable <img src=x></noscript>"), "");
}

TEST(Markdown, Footnotes) {
    EXPECT_EQ(
        md("<p>a<sup><a href='#fn1'>[1]</a></sup> b<a href='#fn2'><sup>2</sup></a></p>"
           "<ol><li id=fn1>one <a href='#ref1'>\u21A9</a></li><li id=fn2><p>two</p><p>more</p></li></ol>"),
        "a[^1] b[^2]\n\n[^1]: one\n[^2]: two\n\n    more");
    // No note there: a link as every other.
    EXPECT_EQ(md("a<sup><a href='#x'>1</a></sup>"), "a[1](http://h/#x)");
}

TEST(Markdown, TermsAndSummariesStandOut) {
    EXPECT_EQ(md("<dl><dt>a</dt><dd>b</dd></dl><details><summary>c</summary>d</details>"),
              "**a**\n\nb\n\n**c**\n\nd");
}

TEST(Markdown, LowAndHighText) {
    EXPECT_EQ(md("H<sub>2</sub>O x<sup>2</sup>"), "H<sub>2</sub>O x<sup>2</sup>");
}

TEST(Markdown, Formulas) {
    constexpr std::string_view tex =
        "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>x_1 +\n 2</annotation>"
        "</semantics></math>";
    EXPECT_EQ(md(std::string("a ").append(tex)), "a $x_1 + 2$");
    EXPECT_EQ(md("<math display=block alttext='y'><mi>z</mi></math>"), "$$y$$");
    EXPECT_EQ(md("<math><mi>z</mi></math>"), "z");
}

TEST(Markdown, SignsForTheEyeAloneAreLeftOut) {
    EXPECT_EQ(md("<h2>T <a href='#t'>\u00B6</a></h2><i aria-hidden=true>home</i> x"), "## T\n\nx");
    EXPECT_EQ(md("<div aria-hidden=true>kept</div><img aria-hidden=true src=i>"), "kept\n\n![](http://h/i)");
}

TEST(Markdown, CodeLeftOpenDoesNotSwallowThePage) {
    EXPECT_EQ(md("<code>a<p>b</p><h2>c</h2></code>"), "a\n\nb\n\n## c");
}

TEST(Markdown, MarksCloseWhereTheyTouchLetters) {
    struct {
        std::string_view page, markdown;
    } const rows[] = {
        {"<b>a.</b>b", "**a**.b"},
        {"a<b>.b</b>", "a.**b**"},
        {"<b>\u300C\u65E5\u300D</b>\u306F", "**\u300C\u65E5**\u300D\u306F"},
        {"<b><a href=x>a</a></b>b", "[**a**](http://h/x)b"},
        {"a<b><a href=x>b</a></b>c", "a[**b**](http://h/x)c"},
        {"<b>a<code>c</code></b>b", "**a`c`**<!-- -->b"},
        {"a<b><code>c</code></b>", "a<strong>`c`</strong>"},
        {"<code>a</code><code>b</code>", "`a`<!-- -->`b`"},
        {"<b>a </b>b", "**a** b"},
    };
    for (auto const& row : rows)
        EXPECT_EQ(md(row.page), row.markdown) << row.page;
}

}  // namespace
}  // namespace fetchd::tasks
