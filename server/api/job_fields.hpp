// What is said of a job as a whole, apart from the options of its items. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.hpp"
#include "jobs/store.hpp"

namespace fetchd::api {

// Where a job's events are to be sent.
struct webhook_draft {
    std::string url;                   // serialised, http or https
    std::vector<std::string> secrets;  // "whsec_...", each checked; the first is the newest
    bool results = false;              // job.results
    bool finished = true;              // job.finished
    std::uint32_t batch = 100;         // results in one event at most
    jobs::unix_ms window = 1000;       // how long an event waits for more of them
};

struct submitted_job {
    jobs::job_draft draft;  // its owner, its options and its subscriptions are not filled in here
    std::optional<webhook_draft> webhook;
};

// Takes one member of a job: archive, priority, concurrency, deadline_ms, not_before, deduplicate, labels,
// webhook. Gives the answer to send when its value is not acceptable, or nobody knows the name.
std::optional<reply> take_job_field(std::string_view name, boost::json::value const&, jobs::unix_ms now,
                                    submitted_job& into);

// The same from the parameters of a query, without labels and webhook; each name at most once.
std::optional<reply> take_job_query(std::string_view query, jobs::unix_ms now, submitted_job& into,
                                    std::vector<std::string>& names);

}  // namespace fetchd::api
