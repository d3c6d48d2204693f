#include "worker/tasks/option.hpp"

#include <gmock/gmock.h>

namespace fetchd::tasks {
namespace {

using type = option::type;

constexpr option known[] = {
    {"main", type::flag, "", "false", ""},
    {"width", type::number, "1..1000", "80", ""},
    {"links", type::choice, "keep|drop|end", "keep", ""},
    {"fields", type::json, "", "{}", ""},
};

TEST(TaskOption, SaysWhatIsWrongWithAValue) {
    EXPECT_EQ(problem_with(known[0], "true"), std::nullopt);
    EXPECT_EQ(problem_with(known[0], "1"), "want true or false");
    for (auto const* good : {"1", "80", "1000"})
        EXPECT_EQ(problem_with(known[1], good), std::nullopt) << good;
    for (auto const* bad : {"", "0", "1001", "-1", "8a", "+8", " 8", "99999999999999999999"})
        EXPECT_EQ(problem_with(known[1], bad), "want a whole number, 1..1000") << bad;
    for (auto const* good : {"keep", "drop", "end"})
        EXPECT_EQ(problem_with(known[2], good), std::nullopt) << good;
    for (auto const* bad : {"", "kee", "keep|drop", "endd"})
        EXPECT_EQ(problem_with(known[2], bad), "want keep, drop or end") << bad;
}

TEST(TaskOption, HasABoundedLength) {
    EXPECT_EQ(problem_with(known[3], std::string(max_option_bytes, 'x')), std::nullopt);
    EXPECT_EQ(problem_with(known[3], std::string(max_option_bytes + 1, 'x')), "want at most 16384 bytes");
}

TEST(TaskOptions, AreAsSetForTheirTaskOrElseByDefault) {
    std::vector<setting> const all{{"text", "main", "true"}, {"markdown", "width", "7"}};
    task_options const mine("markdown", known, all);
    EXPECT_FALSE(mine.flag("main"));
    EXPECT_EQ(mine.number("width"), 7U);
    EXPECT_EQ(mine.get("links"), "keep");
    EXPECT_THROW(static_cast<void>(mine.get("nothing")), std::logic_error);
}

}  // namespace
}  // namespace fetchd::tasks
