// turndown's cases, written in turndown's own style, compared byte for byte. docs/markdown.md names the
// deviations.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/markdown.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t cases_there_are = 147;
constexpr std::size_t exact_floor = 135;

std::string read(std::filesystem::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

html::node child_with_class(html::node parent, std::string_view name) {
    for (auto n = parent.first_child(); n; n = n.next())
        if (n.attribute("class").value_or("") == name)
            return n;
    return {};
}

std::string text_of(html::node top) {
    std::string out;
    html::walk(top, [&](html::node n) {
        out += n.text();
        return html::step::into;
    });
    return out;
}

// Lines of nothing but a prefix carry their trailing space there and not here; both mean the same.
std::string comparable(std::string_view markdown) {
    std::istringstream lines{std::string(markdown)};
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        if (line.find_first_not_of("> ") == std::string::npos)
            line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    while (out.ends_with('\n'))
        out.pop_back();
    return out;
}

markdown_style style_for(std::string_view options) {
    auto const has = [&](std::string_view word) { return options.find(word) != std::string_view::npos; };
    markdown_style style{.setext = true,
                         .indented_code = true,
                         .emphasis = '_',
                         .rule = "* * *",
                         .bullet = "*   ",
                         .number_gap = "  ",
                         .line_break = "  "};
    if (has("\"atx\""))
        style.setext = false;
    if (has("fenced"))
        style.indented_code = false;
    if (has("~~~"))
        style.fence = '~';
    if (has("- - -"))
        style.rule = "- - -";
    if (has("bulletListMarker"))
        style.bullet = "-   ";
    if (has("\"br\""))
        style.line_break = "\\";
    if (has("referenced"))
        style.links = links_as::list;
    return style;
}

struct tally {
    std::size_t cases = 0;
    std::size_t exact = 0;
};

void run_case(html::node element, tally& t) {
    auto const input = child_with_class(element, "input");
    auto const expected = child_with_class(element, "expected");
    if (!input || !expected)
        return;
    ++t.cases;
    std::string got;
    auto const as_written = [](std::string_view reference) { return std::string(reference); };
    write_markdown({input, as_written, 1 << 20}, style_for(element.attribute("data-options").value_or("")),
                   got);
    if (comparable(got) == comparable(text_of(expected))) {
        ++t.exact;
        return;
    }
    std::cout << "deviates: " << element.attribute("data-name").value_or("") << "\n--- wanted\n"
              << text_of(expected) << "\n--- got\n"
              << got << '\n';
}

TEST(Turndown, MatchesAllButTheDocumentedCases) {
    std::filesystem::path const file = FETCHD_SOURCE_DIR "/../shared/corpora/turndown/index.html";
    if (!std::filesystem::exists(file))
        GTEST_SKIP() << "no " << file;
    auto const page = read(file);
    auto const document = html::document::parse(page);
    ASSERT_TRUE(document.has_value());
    tally t;
    html::walk(document->root(), [&](html::node n) {
        if (n.tag() != html::tag::div || n.attribute("class").value_or("") != "case")
            return html::step::into;
        run_case(n, t);
        return html::step::past;
    });
    std::cout << "turndown: " << t.exact << " of " << t.cases << " exactly\n";
    EXPECT_EQ(t.cases, cases_there_are);
    EXPECT_GE(t.exact, exact_floor);
}

}  // namespace
}  // namespace fetchd::tasks
