// A scheduler on a store in memory, a clock that is moved by hand, and origins that do what a test says.
#pragma once

#include <gtest/gtest.h>

#include "jobs/scheduler.hpp"
#include "loop/spawn.hpp"
#include "unit/jobs/memory_store.hpp"

namespace fetchd::jobs {

class fake_gate : public gate {
  public:
    // By origin.
    std::function<answer(std::string const& origin, time_point now)> says = [](auto&, auto) {
        return go{nullptr};
    };
    std::function<awaitable<void>(std::string origin, scope&)> prepares;
    std::size_t asked = 0;

    answer ask(manner const&, url const& target, time_point now) override {
        ++asked;
        return says(target.origin(), now);
    }
    awaitable<void> prepare_for(manner, url target, scope& life) override {
        return prepares(target.origin(), life);
    }
};

class fake_runner : public runner {
  public:
    struct doing {
        milliseconds time{0};
        std::optional<failure> error{};
        int status = 200;
        std::size_t attempts = 0;  // requests that were sent
    };
    fake_runner(executor ex, timer_wheel& wheel, time_point& now) : ex_(ex), wheel_(wheel), now_(now) {}

    std::function<doing(std::string const& url, std::size_t tries)> does = [](auto&, auto) {
        return doing();
    };
    std::size_t retries = 2;
    milliseconds time_limit{30'000};
    std::size_t in_flight = 0;
    std::size_t most_in_flight = 0;
    std::map<std::string, int> ran;  // how often each URL
    std::vector<std::string> order;

    manner manner_of(job const&, leased_item const&) override { return {}; }
    std::unique_ptr<errand> take(std::shared_ptr<job const>, leased_item item, std::size_t tries) override;
    settlement instead(settlement const& lost, failure why) override;

  private:
    friend class fake_errand;
    executor ex_;
    timer_wheel& wheel_;
    time_point& now_;
};

inline fake_runner::doing taking(milliseconds time) {
    fake_runner::doing d;
    d.time = time;
    return d;
}

class SchedulerTest : public testing::Test {
  protected:
    SchedulerTest();
    ~SchedulerTest() override;

    void begin();                            // a scheduler, and what it does at once
    void end(milliseconds limit = {});       // drained; the store forgets its leases
    void run();                              // until nothing more happens at this time
    void pass(milliseconds);                 // in small steps
    std::function<std::size_t()> patience_;  // so many things happen at a time instead of all
    std::function<void()> between_;          // called after every single thing that happens
    void pause_between_commits() { pass(settler::pace + 2 * timer_wheel::tick); }
    void add(job const& j);
    job_draft owned_by(std::string owner);
    void pause(job_key);
    void resume(job_key);
    void cancel(job_key);
    void expect_sums(job_key);  // the counts add up, now
    bool finished(job_key key) { return store_.at(key).state == job_state::finished; }
    job_counts counts(job_key key) { return store_.at(key).counts; }

    asio::io_context io_{1};
    time_point now_ = clock::now() + std::chrono::hours(1);
    unix_ms system_ = 1'700'000'000'000;
    timer_wheel wheel_{io_.get_executor()};
    memory_store store_{io_.get_executor()};
    fake_gate gate_;
    fake_runner runner_{io_.get_executor(), wheel_, now_};
    scheduler_limits limits_;
    std::unique_ptr<scheduler> scheduler_;
};

}  // namespace fetchd::jobs
