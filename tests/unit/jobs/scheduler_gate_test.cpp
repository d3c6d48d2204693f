// What the scheduler does with the answers of the gate.
#include <gtest/gtest.h>

#include <set>

#include "unit/jobs/scheduler_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using SchedulerAndGate = SchedulerTest;

std::string const a = "https://a.example";
std::string const b = "https://b.example";

TEST_F(SchedulerAndGate, WaitsAsLongAsTheGateSays) {
    auto const free_at = now_ + seconds(10);
    gate_.says = [free_at](std::string const& origin, time_point now) -> gate::answer {
        if (origin == a && now < free_at)
            return gate::wait{free_at};
        return gate::go{nullptr};
    };
    auto const j = store_.make(owned_by("ann"), {a, b}, 5);
    begin();
    EXPECT_EQ(counts(j.key).succeeded, 5U) << "the other origin goes on";
    auto const p = scheduler_->parts(j.key, counts(j.key));
    EXPECT_GE(p.waiting, 1U);
    EXPECT_EQ(p.running, 0U);
    EXPECT_EQ(gate_.asked, 6U) << "not asked again before that time";
    pass(seconds(9));
    EXPECT_EQ(counts(j.key).succeeded, 5U);
    pass(seconds(2));
    EXPECT_TRUE(finished(j.key));
}

TEST_F(SchedulerAndGate, AsksAgainWhenAnOriginChanges) {
    bool open = false;
    gate_.says = [&open](auto&, auto) -> gate::answer {
        if (!open)
            return gate::wait{time_point::max()};
        return gate::go{nullptr};
    };
    auto const j = store_.make(owned_by("ann"), {a, b}, 1);
    begin();
    pass(minutes(1));
    open = true;
    scheduler_->changed(b);
    run();
    EXPECT_EQ(counts(j.key).succeeded, 1U);
    scheduler_->changed(a);
    pause_between_commits();
    EXPECT_TRUE(finished(j.key));
}

TEST_F(SchedulerAndGate, SkipsWhatTheGateRefuses) {
    gate_.says = [](std::string const& origin, auto) -> gate::answer {
        if (origin == a)
            return gate::skip{failure(stage::egress, code::refused)};
        return gate::go{nullptr};
    };
    auto const j = store_.make(owned_by("ann"), {a, b}, 5);
    begin();
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).skipped, 5U);
    EXPECT_EQ(counts(j.key).succeeded, 5U);
    EXPECT_EQ(runner_.ran.size(), 5U);
}

TEST_F(SchedulerAndGate, PreparesAnOriginOnceWhileOthersGoOn) {
    std::set<std::string> known;
    int prepared = 0;
    gate_.says = [&known](std::string const& origin, auto) -> gate::answer {
        if (origin == a && !known.contains(origin))
            return gate::prepare{};
        return gate::go{nullptr};
    };
    gate_.prepares = [&](std::string origin, scope& life) -> awaitable<void> {
        ++prepared;
        bell over(io_.get_executor());
        alarm due(wheel_, [&over] { over.ring(); });
        scope::hold ends(life, [&over] { over.ring(); });
        due.arm(now_ + seconds(5));
        co_await over.wait();
        known.insert(origin);
    };
    auto const j = store_.make(owned_by("ann"), {a, b}, 20);
    begin();
    pause_between_commits();
    EXPECT_EQ(counts(j.key).succeeded, 20U);
    EXPECT_EQ(scheduler_->count().preparing, 1U);
    EXPECT_EQ(scheduler_->count().running, 0U);
    pass(seconds(6));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(prepared, 1);
}

// Those of hosts that take a minute to prepare, but for b.
class SlowToPrepare : public SchedulerTest {
  protected:
    SlowToPrepare() {
        limits_.held.running = 64;
        gate_.says = [](std::string const& origin, auto) -> gate::answer {
            if (origin != b)
                return gate::prepare{};
            return gate::go{nullptr};
        };
        gate_.prepares = [this](std::string, scope& life) -> awaitable<void> {
            bell over(io_.get_executor());
            scope::hold ends(life, [&over] { over.ring(); });
            co_await over.wait();
        };
    }
    static std::vector<std::string> hosts(int many) {
        std::vector<std::string> all;
        for (int i = 0; i < many; ++i)
            all.push_back("https://slow" + std::to_string(i) + ".example");
        return all;
    }
};

TEST_F(SlowToPrepare, PreparationsLeaveRoomForAnother) {
    auto const slow = store_.make(owned_by("ann"), hosts(100), 2);
    begin();
    EXPECT_EQ(scheduler_->count().preparing, 57U);
    auto const modest = store_.make(owned_by("bob"), {b}, 5);
    add(modest);
    EXPECT_TRUE(finished(modest.key));
    auto const own = store_.make(owned_by("ann"), {b}, 5);
    add(own);
    pause_between_commits();
    EXPECT_TRUE(finished(own.key)) << "and for another job of the same owner";
    EXPECT_FALSE(finished(slow.key));
    cancel(slow.key);
    pass(minutes(2));
    EXPECT_EQ(scheduler_->count().preparing, 0U);
}

TEST_F(SlowToPrepare, PreparationsCountForTheJobsConcurrency) {
    auto draft = owned_by("ann");
    draft.concurrency = 3;
    store_.make(draft, hosts(100), 2);
    begin();
    EXPECT_EQ(scheduler_->count().preparing, 3U);
}

TEST_F(SlowToPrepare, JobThatComesBackDuringItsPreparationsGoesOn) {
    auto const j = store_.make(owned_by("ann"), hosts(2), 2);
    begin();
    ASSERT_EQ(scheduler_->count().preparing, 2U);
    pause(j.key);
    resume(j.key);
    gate_.says = [](auto&, auto) { return gate::go{nullptr}; };
    pass(minutes(2));
    EXPECT_TRUE(finished(j.key));
}

// That lets go, and then says that where it led is held.
class turn_held_elsewhere : public gate::turn {
  public:
    explicit turn_held_elsewhere(std::optional<time_point> until) : until_(until) {}
    awaitable<result<void>> move(url const&, attempt const&, scope&) override { co_return result<void>(); }
    void finish(fetch_result const&, time_point) override {}
    std::optional<time_point> held_until() const override { return until_; }

  private:
    std::optional<time_point> until_;
};

TEST_F(SchedulerAndGate, ItemHeldWhereItWasLedComesBackThenAndLosesNoTry) {
    auto const until = now_ + seconds(100);
    gate_.says = [until](auto&, time_point now) -> gate::answer {
        return gate::go{
            std::make_unique<turn_held_elsewhere>(now < until ? std::optional(until) : std::nullopt)};
    };
    runner_.does = [&](auto&, auto) {
        fake_runner::doing d;
        d.attempts = 1;
        if (now_ < until)
            d.error = failure(stage::admission, code::held);
        return d;
    };
    runner_.retries = 0;
    auto const j = store_.make(owned_by("ann"), {a}, 1);
    begin();
    pass(seconds(99));
    EXPECT_EQ(runner_.ran[a + "/1"], 1);
    EXPECT_EQ(scheduler_->parts(j.key, counts(j.key)).waiting, 1U);
    pass(seconds(3));
    EXPECT_EQ(runner_.ran[a + "/1"], 2);
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 1U);
}

TEST_F(SchedulerAndGate, NobodyWaitsBeyondTheDeadline) {
    gate_.says = [](auto&, auto) { return gate::wait{time_point::max()}; };
    auto draft = owned_by("ann");
    draft.deadline = system_ + 60'000;
    auto const j = store_.make(draft, {a, b}, 10);
    begin();
    pass(seconds(59));
    EXPECT_EQ(counts(j.key).failed, 0U);
    pass(seconds(2));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).failed, 20U);
}

}  // namespace
}  // namespace fetchd::jobs
