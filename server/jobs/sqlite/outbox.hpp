// Events for the receivers of webhooks, as rows written with what they tell of.
//
// An event of results covers a range of sequence numbers and grows until it is full, due, or handed out; from
// then on it is closed and stays as it is, because a receiver may have seen it. Blocking, inside a
// transaction of the writer; throws sql_error.
#pragma once

#include "jobs/sqlite/rows.hpp"

namespace fetchd::jobs {

class outbox {
  public:
    outbox(connection& db, effects& e) : db_(db), effects_(e) {}

    // `job` with its subscriptions. Results first to last have just been appended.
    void results(job const&, std::uint64_t first, std::uint64_t last, moment);
    void job_ended(job const&, moment);

    store::due_events due(unix_ms now, std::uint32_t limit);  // closes what it hands out
    void mark(std::span<event_mark const>);
    void hasten(std::span<std::string const> endpoints, unix_ms now);
    // Nothing waits longer than any schedule says: it was written by a clock that was ahead.
    void bound_waits(unix_ms now);

  private:
    void append(job const&, subscription const&, std::uint64_t first, std::uint64_t last, moment);
    std::uint64_t extend(job const&, subscription const&, std::uint64_t first, std::uint64_t last,
                         unix_ms now);
    void insert(job const&, subscription const&, event_kind, std::uint64_t first, std::uint64_t last, moment,
                bool closed);

    connection& db_;
    effects& effects_;
};

// Rows of: key, id, endpoint, kind, job, job_id, first_seq, last_seq, created, due, attempts, state, note.
event event_of(query const&);

}  // namespace fetchd::jobs
