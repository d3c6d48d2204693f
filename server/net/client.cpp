#include "net/client.hpp"

#include <array>
#include <span>

#include "base/log.hpp"
#include "http/basic_auth.hpp"
#include "http/retry.hpp"
#include "net/exchange.hpp"
#include "net/request_text.hpp"
#include "net/tunnel.hpp"

namespace fetchd {
namespace {

// A host that is an address needs no resolver.
std::optional<ip_address> literal_address(url const& u) {
    if (auto const v4 = u.ipv4())
        return ip_address::from_v4(*v4);
    if (auto const v6 = u.ipv6())
        return ip_address::from_v6(*v6);
    return {};
}

// A connection that was closed while it lay in the pool looks like this at its next use.
bool looks_stale(failure const& f) {
    return (f.where == stage::request && f.what != code::timeout && f.what != code::cancelled) ||
           (f.where == stage::head && (f.what == code::closed || f.what == code::reset));
}

// Schemes that log in a connection instead of a request (RFC 4559, NTLM): nobody else may use it then.
bool binds_connection(headers const& fields) {
    auto const credentials = fields.get("Authorization");
    auto const scheme = credentials.substr(0, credentials.find(' '));
    return same_name(scheme, "NTLM") || same_name(scheme, "Negotiate");
}

std::optional<failure> cannot_be_fetched(url const& to) {
    if (!to.is_http())
        return failure(stage::admission, code::unsupported_scheme, std::string(to.scheme()));
    if (to.host().empty())
        return failure(stage::admission, code::bad_url, "no host");
    return {};
}

// Tells one proxy, used by one account, from every other.
std::string key_of(proxy const& p) {
    return p.has_credentials ? p.text() + " " + basic_authorization(p.user, p.password) : p.text();
}

}  // namespace

// At most as many addresses of a host as are dialled, without an allocation.
struct client::address_list {
    static constexpr std::size_t most = 8;
    std::array<ip_address, most> at;
    std::size_t size = 0;

    std::span<ip_address> all() { return {at.data(), size}; }
};

// One request on its way.
struct client::course {
    outgoing const& request;
    url const& to;
    scope& life;
    std::vector<attempt>& tried;
    std::shared_ptr<address_guard const> guard;  // a reload may replace it while this waits
    std::shared_ptr<proxy const> via;
    endpoint where{};
    address_list targets{};                   // allowed
    std::unique_ptr<address_list> proxies{};  // the addresses of the proxy
    std::size_t target = 0;                   // the one a tunnel is asked for
    attempt now{};

    // What is dialled.
    std::span<ip_address> peers() { return proxies ? proxies->all() : targets.all(); }

    std::uint16_t target_port() const { return to.effective_port(); }
    bool tls() const { return to.scheme_type() == scheme_kind::https; }
    // The proxy reads the requests and sends them on itself.
    bool forwarded() const { return via && via->forwards(tls()); }
    bool tunnelled() const { return via && !forwarded(); }
    std::uint16_t peer_port() const { return via ? via->port : target_port(); }

    void fill_endpoint() {
        where.port = peer_port();
        if (!forwarded()) {
            where.host = std::string(to.host());
            where.port = target_port();
            where.tls = tls();
        }
        if (!via)
            return;
        now.proxy = via->text();
        where.via = key_of(*via);
        if (tunnelled())
            where.via += " " + targets.at[target].text();
    }

    // The next try, with nothing of the one before.
    void begin_anew() {
        now = attempt();
        fill_endpoint();
    }

    failure record(failure const& f) {
        now.error = f;
        tried.push_back(now);
        return f;
    }
};

client::client(executor ex, dns& names, tls_context& tls, connection_pool& pool,
               std::shared_ptr<address_guard const> guard, config const& settings)
    : executor_(ex), dns_(names), tls_(tls), pool_(pool), dialler_(ex) {
    configure(std::move(guard), settings);
}

void client::configure(std::shared_ptr<address_guard const> guard, config const& settings) {
    guard_ = std::move(guard);
    user_agent_ = settings.fetch.user_agent;
    max_head_ = settings.net.max_head;
    no_proxy_ = host_list(settings.net.no_proxy);
    proxy_.reset();
    if (!settings.net.proxy.empty())
        if (auto parsed = parse_proxy(settings.net.proxy))
            proxy_ = std::make_shared<proxy const>(std::move(*parsed));
}

std::vector<std::string> client::problems(net_config const& settings) {
    std::vector<std::string> all;
    if (!settings.proxy.empty())
        if (auto const parsed = parse_proxy(settings.proxy); !parsed)
            all.push_back("net.proxy: " + parsed.error().message());
    for (auto const& entry : settings.no_proxy)
        if (auto const why = host_list::problem_of(entry); !why.empty())
            all.push_back("net.no_proxy: \"" + entry + "\": " + why);
    return all;
}

std::shared_ptr<proxy const> client::way(outgoing const& request, url const& to) const {
    if (request.via || !proxy_)
        return request.via;
    auto const literal = literal_address(to);
    bool const straight = literal ? !no_proxy_.match(*literal).empty() : !no_proxy_.match(to.host()).empty();
    return straight ? nullptr : proxy_;
}

awaitable<result<std::unique_ptr<response>>> client::open(outgoing const& request, url const& to, scope& life,
                                                          std::vector<attempt>& tried) {
    if (auto const wrong = cannot_be_fetched(to))
        co_return *wrong;
    if (life.ended())
        co_return life.why(stage::dns);
    course c{request, to, life, tried, guard_, way(request, to)};
    auto const began = clock::now();
    auto const found = co_await find_addresses(c);
    c.now.dns = clock::now() - began;
    if (!found) {
        if (found.error().where == stage::dns)
            c.record(found.error());
        co_return found.error();
    }
    c.fill_endpoint();
    if (auto kept = pooled(c)) {
        auto answer = co_await ask(c, std::move(kept));
        if (answer || life.ended() || !looks_stale(answer.error()) || !idempotent(request.method))
            co_return answer;
        c.begin_anew();
    }
    auto fresh = co_await connect(c);
    if (!fresh)
        co_return fresh.error();
    co_return co_await ask(c, std::move(*fresh));
}

// Resolves and judges the target, and the proxy where there is one.
awaitable<result<void>> client::find_addresses(course& c) {
    auto const port = c.target_port();
    if (!c.guard->port_allowed(port))
        co_return failure(stage::egress, code::port_refused, std::to_string(port));
    auto const literal = literal_address(c.to);
    addresses names;
    if (!literal && !(names = dns_.known(c.to.host(), port))) {
        auto found = co_await dns_.resolve(c.to.host(), port, c.life, c.request.limits.dns);
        if (!found)
            co_return found.error();
        names = std::move(*found);
    }
    auto const all = literal ? std::span(&*literal, 1) : std::span(*names);
    auto targets = allowed(c.to.host(), port, all, c.guard.get());
    if (!targets)
        co_return targets.error();
    c.targets = *targets;
    if (c.via) {
        auto const found = co_await find_proxy(c);
        if (!found)
            co_return found.error();
    }
    co_return result<void>();
}

// Whoever wrote the configuration may name any proxy; whoever sends a request may not reach inside by one.
awaitable<result<void>> client::find_proxy(course& c) {
    auto const& through = *c.via;
    auto const found = co_await dns_.resolve(through.host, through.port, c.life, c.request.limits.dns);
    if (!found)
        co_return failure(found.error().where, found.error().what, "the proxy " + through.text());
    auto const* const guard = c.request.via ? c.guard.get() : nullptr;
    auto peers = allowed(through.host, through.port, **found, guard);
    if (!peers)
        co_return failure(peers.error().where, peers.error().what,
                          "the proxy " + through.text() + ": " + peers.error().detail);
    c.proxies = std::make_unique<address_list>(*peers);
    co_return result<void>();
}

// Those of the addresses that may be dialled, in the order in which to, or why the first may not. No guard
// refuses none.
result<client::address_list> client::allowed(std::string_view host, std::uint16_t port,
                                             std::span<ip_address const> all, address_guard const* guard) {
    address_list good;
    std::optional<failure> refused;
    std::vector<ip_address> arranged;
    if (all.size() > address_list::most) {  // so that those of one family do not crowd out the other's
        arranged.assign(all.begin(), all.end());
        dialler_.order().arrange(arranged, port, clock::now());
        all = arranged;
    }
    for (auto const& address : all) {
        judgement verdict;
        verdict.allowed = true;
        if (guard)
            verdict = guard->judge(host, address, port);
        if (verdict.reported)
            log::line(log::level::warn, "egress would refuse")
                .kv("host", host)
                .kv("address", address.text())
                .kv("rule", verdict.name());
        if (verdict.allowed && good.size < address_list::most)
            good.at[good.size++] = address;
        else if (!verdict.allowed && !refused)
            refused = verdict.as_failure();
    }
    if (good.size == 0)
        return refused.value_or(failure(stage::dns, code::not_found, std::string(host)));
    dialler_.order().arrange(good.all(), port, clock::now());
    return good;
}

std::unique_ptr<connection> client::pooled(course& c) {
    for (auto const& address : c.peers()) {
        c.where.address = address;
        auto kept = pool_.take(c.where);
        if (!kept)
            continue;
        c.now.reused = true;
        c.now.address = address;
        c.now.port = c.peer_port();
        return kept;
    }
    return {};
}

// A proxy that cannot reach one address of the target may reach another: it may have no IPv6, say.
awaitable<result<std::unique_ptr<connection>>> client::connect(course& c) {
    while (true) {
        auto made = co_await connect_once(c);
        bool const refused = !made && made.error().what == code::proxy_refused;
        if (!refused || c.life.ended() || !c.tunnelled())
            co_return made;
        dialler_.order().failed(c.targets.at[c.target], c.target_port(), clock::now());
        if (++c.target == c.targets.size)
            co_return made;
        c.begin_anew();
    }
}

awaitable<result<std::unique_ptr<connection>>> client::connect_once(course& c) {
    auto won =
        co_await dialler_.dial(c.peers(), c.peer_port(), c.request.limits.connect, c.life, c.now, c.tried);
    if (!won)
        co_return won.error();
    c.now.address = c.where.address = won->address;
    c.now.port = c.peer_port();
    c.now.connect = won->took;
    auto conn = std::make_unique<connection>(std::move(won->socket));
    auto const ready = co_await make_way(c, *conn);
    if (!ready)
        co_return c.record(ready.error());
    pool_.dialled();
    co_return std::move(conn);
}

// Through the proxy, then TLS with the origin.
awaitable<result<void>> client::make_way(course& c, connection& conn) {
    auto const& limits = c.request.limits;
    auto began = clock::now();
    if (c.tunnelled()) {
        tunnel_end const end{c.targets.at[c.target], c.target_port()};
        auto const through = co_await open_tunnel(conn, *c.via, end, user_agent_, limits.connect, c.life);
        c.now.connect += clock::now() - began;
        if (!through)
            co_return through.error();
        began = clock::now();
    }
    if (!c.tls())
        co_return result<void>();
    auto const secured = co_await conn.secure(c.to.host(), c.target_port(), tls_, limits.tls, c.life);
    c.now.tls = clock::now() - began;
    co_return secured;
}

// Sends the request and reads the head of the answer. Writes the try down, however it ends.
awaitable<result<std::unique_ptr<response>>> client::ask(course& c, std::unique_ptr<connection> conn) {
    if (auto const* const tls = conn->tls()) {
        c.now.tls_version = tls->version();
        c.now.tls_resumed = tls->resumed();
    }
    auto text = request_text(c.request, c.to, c.forwarded() ? c.via.get() : nullptr, user_agent_);
    auto const began = clock::now();
    head_limits const limits{max_head_, c.request.limits.first_byte};
    auto head = co_await exchange(*conn, std::move(text), c.request.method == "HEAD", limits, c.life);
    c.now.first_byte = clock::now() - began;
    if (head && c.forwarded() && head->status == 407)
        head = failure(stage::connect, code::proxy_auth, "status 407");
    if (!head) {
        conn->close();
        co_return c.record(head.error());
    }
    if (binds_connection(c.request.fields))
        head->keep_alive = false;
    c.now.protocol = head->http11 ? "http/1.1" : "http/1.0";
    c.now.status = head->status;
    c.tried.push_back(std::move(c.now));
    co_return std::make_unique<response>(pool_, std::move(c.where), std::move(conn), std::move(*head), c.life,
                                         c.request.limits);
}

awaitable<result<std::vector<judged_address>>> client::judge(std::string_view host, std::uint16_t port,
                                                             outgoing const& request, scope& life) {
    auto const guard = guard_;
    if (!guard->port_allowed(port))
        co_return failure(stage::egress, code::port_refused, std::to_string(port));
    auto const found = co_await dns_.resolve(host, port, life, request.limits.dns);
    if (!found)
        co_return found.error();
    std::vector<judged_address> all;
    for (auto const& address : **found) {
        auto const verdict = guard->judge(host, address, port);
        all.push_back({address, verdict.allowed, verdict.why, verdict.name()});
    }
    co_return all;
}

}  // namespace fetchd
