#include "api/job_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "http/rfc3339.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view s) {
    return json::string(s.data(), s.size());
}

json::string time(jobs::unix_ms t) {
    using milliseconds = std::chrono::milliseconds;
    return text(rfc3339(std::chrono::sys_time<std::chrono::nanoseconds>(milliseconds(t)), 3));
}

json::object counts_object(jobs::job_counts const& c, jobs::scheduler::split const& now) {
    return {{"accepted", c.accepted}, {"queued", now.queued},     {"waiting", now.waiting},
            {"running", now.running}, {"succeeded", c.succeeded}, {"failed", c.failed},
            {"skipped", c.skipped},   {"cancelled", c.cancelled}, {"duplicates", c.duplicates}};
}

json::array waits_array(std::vector<jobs::window::waiting> const& waits) {
    json::array all;
    for (auto const& w : waits) {
        json::object o{{"origin", text(w.origin)}, {"why", text(w.why)}, {"items", w.items}};
        if (w.until != jobs::never)
            o["until"] = time(w.until);
        all.push_back(std::move(o));
    }
    return all;
}

}  // namespace

std::string job_json(jobs::job const& j, jobs::scheduler::split const& now,
                     std::vector<jobs::window::waiting> const& waits) {
    json::object o{{"id", text(j.id)}, {"state", text(name(j.state))}, {"created", time(j.created)}};
    if (j.ended != 0)
        o["ended"] = time(j.ended);
    o["counts"] = counts_object(j.counts, now);
    if (!waits.empty())
        o["waits"] = waits_array(waits);
    o["priority"] = j.draft.priority;
    if (j.draft.concurrency != 0)
        o["concurrency"] = j.draft.concurrency;
    if (j.draft.archive)
        o["archive"] = true;
    if (!j.draft.robots)
        o["robots"] = false;
    if (j.draft.not_before != 0)
        o["not_before"] = time(j.draft.not_before);
    if (j.draft.deadline != jobs::never)
        o["deadline"] = time(j.draft.deadline);
    json::error_code ec;
    if (!j.draft.labels.empty())
        if (auto labels = json::parse(j.draft.labels, ec); !ec)
            o["labels"] = std::move(labels);
    o["first_seq"] = j.first_seq;
    o["last_seq"] = j.last_seq;
    o["bytes"] = j.bytes;
    o["results"] = text("/v1/jobs/" + j.id + "/results");
    return json::serialize(o);
}

}  // namespace fetchd::api
