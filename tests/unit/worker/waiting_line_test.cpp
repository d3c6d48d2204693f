#include "worker/waiting_line.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fetchd::worker {
namespace {

class WaitingLine : public testing::Test {
  protected:
    waiter* next() {
        return line.next([this](std::string const& origin) { return busy.contains(origin); });
    }
    waiter a1{"a"}, a2{"a"}, a3{"a"}, b1{"b"}, b2{"b"}, c1{"c"}, none{""};
    std::set<std::string> busy;
    waiting_line line;
};

TEST_F(WaitingLine, IsFirstComeFirstServed) {
    for (auto* each : {&a1, &none, &b1})
        line.join(*each);
    EXPECT_EQ(line.size(), 3U);
    EXPECT_EQ(next(), &a1);
    EXPECT_EQ(next(), &none);
    EXPECT_EQ(next(), &b1);
    EXPECT_EQ(next(), nullptr);
    EXPECT_TRUE(line.empty());
}

TEST_F(WaitingLine, ThoseBehindComeLast) {
    line.join_behind(a1);
    line.join(b1);
    line.join(b2);
    EXPECT_EQ(next(), &b1);
    EXPECT_EQ(next(), &b2);
    EXPECT_EQ(next(), &a1);
}

TEST_F(WaitingLine, OriginsBehindTakeTurns) {
    for (auto* each : {&a1, &a2, &b1, &b2})
        line.join_behind(*each);
    EXPECT_EQ(next(), &a1);
    EXPECT_EQ(next(), &b1);
    EXPECT_EQ(next(), &a2);
    EXPECT_EQ(next(), &b2);
}

TEST_F(WaitingLine, OriginHeldUpBehindWaitsForItself) {
    line.join_behind(a1);
    line.join_behind(b1);
    busy = {"a"};
    EXPECT_EQ(next(), &b1);
    EXPECT_EQ(next(), nullptr);
    EXPECT_EQ(line.size(), 1U);
    EXPECT_TRUE(line.waits("a"));
    EXPECT_FALSE(line.waits("b"));
    busy.clear();
    EXPECT_EQ(next(), &a1);
    EXPECT_FALSE(line.waits("a"));
}

TEST_F(WaitingLine, NobodyInFrontIsHeldUp) {
    line.join(a1);
    busy = {"a"};
    EXPECT_EQ(next(), &a1);
}

TEST_F(WaitingLine, WhoseTurnCameToNothingIsFirstAgain) {
    line.join(b1);
    line.rejoin(a1);
    line.join_behind(a2);
    line.rejoin_behind(a3);
    EXPECT_EQ(next(), &a1);
    EXPECT_EQ(next(), &b1);
    EXPECT_EQ(next(), &a3);
    EXPECT_EQ(next(), &a2);
}

TEST_F(WaitingLine, PenaltyPutsTheWaitingBehindAndBack) {
    for (auto* each : {&a1, &b1, &a2, &c1})
        line.join(*each);
    line.put_behind("a");
    EXPECT_EQ(line.size(), 4U);
    EXPECT_EQ(next(), &b1);
    line.bring_back("a");
    EXPECT_EQ(line.size(), 3U);
    busy = {"a"};
    EXPECT_EQ(next(), &c1);
    EXPECT_EQ(next(), &a1);
    EXPECT_EQ(next(), &a2);
    line.bring_back("a");
    EXPECT_TRUE(line.empty());
}

TEST_F(WaitingLine, LeavesFromAnywhere) {
    line.join(a1);
    line.join(b1);
    line.join_behind(c1);
    line.join_behind(a2);
    line.leave(b1);
    line.leave(c1);
    line.leave(c1);
    line.leave(b2);
    EXPECT_EQ(line.size(), 2U);
    EXPECT_EQ(next(), &a1);
    EXPECT_EQ(next(), &a2);
}

TEST_F(WaitingLine, LastOfTheLongestBehindIsPushedOut) {
    line.join(c1);
    EXPECT_EQ(line.push_out(), nullptr) << "never one that is in front";
    for (auto* each : {&b1, &a1, &a2})
        line.join_behind(*each);
    EXPECT_EQ(line.push_out(), &a2);
    EXPECT_EQ(line.size(), 3U);
    line.push_out();
    line.push_out();
    EXPECT_EQ(line.push_out(), nullptr);
    EXPECT_EQ(next(), &c1);
}

TEST_F(WaitingLine, EmptiesOut) {
    line.join_behind(a1);
    line.join(b1);
    EXPECT_EQ(line.empty_out(), (std::deque<waiter*>{&b1, &a1}));
    EXPECT_TRUE(line.empty());
    EXPECT_EQ(next(), nullptr);
}

}  // namespace
}  // namespace fetchd::worker
