#include "loop/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace {

using namespace fetchd;
using fetchd::alarm;  // not the one of POSIX
using std::chrono::milliseconds;

constexpr auto tick = timer_wheel::tick;

class TimerWheel : public testing::Test {
  protected:
    asio::io_context io_{1};
    timer_wheel wheel_{io_.get_executor()};
    // Ahead of the real clock, so that only the test moves the hand.
    time_point const start_ = clock::now() + std::chrono::hours(1);

    time_point at(int ms) const { return start_ + milliseconds(ms); }
    void run_to(int ms) { wheel_.advance(at(ms)); }
};

TEST_F(TimerWheel, FiresNeverEarlyAndAtMostATickLate) {
    for (int const due : {0, 101, 215, 316, 417, 531, 632, 700, 8191, 8292, 8393, 20'000}) {
        int now = due - 40;
        int fired_at = -1;
        alarm a(wheel_, [&] { fired_at = now; });
        a.arm(at(due));
        for (; now <= due + 40; ++now)
            run_to(now);
        EXPECT_GE(fired_at, due);
        EXPECT_LE(fired_at, due + tick.count()) << due;
        EXPECT_FALSE(a.armed());
    }
    EXPECT_EQ(wheel_.armed(), 0U);
}

TEST_F(TimerWheel, FiresOnce) {
    int fired = 0;
    alarm a(wheel_, [&] { ++fired; });
    a.arm(at(5));
    EXPECT_TRUE(a.armed());
    run_to(100);
    run_to(200);
    run_to(100'000);
    EXPECT_EQ(fired, 1);
}

TEST_F(TimerWheel, DisarmedAlarmStaysSilent) {
    int fired = 0;
    alarm a(wheel_, [&] { ++fired; });
    a.arm(at(5));
    a.disarm();
    a.disarm();
    EXPECT_FALSE(a.armed());
    run_to(1000);
    EXPECT_EQ(fired, 0);
}

TEST_F(TimerWheel, ArmingAgainReplacesTheDeadline) {
    int fired = 0;
    alarm a(wheel_, [&] { ++fired; });
    a.arm(at(10));
    a.arm(at(500));
    EXPECT_EQ(wheel_.armed(), 1U);
    run_to(400);
    EXPECT_EQ(fired, 0);
    a.arm(at(450));
    run_to(450 + 16);
    EXPECT_EQ(fired, 1);
    run_to(1000);
    EXPECT_EQ(fired, 1);
}

TEST_F(TimerWheel, PastDeadlineFiresAtTheNextTick) {
    int fired = 0;
    run_to(1000);
    alarm a(wheel_, [&] { ++fired; });
    a.arm(at(-5000));
    run_to(1000);
    EXPECT_EQ(fired, 0);
    run_to(1000 + 16);
    EXPECT_EQ(fired, 1);
}

TEST_F(TimerWheel, CallbackMayArmItsOwnAlarmAgain) {
    int fired = 0;
    std::unique_ptr<alarm> a;
    a = std::make_unique<alarm>(wheel_, [&] {
        if (++fired < 3)
            a->arm(at(-1));  // long due: must wait for the next tick, or this would never end
    });
    a->arm(at(0));
    run_to(16);
    EXPECT_EQ(fired, 1);
    run_to(32);
    EXPECT_EQ(fired, 2);
    run_to(48);
    EXPECT_EQ(fired, 3);
    EXPECT_EQ(wheel_.armed(), 0U);
}

TEST_F(TimerWheel, CallbackMayDestroyItsOwnAlarm) {
    int fired = 0;
    std::unique_ptr<alarm> a;
    a = std::make_unique<alarm>(wheel_, [&] {
        ++fired;
        a.reset();
    });
    a->arm(at(0));
    run_to(100);
    EXPECT_EQ(fired, 1);
    EXPECT_EQ(wheel_.armed(), 0U);
}

// All in one slot and due together: whoever fires first takes the others away.
TEST_F(TimerWheel, CallbackMayDestroyDisarmAndRearmOthersThatAreDue) {
    int fired = 0;
    std::vector<std::unique_ptr<alarm>> all;
    auto const fire = [&] {
        if (++fired > 1)
            return;
        all[1].reset();
        all[2]->disarm();
        all[3]->arm(at(1000));
    };
    for (int i = 0; i < 5; ++i)
        all.push_back(std::make_unique<alarm>(wheel_, fire));
    for (auto const& a : all)
        a->arm(at(0));
    run_to(16);
    EXPECT_EQ(fired, 2) << "the first and the last";
    EXPECT_EQ(wheel_.armed(), 1U);
    run_to(1016);
    EXPECT_EQ(fired, 3);
}

TEST_F(TimerWheel, FarDeadlineWaitsForItsTurnOfTheWheel) {
    constexpr int turn = 512 * 16;
    int near = 0, far = 0;
    alarm a(wheel_, [&] { ++near; });
    alarm b(wheel_, [&] { ++far; });
    a.arm(at(160));
    b.arm(at(160 + 5 * turn));  // the same slot
    for (int t = 0; t < 160 + 5 * turn; t += 7)
        run_to(t);
    EXPECT_EQ(near, 1);
    EXPECT_EQ(far, 0);
    run_to(160 + 5 * turn + 16);
    EXPECT_EQ(far, 1);
}

TEST_F(TimerWheel, LoopThatStoodStillForManyTurnsFiresAllThatIsDue) {
    int fired = 0;
    std::vector<std::unique_ptr<alarm>> all;
    for (int i = 0; i < 1000; ++i) {
        all.push_back(std::make_unique<alarm>(wheel_, [&] { ++fired; }));
        all.back()->arm(at(i * 37));
    }
    alarm later(wheel_, [&] { fired += 1'000'000; });
    later.arm(at(10'000'000));
    run_to(5'000'000);
    EXPECT_EQ(fired, 1000);
    EXPECT_TRUE(later.armed());
}

TEST_F(TimerWheel, ThousandsKeepTheirTimes) {
    std::mt19937 random(1);
    struct timed {
        std::unique_ptr<alarm> a;
        int due = 0;
        int fired_at = -1;
    };
    std::vector<timed> all(5000);
    int now = 0;
    for (auto& t : all) {
        t.due = static_cast<int>(random() % 30'000);
        t.a = std::make_unique<alarm>(wheel_, [&t, &now] { t.fired_at = now; });
        t.a->arm(at(t.due));
    }
    std::vector<int> steps;
    for (; now < 31'000; now += static_cast<int>(random() % 40)) {
        run_to(now);
        steps.push_back(now);
    }
    run_to(now);
    for (auto const& t : all) {
        ASSERT_GE(t.fired_at, t.due);
        auto const last = std::lower_bound(steps.begin(), steps.end(), t.due + tick.count());
        ASSERT_LE(t.fired_at, *last) << "due at " << t.due;
    }
    EXPECT_EQ(wheel_.armed(), 0U);
}

TEST_F(TimerWheel, TimeThatGoesBackDoesNothing) {
    int fired = 0;
    run_to(1000);
    alarm a(wheel_, [&] { ++fired; });
    a.arm(at(1100));
    run_to(500);
    EXPECT_EQ(fired, 0);
    run_to(1116);
    EXPECT_EQ(fired, 1);
}

TEST(TimerWheelOnTheLoop, FiresByItselfAndThenLeavesTheLoopAlone) {
    asio::io_context io{1};
    timer_wheel wheel(io.get_executor());
    auto const due = clock::now() + milliseconds(20);
    time_point fired_at{};
    alarm a(wheel, [&] { fired_at = clock::now(); });
    a.arm(due);
    io.run();  // ends: nothing is armed any more
    EXPECT_GE(fired_at, due);
    EXPECT_EQ(wheel.armed(), 0U);
}

TEST(TimerWheelOnTheLoop, StoppedFiresNothing) {
    asio::io_context io{1};
    timer_wheel wheel(io.get_executor());
    int fired = 0;
    alarm a(wheel, [&] { ++fired; });
    a.arm(clock::now());
    wheel.stop();
    io.run();
    EXPECT_EQ(fired, 0);
}

}  // namespace
