// The store on SQLite: one file beside one folder of objects, one process, no other service.
//
// Loop thread. Four threads of its own: one writes and syncs, one reads for the API, one for the scheduler
// and the webhooks, one hashes and writes large objects; none of them is shared with anything that can be
// stuck. What is under way when this is destroyed is waited for; whoever waits for an answer then never gets
// one, so destroy it after those who use it.
#pragma once

#include "jobs/border.hpp"
#include "jobs/sqlite/database.hpp"
#include "jobs/sqlite/group_commit.hpp"

namespace fetchd::jobs {

struct sqlite_settings {
    database_settings database;
    group_commit::limits queue;
    std::size_t reads = 1024;  // waiting for a reader, and for objects to be written: each
    // An output or a body larger than this goes to a file of its own.
    std::size_t inline_bytes = std::size_t{32} << 10U;
};

// Opens the folder, makes it where it is not there, brings its tables up to date. Blocks: before the loop
// runs.
result<std::unique_ptr<store>> open_sqlite_store(executor, sqlite_settings, clocks = clocks());

}  // namespace fetchd::jobs
