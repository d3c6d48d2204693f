#include "fetchd/job.hpp"

#include <boost/json/serialize.hpp>
#include <random>

#include "library/job.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace json = boost::json;
namespace {

void take_counts(fields& from, job_counts& to, std::string& problem) {
    auto const* o = from.object("counts");
    if (!o)
        return;
    fields f(*o, from.path("counts"), problem);
    f.take("accepted", to.accepted);
    f.take("queued", to.queued);
    f.take("waiting", to.waiting);
    f.take("running", to.running);
    f.take("succeeded", to.succeeded);
    f.take("failed", to.failed);
    f.take("skipped", to.skipped);
    f.take("cancelled", to.cancelled);
    f.take("duplicates", to.duplicates);
}

void take_waits(fields& from, std::vector<job_wait>& to, std::string& problem) {
    each_object(from, "waits", problem, [&to](fields& f, json::object const&) {
        auto& w = to.emplace_back();
        f.take("origin", w.origin);
        f.take("why", w.why);
        f.take("until", w.until);
        f.take("items", w.items);
    });
}

}  // namespace

client_error not_a_job(std::string const& why) {
    client_error e;
    e.what = trouble::broken_answer;
    e.message = "the service's answer is not a job: " + why;
    return e;
}

job job_in(json::object const& o, std::string& problem) {
    job j;
    fields f(o, "", problem);
    f.take("id", j.id);
    f.take("state", j.state);
    f.take("created", j.created);
    f.take("ended", j.ended);
    take_counts(f, j.counts, problem);
    take_waits(f, j.waits, problem);
    f.take("first_seq", j.first_seq);
    f.take("last_seq", j.last_seq);
    f.take("bytes", j.bytes);
    if (auto const* labels = f.object("labels"))
        for (auto const& [name, value] : *labels)
            if (auto const* text = value.if_string())
                j.labels.emplace_back(name, *text);
    if (problem.empty() && (j.id.empty() || j.state.empty()))
        problem = std::string("the field \"") + (j.id.empty() ? "id" : "state") + "\" is missing";
    j.json = json::serialize(o);
    return j;
}

answer<job> job::parse(std::string_view text) {
    std::string problem;
    auto const value = parse_json(text, problem);
    if (!problem.empty())
        return not_a_job(problem);
    auto const* o = value.if_object();
    if (!o)
        return not_a_job("it is not a JSON object");
    auto j = job_in(*o, problem);
    if (!problem.empty())
        return not_a_job(problem);
    j.json = on_one_line(text);
    return j;
}

std::string new_idempotency_key() {
    constexpr char digits[] = "0123456789abcdef";
    std::random_device random;
    std::string key;
    while (key.size() < 32) {
        unsigned bits = random();
        for (int i = 0; i < 8; ++i, bits >>= 4U)
            key += digits[bits & 15U];
    }
    return key;
}

job_submission job_of(std::vector<std::string> urls, job_options options) {
    job_submission s{std::move(options), {}, new_idempotency_key()};
    s.read = [urls = std::move(urls), next = std::size_t(0), line = std::string()](
                 char* to, std::size_t room) mutable -> std::optional<std::size_t> {
        while (line.size() < room && next < urls.size())
            line += json::serialize(json::string(urls[next++])) + "\n";
        auto const n = line.copy(to, room);
        line.erase(0, n);
        return n;
    };
    return s;
}

}  // namespace client_v1
}  // namespace fetchd
