// Stores that fail, clocks that are wrong, and queues that are long.
#include <gtest/gtest.h>

#include <random>

#include "unit/jobs/scheduler_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using SchedulerTrouble = SchedulerTest;

std::string const a = "https://a.example";
std::string const b = "https://b.example";

std::vector<std::string> origins(int count) {
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i)
        all.push_back("https://" + std::to_string(i) + ".example");
    return all;
}

TEST_F(SchedulerTrouble, HoldsResultsWhileTheDiskIsFullAndBeginsNothingNew) {
    runner_.does = [](auto&, auto) { return taking(milliseconds(100)); };
    auto const j = store_.make(owned_by("ann"), {a}, 500);
    store_.broken_settle = failure(stage::store, code::too_large);
    begin();
    pass(minutes(5));
    EXPECT_TRUE(scheduler_->count().troubled);
    auto const ran = runner_.order.size();
    EXPECT_LT(ran, 200U);
    EXPECT_EQ(counts(j.key).succeeded, 0U);
    EXPECT_EQ(scheduler_->parts(j.key, counts(j.key)).running, ran) << "no result, so not over";
    EXPECT_LT(store_.settle_calls, 60U) << "waits double up to ten seconds";
    store_.broken_settle.reset();
    pass(seconds(20));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 500U);
    EXPECT_EQ(runner_.order.size(), 500U) << "nothing was fetched twice";
}

TEST_F(SchedulerTrouble, ResultThatCannotBeStoredKeepsNoOtherFromIt) {
    auto const j = store_.make(owned_by("ann"), {a}, 100);
    store_.broken_settle = failure(stage::store, code::failed);
    store_.poison = "/37\"";
    begin();
    pass(minutes(2));
    EXPECT_EQ(counts(j.key).succeeded, 99U);
    store_.broken_settle.reset();
    pass(seconds(20));
    EXPECT_TRUE(finished(j.key));
}

TEST_F(SchedulerTrouble, ResultThatCanNeverBeStoredStopsNothingAndEndsAsFailed) {
    auto const bad = store_.make(owned_by("ann"), {a}, 1);
    store_.broken_settle = failure(stage::store, code::too_large);
    store_.poison = "/1\"";
    begin();
    pass(seconds(1));
    EXPECT_FALSE(scheduler_->count().troubled);
    auto const fine = store_.make(owned_by("bob"), {b}, 50);
    store_.poison = a + "/1\"";
    add(fine);
    pass(seconds(1));
    EXPECT_TRUE(finished(fine.key));
    EXPECT_EQ(counts(bad.key).pending(), 1U) << "tried for a while";
    pass(minutes(12));
    EXPECT_TRUE(finished(bad.key));
    ASSERT_EQ(store_.results(bad.key).size(), 1U);
    EXPECT_EQ(store_.results(bad.key)[0].outcome, outcome::failed);
    EXPECT_EQ(store_.results(bad.key)[0].head, "\"instead\":\"too_large\"");
    EXPECT_EQ(runner_.order.size(), 51U) << "nothing was fetched twice";
}

TEST_F(SchedulerTrouble, ManyResultsThatCanNeverBeStoredEndEachOnce) {
    auto const j = store_.make(owned_by("ann"), {a}, 300);
    store_.broken_settle = failure(stage::store, code::failed);
    store_.poison = "7\"";
    limits_.held.running = 8;
    begin();
    pass(minutes(30));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 270U);
    EXPECT_EQ(counts(j.key).failed, 30U);
    EXPECT_EQ(runner_.order.size(), 300U);
}

TEST_F(SchedulerTrouble, FullDiskMakesNoResultFailHoweverLongItLasts) {
    runner_.does = [](auto&, auto) { return taking(milliseconds(100)); };
    auto const j = store_.make(owned_by("ann"), {a}, 500);
    store_.broken_settle = failure(stage::store, code::too_large);
    limits_.held.running = 4;
    begin();
    pass(minutes(30));
    EXPECT_TRUE(scheduler_->count().troubled);
    EXPECT_LE(runner_.order.size(), settler::most_aside + 8);
    store_.broken_settle.reset();
    pass(minutes(2));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 500U);
    EXPECT_EQ(runner_.order.size(), 500U) << "nothing was fetched twice";
}

TEST_F(SchedulerTrouble, BoundsWhatIsNotCommitted) {
    limits_.unsettled = 10;
    limits_.held.running = 4;
    auto const j = store_.make(owned_by("ann"), {a}, 500);
    begin();
    pause_between_commits();
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 500U);
}

TEST_F(SchedulerTrouble, StoreThatFailsEveryCallIsAskedSeldomAndRecovers) {
    auto const j = store_.make(owned_by("ann"), {a, b}, 50);
    store_.broken = failure(stage::store, code::overloaded);
    begin();
    pass(minutes(1));
    EXPECT_EQ(runner_.order.size(), 0U);
    EXPECT_LT(store_.job_calls, 20U);
    store_.broken.reset();
    pass(seconds(11));
    EXPECT_TRUE(finished(j.key));
}

TEST_F(SchedulerTrouble, StoreFailsNowAndThen) {
    runner_.does = [](auto&, auto) { return taking(milliseconds(50)); };
    auto const j = store_.make(owned_by("ann"), origins(30), 20);
    begin();
    std::mt19937 random(1);
    for (int i = 0; i < 400; ++i) {
        store_.broken.reset();
        if (random() % 3 == 0)
            store_.broken = failure(stage::store, code::failed);
        pass(milliseconds(50));
        expect_sums(j.key);
    }
    store_.broken.reset();
    pass(minutes(2));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(runner_.order.size(), 600U) << "a store that fails costs no second fetch";
}

TEST_F(SchedulerTrouble, SteeringThatFailsChangesNothing) {
    runner_.does = [](auto&, auto) { return taking(milliseconds(100)); };
    auto const j = store_.make(owned_by("ann"), {a}, 200);
    begin();
    store_.broken = failure(stage::store, code::failed);
    cancel(j.key);
    pause(j.key);
    store_.broken.reset();
    pass(seconds(20));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 200U);
}

TEST_F(SchedulerTrouble, MemoryDoesNotGrowWithItems) {
    limits_.held.items = 500;
    runner_.does = [](auto&, auto) { return taking(milliseconds(20)); };
    auto const j = store_.make(owned_by("ann"), origins(10), 2000);
    begin();
    std::size_t most = 0;
    while (!finished(j.key)) {
        pass(milliseconds(20));
        most = std::max(most, scheduler_->count().held.items);
    }
    EXPECT_LE(most, 500U + 10U);
    EXPECT_GT(most, 10U);
    EXPECT_EQ(runner_.order.size(), 20'000U);
}

TEST_F(SchedulerTrouble, FastOriginIsLeasedInLargeBatchesThoughItsConnectionsAreFew) {
    std::size_t open = 0;
    struct connection : gate::turn {
        connection(std::size_t& o, std::function<void()> f) : open(o), freed(std::move(f)) { ++open; }
        ~connection() override {
            --open;
            freed();
        }
        void finish(fetch_result const&, time_point) override {}
        awaitable<result<void>> move(url const&, attempt const&, scope&) override {
            co_return result<void>();
        }
        std::size_t& open;
        std::function<void()> freed;
    };
    gate_.says = [&](std::string const& origin, auto) -> gate::answer {
        if (open == 2)
            return gate::wait{time_point::max()};
        return gate::go{std::make_unique<connection>(open, [this, origin] { scheduler_->changed(origin); })};
    };
    runner_.does = [](auto&, auto) { return taking(milliseconds(1)); };
    auto const j = store_.make(owned_by("ann"), {a}, 1000);
    begin();
    pass(seconds(30));
    EXPECT_TRUE(finished(j.key));
    EXPECT_LT(store_.lease_calls, 60U);
    EXPECT_EQ(runner_.most_in_flight, 2U);
}

TEST_F(SchedulerTrouble, SlowOriginIsLeasedInSmallBatches) {
    time_point next{};
    gate_.says = [&next](auto&, time_point now) -> gate::answer {
        if (now < next)
            return gate::wait{next};
        next = now + seconds(1);
        return gate::go{nullptr};
    };
    store_.make(owned_by("ann"), {a}, 1000);
    begin();
    pass(minutes(2));
    EXPECT_LE(scheduler_->count().held.items, 2U);
    EXPECT_NEAR(static_cast<double>(runner_.order.size()), 120, 4);
}

TEST_F(SchedulerTrouble, MemoryDoesNotGrowWithOrigins) {
    limits_.held.lanes = 200;
    limits_.held.lanes_per_job = 100;
    auto const j = store_.make(owned_by("ann"), origins(3000), 2);
    runner_.does = [](auto&, auto) { return taking(milliseconds(20)); };
    begin();
    std::size_t most = 0;
    for (int i = 0; i < 20'000 && !finished(j.key); ++i) {
        pass(milliseconds(20));
        most = std::max(most, scheduler_->count().held.lanes);
    }
    EXPECT_TRUE(finished(j.key));
    // What runs keeps no lane, but one that has another try before it does.
    EXPECT_LE(most, 100U);
    EXPECT_EQ(runner_.order.size(), 6000U);
    EXPECT_LT(store_.lane_calls, 600U);
}

TEST_F(SchedulerTrouble, OriginsThatWaitMakeRoomForOthers) {
    limits_.held.lanes = 20;
    limits_.held.lanes_per_job = 20;
    auto const from = now_ + hours(2);
    gate_.says = [from](std::string const& origin, time_point now) -> gate::answer {
        if (origin.size() == std::string("https://00.example").size() && now < from)
            return gate::wait{from};  // ten to ninety-nine
        return gate::go{nullptr};
    };
    auto const j = store_.make(owned_by("ann"), origins(130), 3);
    begin();
    pass(minutes(2));
    EXPECT_EQ(counts(j.key).succeeded, 3U * 40) << "all that need not wait";
    EXPECT_LE(scheduler_->count().held.lanes, 20U);
    EXPECT_GT(store_.put_offs, 0U);
    expect_sums(j.key);
    pass(hours(2));
    pass(minutes(12));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(runner_.order.size(), 390U);
}

TEST_F(SchedulerTrouble, MemoryDoesNotGrowWithJobs) {
    limits_.held.jobs = 40;
    limits_.held.jobs_per_owner = 20;
    limits_.held.running = 16;
    runner_.does = [](auto&, auto) { return taking(milliseconds(100)); };
    std::vector<job_key> all;
    for (int i = 0; i < 600; ++i)
        all.push_back(store_.make(owned_by("greedy"), {a}, 1).key);
    begin();
    EXPECT_EQ(scheduler_->count().held.jobs, 20U);
    auto const modest = store_.make(owned_by("modest"), {b}, 1);
    add(modest);
    pass(milliseconds(300));
    EXPECT_TRUE(finished(modest.key));
    for (int i = 0; i < 40; ++i) {
        auto const late = store_.make(owned_by("greedy"), {a}, 1);
        add(late);
        all.push_back(late.key);
        pass(milliseconds(20));
        EXPECT_LE(scheduler_->count().held.jobs, 20U);
    }
    pass(seconds(10));
    for (auto const key : all)
        EXPECT_TRUE(finished(key)) << key;
    EXPECT_LT(store_.job_calls, 300U);
}

TEST_F(SchedulerTrouble, EveryOwnerFindsRoomAmongManyJobs) {
    limits_.held.jobs = 16;
    limits_.held.jobs_per_owner = 16;
    gate_.says = [](std::string const& origin, auto) -> gate::answer {
        if (origin == a)
            return gate::wait{time_point::max()};
        return gate::go{nullptr};
    };
    for (int i = 0; i < 300; ++i)
        store_.make(owned_by("greedy"), {a}, 1);
    auto const last = store_.make(owned_by("modest"), {b}, 1);
    begin();
    EXPECT_TRUE(finished(last.key));
}

TEST_F(SchedulerTrouble, ClockStepsChangeNothingThatWaits) {
    auto const free_at = now_ + seconds(30);
    gate_.says = [free_at](std::string const& origin, time_point now) -> gate::answer {
        if (origin == a && now < free_at)
            return gate::wait{free_at};
        return gate::go{nullptr};
    };
    runner_.does = [](auto&, std::size_t tries) {
        fake_runner::doing d;
        if (tries == 0)
            d.error = failure(stage::connect, code::refused);
        return d;
    };
    auto draft = owned_by("ann");
    draft.deadline = system_ + 120'000;
    auto const j = store_.make(draft, {a, b}, 3);
    begin();
    auto const before = store_.last_now;
    system_ += 5 * 3'600'000;
    pass(seconds(5));
    system_ -= 11 * 3'600'000;
    pass(seconds(60));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 6U);
    EXPECT_LE(store_.last_now, before + 66'000);
}

TEST_F(SchedulerTrouble, TimesOfAWrongClockAreNotBelieved) {
    auto const j = store_.make(owned_by("ann"), {a, b}, 3);
    spawn_logged(io_.get_executor(), "put off",
                 [](memory_store& s, job_key key, unix_ms t) -> awaitable<void> {
                     (void)co_await s.put_off(key, -3, t);
                 }(store_, j.key, system_ + 9 * 3'600'000));
    run();
    begin();
    EXPECT_EQ(counts(j.key).succeeded, 3U);
    pass(seconds(5));
    EXPECT_TRUE(finished(j.key)) << "nobody puts off an origin for nine hours";
}

TEST_F(SchedulerTrouble, StaleItemsAreLeasedAgain) {
    bool open = false;
    gate_.says = [&open](auto&, auto) -> gate::answer {
        if (!open)
            return gate::wait{time_point::max()};
        return gate::go{nullptr};
    };
    auto const j = store_.make(owned_by("ann"), {a}, 3);
    begin();
    auto const leases = store_.lease_calls;
    pass(hours(1));
    EXPECT_GT(store_.lease_calls, leases) << "given back before the lease ends";
    EXPECT_LT(store_.lease_calls, leases + 40);
    open = true;
    scheduler_->changed(a);
    pause_between_commits();
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(runner_.order.size(), 3U);
}

}  // namespace
}  // namespace fetchd::jobs
