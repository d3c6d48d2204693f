// What a worker's JSON is judged by, over JSONTestSuite: y_ must be taken, n_ refused, i_ is either.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "worker/text_check.hpp"

namespace fetchd::worker {
namespace {

std::filesystem::path const folder = FETCHD_SOURCE_DIR "/../shared/corpora/json";

bool in_slices(std::string_view text, std::size_t slice) {
    json_check check;
    for (std::size_t at = 0; at < text.size(); at += slice)
        if (!check.feed(text.substr(at, slice)))
            return false;
    return check.finish();
}

// How many files of that kind got that verdict, whole and byte by byte; the others are named.
int judged(std::string_view kind, bool verdict) {
    int right = 0;
    for (auto const& file : std::filesystem::directory_iterator(folder)) {
        auto const name = file.path().filename().string();
        if (name.rfind(kind, 0) != 0)
            continue;
        std::ostringstream all;
        all << std::ifstream(file.path(), std::ios::binary).rdbuf();
        auto const text = all.str();
        bool const whole = in_slices(text, text.size() + 1);
        EXPECT_EQ(whole, verdict) << name;
        EXPECT_EQ(in_slices(text, 1), whole) << name;
        right += whole == verdict ? 1 : 0;
    }
    return right;
}

TEST(JsonCorpus, IsJudgedAsItsNamesSay) {
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no " << folder;
    EXPECT_EQ(judged("y_", true), 95);
    EXPECT_EQ(judged("n_", false), 188);
}

}  // namespace
}  // namespace fetchd::worker
