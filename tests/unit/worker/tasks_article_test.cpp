// Where the content of a page is found and what is left out of it.
#include <gtest/gtest.h>

#include "worker/tasks/article.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

// The text of the content, on one line.
std::string content_of(std::string_view page) {
    auto const document = html::document::parse(page);
    if (!document)
        return document.error().message();
    auto const found = find_article(*document);
    std::string out;
    for (auto const part : found.parts)
        html::walk(part, [&](html::node n) {
            if (n.tag() == html::tag::text)
                out += std::string(n.text()) + ' ';
            return found.left_out(n) || html::is_hidden(n) ? html::step::past : html::step::into;
        });
    return html::collapsed(out);
}

TEST(Article, IsFoundBetweenMenuAndFooter) {
    EXPECT_EQ(content_of("<body><nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav>"
                         "<div><p>The tide table hangs in the office, next to the door, as it always has.</p>"
                         "<p>Nobody reads it; but everybody, sooner or later, asks for it.</p></div>"
                         "<footer><p>All rights reserved.</p></footer>"),
              "The tide table hangs in the office, next to the door, as it always has. "
              "Nobody reads it; but everybody, sooner or later, asks for it.");
}

}  // namespace
}  // namespace fetchd::tasks
