#include "api/explain.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace fetchd::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view s) {
    return json::string(s.data(), s.size());
}

json::object url_object(url const& u) {
    return {{"href", text(u.without_credentials().href())},
            {"scheme", text(u.scheme())},
            {"host", text(u.host())},
            {"port", u.effective_port()},
            {"request_target", text(u.request_target())},
            {"origin", text(u.origin())}};
}

json::array address_array(std::vector<judged_address> const& all) {
    json::array list;
    for (auto const& a : all)
        list.push_back(json::object{
            {"address", text(a.address.text())}, {"allowed", a.allowed}, {"rule", text(a.rule)}});
    return list;
}

json::object limits_object(asked const& wanted, fetch_config const& settings) {
    return {{"timeout_ms", wanted.timeout.count()},
            {"max_redirects", wanted.fetch->max_redirects},
            {"max_bytes", wanted.fetch->max_bytes},
            {"max_decoded", settings.max_decoded}};
}

// Why the fetch would not get as far as a connection; nothing when it would.
std::optional<failure> obstacle(result<std::vector<judged_address>> const& judged) {
    if (!judged)
        return judged.error();
    for (auto const& a : *judged)
        if (a.allowed)
            return {};
    auto const& first = judged->front();  // a name that resolves has an address
    return failure(stage::egress, first.why, first.rule);
}

reply explanation(asked const& wanted, result<std::vector<judged_address>> const& judged,
                  clock::duration took, fetcher const& fetches) {
    auto const stopped = obstacle(judged);
    json::object o;
    o["would"] = stopped ? "fail" : "fetch";
    o["method"] = text(wanted.fetch->out.method);
    o["url"] = url_object(wanted.fetch->target);
    o["addresses"] = judged ? address_array(*judged) : json::array();
    o["dns_us"] = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    o["limits"] = limits_object(wanted, fetches.settings());
    if (stopped)
        o["error"] = json::object{{"stage", text(name(stopped->where))},
                                  {"code", text(name(stopped->what))},
                                  {"message", text(stopped->message())},
                                  {"retryable", stopped->retryable()}};
    reply answer;
    answer.body = json::serialize(o) + "\n";
    return answer;
}

}  // namespace

awaitable<void> explain_handler::explain(call& c) {
    auto const body = co_await c.read_body(settings_.max_json, clock::now() + settings_.head_timeout);
    asked wanted;
    std::optional<reply> refused;
    if (!body)
        refused = problem(body.error().status, body.error().why);
    else
        refused = read_fetch_body(*body, {fetcher_.settings(), fetcher_.limits(), tasks_}, wanted);
    if (refused) {
        co_await c.send(*refused);
        co_return;
    }
    auto const began = clock::now();
    scope life(wheel_, began + wanted.timeout);
    auto const& target = wanted.fetch->target;
    auto const judged = co_await out_.judge(target.host(), target.effective_port(), wanted.fetch->out, life);
    auto const answer = explanation(wanted, judged, clock::now() - began, fetcher_);
    co_await c.send(answer);
}

}  // namespace fetchd::api
