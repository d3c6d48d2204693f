// The tasks text, links and metadata.
#include <gtest/gtest.h>

#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

std::string made(std::string name, std::string_view page, std::string base = "http://example.org/dir/page") {
    request r;
    r.names = {std::move(name)};
    r.json = false;
    r.content_type = "text/html";
    r.base_url = std::move(base);
    auto const done = perform(standard(), r, page);
    return done ? done->output : done.error().message();
}

TEST(Text, SetsBlocksApartAndCollapsesWhitespace) {
    EXPECT_EQ(made("text", "<h1>T</h1> <p> a\n b<b> c</b> </p><div>d</div><div>e<br>f</div>"),
              "T\n\na b c\n\nd\ne\nf\n");
    EXPECT_EQ(made("text", "<ul><li>a<ul><li>b</ul><li><p>c</ul>x"), "- a\n- b\n\n- c\n\nx\n");
    EXPECT_EQ(made("text", "<table><tr><th>a<th>b<tr><td> c <td>d</table>"), "a\tb\nc\td\n");
    EXPECT_EQ(made("text", "a<pre>\n x\n\n  y\n</pre>b"), "a\n\n x\n\n  y\n\nb\n");
    EXPECT_EQ(made("text", "x<i> y</i><i>z</i>&nbsp;w"), "x yz\u00A0w\n");
    EXPECT_EQ(made("text", " <p> </p> "), "");
}

TEST(Text, LeavesHiddenPartsOut) {
    EXPECT_EQ(made("text",
                   "<title>t</title><script>s</script><style>c</style><template>e</template>"
                   "<noscript>n</noscript><p hidden>h<p style='color:red; DISPLAY: none'>d"
                   "<p style='visibility:hidden'>v</p><select><option>o</select><svg><text>g</text></svg>"
                   "<iframe>i</iframe><textarea>a</textarea><!--k--><dialog>l</dialog>seen"),
              "seen\n");
}

TEST(Links, AreAbsoluteInDocumentOrderWithTextAndRel) {
    EXPECT_EQ(
        made("links",
             "<a href=b rel='nofollow  me'>x <b>y</b></a><a>none</a><a href='//h/?q#f'><img alt=pic></a>"
             "<map><area href=/m alt=area></map>"),
        R"([{"url":"http://example.org/dir/b","text":"x y","rel":"nofollow me"},)"
        R"({"url":"http://h/?q#f","text":"pic"},)"
        R"({"url":"http://example.org/m","text":"area","kind":"image_map"}])");
}

TEST(Links, NameWhatIsNoPage) {
    EXPECT_EQ(
        made("links",
             "<a href='mailto:a@b'>m</a><a href=tel:1 aria-label=call></a><a href=f.zip download>f</a>"
             "<a href='javascript:x()'>j</a><a href='http://['>bad</a>"),
        R"([{"url":"mailto:a@b","text":"m","kind":"mail"},{"url":"tel:1","text":"call","kind":"phone"},)"
        R"({"url":"http://example.org/dir/f.zip","text":"f","kind":"download"}])");
}

TEST(Links, BaseElementCounts) {
    EXPECT_EQ(made("links", "<base target=x><base href=sub/><base href=no/><a href=b>t</a>"),
              R"([{"url":"http://example.org/dir/sub/b","text":"t"}])");
    EXPECT_EQ(made("links", "<base href='http://other/x/'><a href=b>t</a>", ""),
              R"([{"url":"http://other/x/b","text":"t"}])");
    EXPECT_EQ(made("links", "<base href='javascript:x'><a href=b>t</a>"),
              R"([{"url":"http://example.org/dir/b","text":"t"}])");
    EXPECT_EQ(made("links", "<a href=b>t</a><a href='http://abs/'>u</a>", ""),
              R"([{"url":"http://abs/","text":"u"}])");
}

TEST(Metadata, SaysWhatThePageSays) {
    EXPECT_EQ(
        made("metadata",
             "<html lang=de><title> a\n&amp; b</title><meta name=Description content=' d  e '>"
             "<link rel='alternate canonical' href=/c><meta property=og:title content=T>"
             "<meta property=og:image content=1><meta name=og:image content=2><meta property=og: content=x>"),
        R"({"title":"a & b","description":"d e","canonical":"http://example.org/c","language":"de",)"
        R"("open_graph":{"image":["1","2"],"title":"T"}})");
    EXPECT_EQ(made("metadata", "<svg><title>no</title></svg>"), "{}");
}

}  // namespace
}  // namespace fetchd::tasks
