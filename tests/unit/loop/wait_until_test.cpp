#include "loop/wait_until.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace {

using namespace fetchd;

class WaitUntil : public testing::Test {
  protected:
    static awaitable<void> wait(asio::io_context& io, time_point when, scope& life, bool& over) {
        co_await wait_until(io.get_executor(), when, life);
        over = true;
    }
    void begin() {
        asio::co_spawn(io_.get_executor(), wait(io_, now_ + std::chrono::seconds(5), life_, over_),
                       asio::detached);
        io_.poll();
    }
    void reach(time_point t) {
        wheel_.advance(t);
        io_.restart();
        io_.poll();
    }

    asio::io_context io_{1};
    timer_wheel wheel_{io_.get_executor()};
    time_point now_ = clock::now() + std::chrono::hours(1);
    scope life_{wheel_, now_ + std::chrono::seconds(60)};
    bool over_ = false;
};

TEST_F(WaitUntil, EndsWhenTheTimeHasCome) {
    begin();
    reach(now_ + std::chrono::seconds(4));
    EXPECT_FALSE(over_);
    reach(now_ + std::chrono::seconds(6));
    EXPECT_TRUE(over_);
}

TEST_F(WaitUntil, EndsWithTheScope) {
    begin();
    life_.end(code::cancelled);
    reach(now_);
    EXPECT_TRUE(over_);
}

TEST_F(WaitUntil, DoesNotBeginWhereTheScopeHasEnded) {
    life_.end(code::timeout);
    begin();
    EXPECT_TRUE(over_);
}

}  // namespace
