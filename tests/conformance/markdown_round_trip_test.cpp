// The CommonMark specification's examples, there and back: the Markdown of an example's HTML, read by
// cmark-gfm, says the same as that HTML. docs/markdown.md names what is lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "canonical_html.hpp"
#include "random_page.hpp"
#include "worker/tasks/html_document.hpp"
#include "worker/tasks/markdown.hpp"

namespace fetchd::tests {
namespace {

// golang-github-yuin-goldmark-dev brings the examples along.
constexpr char const* folder = "/usr/share/gocode/src/github.com/yuin/goldmark";

std::string read(std::filesystem::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

std::string markdown_of(std::string_view page) {
    auto const document = html::document::parse(page);
    std::string out;
    if (document)
        tasks::write_markdown(
            {document->root(), [](std::string_view r) { return std::string(r); }, 1U << 20U}, {}, out);
    return out;
}

std::string first_difference(std::string_view a, std::string_view b) {
    auto const at =
        static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
    auto const from = a.rfind('\n', at == 0 ? 0 : at - 1) + 1;
    auto const line = [&](std::string_view s) {
        s = s.substr(std::min(from, s.size()));
        return std::string(s.substr(0, s.find('\n')));
    };
    return line(a) + "\n--- got\n" + line(b) + "\n";
}

bool same_there_and_back(std::string_view name, std::string_view page, bool say = true) {
    auto const markdown = markdown_of(page);
    auto const wanted = canonical_html(page);
    auto const got = canonical_html(html_of_markdown(markdown));
    if (wanted != got && say)
        std::cout << "=== " << name << "\n--- html\n"
                  << page << "\n--- markdown\n"
                  << markdown << "\n--- wanted\n"
                  << first_difference(wanted, got);
    return wanted == got;
}

TEST(MarkdownRoundTrip, CommonMarkExamplesAllButTables) {
    // Tables of one cell are read as layout.
    constexpr std::int64_t deviations[] = {148, 149, 160, 190};
    auto const file = std::filesystem::path(folder) / "_test/spec.json";
    if (!std::filesystem::exists(file))
        GTEST_SKIP() << "no " << file;
    auto const examples = boost::json::parse(read(file));
    EXPECT_GE(examples.as_array().size(), 640U);
    for (auto const& example : examples.as_array()) {
        auto const number = example.at("example").to_number<std::int64_t>();
        auto const name = std::to_string(number) + " " + std::string(example.at("section").as_string());
        bool const deviates =
            std::find(std::begin(deviations), std::end(deviations), number) != std::end(deviations);
        EXPECT_EQ(same_there_and_back(name, example.at("html").as_string(), !deviates), !deviates) << name;
    }
}

// Cases written as "number\n//- - -//\nMarkdown\n//- - -//\nHTML\n//= = =//".
TEST(MarkdownRoundTrip, TablesStrikethroughAndTaskLists) {
    std::size_t cases = 0;
    for (auto const* name : {"table", "strikethrough", "tasklist"}) {
        auto const file = std::filesystem::path(folder) / "extension/_test" / (std::string(name) + ".txt");
        if (!std::filesystem::exists(file))
            GTEST_SKIP() << "no " << file;
        auto const all = read(file);
        constexpr std::string_view line = "//- - - - - - - - -//\n";
        for (auto at = all.find(line); at != std::string::npos; at = all.find(line, at + 1)) {
            auto const middle = all.find(line, at + 1);
            ASSERT_NE(middle, std::string::npos);
            auto const end = all.find("//= = =", middle);
            auto const page = all.substr(middle + line.size(), end - middle - line.size());
            EXPECT_TRUE(same_there_and_back(name, page)) << name;
            ++cases;
            at = end;
        }
    }
    EXPECT_GE(cases, 15U);
}

// What is left are delimiters that cmark-gfm counts otherwise than CommonMark (§6.2, 9 and 10) says.
TEST(MarkdownRoundTrip, PagesMadeByChance) {
    constexpr std::uint64_t pages = 2000;
    std::size_t same = 0;
    for (std::uint64_t seed = 1; seed <= pages; ++seed)
        same += static_cast<std::size_t>(same_there_and_back(std::to_string(seed), random_page(seed)));
    std::cout << "made by chance: " << same << " of " << pages << '\n';
    EXPECT_GE(same, pages - 4);
}

TEST(MarkdownRoundTrip, WhatCanonicalHtmlTellsApart) {
    EXPECT_EQ(canonical_html("<p>a <b>b.</b></p>"), "a {strong }b{}.\n");
    EXPECT_NE(canonical_html("<p>a</p>"), canonical_html("<blockquote>a</blockquote>"));
    EXPECT_NE(canonical_html("<p>a</p><p>b</p>"), canonical_html("<p>a b</p>"));
    EXPECT_NE(canonical_html("<p>a<br>b</p>"), canonical_html("<p>a b</p>"));
    EXPECT_NE(canonical_html("<b>a</b>"), canonical_html("<i>a</i>"));
    EXPECT_NE(canonical_html("<a href=x>a</a>"), canonical_html("<a href=y>a</a>"));
    EXPECT_NE(canonical_html("<ol><li>a</ol>"), canonical_html("<ol start=2><li>a</ol>"));
    EXPECT_NE(canonical_html("<ul><li>a<li>b</ul>"), canonical_html("<ul><li>a</ul><ul><li>b</ul>"));
    EXPECT_NE(canonical_html("<pre>a\n b</pre>"), canonical_html("<pre>a\nb</pre>"));
    EXPECT_EQ(html_of_markdown("*a*"), "<p><em>a</em></p>\n");
}

}  // namespace
}  // namespace fetchd::tests
