// Jobs as rows, for the writer and the reader alike. Blocking; throws sql_error.
#pragma once

#include <algorithm>
#include <span>

#include "jobs/sqlite/connection.hpp"
#include "jobs/sqlite/objects.hpp"
#include "jobs/store.hpp"

namespace fetchd::jobs {

// What the column `state` holds beyond job_state: a job that nobody sees any more, on its way out.
constexpr int doomed = 6;
// States that are seen: everything but accepting and doomed.
constexpr bool is_seen(std::int64_t state) {
    return state > static_cast<int>(job_state::accepting) && state < doomed;
}

constexpr std::int64_t as_number(job_state s) {
    return static_cast<std::int64_t>(s);
}

// One row of `SELECT * FROM jobs`, whose columns only ever grow at the end.
struct job_row {
    jobs::job job;  // without its subscriptions
    std::int64_t state = 0;
    std::uint64_t queued = 0;  // items that are in the queue, of those accepted
    bool dirty = false;
    bool subscribed = false;

    job_row() = default;
    explicit job_row(query const&);
};

// The row with this key, whatever its state.
std::optional<job_row> row_of(connection&, job_key);
std::vector<subscription> subscriptions_of(connection&, job_key);
// A job that may be seen, complete.
std::optional<job> seen_job(connection&, job_key);

failure no_such_job();

// When something happens, by two clocks: stamps are the system clock's, which may step, and what waits is due
// by the store's own, which goes on evenly while the process lives.
struct moment {
    unix_ms stamp = 0;
    unix_ms even = 0;

    // What ends before it has ended by both: a clock that steps ahead for a while deletes nothing.
    unix_ms surely() const { return std::min(stamp, even); }
};

// What a transaction did besides its rows; acted on once it is committed, forgotten when it is rolled back.
struct effects {
    std::vector<job_key> touched;  // their watchers are told
    bool events = false;           // the outbox has something new
    std::int64_t pending = 0;      // items more than before
    std::int64_t bytes = 0;        // of results, more than before
    std::uint64_t rows = 0;
    std::vector<object_hash> unused;  // nothing refers to them any more
};

// "j-" or "evt_" and 32 hexadecimal digits that cannot be guessed.
std::string new_name(std::string_view prefix);

// Detects what changed on the disk underneath a row: over all parts, their lengths included.
std::int64_t sum_of(std::span<std::string_view const> parts);

}  // namespace fetchd::jobs
