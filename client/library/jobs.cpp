#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "library/asking.hpp"
#include "library/job.hpp"
#include "library/options.hpp"
#include "library/result_lines.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace json = boost::json;
namespace {

// Nothing of a job's own goes wrong in these calls: what the store says of itself is the service's word.
client_error refusal_of_job(whole_answer const& a) {
    auto e = refusal_of(a);
    if (e.what == trouble::fetch_failed)
        e.what = e.status == 503 || e.status == 507 ? trouble::overloaded : trouble::refused;
    return e;
}

answer<whole_answer> good(answer<whole_answer> a) {
    if (a && !a->good())
        return refusal_of_job(*a);
    return a;
}

answer<job> job_of_answer(answer<whole_answer> a) {
    auto whole = good(std::move(a));
    if (!whole)
        return whole.error();
    return job::parse(whole->body);
}

outgoing about(std::string method, std::string_view id, std::string_view what, transport const& service) {
    outgoing request{std::move(method), "/v1/jobs/" + transport::escaped(id), {}, {}, {}, {}};
    request.target += what;
    request.timeout = service.options().timeout;
    return request;
}

// {"job": {...}}; empty where nothing is said of the job as a whole.
std::string first_line(job_options const& o) {
    json::object all;
    json::object defaults;
    add_members(defaults, o.defaults, o.defaults.limits.timeout);
    if (!defaults.empty())
        all["defaults"] = std::move(defaults);
    if (o.priority)
        all["priority"] = *o.priority;
    if (o.concurrency)
        all["concurrency"] = *o.concurrency;
    if (o.deadline.count() > 0)
        all["deadline_ms"] = static_cast<std::int64_t>(o.deadline.count());
    if (o.deduplicate)
        all["deduplicate"] = true;
    if (o.archive)
        all["archive"] = true;
    if (!o.robots)
        all["robots"] = false;
    json::object labels;
    for (auto const& [name, value] : o.labels)
        labels[name] = value;
    if (!labels.empty())
        all["labels"] = std::move(labels);
    if (all.empty())
        return {};
    return json::serialize(json::object{{"job", std::move(all)}}) + "\n";
}

// The service counts our first line too, the caller did not write it: "line 8: ..." is the caller's line 7.
void count_without_ours(std::string& message) {
    constexpr std::string_view word = "line ";
    unsigned long long n = 0;
    if (!message.starts_with(word))
        return;
    auto const* const from = message.data() + word.size();
    auto const [at, ec] = std::from_chars(from, message.data() + message.size(), n);
    if (ec == std::errc() && n > 1)
        message.replace(word.size(), static_cast<std::size_t>(at - from), std::to_string(n - 1));
}

// Hands a good answer on as it arrives; any other is the error.
std::optional<client_error> stream(transport& service, outgoing const& request, receiver& good) {
    whole_answer refused;
    receiver to;
    to.head = [&](incoming const& head) {
        refused.head = head;
        bool const more = !refused.good() || good.head(head);
        to.complaint = good.complaint;
        return more;
    };
    to.body = [&](std::string_view bytes) {
        if (refused.good()) {
            bool const more = good.body(bytes);
            to.complaint = good.complaint;
            return more;
        }
        refused.body += bytes.substr(0, max_problem - std::min(max_problem, refused.body.size()));
        return true;
    };
    auto failed = service.exchange(request, to);
    if (!failed && !refused.good())
        failed = refusal_of_job(refused);
    return failed;
}

bool take(result_lines& lines, std::string_view bytes, receiver& of) {
    bool const more = lines.feed(bytes);
    of.complaint = lines.error();
    return more;
}

client_error cut_off(std::string const& what, transport const& service) {
    client_error e;
    e.what = trouble::no_answer;
    e.message = "the " + what + " of fetchd at " + service.shown_base() + " was cut off";
    e.retryable = true;
    return e;
}

// Without chunks or a length (RFC 9112 §6.3), a file that was cut looks like one that is whole.
std::optional<client_error> not_an_export(incoming const& head) {
    client_error e;
    e.what = trouble::broken_answer;
    if (head.find("fetchd-job-state").empty())
        e.message = "the service's answer is not an export of a job";
    else if (head.find("transfer-encoding").empty() && head.find("content-length").empty())
        e.message = "the service's answer does not say where it ends: a proxy between may speak HTTP/1.0";
    return e.message.empty() ? std::nullopt : std::optional(e);
}

}  // namespace

answer<job> client::submit(job_submission const& s) {
    auto ours = first_line(s.options);
    bool const counted = !ours.empty();
    outgoing request;  // without a timeout: a stream may take as long as it moves
    request.method = "POST";
    request.target = "/v1/jobs";
    request.headers.emplace_back("Content-Type", "application/x-ndjson");
    if (!s.idempotency_key.empty())
        request.headers.emplace_back("Idempotency-Key", s.idempotency_key);
    request.stream = [&](char* to, std::size_t room) -> std::optional<std::size_t> {
        if (ours.empty())
            return s.read ? s.read(to, room) : 0;
        auto const n = ours.copy(to, room);
        ours.erase(0, n);
        return n;
    };
    auto made = job_of_answer(ask(state_->service, request));
    if (made || !counted)
        return made;
    auto e = made.error();
    count_without_ours(e.message);
    return e;
}

answer<job> client::find_job(std::string_view id) {
    return job_of_answer(ask(state_->service, about("GET", id, "", state_->service)));
}
answer<job> client::cancel_job(std::string_view id) {
    return job_of_answer(ask(state_->service, about("DELETE", id, "", state_->service)));
}
answer<job> client::pause_job(std::string_view id) {
    return job_of_answer(ask(state_->service, about("POST", id, "/pause", state_->service)));
}
answer<job> client::resume_job(std::string_view id) {
    return job_of_answer(ask(state_->service, about("POST", id, "/resume", state_->service)));
}

answer<job_page> client::list_jobs(unsigned limit, std::string_view after, std::string_view in_state) {
    outgoing request;
    request.target = "/v1/jobs?limit=" + std::to_string(limit);
    if (!after.empty())
        request.target += "&after=" + transport::escaped(after);
    if (!in_state.empty())
        request.target += "&state=" + transport::escaped(in_state);
    request.timeout = state_->service.options().timeout;
    auto const whole = good(ask(state_->service, request));
    if (!whole)
        return whole.error();
    std::string problem;
    auto const value = parse_json(whole->body, problem);
    auto const* o = value.if_object();
    if (!problem.empty() || !o)
        return not_a_job(problem.empty() ? "it is not a JSON object" : problem);
    job_page page;
    fields f(*o, "", problem);
    f.take("next", page.next);
    auto const* list = f.array("jobs");
    if (!list && problem.empty())
        problem = "the field \"jobs\" is missing";
    for (std::size_t i = 0; problem.empty() && i < list->size(); ++i)
        if (auto const* one = (*list)[i].if_object())
            page.jobs.push_back(job_in(*one, problem));
    if (!problem.empty())
        return not_a_job(problem);
    return page;
}

answer<results_end> client::results(results_request const& r, result_sink const& sink) {
    auto request = about("GET", r.id, "/results?after=" + std::to_string(r.after), state_->service);
    request.timeout = std::chrono::milliseconds(0);  // a stream may take as long as it moves
    if (r.limit)
        request.target += "&limit=" + std::to_string(*r.limit);
    if (r.follow)
        request.target += "&follow=1";
    if (!r.outcomes.empty())
        request.target += "&outcome=" + transport::escaped(r.outcomes);
    request.headers.emplace_back("Accept", "application/x-ndjson");

    result_lines lines(sink, state_->service.options().max_answer);
    receiver to;
    to.head = [](incoming const&) { return true; };
    to.body = [&](std::string_view bytes) { return take(lines, bytes, to); };
    if (auto failed = stream(state_->service, request, to))
        return *failed;
    if (!lines.end())
        return cut_off("stream of results", state_->service);
    return *lines.end();
}

answer<export_head> client::export_job(export_request const& r, export_sink const& sink) {
    auto request = about("GET", r.id, "/export?format=" + transport::escaped(r.format), state_->service);
    request.timeout = std::chrono::milliseconds(0);  // a stream may take as long as it moves
    if (!r.outcomes.empty())
        request.target += "&outcome=" + transport::escaped(r.outcomes);
    if (!r.fields.empty())
        request.target += "&fields=" + transport::escaped(r.fields);
    if (!r.formulas.empty())
        request.target += "&formulas=" + transport::escaped(r.formulas);

    export_head head;
    result_sink const nobody;
    result_lines lines(nobody, state_->service.options().max_answer);
    bool const has_end = r.format == "ndjson";  // the other formats have the framing of HTTP alone
    receiver to;
    to.head = [&](incoming const& in) {
        head = {std::string(in.find("fetchd-job-state")), std::string(in.find("content-type"))};
        to.complaint = not_an_export(in);
        return !to.complaint && (!sink.head || sink.head(head));
    };
    to.body = [&](std::string_view bytes) {
        return (!has_end || take(lines, bytes, to)) && (!sink.body || sink.body(bytes));
    };
    if (auto failed = stream(state_->service, request, to))
        return *failed;
    if (has_end && !lines.end())
        return cut_off("export", state_->service);
    return head;
}

}  // namespace client_v1
}  // namespace fetchd
