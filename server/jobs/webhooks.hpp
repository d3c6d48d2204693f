// Sends what the outbox has to its receivers, until each event is delivered or dead.
//
// Looks into the outbox when something was written and when something is due, takes a bounded number of
// events into memory, and sends few at once to each endpoint; what finds no place there is put off in the
// store by as long as those before it will take. An event leaves memory only when the store knows what became
// of it: after a crash it is simply due again, with its old id. Decisions are delivery.hpp's; while the store
// fails nothing new is begun, and what was found out is written again and again.
//
// Loop thread only. Outlived by all it is given; drain() must have ended before it is destroyed. Waits are by
// the steady clock; steps of the system clock change nothing but the timestamps that are signed.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "jobs/border.hpp"
#include "jobs/receiver.hpp"
#include "jobs/webhook_post.hpp"
#include "loop/bell.hpp"
#include "loop/timer_wheel.hpp"

namespace fetchd::jobs {

struct webhook_limits {
    std::size_t in_flight = 16;    // of all endpoints
    std::size_t per_endpoint = 2;  // of these
    std::size_t held = 512;        // events in memory, in flight or next
    std::size_t line = 64;         // of these, waiting for one endpoint
    std::uint32_t at_once = 100;   // new ones read in one round
    std::size_t remembered = 256;  // receivers, and endpoints where nothing is held
    milliseconds timeout{delivery_timeout_ms};
    milliseconds pause{20};             // between two rounds
    milliseconds longest_rest{60'000};  // without a look into the outbox
    milliseconds longest_trouble{10'000};
};

class webhooks {
  public:
    using describe = std::function<std::string(job const&)>;  // a job as the API shows it

    webhooks(executor, store&, webhook_door&, timer_wheel&, describe, webhook_limits const& = {});
    webhooks(executor, store&, webhook_door&, timer_wheel&, describe, webhook_limits const&, clocks);
    ~webhooks();
    webhooks(webhooks const&) = delete;
    webhooks& operator=(webhooks const&) = delete;

    void start();
    // Before the second attempt; the later waits in proportion.
    void configure(milliseconds first_wait) { first_wait_ = first_wait.count(); }
    // Sends nothing new; what is on its way may arrive until then, and is sent again after the next start
    // otherwise.
    awaitable<void> drain(time_point limit);

    // The circuit of an endpoint as it is now, and as if it were new: what was put off is sent at once.
    awaitable<result<endpoint_circuit>> circuit(std::string endpoint);
    awaitable<result<void>> enable(std::string endpoint);

    // Deletes receivers whose job is gone.
    awaitable<result<void>> sweep();

    struct numbers {
        std::size_t in_flight = 0;
        std::size_t held = 0;      // in memory, those in flight included
        std::size_t paused = 0;    // endpoints in memory that are left alone for a while
        std::size_t disabled = 0;  // or for good
        // Attempts, by what was answered.
        std::uint64_t delivered = 0;
        std::uint64_t later = 0;   // Retry-After
        std::uint64_t gone = 0;    // 410
        std::uint64_t failed = 0;  // anything else, or nothing
        seconds_histogram attempt_seconds = make_seconds_histogram();

        std::uint64_t dead = 0;
        std::uint64_t put_off = 0;  // no place in memory, or a pause of the endpoint
        std::uint64_t store_failures = 0;
    };
    numbers count() const;
    // In the terms of what is stored, by the steady clock.
    unix_ms now() const { return border_.out(clocks_.now()); }

  private:
    struct message {
        jobs::event event;
        std::shared_ptr<receiver const> to;
    };
    struct endpoint {
        std::string name;
        endpoint_circuit circuit;
        std::string saved;  // the circuit as the store has it
        std::deque<message> line;
        std::size_t in_flight = 0;
        double took_ms = 100;  // one delivery, smoothed
        unix_ms tail = 0;      // when the last one put off is due
        bool idle() const { return line.empty() && in_flight == 0; }
    };
    using endpoint_ptr = std::shared_ptr<endpoint>;

    // webhooks.cpp: rounds
    void poke();
    awaitable<void> rounds();
    awaitable<result<unix_ms>> round();
    awaitable<result<void>> take(event const&, std::vector<event_mark>&);
    awaitable<result<void>> store_marks(std::vector<event_mark>);
    event_mark put_off(endpoint&, event const&);
    void start_some();
    bool start_one(endpoint_ptr const&);
    void drop_line(endpoint&);
    void release(std::int64_t key);
    awaitable<result<void>> hasten(std::string const& name);
    awaitable<result<std::shared_ptr<receiver const>>> receiver_of(std::string const& name);
    awaitable<result<endpoint_ptr>> endpoint_of(std::string const& name);

    // webhook_delivery.cpp: one message
    awaitable<void> deliver(endpoint_ptr, message);
    awaitable<void> attempt_one(endpoint&, message const&);
    awaitable<void> not_sent(endpoint&, event const&, failure const& why);
    void count_attempt(delivery_verdict const&, clock::duration);
    awaitable<result<std::string>> body_of(event const&);
    awaitable<delivery_answer> send(message const&, std::string body, scope&);
    awaitable<void> keep(endpoint&, event_mark);
    awaitable<void> rest(milliseconds);
    void step_out();

    std::uint32_t random() { return static_cast<std::uint32_t>(random_()); }
    milliseconds trouble(std::size_t failures) const;

    executor ex_;
    store& store_;
    webhook_door& door_;
    timer_wheel& wheel_;
    describe const describe_;
    webhook_limits const limits_;
    clocks const clocks_;
    border const border_;
    unix_ms first_wait_ = usual_first_wait_ms;

    std::map<std::string, endpoint_ptr> endpoints_;
    std::map<std::string, std::shared_ptr<receiver const>> receivers_;
    std::set<std::int64_t> held_;
    std::set<std::int64_t> released_;  // during this round: what it read of them is old
    std::deque<endpoint_ptr> ring_;    // those with a line, whose turn it is first
    std::list<scope> lives_;           // of attempts and rests
    std::unique_ptr<watch> watch_;
    bell look_bell_;
    alarm look_alarm_;
    bell gone_bell_;
    time_point earliest_{};  // the next round
    time_point look_at_ = time_point::max();
    std::mt19937 random_{std::random_device()()};
    std::size_t coroutines_ = 0;
    std::size_t in_flight_ = 0;
    bool stopping_ = false;
    bool giving_up_ = false;  // the drain's limit has passed
    numbers numbers_;
};

}  // namespace fetchd::jobs
