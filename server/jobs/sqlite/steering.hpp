// Pausing, resuming and cancelling; and deleting in slices what is no longer wanted.
//
// A slice is small enough that nobody waits long behind it. What is to be deleted is marked in its job's row
// (`dirty`), so it goes on after a restart. Blocking, inside a transaction of the writer; throws sql_error.
#pragma once

#include "jobs/sqlite/objects.hpp"
#include "jobs/sqlite/rows.hpp"

namespace fetchd::jobs {

class steering {
  public:
    static constexpr std::int64_t slice_rows = 2000;

    steering(connection& db, effects& e) : db_(db), effects_(e) {}

    // To active, paused or cancelling, where that is possible; otherwise the job stays as it is.
    result<job> change(job_key, job_state wanted);
    void put_off(job_key, lane_key, unix_ms ready_at);

    // At the start: jobs that were begun and never committed.
    void doom_unfinished_drafts();

    struct cleaned {
        bool more = false;
        std::uint64_t results = 0;
        std::uint64_t jobs = 0;
    };
    // One slice of one job.
    cleaned clean(moment);
    // One slice of what retention no longer wants; more: there is more to delete, or to clean().
    cleaned retire(retention const&, std::uint64_t result_bytes, moment);

  private:
    bool delete_items(job_row&, moment);
    bool delete_results(job_row&, cleaned&);
    std::int64_t delete_slice(char const* statement, job_key);
    void release(std::string_view hash);

    connection& db_;
    effects& effects_;
};

}  // namespace fetchd::jobs
