#include "net/client.hpp"

#include <openssl/evp.h>

#include <boost/asio/ssl/error.hpp>
#include <span>

#include "base/log.hpp"
#include "http/percent.hpp"

namespace fetchd {
namespace {

constexpr int max_interim = 10;  // 1xx answers before the real one
constexpr std::size_t max_tried_addresses = 4;

// RFC 9110 §9.2.2: may be sent again when it is not known whether the first one arrived.
bool idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
           method == "PUT" || method == "DELETE";
}

// RFC 7617 §2, from the user name and password in the URL.
std::string basic_credentials(url const& u) {
    auto const plain = percent_decode(u.username()) + ":" + percent_decode(u.password());
    std::string coded(4 * ((plain.size() + 2) / 3) + 1, '\0');
    auto const n = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                                     reinterpret_cast<unsigned char const*>(plain.data()),
                                     static_cast<int>(plain.size()));
    coded.resize(static_cast<std::size_t>(n));
    return coded;
}

std::string request_text(outgoing const& request, url const& target, std::string const& user_agent) {
    std::string text;
    text.reserve(256 + target.href().size() + request.fields.bytes() + request.body.size());
    text.append(request.method).append(" ").append(target.request_target()).append(" HTTP/1.1\r\nHost: ");
    text.append(target.authority()).append("\r\n");
    if (!request.fields.has("User-Agent"))
        text.append("User-Agent: ").append(user_agent).append("\r\n");
    if (!request.fields.has("Accept"))
        text.append("Accept: */*\r\n");
    request.fields.write_to(text);
    if (target.has_credentials() && !request.fields.has("Authorization"))
        text.append("Authorization: Basic ").append(basic_credentials(target)).append("\r\n");
    if (!request.body.empty())
        text.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    text.append("\r\n").append(request.body);
    return text;
}

// A host that is an address needs no resolver.
std::optional<ip_address> literal_address(url const& u) {
    if (auto const v4 = u.ipv4())
        return ip_address::from_v4(*v4);
    if (auto const v6 = u.ipv6())
        return ip_address::from_v6(*v6);
    return {};
}

failure io_failure(stage where, error_code ec) {
    if (ec == asio::error::operation_aborted)
        return {where, code::timeout};
    if (where == stage::head && (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated))
        return {where, code::closed};
    if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
        return {where, code::reset};
    return where == stage::head ? failure(where, code::reset, ec.message())
                                : failure(where, code::failed, ec.message());
}

// A connection that was closed while it lay in the pool looks like this at its next use.
bool looks_stale(failure const& f) {
    return (f.where == stage::request && f.what != code::timeout && f.what != code::cancelled) ||
           (f.where == stage::head && (f.what == code::closed || f.what == code::reset));
}

}  // namespace

struct client::target {
    outgoing const& request;
    url const& to;
    bool tls;
};

client::client(executor ex, dns& names, tls_context& tls, connection_pool& pool,
               std::shared_ptr<address_guard const> guard, config const& settings)
    : executor_(ex), dns_(names), tls_(tls), pool_(pool) {
    configure(std::move(guard), settings);
}

void client::configure(std::shared_ptr<address_guard const> guard, config const& settings) {
    guard_ = std::move(guard);
    settings_ = settings.net;
    user_agent_ = settings.fetch.user_agent;
}

awaitable<result<std::unique_ptr<response>>> client::open(outgoing const& request, url const& to, scope& life,
                                                          std::vector<attempt>& tried) {
    if (!to.is_http())
        co_return failure(stage::admission, code::unsupported_scheme, std::string(to.scheme()));
    if (to.host().empty())
        co_return failure(stage::admission, code::bad_url, "no host");
    if (life.ended())
        co_return life.why(stage::dns);
    target const wanted{request, to, to.scheme_type() == scheme_kind::https};
    auto const port = to.effective_port();
    auto const guard = guard_;  // a reload may replace it while this waits
    if (!guard->port_allowed(port))
        co_return failure(stage::egress, code::port_refused, std::to_string(port));

    auto const began = clock::now();
    auto const literal = literal_address(to);
    addresses names;
    if (!literal && !(names = dns_.known(to.host(), port))) {
        auto found = co_await dns_.resolve(to.host(), port, life);
        if (!found)
            co_return found.error();
        names = std::move(*found);
    }
    auto const dns_time = clock::now() - began;

    std::optional<failure> last;
    std::size_t dialled = 0;
    for (auto const& address : literal ? std::span(&*literal, 1) : std::span(*names)) {
        auto const verdict = guard->judge(to.host(), address, port);
        if (verdict.reported)
            log::line(log::level::warn, "egress would refuse")
                .kv("host", to.host())
                .kv("address", address.text())
                .kv("rule", verdict.name());
        if (!verdict.allowed) {
            if (!last)
                last = verdict.as_failure();
            continue;
        }
        if (dialled++ == max_tried_addresses)
            break;
        attempt now;
        now.address = address;
        now.port = port;
        now.dns = dialled == 1 ? dns_time : clock::duration{};
        auto answer = co_await try_address(wanted, address, life, now);
        if (!answer)
            now.error = answer.error();
        tried.push_back(std::move(now));
        if (answer)
            co_return std::move(answer);
        last = answer.error();
        // Another address helps only where this one could not be reached.
        if (life.ended() || last->where != stage::connect)
            break;
    }
    co_return *last;
}

awaitable<result<std::vector<judged_address>>> client::judge(url const& to, scope& life) {
    auto const guard = guard_;
    auto const port = to.effective_port();
    auto const found = co_await dns_.resolve(to.host(), port, life);
    if (!found)
        co_return found.error();
    std::vector<judged_address> all;
    for (auto const& address : **found) {
        auto const verdict = guard->judge(to.host(), address, port);
        all.push_back({address, verdict.allowed, verdict.why, verdict.name()});
    }
    co_return all;
}

awaitable<result<std::unique_ptr<response>>> client::try_address(target const& wanted,
                                                                 ip_address const& address, scope& life,
                                                                 attempt& now) {
    endpoint where{std::string(wanted.to.host()), now.port, wanted.tls, address};
    auto conn = pool_.take(where);
    now.reused = conn != nullptr;
    if (conn) {
        auto head = co_await exchange(wanted, *conn, life, now);
        if (head)
            co_return std::make_unique<response>(pool_, std::move(where), std::move(conn), std::move(*head),
                                                 life);
        conn->close();
        if (life.ended() || !looks_stale(head.error()) || !idempotent(wanted.request.method))
            co_return head.error();
        now.reused = false;
    }
    auto fresh = co_await dial(where, life, now);
    if (!fresh)
        co_return fresh.error();
    conn = std::move(*fresh);
    auto head = co_await exchange(wanted, *conn, life, now);
    if (!head)
        co_return head.error();
    co_return std::make_unique<response>(pool_, std::move(where), std::move(conn), std::move(*head), life);
}

awaitable<result<std::unique_ptr<connection>>> client::dial(endpoint const& where, scope& life,
                                                            attempt& now) {
    auto conn = std::make_unique<connection>(executor_);
    dial_timings timings;
    auto const opened = co_await conn->open(where, tls_, settings_.limits.connect, life, timings);
    now.connect = timings.connect;
    now.tls = timings.tls;
    if (!opened)
        co_return opened.error();
    pool_.dialled();
    co_return std::move(conn);
}

awaitable<result<response_head>> client::exchange(target const& wanted, connection& conn, scope& life,
                                                  attempt& now) {
    if (life.ended())
        co_return life.why(stage::request);
    scope::hold hold(life, [&conn] { conn.cancel(); });
    auto const began = clock::now();
    auto const text = request_text(wanted.request, wanted.to, user_agent_);
    auto const sent = co_await conn.write(text);
    if (sent.error && life.ended())
        co_return life.why(stage::request);
    if (sent.error)
        co_return io_failure(stage::request, sent.error);
    auto head = co_await read_head(wanted, conn, life);
    now.first_byte = clock::now() - began;
    co_return head;
}

awaitable<result<response_head>> client::read_head(target const& wanted, connection& conn, scope& life) {
    bool const head_request = wanted.request.method == "HEAD";
    std::size_t searched = 0;
    for (int interim = 0; interim <= max_interim;) {
        auto const bytes = conn.input.view();
        auto const end = find_head_end(bytes, searched);
        searched = bytes.size();
        if (end != bytes.npos) {
            searched = 0;
            auto head = parse_response_head(bytes.substr(0, end), head_request);
            conn.input.consume(end);
            if (!head)
                co_return head.error();
            if (head->status == 101)
                co_return failure(stage::head, code::malformed, "switches protocols unasked");
            if (head->status >= 200)
                co_return std::move(head);
            ++interim;
            continue;
        }
        if (life.ended())
            co_return life.why(stage::head);
        auto const room = conn.input.room(settings_.max_head);
        if (room.empty())
            co_return failure(stage::head, code::too_large,
                              "more than " + std::to_string(settings_.max_head) + " bytes");
        auto const got = co_await conn.read_some(room);
        conn.input.commit(got.bytes);
        if (got.error && life.ended())
            co_return life.why(stage::head);
        if (got.error && !conn.input.empty() && got.error == asio::error::eof)
            co_return failure(stage::head, code::malformed, "the head ends too early");
        if (got.error)
            co_return io_failure(stage::head, got.error);
    }
    co_return failure(stage::head, code::malformed,
                      "more than " + std::to_string(max_interim) + " interim answers");
}

}  // namespace fetchd
