// Where jobs live so that none is lost: the one interface behind which a database stands.
//
// Plain values in, plain values out; nothing here says how they are kept. Every awaitable method is called on
// the loop thread and resumes there; what it reports has been committed to disk: an answer that was given
// survives kill -9 and a loss of power. Calls that come together share one commit.
//
// Failures, stage `store`: overloaded (too many calls or bytes wait for the disk), too_large (the disk is
// full, or less room is left than is kept free), failed (an I/O error), not_found (no such job), refused (an
// idempotency key that came with another body), corrupt (what is stored is damaged).
// A call that failed has changed nothing, and may be made again; the store recovers by itself.
//
// Always: pending + succeeded + failed + skipped + cancelled == accepted, and results of a job are numbered
// 1, 2, 3... in the order of their commits: who has read up to seq N misses nothing by reading after N.
// Times are milliseconds of the system clock since 1970, except where a steady time_point is taken.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/histogram.hpp"
#include "loop/types.hpp"

namespace fetchd::jobs {

using unix_ms = std::int64_t;
using job_key = std::int64_t;      // inside the process; never shown
using lane_key = std::int64_t;     // the items of one job for one origin
using item_number = std::int64_t;  // from 1, in the order in which the items were added

constexpr unix_ms never = INT64_MAX;
constexpr lane_key before_all_lanes = INT64_MIN;  // where a listing of lanes begins

enum class job_state : unsigned char {
    accepting,   // begun, not committed: seen by nobody, gone after a restart
    active,      // has items to run
    paused,      // has items, runs none
    cancelling,  // its pending items are being deleted
    cancelled,
    finished,  // every item has its result
};
std::string_view name(job_state);
constexpr bool has_ended(job_state s) {
    return s == job_state::cancelled || s == job_state::finished;
}

enum class outcome : unsigned char { succeeded, failed, skipped };
std::string_view name(outcome);

// Who is to be told of what happens to a job, by rows of the outbox written with the results themselves.
struct subscription {
    std::string endpoint;     // the name of a receiver; opaque
    bool items = false;       // an event for results, several in one
    bool finished = false;    // an event when the job has ended
    std::uint32_t batch = 1;  // at most so many results in one event
    unix_ms window = 0;       // an event that is not full is due this long after its first result
};

struct job_draft {
    std::string owner;              // the API key's name
    int priority = 0;               // higher goes first
    std::uint32_t concurrency = 0;  // items in flight at most; 0: as many as the service gives
    unix_ms not_before = 0;
    unix_ms deadline = never;
    bool robots = true;        // robots.txt is obeyed
    bool archive = false;      // the bodies of answers are kept with the results
    bool deduplicate = false;  // of several items with one URL (without its fragment) the first is kept
    std::string options;       // JSON: what all items have in common; opaque
    std::string labels;        // JSON; opaque
    std::vector<subscription> subscriptions;
};

struct item_draft {
    std::string url;      // serialised
    std::string origin;   // "https://example.org": names the item's lane
    std::string options;  // JSON, empty for the job's own; opaque
};

struct added {
    std::uint64_t items = 0;
    std::uint64_t duplicates = 0;
};

struct job_counts {
    std::uint64_t accepted = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t duplicates = 0;  // left out while adding: not among the accepted

    std::uint64_t pending() const { return accepted - succeeded - failed - skipped - cancelled; }
};

struct job {
    job_key key = 0;
    std::string id;  // public and unguessable: "j-" and 32 hexadecimal digits
    job_state state = job_state::accepting;
    job_draft draft;
    job_counts counts;
    unix_ms created = 0;  // when it was committed
    unix_ms ended = 0;    // 0: not yet
    std::uint64_t last_seq = 0;
    std::uint64_t first_seq = 1;  // results before it have been deleted by retention
    std::uint64_t bytes = 0;      // of its results
};

// A client's own name for a submission (Idempotency-Key).
struct idempotency {
    std::string key;          // empty: none
    std::string fingerprint;  // of the request's body
    unix_ms expires = never;
};

struct first_answer {
    std::string fingerprint;
    std::string job_id;
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
};

struct committed {
    jobs::job job;
    bool replayed = false;  // the key was used before with the same body: this is the job it made then
};

// Where a listing goes on; the first page is after "".
struct job_page {
    std::vector<job> jobs;            // the newest first
    std::optional<std::string> next;  // nothing at the end
};

struct lane {
    lane_key key = 0;
    std::string origin;
    unix_ms ready_at = 0;
};

struct lane_page {
    std::vector<lane> ready;       // ready_at <= now, by key
    std::optional<lane_key> next;  // where to go on; nothing at the end
    unix_ms soonest = never;       // the least ready_at of the lanes passed over
};

struct lease_want {
    job_key job = 0;
    lane_key lane = 0;
    std::uint32_t count = 1;
};

struct item_ref {
    job_key job = 0;
    lane_key lane = 0;
    item_number n = 0;
};

struct leased_item {
    item_ref ref;
    std::string url;
    std::string options;
    std::uint32_t attempts = 0;  // leases of it before this one, in this process
};

// The end of one item. Its line is {"seq":S,<head>[,"output":<output>][,<tail>]}: head and tail are members
// of a JSON object without braces ("\"id\":1,\"status\":200"), output is one JSON value. None is looked into.
struct settlement {
    item_ref ref;
    jobs::outcome outcome = outcome::succeeded;
    std::string head;
    std::string output;               // empty: none
    std::string tail;                 // empty: none
    std::optional<std::string> body;  // the origin's bytes, to be kept for an export
};

struct stored_result {
    std::uint64_t seq = 0;
    item_number n = 0;
    jobs::outcome outcome = outcome::succeeded;
    unix_ms at = 0;
    std::string line;                 // without a newline
    std::optional<std::string> body;  // where asked for and kept
    // The output or the body on disk is not what was stored. It is left out, and the line has
    // "error":{"stage":"store","code":"corrupt",...} in its place.
    bool damaged = false;
};

struct read_want {
    job_key job = 0;
    std::uint64_t after = 0;
    std::uint32_t limit = 100;                      // at most 10,000
    std::size_t max_bytes = std::size_t{1} << 20U;  // of lines and bodies; one result always goes
    unsigned outcomes = 7;                          // 1 << outcome, or'ed
    bool bodies = false;
};

struct result_page {
    std::vector<stored_result> results;
    std::uint64_t next = 0;  // read on after this one: moves on past what is left out or not kept any more
    std::uint64_t first_seq = 1;  // of the job, at that moment: what lies between `after` and it is gone
    bool at_end = true;           // there was nothing more when it was read

    bool has_gap(std::uint64_t after) const { return after + 1 < first_seq; }
};

// A small opaque text kept by key: what politeness knows of an origin, a receiver of webhooks.
struct record {
    std::string key;  // "origin/https://example.org"
    std::string value;
    unix_ms expires = never;
};

struct record_page {
    std::vector<record> records;      // by key
    std::optional<std::string> next;  // nothing at the end
};

enum class event_kind : unsigned char { results, finished };
enum class event_state : unsigned char { pending, delivered, dead };

struct event {
    std::int64_t key = 0;
    std::string id;  // the same at every attempt: "evt_" and 32 hexadecimal digits
    std::string endpoint;
    event_kind kind = event_kind::results;
    job_key job = 0;
    std::string job_id;
    std::uint64_t first_seq = 0;  // results: both ends included
    std::uint64_t last_seq = 0;
    unix_ms created = 0;
    unix_ms due = 0;
    std::uint32_t attempts = 0;
    event_state state = event_state::pending;
    std::string note;  // why the last attempt failed
};

// What became of an event: state delivered or dead; or pending again, with the time of the next attempt.
// A dead one is replayed by marking it pending with attempts 0.
struct event_mark {
    std::int64_t key = 0;
    event_state state = event_state::delivered;
    unix_ms due = 0;
    std::uint32_t attempts = 0;
    std::string note;
};

struct retention {
    unix_ms age = never;  // of ended jobs without pending events, since they ended: they go wholly
    std::uint64_t bytes = UINT64_MAX;  // of results in all: those of the oldest ended jobs go first
};

struct swept {
    std::uint64_t jobs = 0;
    std::uint64_t results = 0;
    std::uint64_t objects = 0;  // files nothing referred to: what a crash left behind
    bool more = false;          // call again: one call deletes a bounded slice
};

struct store_numbers {
    std::uint64_t commits = 0;
    std::uint64_t rows = 0;  // items, results and changes committed
    std::uint64_t failed_commits = 0;
    std::uint64_t overloaded = 0;    // calls refused because the queue was full
    std::uint64_t refused_full = 0;  // calls refused or failed for want of room
    std::size_t queued = 0;          // calls waiting for the writer
    std::size_t queued_bytes = 0;
    std::size_t leased = 0;  // items leased or held back
    std::uint64_t pending_items = 0;
    std::uint64_t result_bytes = 0;
    std::uint64_t damaged = 0;  // results found damaged while reading
    seconds_histogram commit_seconds = make_seconds_histogram();
    histogram<8> rows_per_commit{{1, 3, 10, 30, 100, 300, 1000, 10'000}};
};

// Ends when destroyed.
class watch {
  public:
    virtual ~watch() = default;
};

class store {
  public:
    static constexpr std::size_t max_batch_items = 10'000;  // in one add, lease, give_back or settle

    virtual ~store() = default;

    // Accepting. Nothing of a job is seen or run before commit(); what was begun and not committed is gone
    // after a restart or a day. add() takes at most max_batch_items and may be called any number of times.
    virtual awaitable<result<job_key>> begin(job_draft) = 0;
    virtual awaitable<result<added>> add(job_key, std::vector<item_draft>) = 0;
    virtual awaitable<result<committed>> commit(job_key, idempotency) = 0;
    virtual awaitable<result<void>> abandon(job_key) = 0;
    virtual awaitable<result<std::optional<first_answer>>> find_answer(std::string owner,
                                                                       std::string key) = 0;

    // Looking.
    virtual awaitable<result<job>> find(std::string id) = 0;
    virtual awaitable<result<job>> find(job_key) = 0;
    // owner "": everybody's.
    virtual awaitable<result<job_page>> list(std::string owner, std::string after, std::uint32_t limit,
                                             std::optional<job_state>) = 0;
    // Everything there is to run or to go on with, oldest first, at most `limit` after this key: for the
    // start.
    virtual awaitable<result<std::vector<job>>> unfinished(job_key after, std::uint32_t limit) = 0;

    // Steering: the job as it is then; one that has ended stays as it is. cancel() answers once no item can
    // be leased any more; its pending items are then deleted slice by slice, also after a restart, and the
    // watchers are told when it is `cancelled`. An item in flight may still be settled until its turn comes.
    virtual awaitable<result<job>> pause(job_key) = 0;
    virtual awaitable<result<job>> resume(job_key) = 0;
    virtual awaitable<result<job>> cancel(job_key) = 0;

    // Running. A lane is there as long as it has pending items, leased ones included.
    virtual awaitable<result<lane_page>> lanes(job_key, lane_key after, std::uint32_t limit, unix_ms now) = 0;
    virtual awaitable<result<void>> put_off(job_key, lane_key, unix_ms ready_at) = 0;
    // Items in their order; fewer than wanted, or none, where there are no more. A lease that has not been
    // settled or given back at `until` may be leased again. Leases live in memory, at most `max_leases`.
    virtual awaitable<result<std::vector<leased_item>>> lease(std::vector<lease_want>, time_point now,
                                                              time_point until) = 0;
    // Not before `ready_at` will they be leased again (until a restart, after which they are as new). At
    // once.
    virtual void give_back(std::vector<item_ref> const&, time_point ready_at) = 0;
    // One seq a settlement; 0 where the item was settled or cancelled before: nothing was stored then.
    virtual awaitable<result<std::vector<std::uint64_t>>> settle(std::vector<settlement>) = 0;

    // Reading.
    virtual awaitable<result<result_page>> read(read_want) = 0;
    // told(): on the loop, after a commit that brought results of this job or changed its state. May come
    // without either; must not destroy its own watch.
    virtual std::unique_ptr<watch> watch_job(job_key, std::function<void()> told) = 0;

    // Records by key.
    virtual awaitable<result<void>> put(record) = 0;
    virtual awaitable<result<void>> put(std::vector<record>) = 0;
    virtual awaitable<result<std::optional<record>>> get(std::string key, unix_ms now) = 0;
    virtual awaitable<result<void>> erase(std::string key) = 0;
    virtual awaitable<result<record_page>> records(std::string prefix, std::string after, std::uint32_t limit,
                                                   unix_ms now) = 0;

    // The outbox: events that are due, oldest first, and when the next pending one will be. They are handed
    // out again until they are marked: mark an event pending with a later time to take it.
    struct due_events {
        std::vector<event> events;
        unix_ms soonest = never;
    };
    virtual awaitable<result<due_events>> due(unix_ms now, std::uint32_t limit) = 0;
    virtual awaitable<result<void>> mark(std::vector<event_mark>) = 0;
    // What was put off of these endpoints' pending events is due now. Those that may still grow are not.
    virtual awaitable<result<void>> hasten(std::vector<std::string> endpoints, unix_ms now) = 0;
    virtual awaitable<result<std::vector<event>>> events(std::string endpoint, event_state,
                                                         std::int64_t after, std::uint32_t limit) = 0;
    // told(): after a commit that wrote events.
    virtual std::unique_ptr<watch> watch_outbox(std::function<void()> told) = 0;

    // Housekeeping: one bounded slice; call it now and then, and again at once while there is more.
    virtual awaitable<result<swept>> sweep(retention) = 0;

    // Ends what works beside the loop, which is about to be taken down: what waits is never answered.
    virtual void close() {}

    virtual store_numbers count() const = 0;
};

}  // namespace fetchd::jobs
