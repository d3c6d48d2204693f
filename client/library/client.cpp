#include "fetchd/client.hpp"

#include "library/asking.hpp"
#include "library/options.hpp"
#include "library/status.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace {

using std::chrono::milliseconds;

// The service's own deadline fires first, so that its answer, with the stage, is the one that is heard.
constexpr milliseconds grace{2'000};

answer<document> document_in(answer<whole_answer> a) {
    if (!a)
        return a.error();
    if (a->head.status < 200 || a->head.status > 299)
        return refusal_of(*a);
    auto d = document::parse(a->body);
    if (!d || d->ok())
        return d;
    return error_from(std::move(*d));
}

std::string joined(std::vector<std::string> const& names) {
    std::string all;
    for (auto const& n : names)
        all += (all.empty() ? "" : ",") + n;
    return all;
}

milliseconds timeout_of(fetch_limits const& limits, client_options const& options) {
    return limits.timeout.count() > 0 ? limits.timeout : options.timeout;
}

milliseconds with_grace(milliseconds timeout) {
    return timeout.count() > 0 ? timeout + grace : timeout;
}

}  // namespace

client::client(client_options options) : state_(std::make_unique<state>(std::move(options))) {}
client::~client() = default;
client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;

answer<document> client::fetch(fetch_request const& r) {
    auto const timeout = timeout_of(r.limits, state_->service.options());
    auto const body = as_json(r, timeout);
    outgoing request{"POST", "/v1/fetch", {{"Content-Type", "application/json"}}, body, with_grace(timeout)};
    return document_in(ask(state_->service, request));
}

answer<document> client::process(process_request const& r) {
    outgoing request{"POST", "/v1/process", {}, r.body, with_grace(state_->service.options().timeout)};
    auto add = [&, separator = '?'](std::string_view name, std::string_view value) mutable {
        request.target.append(1, std::exchange(separator, '&')).append(name).append("=") +=
            transport::escaped(value);
    };
    if (!r.outputs.empty())
        add("output", joined(r.outputs));
    for (auto const& o : r.options)
        add(transport::escaped(o.output + "." + o.name), o.value);
    if (!r.base_url.empty())
        add("url", r.base_url);
    request.headers.emplace_back("Content-Type",
                                 r.content_type.empty() ? "application/octet-stream" : r.content_type);
    if (!r.content_encoding.empty())
        request.headers.emplace_back("Content-Encoding", r.content_encoding);
    return document_in(ask(state_->service, request));
}

answer<std::string> client::read(std::string_view url, std::string_view output, fetch_limits limits) {
    auto const timeout = timeout_of(limits, state_->service.options());
    outgoing request;
    request.target = "/v1/read?url=" + transport::escaped(url) + "&output=" + transport::escaped(output) +
                     as_query(limits, {}, timeout);
    request.timeout = with_grace(timeout);
    auto a = ask(state_->service, request);
    if (!a)
        return a.error();
    if (a->head.status < 200 || a->head.status > 299)
        return refusal_of(*a);
    return std::move(a->body);
}

answer<raw_head> client::raw(raw_request const& r, raw_sink const& sink) {
    auto const timeout = timeout_of(r.limits, state_->service.options());
    outgoing request{"GET", "/v1/raw?url=" + transport::escaped(r.url), r.headers, {}, with_grace(timeout)};
    request.target += as_query(r.limits, r.way, timeout);

    // Only an origin's answer carries fetchd-url; without it the service itself is speaking.
    raw_head origin;
    bool from_origin = false;
    whole_answer from_service;
    receiver to;
    to.head = [&](incoming const& head) {
        from_origin = !head.find("fetchd-url").empty();
        if (!from_origin) {
            from_service.head = head;
            return true;
        }
        origin = {head.status, std::string(head.find("fetchd-url")), head.headers};
        return !sink.head || sink.head(origin);
    };
    to.body = [&](std::string_view bytes) {
        if (from_origin)
            return !sink.body || sink.body(bytes);
        from_service.body += bytes.substr(0, max_problem - std::min(max_problem, from_service.body.size()));
        return true;
    };
    if (auto failed = state_->service.exchange(request, to)) {
        if (from_origin && failed->what == trouble::no_answer) {
            failed->what = trouble::fetch_failed;
            failed->stage = "body";
            failed->code = "truncated";
            failed->message = "the body was cut off in the middle: the origin or the service gave up";
        }
        return *failed;
    }
    if (!from_origin)
        return refusal_of(from_service);
    return origin;
}

answer<service_status> client::status() {
    service_status all;
    auto get = [&](std::string target) {
        outgoing request{"GET", std::move(target), {}, {}, state_->service.options().timeout};
        return ask(state_->service, request);
    };
    auto health = get("/healthz");
    if (!health)
        return health.error();
    if (health->head.status != 200)
        return refusal_of(*health);
    all.health_json = std::move(health->body);

    auto ready = get("/readyz");
    if (!ready)
        return ready.error();
    if (ready->head.status != 200 && ready->head.status != 503)
        return refusal_of(*ready);
    std::string problem;
    all.checks = parse_checks(ready->body, problem);
    if (!problem.empty()) {
        client_error e;
        e.what = trouble::broken_answer;
        e.status = ready->head.status;
        e.message = "the answer of /readyz is not what the API promises: " + problem;
        return e;
    }
    all.ready = ready->head.status == 200;
    all.ready_json = std::move(ready->body);

    auto metrics = get("/metrics");
    if (metrics && metrics->head.status == 200)
        all.metrics = parse_metrics(metrics->body);
    return all;
}

std::string_view raw_head::find(std::string_view lower_case_name) const {
    for (auto const& [n, v] : headers)
        if (n == lower_case_name)
            return v;
    return {};
}

}  // namespace client_v1
}  // namespace fetchd
