// Pages of many kinds, each of which says in its data-want attributes what of it is content: the text in an
// element that says "in" must be found, that in one that says "out" must not; the innermost counts.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "worker/tasks/article.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

std::string read(std::filesystem::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

std::string_view wanted(html::node n) {
    for (; n.tag() != html::tag::document; n = n.parent())
        if (auto const want = n.attribute("data-want"))
            return *want;
    return "any";
}

// Text nodes by their number: whether they are content.
std::vector<bool> found_in(article const& content) {
    std::vector<bool> found(content.dropped.size(), false);
    for (auto const part : content.parts)
        html::walk(part, [&](html::node n) {
            if (content.left_out(n) || html::is_hidden(n))
                return html::step::past;
            found[n.number()] = true;
            return html::step::into;
        });
    return found;
}

class ArticlePage : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ArticlePage, HasItsContentFoundAndNothingElse) {
    auto const source = read(GetParam());
    auto const page = html::document::parse(source);
    ASSERT_TRUE(page.has_value());
    auto const content = find_article(*page);
    auto const found = found_in(content);
    std::size_t checked = 0;
    html::walk(page->root(), [&](html::node n) {
        if (html::is_hidden(n))
            return html::step::past;
        auto const text = n.tag() == html::tag::text ? html::collapsed(n.text()) : "";
        auto const want = text.empty() ? "any" : wanted(n);
        checked += static_cast<std::size_t>(want != "any");
        EXPECT_FALSE(want == "in" && !found[n.number()]) << "missing: " << text;
        EXPECT_FALSE(want == "out" && found[n.number()]) << "not content: " << text;
        return html::step::into;
    });
    EXPECT_GT(checked, 0U);
}

std::vector<std::filesystem::path> pages() {
    std::vector<std::filesystem::path> found;
    for (auto const& entry :
         std::filesystem::directory_iterator(FETCHD_SOURCE_DIR "/tests/unit/worker/article_pages"))
        found.push_back(entry.path());
    return found;
}

INSTANTIATE_TEST_SUITE_P(, ArticlePage, testing::ValuesIn(pages()),
                         [](auto const& page) { return page.param.stem().string(); });

}  // namespace
}  // namespace fetchd::tasks
