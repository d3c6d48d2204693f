#include "jobs/scheduler.hpp"

#include <gtest/gtest.h>

#include "unit/jobs/scheduler_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using Scheduler = SchedulerTest;

std::string const a = "https://a.example";
std::string const b = "https://b.example";
std::string const c = "https://c.example";

TEST_F(Scheduler, RunsWhatIsThereAtTheStart) {
    auto const j = store_.make(owned_by("ann"), {a, b}, 100);
    begin();
    pause_between_commits();
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 200U);
    EXPECT_EQ(runner_.ran.size(), 200U);
    EXPECT_EQ(scheduler_->count().held.jobs, 0U);
    EXPECT_EQ(scheduler_->count().held.items, 0U);
    EXPECT_EQ(scheduler_->count().held.lanes, 0U);
}

TEST_F(Scheduler, RunsWhatArrives) {
    begin();
    auto const j = store_.make(owned_by("ann"), {a}, 3);
    add(j);
    EXPECT_TRUE(finished(j.key));
}

TEST_F(Scheduler, ResultsThatComeCloselyShareCommits) {
    auto const j = store_.make(owned_by("ann"), {a}, 100);
    limits_.held.running = 4;
    begin();
    EXPECT_EQ(runner_.ran.size(), 100U);
    EXPECT_EQ(store_.settle_calls, 1U) << "the first at once";
    EXPECT_GT(counts(j.key).succeeded, 0U);
    pause_between_commits();
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(store_.settle_calls, 2U);
}

TEST_F(Scheduler, RunsSoManyAtATimeAndNoMore) {
    runner_.does = [](auto&, auto) { return fake_runner::doing{milliseconds(100)}; };
    auto const j = store_.make(owned_by("ann"), {a, b, c}, 100);
    begin();
    EXPECT_EQ(runner_.in_flight, 57U)
        << "an owner leaves a sixteenth free, and so does a job of what is left";
    expect_sums(j.key);
    pass(seconds(1));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(runner_.most_in_flight, 57U);
}

TEST_F(Scheduler, HoldsAJobToItsConcurrency) {
    runner_.does = [](auto&, auto) { return fake_runner::doing{milliseconds(100)}; };
    auto draft = owned_by("ann");
    draft.concurrency = 3;
    auto const j = store_.make(draft, {a, b}, 10);
    begin();
    pass(seconds(2));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(runner_.most_in_flight, 3U);
}

TEST_F(Scheduler, GreedyJobDelaysNobody) {
    limits_.held.running = 16;
    runner_.does = [](auto&, auto) { return fake_runner::doing{milliseconds(100)}; };
    auto const greedy = store_.make(owned_by("greedy"), {a, b, c}, 10'000);
    begin();
    pass(seconds(1));
    auto const modest = store_.make(owned_by("modest"), {"https://d.example"}, 8);
    add(modest);
    EXPECT_GE(runner_.ran.count("https://d.example/1"), 1U) << "there is always a place for a first one";
    pass(milliseconds(300));
    EXPECT_TRUE(finished(modest.key));
    EXPECT_FALSE(finished(greedy.key));
}

TEST_F(Scheduler, TriesAgainWhatMayGoBetter) {
    runner_.does = [](auto&, std::size_t tries) {
        fake_runner::doing d;
        if (tries < 2)
            d.error = failure(stage::connect, code::refused);
        return d;
    };
    auto const j = store_.make(owned_by("ann"), {a}, 3);
    begin();
    EXPECT_EQ(scheduler_->parts(j.key, counts(j.key)).waiting, 3U);
    expect_sums(j.key);
    pass(minutes(3));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 3U);
    EXPECT_EQ(runner_.ran[a + "/1"], 3);
}

TEST_F(Scheduler, TriesNoMoreOftenThanAskedFor) {
    runner_.does = [](auto&, auto) {
        fake_runner::doing d;
        d.error = failure(stage::connect, code::refused);
        return d;
    };
    auto const j = store_.make(owned_by("ann"), {a}, 3);
    begin();
    pass(minutes(5));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).failed, 3U);
    EXPECT_EQ(runner_.ran[a + "/1"], 3);
}

TEST_F(Scheduler, TriesNothingAgainThatFailsForGood) {
    runner_.does = [](auto&, auto) {
        fake_runner::doing d;
        d.error = failure(stage::dns, code::not_found);
        return d;
    };
    auto const j = store_.make(owned_by("ann"), {a}, 3);
    begin();
    EXPECT_EQ(counts(j.key).failed, 3U);
    EXPECT_EQ(runner_.ran[a + "/1"], 1);
}

TEST_F(Scheduler, ServiceThatIsFullCostsNoTry) {
    int full = 10;
    runner_.does = [&full](auto&, auto) {
        fake_runner::doing d;
        if (full-- > 0)
            d.error = failure(stage::process, code::overloaded);
        return d;
    };
    auto const j = store_.make(owned_by("ann"), {a}, 1);
    begin();
    pass(seconds(20));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 1U);
    EXPECT_EQ(runner_.ran[a + "/1"], 11);
}

TEST_F(Scheduler, ServiceThatWasFullAfterTheOriginWasAskedCostsATry) {
    runner_.does = [](auto&, auto) {
        fake_runner::doing d;
        d.error = failure(stage::process, code::overloaded);
        d.attempts = 1;
        return d;
    };
    runner_.retries = 2;
    auto const j = store_.make(owned_by("ann"), {a}, 1);
    begin();
    pass(minutes(3));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).failed, 1U);
    EXPECT_EQ(runner_.ran[a + "/1"], 3);
}

TEST_F(Scheduler, TriesNothingAgainAfterTheDeadline) {
    runner_.does = [](auto&, auto) {
        fake_runner::doing d;
        d.error = failure(stage::connect, code::refused);
        return d;
    };
    runner_.retries = 200;
    auto draft = owned_by("ann");
    draft.deadline = system_ + 30'000;
    auto const j = store_.make(draft, {a}, 1);
    begin();
    pass(seconds(31));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).failed, 1U);
    EXPECT_NE(store_.results(j.key)[0].head.find("refused"), std::string::npos);
}

TEST_F(Scheduler, ItemsAfterTheDeadlineFailWithoutBeingFetched) {
    runner_.does = [](auto&, auto) { return fake_runner::doing{milliseconds(1000)}; };
    auto draft = owned_by("ann");
    draft.deadline = system_ + 2500;
    draft.concurrency = 1;
    auto const j = store_.make(draft, {a}, 1000);
    begin();
    pass(seconds(4));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 2U);
    EXPECT_EQ(counts(j.key).failed, 998U);
    EXPECT_EQ(runner_.ran.size(), 3U) << "the third one ran when the deadline came";
    EXPECT_NE(store_.results(j.key)[999].head.find("timeout"), std::string::npos);
}

TEST_F(Scheduler, DeadlineComesThoughTheJobMayNotBeginYet) {
    auto draft = owned_by("ann");
    draft.deadline = system_ + 5000;
    draft.not_before = system_ + 3'600'000;
    auto const j = store_.make(draft, {a}, 10);
    begin();
    EXPECT_EQ(counts(j.key).failed, 0U);
    pass(seconds(6));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).failed, 10U);
}

TEST_F(Scheduler, BeginsNothingBeforeItsTime) {
    auto soon = owned_by("ann");
    soon.not_before = system_ + 30'000;
    auto late = owned_by("ann");
    late.not_before = system_ + 600'000;
    auto const first = store_.make(soon, {a}, 2);
    auto const second = store_.make(late, {b}, 2);
    begin();
    EXPECT_EQ(scheduler_->count().held.jobs, 1U) << "what is far away takes no place";
    pass(seconds(29));
    EXPECT_EQ(runner_.ran.size(), 0U);
    pass(seconds(2));
    EXPECT_TRUE(finished(first.key));
    pass(seconds(560));
    EXPECT_EQ(runner_.ran.size(), 2U);
    pass(seconds(15));
    EXPECT_TRUE(finished(second.key));
}

TEST_F(Scheduler, PauseLetsFinishWhatRuns) {
    runner_.does = [](auto&, auto) { return fake_runner::doing{milliseconds(1000)}; };
    auto draft = owned_by("ann");
    draft.concurrency = 2;
    auto const j = store_.make(draft, {a}, 10);
    begin();
    pause(j.key);
    EXPECT_EQ(runner_.in_flight, 2U);
    pass(seconds(5));
    EXPECT_EQ(counts(j.key).succeeded, 2U);
    EXPECT_EQ(scheduler_->parts(j.key, counts(j.key)).queued, 8U);
    EXPECT_EQ(scheduler_->count().held.jobs, 0U) << "it takes no place while it is paused";
    resume(j.key);
    EXPECT_EQ(runner_.in_flight, 2U);
    pass(seconds(6));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(runner_.order.size(), 10U);
}

TEST_F(Scheduler, ResumeWhileThePausedStillRuns) {
    runner_.does = [](auto&, auto) { return fake_runner::doing{milliseconds(1000)}; };
    auto draft = owned_by("ann");
    draft.concurrency = 2;
    auto const j = store_.make(draft, {a}, 10);
    begin();
    pause(j.key);
    resume(j.key);
    pass(seconds(6));
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(runner_.most_in_flight, 2U);
    EXPECT_EQ(runner_.order.size(), 10U);
}

TEST_F(Scheduler, PauseDoesNotMakeAnItemWaitLongerForAnotherTry) {
    runner_.does = [this](auto& url, auto) {
        auto d = taking(milliseconds(100));
        d.status = runner_.ran[url] == 1 ? 503 : 200;
        return d;
    };
    auto const waiting = store_.make(owned_by("ann"), {a}, 1);
    begin();
    pass(milliseconds(150));
    auto const running = store_.make(owned_by("ann"), {b}, 1);
    add(running);
    for (auto const key : {waiting.key, running.key})
        pause(key);
    pass(milliseconds(150));
    EXPECT_EQ(runner_.in_flight, 0U);
    for (auto const key : {waiting.key, running.key})
        resume(key);
    pass(milliseconds(1500));
    EXPECT_TRUE(finished(waiting.key)) << "it waits for a second at most";
    EXPECT_TRUE(finished(running.key));
    EXPECT_EQ(runner_.order.size(), 4U);
}

TEST_F(Scheduler, CancelReachesWhatRuns) {
    runner_.does = [](auto&, auto) { return fake_runner::doing{seconds(20)}; };
    auto const j = store_.make(owned_by("ann"), {a, b}, 100);
    begin();
    EXPECT_GT(runner_.in_flight, 0U);
    store_.cancels_slowly = true;
    cancel(j.key);
    EXPECT_EQ(runner_.in_flight, 0U);
    expect_sums(j.key);
    pass(seconds(1));
    EXPECT_EQ(store_.results(j.key).size(), 0U) << "though the store would still take them";
    store_.end_cancel(j.key);
    expect_sums(j.key);
    pass(seconds(60));
    EXPECT_EQ(store_.results(j.key).size(), 0U);
    EXPECT_EQ(counts(j.key).cancelled, 200U);
    EXPECT_EQ(scheduler_->count().held.jobs, 0U);
    EXPECT_EQ(store_.leased(), 0U);
}

TEST_F(Scheduler, DrainWaitsForWhatRunsAndGivesUpTheRest) {
    runner_.does = [](std::string const& url, auto) {
        return fake_runner::doing{url.starts_with(a) ? milliseconds(1000) : milliseconds(20'000)};
    };
    auto draft = owned_by("ann");
    draft.concurrency = 2;
    auto const j = store_.make(draft, {a, b}, 4);
    begin();
    EXPECT_EQ(runner_.in_flight, 2U);
    end(seconds(5));
    EXPECT_EQ(counts(j.key).succeeded, 1U);
    EXPECT_EQ(counts(j.key).failed, 0U);
    EXPECT_EQ(runner_.order.size(), 2U) << "nothing new begins";
    runner_.does = [](auto&, auto) { return fake_runner::doing(); };
    begin();
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).succeeded, 8U);
}

TEST_F(Scheduler, FailureDuringADrainIsTriedAfterTheStart) {
    runner_.does = [](auto&, auto) {
        fake_runner::doing d{milliseconds(1000)};
        d.error = failure(stage::connect, code::refused);
        return d;
    };
    auto const j = store_.make(owned_by("ann"), {a}, 2);
    begin();
    end(seconds(5));
    EXPECT_EQ(counts(j.key).failed, 0U);
    runner_.does = [](auto&, auto) { return fake_runner::doing(); };
    begin();
    EXPECT_EQ(counts(j.key).succeeded, 2U);
}

TEST_F(Scheduler, ItemWhoseErrandThrowsFails) {
    runner_.does = [](auto&, auto) -> fake_runner::doing { throw std::runtime_error("out of order"); };
    auto const j = store_.make(owned_by("ann"), {a}, 2);
    begin();
    EXPECT_TRUE(finished(j.key));
    EXPECT_EQ(counts(j.key).failed, 2U);
}

}  // namespace
}  // namespace fetchd::jobs
