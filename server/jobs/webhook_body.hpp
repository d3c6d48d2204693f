// What a receiver of webhooks is sent: {"type": ..., "timestamp": ..., "data": ...}, as Standard Webhooks has
// it. Pure; the same event gives the same bytes at every attempt, as long as its results do.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "jobs/store.hpp"

namespace fetchd::jobs {

constexpr std::size_t max_webhook_body = std::size_t{1} << 20U;

// job.results: the facts of each result (result_fields::facts), no outputs: those are read from the job,
// after first_seq - 1. Results that would make it larger than max_webhook_body are left out, and "complete"
// is false; as it is where retention has taken some of them.
std::string results_body(event const&, std::span<stored_result const>);

// job.finished: the job as the API shows it.
std::string finished_body(event const&, std::string_view job_json);

}  // namespace fetchd::jobs
