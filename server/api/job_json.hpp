// A job as the API shows it (docs/jobs.md). Pure.
#pragma once

#include <string>

#include "jobs/scheduler.hpp"
#include "jobs/store.hpp"

namespace fetchd::api {

// One JSON object. Its counts add up: queued + waiting + running + succeeded + failed + skipped + cancelled
// == accepted.
std::string job_json(jobs::job const&, jobs::scheduler::split const&);

}  // namespace fetchd::api
