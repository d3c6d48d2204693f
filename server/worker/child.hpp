// The inside of a worker: waits for a visit, does it, answers; for ever.
//
// Runs in a process of its own, forked by the zygote, with one thread and nothing open but what it was
// given. Everything it is told comes from main, which it trusts no more than it must: lengths are checked.
// Ends by a signal, or with one of the exit codes below.
#pragma once

#include <sys/types.h>

#include "base/config.hpp"
#include "worker/area.hpp"
#include "worker/descriptor.hpp"
#include "worker/sandbox.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::worker {

// Where a worker has its descriptors.
struct worker_descriptors {
    static constexpr int bell = 3;  // eventfd: main is told that this is ready, or an answer there
};

// The detail of process.failed where a document took more memory than it may.
constexpr std::string_view out_of_memory = "out of memory";

struct exit_codes {
    static constexpr int bad_request = 70;    // main sent what cannot be
    static constexpr int out_of_memory = 71;  // where no result could be made of it any more
    static constexpr int no_sandbox = 72;
};

// What a worker is given at birth.
struct birthright {
    descriptor area;
    descriptor bell;
};

[[noreturn]] void run_worker(birthright, workers_config const&, tasks::registry, sandbox&, pid_t zygote);

}  // namespace fetchd::worker
