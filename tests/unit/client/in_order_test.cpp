#include "fetchctl/in_order.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace fetchctl {
namespace {

TEST(InOrder, ResultsComeInOrderThoughWorkFinishesBackwards) {
    std::latch second_done(1);
    std::vector<std::size_t> taken;
    in_order<std::size_t>(
        2, 2,
        [&](std::size_t i) {
            if (i == 0)
                second_done.wait();
            else
                second_done.count_down();
            return i * 10;
        },
        [&](std::size_t i, std::size_t value) {
            EXPECT_EQ(value, i * 10);
            taken.push_back(i);
            return true;
        });
    EXPECT_EQ(taken, (std::vector<std::size_t>{0, 1}));
}

TEST(InOrder, NeverMoreAtOnceThanAllowed) {
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    in_order<int>(
        200, 3,
        [&](std::size_t) {
            int const now = ++running;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::yield();
            --running;
            return 0;
        },
        [](std::size_t, int) { return true; });
    EXPECT_LE(most, 3);
    EXPECT_GE(most, 1);
}

TEST(InOrder, DoesNotRunAheadOfASlowOne) {
    constexpr std::size_t window = 4 * 2;
    std::atomic<std::size_t> begun = 0;
    std::latch window_full(window - 1);
    in_order<int>(
        100, 2,
        [&](std::size_t i) {
            ++begun;
            if (i == 0) {
                window_full.wait();
                EXPECT_EQ(begun, window);
            } else if (i < window) {
                window_full.count_down();
            }
            return 0;
        },
        [](std::size_t, int) { return true; });
    EXPECT_EQ(begun, 100u);
}

TEST(InOrder, StopsBeginningWhenToldTo) {
    std::atomic<std::size_t> begun = 0;
    std::size_t taken = 0;
    in_order<int>(
        1000, 2,
        [&](std::size_t) {
            ++begun;
            return 0;
        },
        [&](std::size_t, int) { return ++taken < 3; });
    EXPECT_EQ(taken, 3u);
    EXPECT_LE(begun, 3u + 4 * 2);
}

TEST(InOrder, NothingToDoIsDoneAtOnce) {
    in_order<int>(
        0, 4, [](std::size_t) { return 0; },
        [](std::size_t, int) {
            ADD_FAILURE();
            return true;
        });
}

}  // namespace
}  // namespace fetchctl
