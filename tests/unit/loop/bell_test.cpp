#include "loop/bell.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace {

using namespace fetchd;

awaitable<void> wait_for(bell& b, int times, int& heard) {
    for (int i = 0; i < times; ++i) {
        co_await b.wait();
        ++heard;
    }
}

struct waiting {
    asio::io_context io{1};
    bell b{io.get_executor()};
    int heard = 0;

    explicit waiting(int times) {
        asio::co_spawn(io.get_executor(), wait_for(b, times, heard), asio::detached);
    }
};

TEST(Bell, WakesTheWaiter) {
    waiting w(1);
    w.io.poll();
    EXPECT_EQ(w.heard, 0);
    w.b.ring();
    w.io.poll();
    EXPECT_EQ(w.heard, 1);
    EXPECT_TRUE(w.io.stopped()) << "the coroutine has ended";
}

TEST(Bell, RingBeforeTheWaitIsNotLost) {
    waiting w(1);
    w.b.ring();
    EXPECT_TRUE(w.b.rung());
    w.io.poll();
    EXPECT_EQ(w.heard, 1);
    EXPECT_FALSE(w.b.rung());
}

TEST(Bell, RingsBetweenTwoWaitsCountAsOne) {
    waiting w(2);
    w.io.poll();
    w.b.ring();
    w.b.ring();
    w.io.poll();
    EXPECT_EQ(w.heard, 1);
    w.b.ring();
    w.io.poll();
    EXPECT_EQ(w.heard, 2);
}

}  // namespace
