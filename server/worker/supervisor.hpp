// Gives documents to the forked workers and brings back what they made of them.
//
// Loop thread only; nothing here blocks it. One document is at one worker at a time; more wait in a bounded
// queue, first come first served, each no longer than its scope lives. A worker that crashes, spins past its
// time or answers nonsense is ended (SIGTERM, then SIGKILL) and replaced; its document fails alone, with the
// reason, and is to blame: twice, and it is given to no worker any more (quarantine.hpp); too many of one
// origin, and the origin's documents stand behind all others (penalties.hpp). A document whose worker died
// before taking it up is not to blame and is given to another.
//
// Replacements come at once, then later and later while workers keep dying without having served: up to 5 s
// when they die of themselves, up to 50 ms when a document was at them, for then it is the documents that
// are bad and the good ones among them must not wait. A worker that has served for long enough is set aside
// between two documents and ended as soon as its successor is ready.
// Outlives its run() calls, or they are cut off: a coroutine destroyed in the middle only lets its worker go.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "base/histogram.hpp"
#include "loop/bell.hpp"
#include "loop/scope.hpp"
#include "worker/penalties.hpp"
#include "worker/process.hpp"
#include "worker/quarantine.hpp"
#include "worker/tasks/registry.hpp"
#include "worker/waiting_line.hpp"
#include "worker/zygote.hpp"

namespace fetchd::worker {

struct packet;
using std::chrono::microseconds;

// What came of one visit.
struct visit {
    tasks::outcome outcome;
    microseconds queued{0};  // until a worker was free
    microseconds ran{0};     // from posting the document to its answer
    microseconds cpu{0};     // as the worker says
};

struct status {
    std::size_t want = 0;        // workers there should be
    std::size_t up = 0;          // workers that can take documents
    std::size_t busy = 0;        // of these, at work
    std::size_t queued = 0;      // documents waiting
    std::uint64_t restarts = 0;  // of workers that died
    std::uint64_t retired = 0;   // workers replaced because they had served for long enough
    std::uint64_t crashed = 0;   // workers that died of themselves
    std::uint64_t timeouts = 0;  // documents that took longer than task_timeout
    std::uint64_t refused = 0;   // documents refused because the queue was full
    std::uint64_t served = 0;    // documents answered

    quarantine::numbers quarantined;
    std::uint64_t quarantine_refused = 0;  // documents not given to a worker
    penalties::numbers origins;
};

class supervisor {
  public:
    // The wheel outlives the supervisor.
    supervisor(executor, timer_wheel&, zygote_link, workers_config const&, tasks::registry);
    ~supervisor();
    supervisor(supervisor const&) = delete;
    supervisor& operator=(supervisor const&) = delete;

    // One visit of one document. `origin` is where it was fetched from ("https://example.org"), empty where
    // it was not. Fails with what the tasks say, and with process.overloaded (the queue is full), .timeout
    // (the scope's deadline or workers.task_timeout), .cancelled (the scope), .crashed (and how), .malformed
    // (the answer made no sense), .quarantined, .too_large (over max_input), .not_ready (no worker will come
    // any more: stopped, or the zygote died). The scope outlives the call, and so does `back`: where the body
    // goes in the end, whatever came of it; null: nobody wants it.
    awaitable<result<visit>> run(tasks::request, std::string body, scope&, std::string origin = {},
                                 std::string* back = nullptr);

    status numbers() const;
    sandbox_report const& sandbox() const { return zygote_.sandbox(); }
    // From the moment a death was noticed until the worker's replacement had entered its sandbox.
    seconds_histogram const& replacement_times() const { return replacement_times_; }
    void reload(workers_config const&);  // takes over the settings that may change while running
    void stop();                         // ends every worker; what waits or runs fails with process.not_ready

  private:
    friend struct task;
    using process_ptr = std::shared_ptr<process>;

    struct slot {
        std::uint64_t generation = 0;  // the last asked for
        process_ptr running;
        process_ptr coming;              // on its way into the sandbox
        unsigned futile = 0;             // deaths in a row without having served
        std::optional<time_point> died;  // the one before, not replaced yet
        std::unique_ptr<alarm> respawn;
    };

    // Workers come and go (supervisor_workers.cpp).
    void listen();
    bool hear();  // one message of the zygote; false: there is no more
    void born(std::size_t index, zygote_report const&, packet&);
    void ready(std::size_t index);
    void exited(std::size_t index, zygote_report const&);
    void not_born(std::size_t index);
    void overdue(std::size_t index);
    void ask(std::size_t index);
    process_ptr made(birth);
    void replace(std::size_t index, bool had_served, bool had_task);
    bool worn(process const&) const;
    void retire(process&);
    void condemn(process&, std::string_view why);
    void fail_current(process&, failure);
    void give_up(std::string const& why);

    // Whose fault it was, and who pays (supervisor_blame.cpp).
    void blame(task const&, std::string_view cause);
    void blame_last(process const&, std::string_view cause);
    void blame(fingerprint const&, std::string_view origin, std::string_view cause);
    void blame_origin(std::string_view origin);
    void end_penalties();
    bool at_work_for(std::string_view origin) const;

    // Documents come and go (supervisor.cpp).
    awaitable<result<void>> acquire(task&, scope&, bool again);
    bool stand_in_line(task&, bool again);  // false: it is full
    void dispatch();                        // those waiting to those idle
    awaitable<result<visit>> converse(task&, scope&);
    awaitable<result<visit>> finish(task&, scope&);
    void assign(task&, process&);
    void post(task&, process&);
    void release(process&);  // its document is done
    void rest(process&);     // idle again, or busy with the next document, or retired
    void tidy(process&);     // gives back the memory of a large document first
    void abandon(process&);
    void let_go(task&);
    void rung(process&);
    void late(process&);

    executor ex_;
    timer_wheel& wheel_;
    zygote_link zygote_;
    workers_config settings_;
    tasks::registry registry_;
    asio::posix::basic_stream_descriptor<executor> link_;
    std::shared_ptr<supervisor*> anchor_;  // null once this is gone: for handlers still under way
    std::vector<slot> slots_;
    std::vector<process*> idle_;  // last in, first out: the warm one
    waiting_line queue_;
    fingerprint_secret secret_;
    quarantine quarantine_;
    penalties penalties_;
    alarm penalty_end_;
    bool over_ = false;  // stopped, or without a zygote
    status counts_;
    seconds_histogram replacement_times_ = make_seconds_histogram();
};

}  // namespace fetchd::worker
