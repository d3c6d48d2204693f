#include "jobs/store.hpp"

namespace fetchd::jobs {

std::string_view name(job_state s) {
    constexpr std::string_view names[] = {"accepting",  "active",    "paused",
                                          "cancelling", "cancelled", "finished"};
    return names[static_cast<std::size_t>(s)];
}

std::string_view name(outcome o) {
    constexpr std::string_view names[] = {"succeeded", "failed", "skipped"};
    return names[static_cast<std::size_t>(o)];
}

}  // namespace fetchd::jobs
