// The task text.
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
    EXPECT_EQ(made("text", "<ul><li>a<ul><li>b</ul><li><p>c</ul>x"), "- a\n  - b\n\n- c\n\nx\n");
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

}  // namespace
}  // namespace fetchd::tasks
