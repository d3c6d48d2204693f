// Every input of html5lib's tree tests and every real page goes through the tasks without a fault.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

namespace fs = std::filesystem;

// The others are of <select> and <search> as they have been since 2023, and a handful of quirks.
constexpr std::size_t trees_alike_floor = 1106;

fs::path const corpora = FETCHD_SOURCE_DIR "/../shared/corpora";

std::string read(fs::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

// The text after each "#data" line of a .dat file, and the tree after "#document" where it is no fragment
// case.
struct tree_case {
    std::string data;
    std::string tree;
    bool fragment = false;
    bool no_scripts = false;
};

std::vector<tree_case> cases_of(fs::path const& path) {
    std::vector<tree_case> cases;
    std::istringstream lines(read(path));
    std::string section;
    for (std::string line; std::getline(lines, line);) {
        if (line == "#data") {
            cases.emplace_back();
            section = line;
        } else if (!cases.empty() && line.size() > 1 && line[0] == '#' && section != "#document" &&
                   (line == "#errors" || line == "#new-errors" || line == "#document" ||
                    line == "#document-fragment" || line == "#script-on" || line == "#script-off")) {
            section = line;
            cases.back().fragment = cases.back().fragment || line == "#document-fragment";
            cases.back().no_scripts = cases.back().no_scripts || line == "#script-off";
        } else if (section == "#data") {
            cases.back().data += line + '\n';
        } else if (section == "#document") {
            cases.back().tree += line + '\n';
        }
    }
    for (auto& c : cases) {
        if (!c.data.empty())
            c.data.pop_back();
        while (c.tree.ends_with("\n\n"))
            c.tree.pop_back();
    }
    return cases;
}

request everything() {
    request want;
    want.names = {"hash", "html", "links", "markdown", "metadata", "text"};
    want.content_type = "text/html; charset=utf-8";
    want.base_url = "http://example.org/";
    return want;
}

// Elements and text only, as the corpus draws them; what the document interface does not show is left out on
// both sides: attributes, comments, doctypes, namespaces.
std::string drawn(html::document const& d) {
    std::string out;
    std::size_t depth = 0;
    html::walk(
        d.root(),
        [&](html::node n) {
            auto const indent = "| " + std::string(depth > 0 ? 2 * (depth - 1) : 0, ' ');
            if (n.tag() == html::tag::text)
                out += indent + '"' + std::string(n.text()) + "\"\n";
            else if (n.tag() == html::tag::comment || n.tag() == html::tag::doctype)
                return html::step::past;
            else if (depth > 0)
                out += indent + "<" + std::string(n.name()) + ">\n";
            ++depth;
            return html::step::into;
        },
        [&](html::node) { --depth; });
    return out;
}

// The output of the task html, which must be what it is made into again.
void expect_settled(std::string_view page) {
    auto want = everything();
    want.names = {"html"};
    want.json = false;
    auto const once = perform(standard(), want, page);
    ASSERT_TRUE(once.has_value()) << once.error().message() << "\n" << page;
    auto const twice = perform(standard(), want, once->output);
    ASSERT_TRUE(twice.has_value()) << twice.error().message() << "\n" << page;
    EXPECT_EQ(once->output, twice->output) << page;
}

// False where the drawing shows what drawn() cannot.
bool comparable(tree_case const& c) {
    if (c.fragment || c.no_scripts)
        return false;
    for (auto const* shown : {"<svg ", "<math ", "content\n", "=\""})
        if (c.tree.find(shown) != std::string::npos)
            return false;
    return true;
}

std::string without_doctype(std::string_view tree) {
    std::istringstream lines{std::string(tree)};
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        auto const shown = std::min(line.find_first_not_of(' ', 1), line.size());
        if (!line.starts_with("| ") || line.compare(shown, 2, "<!") != 0)
            out += line + '\n';
    }
    return out;
}

TEST(Html5Tree, EveryInputGoesThroughTheTasks) {
    if (!fs::exists(corpora / "html5-tree"))
        GTEST_SKIP() << "no " << corpora;
    std::size_t inputs = 0;
    std::size_t compared = 0;
    std::size_t equal = 0;
    for (auto const& file : fs::directory_iterator(corpora / "html5-tree")) {
        if (file.path().extension() != ".dat")
            continue;
        for (auto const& c : cases_of(file.path())) {
            ++inputs;
            auto const done = perform(standard(), everything(), c.data);
            ASSERT_TRUE(done.has_value()) << done.error().message() << "\n" << c.data;
            expect_settled(c.data);
            auto const d = html::document::parse(c.data);
            if (!comparable(c) || !d)
                continue;
            ++compared;
            equal += static_cast<std::size_t>(drawn(*d) == without_doctype(c.tree));
        }
    }
    std::cout << "html5-tree: " << inputs << " inputs; " << equal << " of " << compared << " trees alike\n";
    EXPECT_GE(inputs, 1500U);
    EXPECT_GE(equal, trees_alike_floor);
}

TEST(ReadabilityPages, AllBecomeMarkdown) {
    if (!fs::exists(corpora / "readability"))
        GTEST_SKIP() << "no " << corpora;
    std::size_t pages = 0;
    for (auto const& folder : fs::directory_iterator(corpora / "readability" / "test-pages")) {
        if (!fs::exists(folder.path() / "source.html"))
            continue;
        ++pages;
        auto want = everything();
        want.content_type = "text/html";
        auto const done = perform(standard(), want, read(folder.path() / "source.html"));
        ASSERT_TRUE(done.has_value()) << folder << done.error().message();
        expect_settled(read(folder.path() / "source.html"));
        want.names = {"markdown"};
        want.json = false;
        EXPECT_FALSE(perform(standard(), want, read(folder.path() / "source.html")).value().output.empty())
            << folder;
    }
    EXPECT_GE(pages, 100U);
}

}  // namespace
}  // namespace fetchd::tasks
