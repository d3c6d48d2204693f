#include "loop/lag.hpp"

#include <gtest/gtest.h>

namespace {

using namespace fetchd;

TEST(LagWatch, ReportsEveryBeatUntilItIsStopped) {
    asio::io_context io{1};
    int beats = 0;
    lag_watch* self = nullptr;
    lag_watch watch(io.get_executor(), [&](clock::duration late) {
        EXPECT_GE(late, clock::duration::zero());
        if (++beats == 3)
            self->stop();
    });
    self = &watch;
    EXPECT_EQ(watch.last_beat(), time_point{});
    auto const began = clock::now();
    watch.start();
    io.run();  // ends, because the watch was stopped
    EXPECT_EQ(beats, 3);
    EXPECT_GE(watch.last_beat(), began + 3 * lag_watch::period);
}

TEST(LagWatch, MeasuresHowLongTheLoopStoodStill) {
    asio::io_context io{1};
    clock::duration worst{};
    lag_watch* self = nullptr;
    lag_watch watch(io.get_executor(), [&](clock::duration late) {
        worst = late;
        self->stop();
    });
    self = &watch;
    auto const busy = 3 * lag_watch::period;
    auto const began = clock::now();
    watch.start();
    while (clock::now() < began + busy) {
    }
    io.run();
    EXPECT_GE(worst, busy - lag_watch::period);
}

}  // namespace
