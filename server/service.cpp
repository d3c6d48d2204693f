#include "service.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "api/documents.hpp"
#include "api/explain.hpp"
#include "api/health.hpp"
#include "api/listener.hpp"
#include "api/metrics.hpp"
#include "api/raw.hpp"
#include "api/router.hpp"
#include "base/log.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/politeness.hpp"
#include "job_service.hpp"
#include "loop/lag.hpp"
#include "net/client.hpp"
#include "offload/pool.hpp"

namespace fetchd {
namespace {

constexpr int exit_forced = 1;

egress_policy policy_of(config const& c) {
    egress_policy p;
    p.mode = c.egress.mode == "open"     ? egress_mode::open
             : c.egress.mode == "report" ? egress_mode::report
                                         : egress_mode::enforce;
    p.allow = c.egress.allow;
    p.nat64 = c.egress.nat64;
    p.deny_ports.insert(p.deny_ports.end(), c.egress.deny_ports.begin(), c.egress.deny_ports.end());
    p.allow_ports = c.egress.allow_ports;
    return p;
}

// This machine's addresses: none of them may lead back to us when we listen on all of them.
std::vector<ip_address> own_addresses() {
    std::vector<ip_address> all;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        return all;
    for (auto const* i = list; i; i = i->ifa_next) {
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) {
            auto const* in = reinterpret_cast<sockaddr_in const*>(i->ifa_addr);
            all.push_back(ip_address::from_v4(ntohl(in->sin_addr.s_addr)));
        } else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6) {
            auto const* in = reinterpret_cast<sockaddr_in6 const*>(i->ifa_addr);
            std::array<std::uint8_t, 16> bytes;
            std::copy_n(in->sin6_addr.s6_addr, 16, bytes.begin());
            all.push_back(ip_address::from_v6(bytes));
        }
    }
    ::freeifaddrs(list);
    return all;
}

std::unique_ptr<tls_context> make_tls(config const& c) {
    auto made = tls_context::make(c.net);
    if (made)
        return std::move(*made);
    throw std::runtime_error(made.error().detail);
}

// A loop whose waiting coroutines can be destroyed while all they refer to is still there.
struct event_loop : asio::io_context {
    event_loop() : asio::io_context(1) {}
    using asio::execution_context::shutdown;
};

}  // namespace

std::vector<std::string> deeper_problems(config const& c) {
    auto all = policy_of(c).problems();
    for (auto& p : dns::problems(c.net.resolve))
        all.push_back(std::move(p));
    for (auto& p : client::problems(c.net))
        all.push_back(std::move(p));
    for (auto& p : politeness::problems(c.politeness))
        all.push_back(std::move(p));
    for (auto& p : api::listener::problems(c.server.listen))
        all.push_back(std::move(p));
    return all;
}

std::vector<std::string> tls_problems(config const& c) {
    return tls_context::problems(c.net);
}

// In the order in which they need each other.
struct service::parts {
    config settings;
    tasks::registry tasks;
    std::function<loaded_config()> reload;
    event_loop io;
    executor ex = io.get_executor();
    timer_wheel wheel{ex};
    offload_pool pool{ex, settings.pool};
    dns names{ex, [this](auto work, auto done) { return pool.submit(std::move(work), std::move(done)); },
              settings.net};
    std::unique_ptr<tls_context> tls = make_tls(settings);
    connection_pool connections{wheel, settings.net};
    bool guard_knows_listeners = false;
    client out{ex, names, *tls, connections, guard(), settings};
    worker::supervisor workers;
    fetcher fetches{out, workers, wheel, settings};
    api::metrics::sources sources{
        fetches, workers, pool, names, connections, *tls, [this] { return jobs.numbers(); }};
    api::metrics numbers{sources};
    lag_watch lag{ex, [this](auto late) { numbers.lag(late); }};
    api::raw_handler raw{fetches, wheel, tasks};
    api::document_handler documents{fetches, wheel, tasks, settings.server};
    api::explain_handler explain{fetches, out, wheel, tasks, settings.server};
    job_service jobs{ex, wheel, out, fetches, settings, tasks};
    api::health_handler health{numbers, sources, lag, tasks};
    api::router routes{numbers};
    api::listener front{io, wheel, settings.server,
                        [this](api::call& c, bool over) { return routes.answer(c, over); }};
    asio::signal_set signals{io, SIGTERM, SIGINT, SIGHUP};
    std::unique_ptr<alarm> drain_limit;
    int exit_code = 0;

    parts(config c, worker::zygote_link link, tasks::registry t, std::function<loaded_config()> r)
        : settings(std::move(c)),
          tasks(t),
          reload(std::move(r)),
          workers(ex, wheel, std::move(link), settings.workers, t) {
        health.watch(front);
        add_routes();
    }
    ~parts() {
        jobs.close();
        pool.close();
        io.shutdown();
    }

    std::shared_ptr<address_guard const> guard() {
        std::vector<listening> own;
        std::vector<ip_address> mine;
        if (guard_knows_listeners) {
            own = front.addresses();
            mine = own_addresses();
        }
        return std::make_shared<address_guard const>(policy_of(settings), std::move(own), std::move(mine));
    }

    void add_routes();
    void wait_for_signal();
    void begin_drain();
    void finish_if_drained();
    void finish();
    void begin_reload();
    void take_over(loaded_config const&);

    bool draining = false;
    bool front_drained = false;
    bool jobs_drained = false;
    bool finished = false;
    bool reloading = false;
};

void service::parts::add_routes() {
    routes.add({"/v1/raw", "GET, HEAD", false, [this](api::call& c) { return raw.answer(c); }});
    routes.add({"/v1/read", "GET, HEAD", false, [this](api::call& c) { return documents.read(c); }});
    routes.add({"/v1/fetch", "POST", false, [this](api::call& c) { return documents.fetch(c); }});
    routes.add({"/v1/process", "POST", false, [this](api::call& c) { return documents.process(c); }});
    routes.add({"/v1/explain", "POST", false, [this](api::call& c) { return explain.explain(c); }});
    jobs.add_routes(routes);
    routes.add({"/healthz", "GET, HEAD", true, [this](api::call& c) { return health.healthz(c); }});
    routes.add({"/readyz", "GET, HEAD", true, [this](api::call& c) { return health.readyz(c); }});
    routes.add({"/metrics", "GET, HEAD", true, [this](api::call& c) { return health.metrics_page(c); }});
    routes.add({"/openapi.json", "GET, HEAD", true, [this](api::call& c) { return health.openapi(c); }});
    routes.add({"/", "GET, HEAD", true, [this](api::call& c) { return health.index(c); }});
}

void service::parts::wait_for_signal() {
    signals.async_wait([this](error_code ec, int number) {
        if (ec)
            return;
        if (number == SIGHUP) {
            begin_reload();
        } else if (draining) {
            log::line(log::level::warn, "second signal: stopping at once").kv("signal", number);
            exit_code = exit_forced;
            io.stop();
            return;
        } else {
            log::line(log::level::info, "draining").kv("signal", number).kv("in_flight", fetches.in_flight());
            begin_drain();
        }
        wait_for_signal();
    });
}

void service::parts::begin_drain() {
    draining = true;
    fetches.drain();
    front.on_drained([this] {
        front_drained = true;
        finish_if_drained();
    });
    jobs.drain(clock::now() + settings.server.drain_timeout, [this] {
        jobs_drained = true;
        finish_if_drained();
    });
    drain_limit = std::make_unique<alarm>(wheel, [this] {
        log::line(log::level::warn, "drain timeout: cutting what is left")
            .kv("connections", front.count().connections);
        front.close_all();
        asio::post(ex, [this] { finish(); });
    });
    drain_limit->arm(clock::now() + settings.server.drain_timeout);
    front.drain();
}

void service::parts::finish_if_drained() {
    if (front_drained && jobs_drained)
        finish();
}

void service::parts::finish() {
    if (std::exchange(finished, true))
        return;
    log::line(log::level::info, "stopped");
    workers.stop();
    io.stop();
}

// Reading the file may block, so it is done on the pool.
void service::parts::begin_reload() {
    if (std::exchange(reloading, true))
        return;
    auto loaded = std::make_shared<loaded_config>();
    bool const taken = pool.submit([this, loaded] { *loaded = reload(); },
                                   [this, loaded] {
                                       reloading = false;
                                       take_over(*loaded);
                                   });
    if (!taken) {
        reloading = false;
        log::line(log::level::error, "reload refused").kv("cause", "the pool is full: send SIGHUP again");
    }
}

void service::parts::take_over(loaded_config const& loaded) {
    auto const& problems = loaded.problems;
    for (auto const& p : problems)
        log::line(log::level::error, "reload: bad configuration").kv("problem", p);
    if (!problems.empty()) {
        log::line(log::level::error, "reload refused")
            .kv("cause", "the old settings stay")
            .kv("problems", problems.size());
        return;
    }
    for (auto const& name : needs_restart(settings, loaded.values))
        log::line(log::level::warn, "reload: this setting needs a restart").kv("setting", name);
    settings = live_part(settings, loaded.values);
    log::set(log::parse_level(settings.log.level), log::parse_format(settings.log.format));
    names.configure(settings.net);
    connections.configure(settings.net);
    out.configure(guard(), settings);
    workers.reload(settings.workers);
    fetches.configure(settings);
    jobs.configure();
    front.configure(settings.server);
    log::line(log::level::info, "reloaded");
}

service::service(config c, worker::zygote_link link, tasks::registry t, std::function<loaded_config()> reload)
    : parts_(std::make_unique<parts>(std::move(c), std::move(link), t, std::move(reload))) {}

service::~service() = default;

result<void> service::open() {
    auto& p = *parts_;
    if (auto opened = p.jobs.open(); !opened)
        return opened;
    if (auto opened = p.front.open(); !opened)
        return opened;
    p.guard_knows_listeners = true;
    p.out.configure(p.guard(), p.settings);
    return {};
}

int service::run() {
    auto& p = *parts_;
    p.wait_for_signal();
    p.lag.start();
    p.jobs.start();
    p.front.start();
    for (auto const& at : p.front.addresses()) {
        auto const host = at.address.v4 ? at.address.text() : "[" + at.address.text() + "]";
        log::line(log::level::info, "listening").kv("address", host + ":" + std::to_string(at.port));
    }
    p.io.run();
    return p.exit_code;
}

bool service::held_up() const {
    return parts_->pool.count().running > 0;
}

}  // namespace fetchd
