#include "worker/quarantine.hpp"

#include <gtest/gtest.h>

namespace fetchd::worker {
namespace {

using namespace std::chrono_literals;

constexpr quarantine::time start{1'000h};

fingerprint doc(std::uint64_t n) {
    return {n, ~n};
}

TEST(Quarantine, RefusesAfterTheSecondDeath) {
    quarantine q({10, 1h});
    EXPECT_FALSE(q.refuses(doc(1), start));
    EXPECT_FALSE(q.blame(doc(1), start));
    EXPECT_FALSE(q.refuses(doc(1), start));
    EXPECT_TRUE(q.blame(doc(1), start + 1s));
    EXPECT_TRUE(q.refuses(doc(1), start + 2s));
    EXPECT_FALSE(q.refuses(doc(2), start + 2s));
}

TEST(Quarantine, SaysOnlyOnceThatItBegins) {
    quarantine q({10, 1h});
    q.blame(doc(1), start);
    EXPECT_TRUE(q.blame(doc(1), start));
    EXPECT_FALSE(q.blame(doc(1), start)) << "a third one was at a worker when the second died";
    EXPECT_EQ(q.count(start).refused, 1U);
}

TEST(Quarantine, ForgetsWhenItsTimeHasPassed) {
    quarantine q({10, 1h});
    q.blame(doc(1), start);
    q.blame(doc(1), start + 1min);
    EXPECT_TRUE(q.refuses(doc(1), start + 1min + 1h - 1ms));
    EXPECT_FALSE(q.refuses(doc(1), start + 1min + 1h));
    EXPECT_FALSE(q.blame(doc(1), start + 1min + 1h)) << "it begins anew";
}

TEST(Quarantine, AskingDoesNotProlong) {
    quarantine q({10, 1h});
    q.blame(doc(1), start);
    q.blame(doc(1), start);
    for (auto t = 0min; t < 60min; t += 1min)
        EXPECT_TRUE(q.refuses(doc(1), start + t));
    EXPECT_FALSE(q.refuses(doc(1), start + 1h));
}

TEST(Quarantine, TwoDeathsFarApartAreOneAndOne) {
    quarantine q({10, 1h});
    q.blame(doc(1), start);
    EXPECT_FALSE(q.blame(doc(1), start + 1h));
    EXPECT_FALSE(q.refuses(doc(1), start + 1h));
    EXPECT_TRUE(q.blame(doc(1), start + 2h - 1ms));
}

TEST(Quarantine, IsBoundedAndLetsTheLeastRecentGo) {
    quarantine q({3, 1h});
    for (std::uint64_t n = 1; n <= 3; ++n) {
        q.blame(doc(n), start);
        q.blame(doc(n), start);
    }
    EXPECT_TRUE(q.refuses(doc(1), start));  // asked for: now the second is the least recent
    q.blame(doc(4), start);
    EXPECT_TRUE(q.refuses(doc(1), start));
    EXPECT_FALSE(q.refuses(doc(2), start));
    EXPECT_TRUE(q.refuses(doc(3), start));
    auto const n = q.count(start);
    EXPECT_EQ(n.refused, 2U);
    EXPECT_EQ(n.suspects, 1U);
}

TEST(Quarantine, NumbersLeaveOutWhatIsOver) {
    quarantine q({10, 1h});
    q.blame(doc(1), start);
    q.blame(doc(1), start);
    q.blame(doc(2), start + 30min);
    EXPECT_EQ(q.count(start + 59min).refused, 1U);
    EXPECT_EQ(q.count(start + 1h).refused, 0U);
    EXPECT_EQ(q.count(start + 1h).suspects, 1U);
    EXPECT_EQ(q.count(start + 90min).suspects, 0U);
}

TEST(Quarantine, WithoutEntriesRefusesNothing) {
    quarantine q({0, 1h});
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(q.blame(doc(1), start));
    EXPECT_FALSE(q.refuses(doc(1), start));
}

TEST(Quarantine, OneEntryIsEnoughForOneDocument) {
    quarantine q({1, 1h});
    q.blame(doc(1), start);
    q.blame(doc(2), start);
    EXPECT_FALSE(q.blame(doc(1), start)) << "the second pushed the first out";
    EXPECT_TRUE(q.blame(doc(1), start));
}

}  // namespace
}  // namespace fetchd::worker
