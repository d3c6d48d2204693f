#include "api/page_budget.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace fetchd::api {
namespace {

TEST(PageBudget, BoundsWhatManySlowReadersHold) {
    page_budget budget(10);
    std::deque<page_budget::share> slow;
    while (slow.size() < 1000 && budget.has_room(3))
        slow.emplace_back(budget, 3);
    EXPECT_EQ(slow.size(), 3U);
    EXPECT_EQ(budget.held(), 9U);
    slow.pop_front();
    EXPECT_TRUE(budget.has_room(3));
}

TEST(PageBudget, LetsOneGoHoweverLargeItIs) {
    page_budget budget(10);
    EXPECT_TRUE(budget.has_room(50));
    {
        page_budget::share large(budget, 3);
        EXPECT_TRUE(large.grow(50));
        EXPECT_FALSE(budget.has_room(1));
    }
    EXPECT_EQ(budget.held(), 0U);
    page_budget::share one(budget, 3);
    page_budget::share other(budget, 3);
    EXPECT_TRUE(other.grow(7));
    EXPECT_FALSE(other.grow(8));
    EXPECT_EQ(budget.held(), 10U);
}

TEST(PageBudget, TellsWhoWaits) {
    asio::io_context io;
    page_budget budget(10);
    bell waiting(io.get_executor());
    bell gone(io.get_executor());
    {
        page_budget::share full(budget, 10);
        page_budget::queue const in_line(budget, waiting);
        { page_budget::queue const left(budget, gone); }
        EXPECT_FALSE(waiting.rung());
        EXPECT_FALSE(budget.admits(0)) << "who waits comes first";
    }
    page_budget::queue const again(budget, waiting);
    { page_budget::share full(budget, 10); }
    EXPECT_TRUE(waiting.rung());
    EXPECT_FALSE(gone.rung());
}

}  // namespace
}  // namespace fetchd::api
