#include "checked_apart.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace fetchd {
namespace {

using texts = std::vector<std::string>;

TEST(CheckedApart, ProblemsComeBackAsTheyAre) {
    EXPECT_EQ(checked_apart("x", [] { return texts(); }), texts());
    texts const some{"one", "", "two\nlines", std::string(300'000, 'x')};  // more than a pipe holds
    EXPECT_EQ(checked_apart("x", [&] { return some; }), some);
}

TEST(CheckedApart, RunsInAnotherProcess) {
    auto const here = ::getpid();
    int touched = 0;
    auto const said = checked_apart("x", [&] {
        ++touched;
        return texts{::getpid() == here ? "same" : "other"};
    });
    EXPECT_EQ(said, texts{"other"});
    EXPECT_EQ(touched, 0);
}

TEST(CheckedApart, CheckThatEndsBadlyIsAProblem) {
    texts const bad{"x: cannot be checked: no process, or it ended badly"};
    EXPECT_EQ(checked_apart("x", []() -> texts { throw std::runtime_error("oh"); }), bad);
    EXPECT_EQ(checked_apart("x", []() -> texts { ::_exit(3); }), bad);
    EXPECT_EQ(checked_apart("x",
                            []() -> texts {
                                ::raise(SIGKILL);
                                return {};
                            }),
              bad);
}

}  // namespace
}  // namespace fetchd
