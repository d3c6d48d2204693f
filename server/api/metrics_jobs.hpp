// What jobs count, for the page of metrics. Plain values.
#pragma once

#include "fetch/politeness.hpp"
#include "fetch/robots_rules.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/store.hpp"
#include "jobs/webhooks.hpp"

namespace fetchd::api {

struct jobs_numbers {
    jobs::store_numbers store;
    jobs::scheduler::numbers scheduler;
    politeness::numbers polite;
    robots_rules::numbers robots;
    jobs::webhooks::numbers webhooks;
};

}  // namespace fetchd::api
