#include "jobs/fair_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <vector>

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using std::chrono::milliseconds;
using std::chrono::seconds;
using place = fair_queue::place;

constexpr std::size_t plenty = 1'000'000;

class FairQueue : public testing::Test {
  protected:
    fair_queue queue_{plenty};
    fair_queue::time_point now_{seconds(1000)};

    void job(std::uint64_t number, std::string owner, int weight = 1, std::size_t most = plenty) {
        fair_queue::terms t;
        t.owner = std::move(owner);
        t.quantum = weight * fair_queue::item_cost;
        t.most_running = most;
        queue_.add(number, t);
    }
    // Picks and finishes one after another, as many times or until none may; how often each job's turn came.
    std::map<std::uint64_t, int> turns(int most) {
        std::map<std::uint64_t, int> counts;
        for (int i = 0; i < most; ++i) {
            auto const p = queue_.next(now_);
            if (!p)
                break;
            ++counts[p->job];
            queue_.finished(*p, 0);
        }
        return counts;
    }
    // The lanes of the next picks, as a transcript.
    std::string lanes(int most) {
        std::string said;
        for (int i = 0; i < most; ++i) {
            auto const p = queue_.next(now_);
            if (!p)
                return said + '-';
            said += static_cast<char>('a' + p->lane);
            queue_.finished(*p, 0);
        }
        return said;
    }
};

TEST_F(FairQueue, GivesNothingWhenThereIsNothing) {
    EXPECT_FALSE(queue_.next(now_));
    job(1, "ann");
    EXPECT_FALSE(queue_.next(now_));
    EXPECT_FALSE(queue_.wakes());
    queue_.supply({1, 7}, 2);
    EXPECT_EQ(queue_.next(now_), (place{1, 7}));
    EXPECT_EQ(queue_.next(now_), (place{1, 7}));
    EXPECT_FALSE(queue_.next(now_));
    EXPECT_EQ(queue_.running(1), 2U);
}

TEST_F(FairQueue, GreedyOwnerDelaysAnotherByNoMoreThanItsShare) {
    job(1, "greedy");
    for (std::uint64_t lane = 0; lane < 100; ++lane)
        queue_.supply({1, lane}, 10'000);  // a million items
    turns(5000);
    job(2, "modest");
    queue_.supply({2, 0}, 10);
    auto const counts = turns(21);
    EXPECT_EQ(counts.at(2), 10) << "every second turn, whatever the other has";
    EXPECT_EQ(counts.at(1), 11);
}

TEST_F(FairQueue, ManyJobsOfOneOwnerCountAsOne) {
    for (std::uint64_t j = 1; j <= 50; ++j) {
        job(j, "greedy");
        queue_.supply({j, 0}, 1000);
    }
    job(99, "modest");
    queue_.supply({99, 0}, 1000);
    EXPECT_EQ(turns(200).at(99), 100);
}

TEST_F(FairQueue, OwnerComesToItsTurnsWhateverLeavesAndJoins) {
    // One item at hand at a time: two lanes leave and join again with every turn.
    job(1, "ann");
    queue_.supply({1, 2}, 1000);
    queue_.supply({1, 0}, 1);
    queue_.supply({1, 1}, 1);
    std::map<std::uint64_t, int> counts;
    for (int i = 0; i < 300; ++i) {
        auto const p = queue_.next(now_);
        ASSERT_TRUE(p);
        ++counts[p->lane];
        if (p->lane != 2)
            queue_.supply(*p, 1);
        queue_.finished(*p, 0);
    }
    EXPECT_EQ(counts[0], 100);
    EXPECT_EQ(counts[1], 100);
    EXPECT_EQ(counts[2], 100);
}

TEST_F(FairQueue, LanesTakeTurns) {
    job(1, "ann");
    queue_.supply({1, 0}, 3);
    queue_.supply({1, 1}, 1);
    queue_.supply({1, 2}, 3);
    EXPECT_EQ(lanes(8), "abcacac-");
}

TEST_F(FairQueue, SlowOriginDoesNotHoldUpOthers) {
    job(1, "ann");
    for (std::uint64_t lane = 0; lane < 3; ++lane)
        queue_.supply({1, lane}, 3);
    queue_.hold({1, 0}, now_ + seconds(10));
    EXPECT_EQ(lanes(9), "bcbcbc-");
    EXPECT_EQ(queue_.wakes(), now_ + seconds(10));
    now_ += seconds(10) - milliseconds(1);
    EXPECT_EQ(lanes(1), "-");
    now_ += milliseconds(1);
    EXPECT_EQ(lanes(4), "aaa-");
    EXPECT_FALSE(queue_.wakes());
}

TEST_F(FairQueue, LastHoldCounts) {
    job(1, "ann");
    queue_.supply({1, 0}, 1);
    queue_.hold({1, 0}, now_ + seconds(10));
    queue_.hold({1, 0}, fair_queue::time_point::max());
    EXPECT_EQ(queue_.wakes(), fair_queue::time_point::max());
    EXPECT_FALSE(queue_.next(now_ + seconds(60)));
    queue_.hold({1, 0}, now_);
    EXPECT_TRUE(queue_.next(now_));
}

TEST_F(FairQueue, JobsGetTurnsByTheirWeight) {
    job(1, "ann", 1);
    job(2, "ann", 4);
    job(3, "ann", 16);
    for (std::uint64_t j = 1; j <= 3; ++j)
        queue_.supply({j, 0}, 10'000);
    auto const counts = turns(2100);
    EXPECT_EQ(counts.at(1), 100);
    EXPECT_EQ(counts.at(2), 400);
    EXPECT_EQ(counts.at(3), 1600);
}

TEST_F(FairQueue, WeightDoesNotReachOtherOwners) {
    job(1, "ann", 1000);
    job(2, "bob", 1);
    queue_.supply({1, 0}, 1000);
    queue_.supply({2, 0}, 1000);
    EXPECT_EQ(turns(200).at(2), 100);
}

TEST_F(FairQueue, PausedJobGetsNoTurn) {
    job(1, "ann");
    job(2, "ann");
    queue_.supply({1, 0}, 2);
    queue_.supply({2, 1}, 2);
    queue_.pause(1, true);
    EXPECT_EQ(lanes(3), "bb-");
    queue_.supply({1, 2}, 1);
    EXPECT_EQ(lanes(1), "-");
    queue_.pause(1, false);
    EXPECT_EQ(lanes(4), "aca-");
}

TEST_F(FairQueue, JobWaitsForItsTime) {
    fair_queue::terms t;
    t.owner = "ann";
    t.most_running = 1;
    t.not_before = now_ + seconds(5);
    queue_.add(1, t);
    queue_.supply({1, 0}, 1);
    EXPECT_FALSE(queue_.next(now_));
    EXPECT_EQ(queue_.wakes(), now_ + seconds(5));
    EXPECT_TRUE(queue_.next(now_ + seconds(5)));
}

TEST_F(FairQueue, RunsNoMoreOfAJobThanItMay) {
    job(1, "ann", 1, 2);
    queue_.supply({1, 0}, 5);
    auto const first = queue_.next(now_);
    auto const second = queue_.next(now_);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(queue_.next(now_));
    queue_.finished(*first, 0);
    EXPECT_TRUE(queue_.next(now_));
    EXPECT_FALSE(queue_.next(now_));
}

TEST_F(FairQueue, RunsNoMoreOfAnOwnerThanItMay) {
    fair_queue queue(3);
    for (std::uint64_t j = 1; j <= 2; ++j) {
        fair_queue::terms t;
        t.owner = "greedy";
        t.most_running = 10;
        queue.add(j, t);
        queue.supply({j, 0}, 10);
    }
    fair_queue::terms t;
    t.owner = "modest";
    t.most_running = 10;
    queue.add(3, t);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(queue.next(now_));
    EXPECT_FALSE(queue.next(now_)) << "though two jobs have more";
    queue.supply({3, 0}, 1);
    EXPECT_EQ(queue.next(now_), (place{3, 0}));
    EXPECT_EQ(queue.running_of("greedy"), 3U);
}

TEST_F(FairQueue, ItemThatIsPutBackCostsNothing) {
    job(1, "ann");
    job(2, "bob");
    queue_.supply({1, 0}, 10);
    queue_.supply({2, 1}, 100);
    for (int i = 0; i < 8;) {
        auto const p = queue_.next(now_);
        ASSERT_TRUE(p);
        if (p->job == 1) {
            ++i;
            queue_.put_back(*p);
        } else {
            queue_.finished(*p, 0);
        }
    }
    EXPECT_EQ(queue_.at_hand({1, 0}), 10U);
    EXPECT_EQ(queue_.running_of("ann"), 0U);
    EXPECT_EQ(turns(20)[1], 10) << "it has its half as if nothing had been";
}

TEST_F(FairQueue, TurnThatCameToNothingIsTakenAgainAtOnce) {
    job(1, "ann");
    job(2, "bob");
    queue_.supply({1, 0}, 5);
    queue_.supply({1, 1}, 5);
    queue_.supply({2, 2}, 5);
    auto const p = queue_.next(now_);
    ASSERT_EQ(p, (place{1, 0}));
    queue_.put_back(*p);
    queue_.hold(*p, now_ + seconds(1));
    EXPECT_EQ(lanes(3), "bcb") << "by another of the owner's lanes";
}

TEST_F(FairQueue, WhatAnItemTookIsChargedAfterwards) {
    job(1, "heavy");
    job(2, "light");
    queue_.supply({1, 0}, 10'000);
    queue_.supply({2, 0}, 10'000);
    std::map<std::uint64_t, int> counts;
    for (int i = 0; i < 1000; ++i) {
        auto const p = queue_.next(now_);
        ASSERT_TRUE(p);
        ++counts[p->job];
        queue_.finished(*p, p->job == 1 ? 3 * fair_queue::item_cost : 0);
    }
    EXPECT_NEAR(counts[1], 200, 2) << "four times as dear";
    EXPECT_NEAR(counts[2], 800, 2);
}

TEST_F(FairQueue, DebtIsBounded) {
    job(1, "heavy");
    job(2, "light");
    queue_.supply({1, 0}, 1'000'000);
    queue_.supply({2, 0}, 1'000'000);
    std::vector<place> running;
    for (int i = 0; i < 2000; ++i)
        running.push_back(*queue_.next(now_));
    for (auto const& p : running)
        queue_.finished(p, p.job == 1 ? std::numeric_limits<std::int64_t>::max() : -5);
    int passed = 0;
    while (queue_.next(now_)->job != 1)
        ++passed;
    EXPECT_LE(passed, fair_queue::max_debt / fair_queue::item_cost + 1);
    EXPECT_GT(passed, 100);
}

TEST_F(FairQueue, OwnerAloneIsNotSlowedByItsDebts) {
    job(1, "heavy");
    queue_.supply({1, 0}, 1000);
    for (int i = 0; i < 1000; ++i) {
        auto const p = queue_.next(now_);
        ASSERT_TRUE(p);
        queue_.finished(*p, fair_queue::max_extra);
    }
}

TEST_F(FairQueue, RemovedJobCountsUntilWhatRunsIsFinished) {
    job(1, "ann");
    queue_.supply({1, 0}, 5);
    auto const p = queue_.next(now_);
    ASSERT_TRUE(p);
    queue_.hold({1, 0}, now_ + seconds(5));
    queue_.remove(1);
    EXPECT_FALSE(queue_.has(1));
    EXPECT_FALSE(queue_.wakes());
    EXPECT_EQ(queue_.running_of("ann"), 1U);
    queue_.supply({1, 0}, 5);
    EXPECT_FALSE(queue_.next(now_ + seconds(60)));
    queue_.finished(*p, 0);
    EXPECT_EQ(queue_.owners(), 0U);
    queue_.finished(*p, 0);  // nothing known of it any more
    queue_.put_back(*p);
}

TEST_F(FairQueue, DroppedLaneIsForgotten) {
    job(1, "ann");
    queue_.supply({1, 0}, 5);
    queue_.supply({1, 1}, 1);
    auto const p = queue_.next(now_);
    ASSERT_TRUE(p);
    queue_.drop({1, 0});
    EXPECT_EQ(queue_.at_hand({1, 0}), 0U);
    queue_.finished(*p, 0);
    EXPECT_EQ(lanes(2), "b-");
}

// However items arrive: something goes whenever something may, never more than there is, and an owner that
// has items is passed over by each of the others once at most before its turn comes.
TEST_F(FairQueue, IsFairUnderRandomArrivals) {
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::mt19937 random(seed);
        fair_queue queue(plenty);
        std::map<std::uint64_t, std::size_t> left;  // of each job
        std::map<std::uint64_t, int> passed_over;   // turns of others since the last one, while it had items
        std::uint64_t owners = 2 + random() % 6;
        auto owner_of = [&](std::uint64_t j) { return j % owners; };
        for (std::uint64_t j = 0; j < owners * 3; ++j) {
            fair_queue::terms t;
            t.owner = std::to_string(owner_of(j));
            t.most_running = plenty;
            queue.add(j, t);
        }
        std::map<std::uint64_t, std::size_t> of_owner;
        for (int step = 0; step < 3000; ++step) {
            if (random() % 3 == 0) {
                auto const j = random() % (owners * 3);
                auto const n = 1 + random() % 5;
                queue.supply({j, random() % 4}, n);
                left[j] += n;
                of_owner[owner_of(j)] += n;
            }
            auto const p = queue.next(now_);
            auto const any = std::any_of(left.begin(), left.end(), [](auto& l) { return l.second > 0; });
            ASSERT_EQ(p.has_value(), any);
            if (!p)
                continue;
            ASSERT_GT(left[p->job], 0U);
            --left[p->job];
            --of_owner[owner_of(p->job)];
            queue.finished(*p, 0);
            for (std::uint64_t o = 0; o < owners; ++o) {
                if (o == owner_of(p->job) || of_owner[o] == 0)
                    passed_over[o] = 0;
                else
                    ASSERT_LT(++passed_over[o], static_cast<int>(owners)) << "seed " << seed;
            }
        }
    }
}

}  // namespace
