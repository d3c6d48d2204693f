#include "loop/scope.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

using namespace fetchd;
using std::chrono::milliseconds;

class Scope : public testing::Test {
  protected:
    asio::io_context io_{1};
    timer_wheel wheel_{io_.get_executor()};
    time_point const start_ = clock::now() + std::chrono::hours(1);
    std::string log_;

    time_point at(int ms) const { return start_ + milliseconds(ms); }
    void run_to(int ms) { wheel_.advance(at(ms)); }
    auto note(char c) {
        return [this, c] { log_ += c; };
    }
};

TEST_F(Scope, EndsAtItsDeadline) {
    scope s(wheel_, at(1000));
    run_to(999);
    EXPECT_FALSE(s.ended());
    run_to(1016);
    EXPECT_TRUE(s.ended());
    EXPECT_EQ(s.why(stage::body).what, code::timeout);
    EXPECT_EQ(s.why(stage::body).where, stage::body);
}

TEST_F(Scope, AbortsEachHoldOnceNewestFirst) {
    scope s(wheel_, at(1000));
    scope::hold a(s, note('a'));
    scope::hold b(s, note('b'));
    s.end(code::cancelled);
    EXPECT_EQ(log_, "ba");
    s.end(code::timeout);
    run_to(2000);
    EXPECT_EQ(log_, "ba");
}

TEST_F(Scope, KeepsTheFirstReason) {
    scope s(wheel_, at(1000));
    s.end(code::cancelled);
    run_to(2000);
    s.end(code::timeout);
    EXPECT_EQ(s.why(stage::head).what, code::cancelled);
}

TEST_F(Scope, ReleasedHoldIsNotAborted) {
    scope s(wheel_, at(1000));
    scope::hold a(s, note('a'));
    { scope::hold b(s, note('b')); }
    std::optional<scope::hold> c, d;
    c.emplace(s, note('c'));
    d.emplace(s, note('d'));
    c.reset();  // in any order, not only the newest first
    s.end(code::cancelled);
    EXPECT_EQ(log_, "da");
}

TEST_F(Scope, HoldTakenAfterTheEndIsNotAborted) {
    scope s(wheel_, at(1000));
    s.end(code::cancelled);
    scope::hold a(s, note('a'));
    run_to(2000);
    EXPECT_EQ(log_, "") << "whoever takes it must look at ended() first";
}

TEST_F(Scope, LeavesNoAlarmBehind) {
    {
        scope s(wheel_, at(1000));
        scope::phase p(s, at(100));
        EXPECT_EQ(wheel_.armed(), 2U);
    }
    EXPECT_EQ(wheel_.armed(), 0U);
}

TEST_F(Scope, PhaseAbortsTheWaitAndLeavesTheScopeAlive) {
    scope s(wheel_, at(1000));
    scope::phase p(s, at(100));
    scope::hold a(s, note('a'));
    run_to(99);
    EXPECT_FALSE(p.expired());
    run_to(116);
    EXPECT_TRUE(p.expired());
    EXPECT_FALSE(s.ended());
    EXPECT_EQ(log_, "a");
}

// Or a connect that times out would also give up what its caller is doing, and once only.
TEST_F(Scope, PhaseLeavesHoldsAloneThatWereTakenBeforeIt) {
    scope s(wheel_, at(1000));
    scope::hold before(s, note('b'));
    {
        scope::phase p(s, at(100));
        scope::hold within(s, note('w'));
        run_to(200);
        EXPECT_EQ(log_, "w");
    }
    s.end(code::cancelled);
    EXPECT_EQ(log_, "wb");
}

TEST_F(Scope, PhasesNest) {
    scope s(wheel_, at(1000));
    scope::phase outer(s, at(300));
    scope::hold a(s, note('a'));
    {
        scope::phase inner(s, at(100));
        scope::hold b(s, note('b'));
        run_to(200);
        EXPECT_TRUE(inner.expired());
        EXPECT_FALSE(outer.expired());
        EXPECT_EQ(log_, "b");
    }
    scope::hold c(s, note('c'));
    run_to(320);
    EXPECT_TRUE(outer.expired());
    EXPECT_EQ(log_, "bca");
}

TEST_F(Scope, PhaseThatIsOverAbortsNothing) {
    scope s(wheel_, at(1000));
    { scope::phase p(s, at(100)); }
    scope::hold a(s, note('a'));
    run_to(500);
    EXPECT_EQ(log_, "");
}

TEST_F(Scope, PhaseIsNoLongerThanItsScope) {
    scope s(wheel_, at(100));
    scope::phase p(s, at(100'000));
    scope::hold a(s, note('a'));
    run_to(116);
    EXPECT_EQ(log_, "a") << "once, whichever fires first";
    EXPECT_TRUE(s.ended());
}

}  // namespace
