// A job as the API shows it (docs/jobs.md). Pure.
#pragma once

#include <string>

#include "jobs/scheduler.hpp"
#include "jobs/store.hpp"

namespace fetchd::api {

// One JSON object. Its counts add up: queued + waiting + running + succeeded + failed + skipped + cancelled
// == accepted. waits: what holds it up, where that is to be told.
std::string job_json(jobs::job const&, jobs::scheduler::split const&,
                     std::vector<jobs::window::waiting> const& waits = {});

}  // namespace fetchd::api
