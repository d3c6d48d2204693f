#include "api/health.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace fetchd::api {
namespace {

namespace json = boost::json;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr auto stuck_after = std::chrono::seconds(5);
constexpr auto late_after = std::chrono::seconds(1);

std::int64_t in_ms(clock::duration d) {
    return duration_cast<milliseconds>(d).count();
}

json::object told(worker::sandbox_report const& sandbox) {
    json::object layers;
    for (auto const l : worker::all_layers)
        layers[worker::name_of(l)] = sandbox.has(l);
    return json::object{{"ok", sandbox.complete()}, {"layers", std::move(layers)}};
}

}  // namespace

awaitable<void> health_handler::healthz(call& c) {
    reply fine;
    fine.body = "{\"status\":\"ok\"}\n";
    co_await c.send(fine);
}

awaitable<void> health_handler::readyz(call& c) {
    auto const workers = from_.workers.numbers();
    auto const pool = from_.pool.count();
    auto const beat = clock::now() - lag_.last_beat();
    bool const loop_ok = beat < late_after;
    bool const workers_ok = workers.up > 0;
    bool const pool_ok = pool.oldest < stuck_after;
    bool const open = !from_.fetches.draining();
    bool const ready = loop_ok && workers_ok && pool_ok && open;
    json::object checks;
    checks["loop"] = json::object{{"ok", loop_ok}, {"last_beat_ms", in_ms(beat)}};
    checks["workers"] = json::object{
        {"ok", workers_ok}, {"up", workers.up}, {"want", workers.want}, {"queued", workers.queued}};
    checks["pool"] =
        json::object{{"ok", pool_ok}, {"queued", pool.queued}, {"oldest_ms", in_ms(pool.oldest)}};
    checks["accepting"] = json::object{{"ok", open}};
    reply answer;
    answer.status = ready ? 200 : 503;
    answer.body = json::serialize(json::object{{"status", ready ? "ready" : "not_ready"},
                                               {"checks", std::move(checks)},
                                               {"sandbox", told(from_.workers.sandbox())}}) +
                  "\n";
    co_await c.send(answer);
}

awaitable<void> health_handler::metrics_page(call& c) {
    reply page;
    page.content_type = "text/plain; version=0.0.4; charset=utf-8";
    page.body = metrics_.text(front_->count());
    co_await c.send(page);
}

awaitable<void> health_handler::openapi(call& c) {
    reply document;
    document.body = openapi_;
    co_await c.send(document);
}

awaitable<void> health_handler::index(call& c) {
    reply page;
    page.content_type = "text/plain; charset=utf-8";
    page.body =
        "fetchd: URLs in, content out.\n\n"
        "GET  /v1/read?url=URL      a page as Markdown\n"
        "GET  /v1/raw?url=URL       the origin's answer as it is\n"
        "POST /v1/fetch             one URL with options, the whole result as JSON\n"
        "POST /v1/process           a document you send in\n"
        "GET  /healthz /readyz /metrics /openapi.json\n";
    co_await c.send(page);
}

}  // namespace fetchd::api
