// GET /v1/jobs, GET and DELETE /v1/jobs/{id}, POST /v1/jobs/{id}/pause and /resume.
//
// A job's id is unguessable, and whoever has it may see and steer the job; the list shows a caller its own.
// Loop thread only.
#pragma once

#include "api/call.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/store.hpp"

namespace fetchd::api {

class job_handler {
  public:
    static constexpr std::uint32_t max_page = 1'000;
    static constexpr std::size_t waits_shown = 10;

    job_handler(jobs::store& s, jobs::scheduler& r) : store_(s), scheduler_(r) {}

    awaitable<void> list(call&);
    awaitable<void> show_or_cancel(call&);
    awaitable<void> pause(call&);
    awaitable<void> resume(call&);

  private:
    using steer = awaitable<result<jobs::job>> (jobs::scheduler::*)(jobs::job_key);
    awaitable<void> change(call&, steer);

    jobs::store& store_;
    jobs::scheduler& scheduler_;
};

}  // namespace fetchd::api
