// The task html: what stays, what goes, and that what stays reads the same again.
#include <gtest/gtest.h>

#include <set>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

std::string cleaned(std::string_view page, std::vector<setting> settings = {}) {
    request r;
    r.names = {"html"};
    r.json = false;
    r.settings = std::move(settings);
    r.content_type = "text/html; charset=utf-8";
    r.base_url = "http://h/d/";
    auto const done = perform(standard(), r, page);
    return done ? done->output : done.error().message();
}

// What stands in the body.
std::string body(std::string_view page) {
    auto const all = cleaned(page);
    auto const from = all.find("<body>\n");
    auto const to = all.rfind("\n</body>");
    return from == std::string::npos || to == std::string::npos ? all : all.substr(from + 7, to - from - 7);
}

TEST(Html, IsAWholeDocument) {
    EXPECT_EQ(
        cleaned("<html lang=de><title> a\n&amp; b</title><p>x"),
        "<!DOCTYPE html>\n<html lang=\"de\">\n<head>\n<meta charset=\"utf-8\">\n<title>a &amp; b</title>\n"
        "</head>\n<body>\n<p>x</p>\n</body>\n</html>\n");
    EXPECT_EQ(body(""), "");
}

TEST(Html, KeepsWhatCanBeRead) {
    constexpr auto page =
        "<h1>a</h1><p>b <em>c</em><br>d</p><ol start=\"3\"><li>e</li></ol><table><tbody><tr>"
        "<td colspan=\"2\">f</td></tr></tbody></table><pre>\n\n g</pre><abbr title=\"t\">h</abbr>";
    EXPECT_EQ(body(page), page);
}

TEST(Html, MakesAddressesAbsolute) {
    EXPECT_EQ(body("<a href=x>a</a><a href=mailto:m@h>b</a><img src=i alt=c width=3 height=x>"),
              "<a href=\"http://h/d/x\">a</a><a href=\"mailto:m@h\">b</a>"
              "<img src=\"http://h/d/i\" alt=\"c\" width=\"3\">");
    EXPECT_EQ(body("<img src='data:image/gif;base64,R0' data-src=l><img src='data:,x' alt=z>"),
              "<img src=\"http://h/d/l\" alt=\"\">z");
}

TEST(Html, LeavesOutWhatActsOrTracks) {
    EXPECT_EQ(
        body("<p onclick=a() style='color:red' class=x id=y data-z=1>t</p><script>s</script><style>c</style>"
             "<!-- n --><form action=/f><label>l</label><input value=v><button>b</button></form>"
             "<iframe src=/i></iframe><object data=o>q</object><img src=/p width=1 height=1>"
             "<a href='javascript:x()'>j</a><p hidden>h</p>"),
        "<p>t</p>l<a>j</a>");
}

TEST(Html, ReferencesStayText) {
    EXPECT_EQ(body("<p title='&quot;&lt;&amp;'>&lt;b&gt; &amp;amp; &nbsp;\"&#13;"),
              "<p title=\"&quot;&lt;&amp;\">&lt;b&gt; &amp;amp; &nbsp;\"&#13;</p>");
    EXPECT_EQ(body("<xmp><b></xmp><plaintext><p>"), "<pre>&lt;b&gt;</pre><pre>&lt;p&gt;</pre>");
}

TEST(Html, MainContentAlone) {
    std::string page = "<nav><a href=/a>Home</a> <a href=/b>Shop</a></nav><article><h1>Tide</h1>";
    for (int i = 0; i < 6; ++i)
        page += "<p>The harbour office publishes the table of the tides on every first day of the month.</p>";
    page += "</article><footer><a href=/c>Imprint</a></footer>";
    auto const main = cleaned(page, {{"html", "main", "true"}});
    EXPECT_EQ(main.find("Imprint"), std::string::npos);
    EXPECT_NE(main.find("The harbour office"), std::string::npos);
}

// Every element and attribute of a document, as "name" and "name@attribute".
std::set<std::string> everything_in(std::string const& page) {
    std::set<std::string> found;
    auto const document = html::document::parse(page);
    if (!document)
        return {"not parsed"};
    html::walk(document->root(), [&](html::node n) {
        if (n.tag() == html::tag::text || n.tag() == html::tag::document || n.tag() == html::tag::doctype)
            return html::step::into;
        auto const name = std::string(n.name());
        found.insert(name);
        for (auto a = n.first_attribute(); a; a = a.next())
            found.insert(name + "@" + std::string(a.name()));
        return html::step::into;
    });
    return found;
}

TEST(Html, NothingActsAfterReadingItAgain) {
    std::set<std::string> const fine = {
        "html",         "head",   "meta",    "meta@charset", "title",     "body",  "p",     "b",  "a",
        "a@href",       "img",    "img@src", "img@alt",      "div",       "table", "tbody", "tr", "td",
        "pre",          "span",   "p@title", "a@title",      "img@title", "li",    "ul",    "i",  "details",
        "details@open", "strong", "em",      "code",         "s",         "u",     "h1"};
    constexpr std::string_view vectors[] = {
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 "
        "onerror=alert(1)&gt;'>",
        "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<noscript><!--</noscript><img src=x onerror=alert(1)>--></noscript>",
        "<p title='--&gt;&lt;/noscript&gt;&lt;img src=x onerror=alert(1)&gt;'>t",
        "<template><script>alert(1)</script><img src=x onerror=alert(1)></template>",
        "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
        "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
        "<plaintext><img src=x onerror=alert(1)>",
        "<noembed><img title='</noembed><img src=x onerror=alert(1)>'>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe><noframes><p "
        "title='</noframes><script>x</script>'>",
        "<title><p title='</title><script>alert(1)</script>'></title>",
        "<textarea><p title='</textarea><script>alert(1)</script>'></textarea>",
        "<select><template><style></select><img src=x onerror=alert(1)></style></template></select>",
        "<svg><foreignObject><p onclick=x><script>alert(1)</script></foreignObject></svg>",
        "<svg><![CDATA[<img src=x onerror=alert(1)>]]></svg>",
        "<math><annotation-xml encoding='text/html'><style><img src=x "
        "onerror=alert(1)></style></annotation-xml>",
        "<a href='java\nscript:alert(1)'>x</a><a href=' &#1;javascript:alert(1)'>x</a>",
        "<a href='JaVaScRiPt:alert(1)'>x</a><a href='data:text/html,<script>x</script>'>x</a>",
        "<a href='vbscript:x'>x</a><a href='blob:http://h/x'>x</a><img src='javascript:x'>",
        "<img src='x`' alt='``onerror=alert(1)'><img src=x alt='\" onerror=\"alert(1)'>",
        "<base href='javascript:/x/'><a href='y'>x</a>",
        "<meta http-equiv=refresh content='0;url=javascript:x'><link rel=stylesheet href=x>",
        "<table><tr><td><a href=x><table><tr><td><a href=y>z",
        "<p><object><p>a</object><button><p>b</button><marquee><p>c",
        "<b><p>x</b>y</p><i><div>z</i>w</div>",
        "<h1><button><h1>a</h1></button></h1><ul><li><object><li>b",
        "<div><image src=x onerror=alert(1)><isindex><keygen autofocus onfocus=x>",
        "<details open ontoggle=alert(1)>x<style>@import 'x'</style>",
        "<body onload=alert(1)><p>x<body onfocus=y>",
    };
    for (auto const vector : vectors) {
        auto const once = cleaned(vector);
        auto const inside = everything_in(once);
        for (auto const& name : inside)
            EXPECT_TRUE(fine.contains(name)) << name << " in " << once << "\nof " << vector;
        EXPECT_EQ(cleaned(once), once) << vector;
    }
}

TEST(Html, IsForHtmlAlone) {
    request r;
    r.names = {"html"};
    r.content_type = "application/json";
    auto const done = perform(standard(), r, "{}");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().what, code::unsupported_type);
}

}  // namespace
}  // namespace fetchd::tasks
