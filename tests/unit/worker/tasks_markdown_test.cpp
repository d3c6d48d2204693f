#include <gtest/gtest.h>

#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

// Without the line end that closes every output.
std::string md(std::string_view page, std::string base = "http://example.org/dir/page") {
    request r;
    r.names = {"markdown"};
    r.json = false;
    r.content_type = "text/html";
    r.base_url = std::move(base);
    auto const done = perform(standard(), r, page);
    if (!done)
        return done.error().message();
    auto out = done->output;
    if (!out.empty() && out.back() == '\n')
        out.pop_back();
    return out;
}

TEST(Markdown, Blocks) {
    EXPECT_EQ(md("<h1>a</h1><h6> b <br> c</h6><p>d</p>e<div>f</div><hr>g"),
              "# a\n\n###### b c\n\nd\n\ne\n\nf\n\n---\n\ng");
    EXPECT_EQ(md("<p></p><h2> </h2><ul><li></li></ul><blockquote> </blockquote><p>&nbsp;</p>"), "");
    EXPECT_EQ(md("a<br>b<br><br>c<br>"), "a\\\nb\n\nc");
}

TEST(Markdown, InlineMarks) {
    EXPECT_EQ(md("<em>a</em><i>b</i> <strong>c</strong> <del>d</del> <s>e</s>"), "*ab* **c** ~~d~~ ~~e~~");
    EXPECT_EQ(md("a<b> b </b>c<i></i> <b><i>d</i></b><b><b>e</b></b>"), "a **b** c ***d*e**");
    EXPECT_EQ(md("<b>a<p>b</p>c</b>"), "**a**\n\n**b**\n\n**c**");
}

TEST(Markdown, WhitespaceFollowsTheRulesOfInlineText) {
    EXPECT_EQ(md(" a\n\t b<span> </span> c <b> d</b>"), "a b c **d**");
    EXPECT_EQ(md("<p> a </p>\n <p>\nb</p>"), "a\n\nb");
    EXPECT_EQ(md("a&nbsp; <i>&nbsp;b</i>"), "a\u00A0 \u00A0*b*");
}

TEST(Markdown, LinksAndImagesAreAbsolute) {
    EXPECT_EQ(md("<a href=x title='t \"q\"'>a [b]</a>"),
              "[a \\[b\\]](http://example.org/dir/x \"t \\\"q\\\"\")");
    EXPECT_EQ(md("<base href=/o/><img src=i.png alt='x *y*'><img src='data:,x' alt=z>"),
              "![x \\*y\\*](http://example.org/o/i.png)z");
    EXPECT_EQ(md("<a href='a(b)\\c d|e&amp;copy;'>x</a>"),
              "[x](http://example.org/dir/a\\(b\\)/c%20d|e&amp;copy;)");
    EXPECT_EQ(md("<a href='x y'>a</a>", ""), "[a](<x y>)");
    EXPECT_EQ(md("<a href='javascript:a()'>a</a> <a href=' '>b</a> <a href=x></a>"), "a b");
    EXPECT_EQ(md("Wow!<a href=http://h/>x</a>"), "Wow\\![x](http://h/)");
}

TEST(Markdown, ALinkAroundBlocksIsOneLink) {
    EXPECT_EQ(md("<a href=http://h/><h2>T</h2><p>d</p></a><p>e"), "## [T](http://h/)\n\nd\n\ne");
    EXPECT_EQ(md("<a href=http://h/><div><img src=http://h/i></div>d</a>"),
              "[![](http://h/i)](http://h/)\n\nd");
}

TEST(Markdown, Lists) {
    EXPECT_EQ(md("<ul><li>a<li>b<ol><li>c<li>d</ol><li><p>e<p>f</ul>"),
              "- a\n- b\n  1. c\n  2. d\n- e\n\n  f");
    EXPECT_EQ(md("<ol start=9><li>a<li>b</ol>"), "9. a\n10. b");
    EXPECT_EQ(md("<ol start=-5><li>a</ol><ol start=9999999999><li>b</ol>"), "1. a\n\n1) b");
    EXPECT_EQ(md("<ul><li>a</ul><ul><li>b</ul><ul><li>c</ul>"), "- a\n\n* b\n\n- c");
    EXPECT_EQ(md("<ul><li>a<ul><li>b</ul>c</ul>"), "- a\n  - b\n\n  c");
    EXPECT_EQ(md("<ul><li>a<ol start=3><li>b</ol></ul>"), "- a\n\n  3. b");
    EXPECT_EQ(md("<ul><li><hr></ul><li>loose"), "- ___\n\n- loose");
    EXPECT_EQ(md("<ul><li><input type=checkbox> a<li><input type=checkbox checked>b</ul>"),
              "- [ ] a\n- [x] b");
}

TEST(Markdown, Quotes) {
    EXPECT_EQ(
        md("<blockquote>a<blockquote>b</blockquote><ul><li>c</ul></blockquote><blockquote>d</blockquote>"),
        "> a\n>\n> > b\n>\n> - c\n\n> d");
}

TEST(Markdown, Code) {
    EXPECT_EQ(md("<code>a</code> <code>`</code> <code> b  c </code><code></code>"), "`a` `` ` `` `b c`");
    EXPECT_EQ(md("<pre><code class='x language-c++'>a &lt;\n\n  b\n</code></pre>"),
              "```c++\na <\n\n  b\n```");
    EXPECT_EQ(md("<pre>```\n````</pre>"), "`````\n```\n````\n`````");
    EXPECT_EQ(md("<ul><li>x<pre>a\n\nb</pre></ul>"), "- x\n\n  ```\n  a\n\n  b\n  ```");
    EXPECT_EQ(md("<pre class='language-a`b'>x</pre>"), "```\nx\n```");
}

TEST(Markdown, Tables) {
    EXPECT_EQ(md("<table><tr><th>a<th align=right>b|c<tr><td>1<td style='text-align: center'>2<br>3</table>"),
              "| a | b\\|c |\n| --- | --: |\n| 1 | 2<br>3 |");
    EXPECT_EQ(md("<table><tr><td>a<td>b</table>"), "|  |  |\n| --- | --- |\n| a | b |");
    EXPECT_EQ(md("<table><caption>t</caption><thead><tr><td>a<td>b<td>c</thead>"
                 "<tr><td rowspan=2>r<td colspan=2>w<tr><td>x<tr><td>y</table>z"),
              "t\n\n| a | b | c |\n| --- | --- | --- |\n| r | w |  |\n|  | x |  |\n| y |  |  |\n\nz");
    EXPECT_EQ(md("<table><tr><td><ul><li>a</ul><td>b</table>"), "- a\n\nb");
    EXPECT_EQ(md("<table><tr><td>a</table>"), "a");
    EXPECT_EQ(md("<table><tr><th>a<th><code>x|y</code></table>"), "| a | `x\\|y` |\n| --- | --- |");
}

TEST(Markdown, TextCannotBecomeMarkup) {
    struct {
        std::string_view page, markdown;
    } const rows[] = {
        {"*a* _b_ `c` [d](e) ![f](g) \\", "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) !\\[f\\](g) \\\\"},
        {"&lt;script&gt; 1 &lt; 2 &lt;!-- &lt;/p", "\\<script> 1 < 2 \\<!-- \\</p"},
        {"&amp;amp; &amp;#35; AT&amp;T &amp", "\\&amp; \\&#35; AT&T &"},
        {"&amp;am<span>p;</span>", "\\&amp;"},
        {"# a", "\\# a"},
        {"#a", "#a"},
        {"<p>a<br># b<br>- c<br>+ d<br>1. e<br>2) f<br>> g<br>=h<br>---<br>~~~<br>| i",
         "a\\\n\\# b\\\n\\- c\\\n\\+ d\\\n1\\. e\\\n2\\) f\\\n\\> g\\\n\\=h\\\n\\---\\\n\\~\\~\\~\\\n\\| i"},
        {"1<b></b>. a", "1\\. a"},
        {"1.5 2019. x", "1.5 2019. x"},
        {"<h2>a #</h2>", "## a \\#"},
        {"~a~ ~~b~~ ~~~", "\\~a\\~ \\~\\~b\\~\\~ \\~\\~\\~"},
        {"snake_case _x", "snake_case \\_x"},
        {"a | b<br>:--|--", "a | b\\\n\\:--|--"},
        {"<b>- x</b>", "**- x**"},
    };
    for (auto const& row : rows)
        EXPECT_EQ(md(row.page), row.markdown) << row.page;
}

TEST(Markdown, LeavesOutWhatIsNotSeen) {
    EXPECT_EQ(md("<head><title>t</title></head><script>s</script><style>c</style><template>e</template>"
                 "<noscript>n</noscript><ul hidden><li>h</ul><svg><text>g</text></svg>seen"),
              "seen");
}

TEST(Markdown, NulAndControlBytesDoNoHarm) {
    using namespace std::string_literals;
    EXPECT_EQ(md("<p>a\0b</p><a href='x\0y'>c</a>"s), "ab\n\n[c](http://example.org/dir/x%EF%BF%BDy)");
}

TEST(Markdown, DeepContainersDoNotMultiplyTheOutput) {
    std::string page;
    for (int i = 0; i < 450; ++i)
        page += "<blockquote>";
    for (int i = 0; i < 2000; ++i)
        page += "<p>x";
    EXPECT_LT(md(page).size(), 2000U * 2 * 110);
}

TEST(Markdown, WideSpansAreBounded) {
    std::string page = "<table><tr><th colspan=1000>a<th>b";
    EXPECT_EQ(md(page + "</table>"), "a\n\nb");  // too wide for a table
    page = "<table><tr><th colspan=99999999999999999999>a<th>b</table>";
    EXPECT_EQ(md(page), "| a | b |\n| --- | --- |");
}

}  // namespace
}  // namespace fetchd::tasks
