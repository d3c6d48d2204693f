// Runs what the store has: fairly, politely, and each item to its one result.
//
// Holds a bounded window of the queue (window.hpp), asks the gate before each item, has it run, and settles
// what came of it; tries again what may go better. Nothing waits by the system clock. While the store fails,
// results are held and nothing new begins. Loop thread only. Outlived by store, gate, runner and wheel;
// drain() must have ended before it is destroyed.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/config.hpp"
#include "jobs/errand.hpp"
#include "jobs/settler.hpp"
#include "jobs/window.hpp"
#include "loop/bell.hpp"
#include "loop/timer_wheel.hpp"

namespace fetchd::jobs {

struct scheduler_limits {
    window_limits held;            // in memory
    std::size_t unsettled = 4096;  // results that have no commit yet
    std::size_t unsettled_bytes = std::size_t{32} << 20U;
    milliseconds longest_fetch{600'000};  // whatever an item asks for
    milliseconds prepare_time{60'000};
    retry_config backoff{2, milliseconds(1000), milliseconds(60'000)};  // between tries of one item
};

class scheduler {
  public:
    scheduler(executor, store&, gate&, runner&, timer_wheel&, scheduler_limits const&);
    scheduler(executor, store&, gate&, runner&, timer_wheel&, scheduler_limits const&, clocks);
    ~scheduler();
    scheduler(scheduler const&) = delete;
    scheduler& operator=(scheduler const&) = delete;

    // Begins with what the store has.
    void start();
    void configure(milliseconds longest_fetch) { limits_.longest_fetch = longest_fetch; }
    // A job was committed.
    void arrived(job const&);
    // As the store's, and carried out. A pause lets finish what runs; a cancel ends it.
    awaitable<result<job>> pause(job_key);
    awaitable<result<job>> resume(job_key);
    awaitable<result<job>> cancel(job_key);
    // An origin ("https://example.org") may be asked for again, earlier than the gate had said.
    void changed(std::string_view origin);
    // Begins nothing new; what runs may finish until then, and runs again after the next start otherwise.
    awaitable<void> drain(time_point limit);

    using split = window::split;
    // How what a job has pending divides, for counts that were read from the store: adds up to them.
    split parts(job_key, job_counts const&) const;
    std::vector<window::waiting> waits(job_key, std::size_t most) const;

    struct numbers {
        std::size_t running = 0;
        std::size_t preparing = 0;
        std::size_t unsettled = 0;
        bool troubled = false;  // the store takes no results
        window::numbers held;
        std::uint64_t started = 0;
        std::uint64_t waits = 0;  // the gate said not yet
        std::uint64_t retried = 0;
        std::uint64_t given_back = 0;  // unfinished, at a drain
        std::uint64_t timed_out = 0;   // not begun before their job's deadline
    };
    numbers count() const;
    // What the deadlines of jobs are counted from: the system's time at the start, and on by the steady
    // clock.
    unix_ms time() const { return border_.out(now()); }

  private:
    struct flying;
    using place = window::place;

    // scheduler.cpp: turns
    void poke();
    void pump();
    bool may_begin() const;
    void begin(place, time_point now);
    void wait(window::job const&, window::lane&, gate::wait const&, time_point now);
    void fly(window::job&, window::lane&, std::unique_ptr<gate::turn>, time_point now);
    awaitable<void> flight(std::unique_ptr<flying>);
    void land(flying&, fetch_result&&, bool ended);
    void prepare(place, manner, url target, time_point now);
    awaitable<void> preparation(place, manner, url target, std::list<scope>::iterator);
    bool try_again(flying&, fetch_result const&, time_point now);
    void settle(window::job&, errand&, item_ref const&, fetch_result&&);
    void settle_unrun(window::job&, window::lane&, failure, time_point now);
    void settled(item_ref const&, std::uint64_t seq);
    void stop_running(window::job&);
    milliseconds spread(milliseconds);

    // scheduler_load.cpp: the store's side
    awaitable<void> load();
    awaitable<void> load_items(std::vector<lease_want>);
    awaitable<void> load_lanes(window::page_want);
    awaitable<void> load_jobs();
    awaitable<void> store_failed(failure const&);
    awaitable<void> put_off(window::put_off);
    void consider(job const&);
    void scan_all();
    void scan_for(std::string const& owner);
    void clear(window::job&);
    void leave(window::job&);
    void leave_if_idle(window::job&);
    void keep_house();
    void give_back(std::vector<item_ref> const&);
    void step_out();  // a coroutine has ended

    time_point now() const { return clocks_.now(); }

    executor ex_;
    store& store_;
    gate& gate_;
    runner& runner_;
    timer_wheel& wheel_;
    scheduler_limits limits_;
    clocks const clocks_;
    border const border_;
    window window_;
    settler settler_;
    alarm turn_alarm_;
    alarm house_alarm_;
    alarm load_alarm_;
    bell load_bell_;
    bell gone_bell_;
    std::list<scope> preparations_;
    std::minstd_rand random_{std::random_device()()};
    std::size_t running_ = 0;
    std::size_t coroutines_ = 0;
    std::size_t store_failures_ = 0;  // of loading, in a row
    bool poked_ = false;
    bool stopping_ = false;
    bool giving_up_ = false;  // the drain's limit has passed

    // The way through the unfinished jobs.
    bool scanning_ = false;
    bool scan_everything_ = false;
    job_key scan_after_ = 0;
    std::unordered_map<std::string, job_key> more_of_;  // owners whose jobs did not all find room: the first
    std::unordered_set<std::string> hungry_;            // of those, who has room again
    time_point rescan_at_ = time_point::max();
    time_point next_stale_{};
    numbers numbers_;
};

}  // namespace fetchd::jobs
