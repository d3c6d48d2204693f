#include "api/explain.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/request_fields.hpp"
#include "http/retry.hpp"
#include "http/url_query.hpp"
#include "net/request_text.hpp"

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

json::array address_array(result<std::vector<judged_address>> const& all) {
    json::array list;
    if (all)
        for (auto const& a : *all)
            list.push_back(json::object{
                {"address", text(a.address.text())}, {"allowed", a.allowed}, {"rule", text(a.rule)}});
    return list;
}

json::object limits_object(asked const& wanted, fetch_config const& settings) {
    auto const& phases = wanted.fetch->out.limits;
    return {{"timeout_ms", wanted.timeout.count()},
            {"dns_timeout_ms", phases.dns.count()},
            {"connect_timeout_ms", phases.connect.count()},
            {"tls_timeout_ms", phases.tls.count()},
            {"first_byte_timeout_ms", phases.first_byte.count()},
            {"body_idle_timeout_ms", phases.idle.count()},
            {"min_speed", phases.min_speed},
            {"max_bytes", wanted.fetch->max_bytes},
            {"max_decoded", settings.max_decoded}};
}

json::object retries_object(fetch_request const& request) {
    return {{"most", request.retry.most},
            {"idempotent", idempotent(request.out.method)},
            {"backoff_base_ms", request.retry.base.count()},
            {"backoff_max_ms", request.retry.cap.count()}};
}

// Answers are kept and passed around; what opens a door must not stand in them.
bool secret(std::string_view name) {
    return same_name(name, "Authorization") || same_name(name, "Proxy-Authorization") ||
           same_name(name, "Cookie");
}

// The request as its bytes would be, but for the secrets.
json::object request_object(outgoing const& out, url const& target, bool forwarded, proxy const* via,
                            std::string const& user_agent) {
    auto const bytes = request_text(out, target, forwarded ? via : nullptr, user_agent);
    std::string_view head(bytes);
    head = head.substr(0, head.find("\r\n\r\n") + 2);
    auto const take_line = [&head] {
        auto const line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(line.size() + 2);
        return line;
    };
    json::object o;
    o["line"] = text(take_line());
    json::array fields;
    while (!head.empty()) {
        auto const line = take_line();
        auto const colon = line.find(": ");
        auto const name = line.substr(0, colon);
        auto const value =
            secret(name) ? std::string("(hidden)") : to_valid_utf8(std::string(line.substr(colon + 2)));
        fields.push_back(json::array{text(name), text(value)});
    }
    o["headers"] = std::move(fields);
    o["body_bytes"] = out.body.size();
    return o;
}

std::string_view manner(proxy const& via, bool forwarded) {
    if (forwarded)
        return "forward";
    return via.kind == proxy_kind::socks5 ? "socks5" : "connect";
}

// Why the fetch would not get as far as a connection to this host; nothing when it would.
std::optional<failure> obstacle(result<std::vector<judged_address>> const& judged) {
    if (!judged)
        return judged.error();
    for (auto const& a : *judged)
        if (a.allowed)
            return {};
    auto const& first = judged->front();  // a name that resolves has an address
    return failure(stage::egress, first.why, first.rule);
}

}  // namespace

// What was found out about one request.
struct explain_handler::findings {
    asked wanted;
    std::shared_ptr<proxy const> via;
    result<std::vector<judged_address>> targets;
    result<std::vector<judged_address>> peers;  // of the proxy
    clock::duration took;

    bool proxy_named() const { return wanted.fetch->out.via != nullptr; }
    bool forwarded() const {
        return via && via->forwards(wanted.fetch->target.scheme_type() == scheme_kind::https);
    }

    std::optional<failure> why_not() const {
        if (auto const at_target = obstacle(targets))
            return at_target;
        auto at_proxy = via ? obstacle(peers) : std::nullopt;
        if (at_proxy)
            at_proxy->detail = "the proxy " + via->text() + ": " + at_proxy->detail;
        return at_proxy;
    }
};

reply explain_handler::explanation(findings const& found) const {
    auto const& request = *found.wanted.fetch;
    auto const stopped = found.why_not();
    json::object o;
    o["would"] = stopped ? "fail" : "fetch";
    o["url"] = url_object(request.target);
    o["addresses"] = address_array(found.targets);
    if (found.via)
        o["proxy"] = json::object{{"url", text(found.via->text())},
                                  {"named_by", found.proxy_named() ? "request" : "configuration"},
                                  {"manner", text(manner(*found.via, found.forwarded()))},
                                  {"addresses", address_array(found.peers)}};
    o["dns_us"] = std::chrono::duration_cast<std::chrono::microseconds>(found.took).count();
    o["request"] = request_object(request.out, request.target, found.forwarded(), found.via.get(),
                                  fetcher_.settings().user_agent);
    if (!request.session.empty())
        o["session"] = text(request.session);
    o["redirects"] =
        json::object{{"most", request.max_redirects}, {"allow_downgrade", request.allow_downgrade}};
    o["retries"] = retries_object(request);
    o["limits"] = limits_object(found.wanted, fetcher_.settings());
    o["politeness"] = json::object{{"applied", false},
                                   {"reason", "single fetches read no robots.txt and wait for no turn"}};
    if (stopped)
        o["error"] = json::object{{"stage", text(name(stopped->where))},
                                  {"code", text(name(stopped->what))},
                                  {"message", text(stopped->message())},
                                  {"retryable", stopped->retryable()}};
    reply answer;
    answer.body = json::serialize(o) + "\n";
    return answer;
}

// The configured proxy is whatever the configuration says: it is not judged, and would not be.
awaitable<void> explain_handler::look_at_proxy(findings& found, scope& life) {
    auto const& via = *found.via;
    found.peers = co_await out_.judge(via.host, via.port, found.wanted.fetch->out, life);
    if (!found.peers || found.proxy_named())
        co_return;
    for (auto& peer : *found.peers) {
        peer.allowed = true;
        peer.rule = "net.proxy";
    }
}

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
    ask_for_document(wanted.fetch->out.fields);
    auto const began = clock::now();
    scope life(wheel_, began + wanted.timeout);
    auto const& target = wanted.fetch->target;
    auto targets = co_await out_.judge(target.host(), target.effective_port(), wanted.fetch->out, life);
    auto via = out_.way(wanted.fetch->out, target);
    findings found{std::move(wanted), std::move(via), std::move(targets), {}, {}};
    if (found.via)
        co_await look_at_proxy(found, life);
    found.took = clock::now() - began;
    auto const answer = explanation(found);
    co_await c.send(answer);
}

}  // namespace fetchd::api
