#include "job_service.hpp"

#include <random>

#include "api/job_export.hpp"
#include "api/job_json.hpp"
#include "api/job_results.hpp"
#include "api/job_runner.hpp"
#include "api/job_submit.hpp"
#include "api/jobs.hpp"
#include "api/origins.hpp"
#include "api/problem.hpp"
#include "api/webhooks.hpp"
#include "base/log.hpp"
#include "fetch/robots_fetch.hpp"
#include "jobs/polite_gate.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/sqlite/sqlite_store.hpp"
#include "jobs/webhooks.hpp"
#include "loop/spawn.hpp"

namespace fetchd {
namespace {

constexpr auto longest_pause = milliseconds(10'000);
constexpr auto sweep_every = std::chrono::minutes(1);
constexpr auto sweep_receivers_every = std::chrono::hours(1);

jobs::sqlite_settings store_settings(jobs_config const& c) {
    jobs::sqlite_settings s;
    s.database.folder = c.folder;
    s.database.keep_free = c.keep_free;
    return s;
}

jobs::scheduler_limits scheduler_limits(config const& c) {
    jobs::scheduler_limits l;
    l.held.running = c.jobs.in_flight;
    l.longest_fetch = c.fetch.max_timeout;
    return l;
}

class found_by_dns final : public jobs::whereabouts {
  public:
    explicit found_by_dns(client& out) : out_(out) {}

    awaitable<std::optional<ip_address>> address_of(url target, scope& life) override {
        outgoing const plain;
        if (out_.way(plain, target))
            co_return std::nullopt;
        auto const all = co_await out_.judge(target.host(), target.effective_port(), plain, life);
        if (all)
            for (auto const& one : *all)
                if (one.allowed)
                    co_return one.address;
        co_return std::nullopt;
    }

  private:
    client& out_;
};

// On a worker, as every other document.
awaitable<result<std::string>> decoded(fetcher& f, std::string body, std::vector<std::string> codings,
                                       scope& life) {
    fetcher::document file;
    file.body = std::move(body);
    file.content_type = "text/plain; charset=utf-8";
    file.no_sniff = true;
    file.content_encoding = std::move(codings);
    file.output.names = {"text"};
    file.json = false;
    auto done = co_await f.process(std::move(file), life);
    if (done.error)
        co_return *done.error;
    co_return std::move(done.output);
}

}  // namespace

// In the order in which they need each other.
struct job_service::parts {
    executor ex;
    std::unique_ptr<jobs::store> store;
    config const& settings;
    std::mt19937 random{std::random_device()()};
    politeness polite;
    robots_fetch robots_files;
    robots_rules robots;
    found_by_dns addresses;
    jobs::polite_gate gate;
    api::job_runner runner;
    jobs::scheduler scheduler;
    jobs::webhook_post webhook_door;
    jobs::webhooks webhooks;
    api::submit_handler submit;
    api::job_handler handler;
    api::results_handler results;
    api::origins_handler origins;
    api::export_handler exports;
    api::webhook_handler hooks;
    alarm next_sweep;
    time_point next_receivers{};
    bool sweeping = false;
    bool loading = false;  // begin() has not read yet what it needs
    bool ending = false;
    timer next_load;
    bell loaded;

    parts(executor e, timer_wheel& wheel, client& out, fetcher& f, config const& c, tasks::registry t,
          std::unique_ptr<jobs::store> s)
        : ex(e),
          store(std::move(s)),
          settings(c),
          polite(c.politeness, [this] { return static_cast<std::uint32_t>(random()); }),
          robots_files(out, polite, c.net.limits,
                       [&f](std::string body, std::vector<std::string> codings, scope& life) {
                           return decoded(f, std::move(body), std::move(codings), life);
                       }),
          robots(e, wheel, robots_files, c.politeness, c.fetch.user_agent),
          addresses(out),
          gate(e, polite, robots, addresses, *store, wheel),
          runner(f, t),
          scheduler(e, *store, gate, runner, wheel, scheduler_limits(c)),
          webhook_door(out, c),
          webhooks(e, *store, webhook_door, wheel,
                   [this](jobs::job const& j) { return api::job_json(j, scheduler.parts(j.key, j.counts)); }),
          submit(*store, scheduler, {f.settings(), f.limits(), t}, c),
          handler(*store, scheduler),
          results(e, *store, scheduler, wheel, c.jobs),
          origins(
              polite, c.server, [this](std::string_view origin) { changed(origin); },
              [this](std::string host) { return gate.save_rule(std::move(host)); }),
          exports(e, *store, scheduler, c),
          hooks(*store, webhooks, c),
          next_sweep(wheel, [this] { begin_sweep(); }),
          next_load(e),
          loaded(e) {
        webhooks.configure(c.jobs.webhook_wait);
        polite.on_change([this](std::string_view origin) { changed(origin); });
    }

    void changed(std::string_view origin) {
        gate.changed(origin);  // redirects go first
        scheduler.changed(origin);
    }

    // Nothing is asked of anybody before it is known who is not to be asked.
    awaitable<void> load() {
        auto read = co_await gate.load();
        for (milliseconds pause{100}; !read && read.error().what != code::corrupt && !ending;
             pause = std::min(pause * 2, longest_pause)) {
            log::line(log::level::warn, "politeness of earlier runs cannot be read yet")
                .kv("cause", read.error().message());
            next_load.expires_after(pause);
            co_await next_load.async_wait(no_throw);
            read = co_await gate.load();
        }
        if (!read && !ending)
            log::line(log::level::error, "politeness of earlier runs is lost")
                .kv("cause", read.error().message());
    }

    awaitable<void> begin() {
        co_await load();
        loading = false;
        loaded.ring();
        if (ending)
            co_return;
        gate.keep_saving();
        if (auto const n = store->count(); n.pending_items > 0 || n.result_bytes > 0)
            polite.goes_on(clock::now());
        scheduler.start();
        webhooks.start();
        begin_sweep();
    }

    void begin_sweep() {
        if (!std::exchange(sweeping, true))
            spawn_logged(ex, "sweeping jobs", sweep());
        next_sweep.arm(clock::now() + sweep_every);
    }

    awaitable<void> sweep() {
        auto const& c = settings.jobs;
        jobs::retention limits;
        limits.age = c.keep.count();
        limits.bytes = c.keep_bytes;
        while (true) {
            auto const swept = co_await store->sweep(limits);
            if (!swept)
                log::line(log::level::warn, "sweeping jobs failed").kv("cause", swept.error().message());
            if (!swept || !swept->more)
                break;
        }
        if (clock::now() >= next_receivers) {
            next_receivers = clock::now() + sweep_receivers_every;
            auto const gone = co_await webhooks.sweep();
            if (!gone)
                log::line(log::level::warn, "sweeping receivers failed").kv("cause", gone.error().message());
        }
        sweeping = false;
    }

    awaitable<void> end(time_point limit, std::function<void()> done) {
        ending = true;
        next_load.cancel();
        while (loading)
            co_await loaded.wait();
        results.drain();
        robots.stop();
        co_await scheduler.drain(limit);
        co_await webhooks.drain(limit);
        co_await gate.save();
        done();
    }
};

job_service::job_service(executor ex, timer_wheel& wheel, client& out, fetcher& f, config const& settings,
                         tasks::registry t)
    : executor_(ex), wheel_(wheel), client_(out), fetcher_(f), settings_(settings), tasks_(t) {}

job_service::~job_service() = default;

result<void> job_service::open() {
    if (settings_.jobs.folder.empty())
        return {};
    auto store = jobs::open_sqlite_store(executor_, store_settings(settings_.jobs));
    if (!store)
        return store.error();
    parts_ =
        std::make_unique<parts>(executor_, wheel_, client_, fetcher_, settings_, tasks_, std::move(*store));
    return {};
}

void job_service::add_routes(api::router& routes) {
    using api::call;
    auto const add = [&](std::string_view path, std::string_view methods,
                         awaitable<void> (*handle)(parts&, call&)) {
        routes.add({path, methods, false, [this, handle](call& c) { return answer(c, handle); }});
    };
    add("/v1/jobs", "GET, HEAD, POST",
        [](parts& p, call& c) { return c.head.method == "POST" ? p.submit.answer(c) : p.handler.list(c); });
    add("/v1/jobs/{id}", "DELETE, GET, HEAD", [](parts& p, call& c) { return p.handler.show_or_cancel(c); });
    add("/v1/jobs/{id}/pause", "POST", [](parts& p, call& c) { return p.handler.pause(c); });
    add("/v1/jobs/{id}/resume", "POST", [](parts& p, call& c) { return p.handler.resume(c); });
    add("/v1/origins/{host}", "GET, HEAD, PATCH", [](parts& p, call& c) { return p.origins.answer(c); });
    add("/v1/jobs/{id}/results", "GET, HEAD", [](parts& p, call& c) { return p.results.answer(c); });
    add("/v1/jobs/{id}/export", "GET, HEAD", [](parts& p, call& c) { return p.exports.answer(c); });
    add("/v1/jobs/{id}/webhook", "GET, HEAD", [](parts& p, call& c) { return p.hooks.show(c); });
    add("/v1/jobs/{id}/webhook/dead", "GET, HEAD", [](parts& p, call& c) { return p.hooks.dead(c); });
    add("/v1/jobs/{id}/webhook/replay", "POST", [](parts& p, call& c) { return p.hooks.replay(c); });
    add("/v1/jobs/{id}/webhook/enable", "POST", [](parts& p, call& c) { return p.hooks.enable(c); });
}

awaitable<void> job_service::answer(api::call& c, awaitable<void> (*handle)(parts&, api::call&)) {
    if (parts_) {
        co_await handle(*parts_, c);
        co_return;
    }
    auto const none = api::problem(503, "There are no jobs here: jobs.folder is not set");
    co_await c.send(none);
}

std::optional<api::jobs_numbers> job_service::numbers() const {
    if (!parts_)
        return {};
    auto const& p = *parts_;
    return api::jobs_numbers{p.store->count(), p.scheduler.count(), p.polite.count(), p.robots.count(),
                             p.webhooks.count()};
}

void job_service::start() {
    if (!parts_)
        return;
    parts_->loading = true;
    spawn_logged(executor_, "starting jobs", parts_->begin());
}

void job_service::close() {
    if (!parts_)
        return;
    parts_->exports.close();
    parts_->store->close();
}

void job_service::configure() {
    if (!parts_)
        return;
    parts_->scheduler.configure(settings_.fetch.max_timeout);
    parts_->webhooks.configure(settings_.jobs.webhook_wait);
    parts_->polite.configure(settings_.politeness);
    parts_->robots_files.configure(settings_.net.limits);
    parts_->robots.configure(settings_.politeness, settings_.fetch.user_agent);
}

void job_service::drain(time_point limit, std::function<void()> done) {
    if (parts_)
        spawn_logged(executor_, "draining jobs", parts_->end(limit, std::move(done)));
    else
        done();
}

}  // namespace fetchd
