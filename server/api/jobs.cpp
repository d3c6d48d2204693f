#include "api/jobs.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <charconv>

#include "api/admission.hpp"
#include "api/job_json.hpp"
#include "api/problem.hpp"
#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

struct listing {
    std::string after;
    std::uint32_t limit = 100;
    std::optional<jobs::job_state> state;
};

std::optional<jobs::job_state> state_named(std::string_view text) {
    using state = jobs::job_state;
    for (auto const s : {state::active, state::paused, state::cancelling, state::cancelled, state::finished})
        if (name(s) == text)
            return s;
    return {};
}

std::optional<reply> read_listing(std::string_view query, listing& into) {
    auto const pairs = parse_query(query);
    if (!pairs)
        return problem(pairs.error());
    for (auto const& [key, value] : *pairs) {
        if (key == "after") {
            into.after = value;
        } else if (key == "limit") {
            auto const* const end = value.data() + value.size();
            auto const [at, ec] = std::from_chars(value.data(), end, into.limit);
            if (ec != std::errc{} || at != end || into.limit < 1 || into.limit > job_handler::max_page)
                return problem(400, "limit: want 1.." + std::to_string(job_handler::max_page));
        } else if (key == "state") {
            into.state = state_named(value);
            if (!into.state)
                return problem(400, "state: want active, paused, cancelling, cancelled or finished");
        } else {
            return problem(400, "unknown parameter \"" + key + "\"; known are after, limit, state");
        }
    }
    return {};
}

}  // namespace

awaitable<void> job_handler::list(call& c) {
    listing want;
    auto refused = read_listing(c.head.query, want);
    reply answer;
    if (!refused) {
        auto const page = co_await store_.list(caller_of(c), want.after, want.limit, want.state);
        if (page) {
            answer.body = "{\"jobs\":[";
            for (auto const& job : page->jobs)
                answer.body.append(answer.body.back() == '[' ? "" : ",")
                    .append(job_json(job, scheduler_.parts(job.key, job.counts)));
            answer.body += "]";
            if (page->next)
                answer.body += ",\"next\":" + boost::json::serialize(boost::json::string(*page->next));
            answer.body += "}\n";
        } else {
            refused = problem(page.error());
        }
    }
    if (refused)
        answer = std::move(*refused);
    co_await c.send(answer);
}

awaitable<void> job_handler::show_or_cancel(call& c) {
    if (c.head.method == "DELETE") {
        co_await change(c, &jobs::scheduler::cancel);
        co_return;
    }
    auto const job = co_await store_.find(c.parameter);
    reply answer;
    if (job)
        answer.body =
            job_json(*job, scheduler_.parts(job->key, job->counts), scheduler_.waits(job->key, waits_shown)) +
            "\n";
    else
        answer = problem(job.error());
    co_await c.send(answer);
}

awaitable<void> job_handler::pause(call& c) {
    co_await change(c, &jobs::scheduler::pause);
}

awaitable<void> job_handler::resume(call& c) {
    co_await change(c, &jobs::scheduler::resume);
}

awaitable<void> job_handler::change(call& c, steer how) {
    auto job = co_await store_.find(c.parameter);
    if (job)
        job = co_await (scheduler_.*how)(job->key);
    reply answer;
    if (job)
        answer.body = job_json(*job, scheduler_.parts(job->key, job->counts)) + "\n";
    else
        answer = problem(job.error());
    co_await c.send(answer);
}

}  // namespace fetchd::api
