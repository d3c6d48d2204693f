#include "jobs/webhook_body.hpp"

#include "http/rfc3339.hpp"
#include "jobs/result_fields.hpp"

namespace fetchd::jobs {
namespace {

std::string envelope(std::string_view type, event const& e) {
    std::chrono::sys_time<std::chrono::nanoseconds> const at{std::chrono::milliseconds(e.created)};
    std::string body = R"({"type":")";
    return body.append(type).append(R"(","timestamp":")").append(rfc3339(at, 3)).append(R"(","data":)");
}

}  // namespace

std::string results_body(event const& e, std::span<stored_result const> results) {
    auto const facts = result_fields::facts();
    auto body = envelope("job.results", e) + R"({"job":")" + e.job_id + R"(","first_seq":)" +
                std::to_string(e.first_seq) + R"(,"last_seq":)" + std::to_string(e.last_seq) +
                R"(,"results":[)";
    constexpr std::size_t end_bytes = 32;
    std::uint64_t taken = 0;
    for (auto const& result : results) {
        auto const line = facts.of(result.line);
        if (body.size() + line.size() + end_bytes > max_webhook_body)
            break;
        body.append(taken == 0 ? "" : ",").append(line);
        ++taken;
    }
    bool const complete = taken == e.last_seq - e.first_seq + 1;
    return body + (complete ? R"(],"complete":true}})" : R"(],"complete":false}})");
}

std::string finished_body(event const& e, std::string_view job_json) {
    return envelope("job.finished", e).append(job_json).append("}");
}

}  // namespace fetchd::jobs
