// Prints how well the article of each page is found; docs/main-score.txt is what it printed last.
//
//   main_score [--heads | --text PAGE | --expected PAGE]
#include <cstdio>
#include <fstream>
#include <sstream>

#include "main_score.hpp"

namespace {

using namespace fetchd::tasks;

std::string read(std::filesystem::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

void print_part(std::vector<page_score> const& scores, char const* name, bool design, bool held_out) {
    std::printf("%-44s mean %.4f  median %.4f\n", name, mean_f1(scores, design, held_out),
                median_f1(scores, design, held_out));
}

void print_heads(std::filesystem::path const& pages, bool differences) {
    for (auto const& s : score_heads(pages, differences))
        std::printf("%-44s expected %3zu  same %3zu  near %3zu  found unasked %3zu\n", s.member.c_str(),
                    s.expected, s.same, s.near, s.unasked);
}

}  // namespace

int main(int argc, char** argv) {
    auto const pages = score_pages();
    if (argc == 3) {
        std::string const what = argv[1];
        auto const text = what == "--text" ? content_text(read(pages / argv[2] / "source.html"))
                                           : whole_text(read(pages / argv[2] / "expected.html"));
        std::fputs(text.c_str(), stdout);
        return 0;
    }
    auto const scores = score_all(pages);
    for (auto const& s : scores)
        std::printf("%-44s %s  P %.3f  R %.3f  F1 %.3f\n", s.name.c_str(), s.held_out ? "held" : "    ",
                    s.precision, s.recall, s.f1);
    print_part(scores, "design half", true, false);
    print_part(scores, "held-out half", false, true);
    print_part(scores, "all", true, true);
    print_heads(pages, argc == 2);
}
