// Steering at any moment, and processes that end at any moment.
#include <gtest/gtest.h>

#include <random>

#include "unit/jobs/scheduler_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string const a = "https://a.example";
std::string const b = "https://b.example";

// Steering that overtakes what was asked of the store before.
class SchedulerOvertaken : public SchedulerTest {
  protected:
    // One item runs, and the other origin's page of lanes or lease is on its way, when this returns.
    job stop_at(std::uint64_t memory_store::*calls, std::uint64_t count) {
        int delay = 1;
        store_.turns = [&delay] { return delay; };
        runner_.does = [](auto&, auto) { return taking(seconds(5)); };
        auto const j = store_.make(owned_by("ann"), {a, b}, 40);
        patience_ = [] { return 1; };
        begin();
        for (int i = 0; i < 1000 && store_.*calls < count; ++i) {
            delay = store_.*calls + 1 == count ? 50 : 1;
            run();
        }
        EXPECT_EQ(store_.*calls, count);
        patience_ = nullptr;
        store_.turns = [] { return 1; };
        return j;
    }
    void expect_all_done(job const& j) {
        pass(minutes(2));
        EXPECT_TRUE(finished(j.key));
        EXPECT_EQ(runner_.order.size(), 80U);
        EXPECT_EQ(store_.leased(), 0U);
    }
};

TEST_F(SchedulerOvertaken, PauseGivesBackWhatIsLeasedAfterIt) {
    auto const j = stop_at(&memory_store::lease_calls, 1);
    pause(j.key);
    EXPECT_EQ(runner_.order.size(), 0U);
    EXPECT_EQ(scheduler_->count().held.jobs, 0U);
    resume(j.key);
    expect_all_done(j);
}

TEST_F(SchedulerOvertaken, ResumeTakesWhatThePauseHadGivenUp) {
    auto const j = stop_at(&memory_store::lease_calls, 2);
    pause(j.key);
    EXPECT_GT(runner_.order.size(), 0U);
    resume(j.key);
    expect_all_done(j);
}

TEST_F(SchedulerOvertaken, PausedJobOpensNoLanes) {
    auto const j = stop_at(&memory_store::lane_calls, 1);
    pause(j.key);
    EXPECT_EQ(scheduler_->count().held.lanes, 0U);
    resume(j.key);
    expect_all_done(j);
}

TEST_F(SchedulerOvertaken, ResumeEndsAPauseThatOvertookTheReadingOfItsJob) {
    int delay = 50;
    store_.turns = [&delay] { return delay; };
    auto const j = store_.make(owned_by("ann"), {a, b}, 40);
    patience_ = [] { return 1; };
    begin();
    ASSERT_EQ(store_.job_calls, 1U);
    delay = 1;
    patience_ = nullptr;
    pause(j.key);
    pass(seconds(30));
    EXPECT_EQ(runner_.order.size(), 0U);
    resume(j.key);
    EXPECT_GT(runner_.order.size(), 0U) << "at once";
    expect_all_done(j);
}

TEST_F(SchedulerOvertaken, CancelGivesBackWhatIsLeasedAfterIt) {
    auto const j = stop_at(&memory_store::lease_calls, 1);
    cancel(j.key);
    pass(minutes(1));
    EXPECT_EQ(runner_.order.size(), 0U);
    EXPECT_EQ(counts(j.key).cancelled, 80U);
    EXPECT_EQ(scheduler_->count().held.items, 0U);
}

// Any history of pauses, cancels, failures and restarts: the counts add up at every moment, every item has
// exactly one result unless it was cancelled, and everything comes to its end.
class SchedulerHistory : public SchedulerTest, public testing::WithParamInterface<unsigned> {
  protected:
    std::mt19937 random_{GetParam()};
    std::vector<job_key> jobs_;
    std::set<job_key> cancelled_;

    ~SchedulerHistory() override { between_ = nullptr; }  // it looks at what is gone then

    bool one_in(unsigned n) { return random_() % n == 0; }
    job_key any() { return jobs_[random_() % jobs_.size()]; }

    void step() {
        switch (random_() % 12) {
            case 0:
                submit();
                break;
            case 1:
                pause(any());
                break;
            case 2:
            case 3:
                resume(any());
                break;
            case 4:
                if (one_in(4)) {
                    auto const key = any();
                    cancel(key);
                    cancelled_.insert(key);
                }
                break;
            case 5:
                store_.broken.reset();
                if (one_in(3))
                    store_.broken = failure(stage::store, one_in(2) ? code::overloaded : code::failed);
                break;
            case 6:
                if (one_in(4)) {
                    end(milliseconds(random_() % 300));
                    begin();
                }
                break;
            default:
                pass(milliseconds(20 * (1 + random_() % 20)));
        }
    }
    void submit() {
        auto draft = owned_by(std::string(1, static_cast<char>('a' + random_() % 3)));
        draft.concurrency = static_cast<std::uint32_t>(random_() % 5);
        draft.priority = static_cast<int>(random_() % 3) - 1;
        if (one_in(4))
            draft.deadline = system_ + static_cast<unix_ms>(random_() % 30'000);
        if (one_in(4))
            draft.not_before = system_ + static_cast<unix_ms>(random_() % 90'000);
        std::vector<std::string> to;
        auto const first = static_cast<int>(random_() % 10);
        for (int i = 0; i <= static_cast<int>(random_() % 12); ++i)
            to.push_back("https://" + std::to_string(first + i) + ".example");
        auto const j = store_.make(draft, to, 1 + static_cast<int>(random_() % 8));
        jobs_.push_back(j.key);
        add(j);
    }
    // Of each job, and what runs in all: with a result that is committed while nobody has been told yet, the
    // parts are fewer than what the scheduler counts, never more.
    void expect_all_sums() {
        if (!scheduler_)
            return;
        std::uint64_t running = 0;
        for (auto const key : jobs_) {
            expect_sums(key);
            running += scheduler_->parts(key, counts(key)).running;
        }
        ASSERT_LE(running, scheduler_->count().running + scheduler_->count().unsettled);
        ASSERT_LE(running_now(), 8U);
    }
    std::size_t running_now() const { return scheduler_->count().running + scheduler_->count().preparing; }
};

TEST_P(SchedulerHistory, LosesNothingAndRepeatsNothing) {
    limits_.held.running = 8;
    limits_.held.lanes = 16;
    limits_.held.lanes_per_job = 8;
    limits_.held.jobs = 6;
    limits_.held.jobs_per_owner = 4;
    limits_.held.items = 20;
    gate_.says = [this](std::string const& origin, time_point now) -> gate::answer {
        auto const which = std::hash<std::string>()(origin) % 7;
        if (which == 0 && one_in(3))
            return gate::wait{now + milliseconds(random_() % 30'000)};
        if (which == 1 && one_in(5))
            return gate::skip{failure(stage::egress, code::refused)};
        if (which == 2 && one_in(3))
            return gate::prepare{};
        return gate::go{nullptr};
    };
    gate_.prepares = [this](std::string, scope& life) -> awaitable<void> {
        bell over(io_.get_executor());
        alarm due(wheel_, [&over] { over.ring(); });
        scope::hold ends(life, [&over] { over.ring(); });
        due.arm(now_ + milliseconds(random_() % 500));
        if (!life.ended())
            co_await over.wait();
    };
    runner_.does = [this](auto&, auto) {
        auto d = taking(milliseconds(random_() % 400));
        if (one_in(8))
            d.error = failure(stage::connect, code::timeout);
        if (one_in(20))
            d.error = failure(stage::dns, code::not_found);
        return d;
    };
    between_ = [this] { expect_all_sums(); };
    // Steps come in the middle of what others have begun.
    store_.turns = [this] { return 1 + static_cast<int>(random_() % 8); };
    patience_ = [this]() -> std::size_t { return one_in(2) ? random_() % 30 : SIZE_MAX; };
    submit();
    begin();
    for (int i = 0; i < 500 && !HasFatalFailure(); ++i)
        step();
    store_.broken.reset();
    patience_ = nullptr;
    run();
    for (auto const key : jobs_)
        resume(key);
    pass(minutes(15));
    EXPECT_GT(runner_.order.size(), 100U) << "where too little happens nothing is proven";
    for (auto const key : jobs_) {
        auto const c = counts(key);
        EXPECT_EQ(c.pending(), 0U) << "job " << key;
        EXPECT_EQ(c.cancelled > 0 && !cancelled_.contains(key), false);
        std::set<item_number> seen;
        for (auto const& r : store_.results(key))
            EXPECT_TRUE(seen.insert(r.n).second) << "job " << key << " item " << r.n;
        EXPECT_EQ(seen.size() + c.cancelled, c.accepted);
    }
    EXPECT_EQ(scheduler_->count().held.jobs, 0U);
    EXPECT_EQ(scheduler_->count().held.items, 0U);
    EXPECT_EQ(scheduler_->count().running, 0U);
    EXPECT_EQ(runner_.in_flight, 0U);
    EXPECT_EQ(store_.leased(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SchedulerHistory, testing::Range(0U, 60U));

}  // namespace
}  // namespace fetchd::jobs
