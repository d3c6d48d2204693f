// The content found in real pages, word by word, and what is said of it, beside what is expected. What was
// reached is kept in docs/main-score.txt; nothing may fall behind it by much.
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "main_score.hpp"

namespace fetchd::tasks {
namespace {

constexpr double mean_floor = 0.965;
constexpr double median_floor = 0.99;
constexpr double page_slack = 0.01;

std::map<std::string, double> kept_scores() {
    std::map<std::string, double> kept;
    std::ifstream table(FETCHD_SOURCE_DIR "/docs/main-score.txt");
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        if (auto const at = line.find(" F1 "); at != std::string::npos)
            kept[name] = std::stod(line.substr(at + 4));
    }
    return kept;
}

TEST(Main, FindsTheContentOfRealPages) {
    auto const pages = score_pages();
    if (!std::filesystem::exists(pages))
        GTEST_SKIP() << "no " << pages;
    auto const scores = score_all(pages);
    auto const kept = kept_scores();
    ASSERT_EQ(kept.size(), scores.size());
    for (auto const& page : scores)
        EXPECT_GE(page.f1, kept.at(page.name) - page_slack) << page.name;
    std::cout << "mean F1 " << mean_f1(scores, true, true) << ", of the pages held out "
              << mean_f1(scores, false, true) << '\n';
    EXPECT_GE(mean_f1(scores, true, true), mean_floor);
    EXPECT_GE(mean_f1(scores, false, true), mean_floor - 0.005);
    EXPECT_GE(median_f1(scores, true, true), median_floor);
}

TEST(Main, SaysWhatTheyAreAndWhoWroteThem) {
    auto const pages = score_pages();
    if (!std::filesystem::exists(pages))
        GTEST_SKIP() << "no " << pages;
    // The share of near matches; docs/main.md says why some differ.
    std::map<std::string, double> const floors = {{"title", 0.92}, {"byline", 0.8},   {"published", 0.65},
                                                  {"site", 0.98},  {"language", 1.0}, {"excerpt", 0.8}};
    for (auto const& score : score_heads(pages, false))
        EXPECT_GE(static_cast<double>(score.near),
                  floors.at(score.member) * static_cast<double>(score.expected))
            << score.member;
}

}  // namespace
}  // namespace fetchd::tasks
