#include "api/listener.hpp"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>

#include "api/problem.hpp"
#include "base/log.hpp"
#include "loop/spawn.hpp"

namespace fetchd::api {
namespace {

constexpr std::size_t first_block = 1000;  // most requests fit; a waiting connection holds no more
constexpr int backlog = 4096;
constexpr auto linger_time = std::chrono::seconds(1);
constexpr std::size_t linger_bytes = 4 * 1024 * 1024;
constexpr auto accept_pause = std::chrono::milliseconds(100);

std::optional<tcp::endpoint> parse_listen(std::string const& text) {
    auto const colon = text.rfind(':');
    if (colon == text.npos)
        return {};
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    auto const [end, ec] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    error_code bad;
    auto const address = asio::ip::make_address(host, bad);
    if (bad || ec != std::errc{} || end != text.data() + text.size())
        return {};
    return tcp::endpoint(address, port);
}

ip_address from_asio(asio::ip::address const& a) {
    return a.is_v4() ? ip_address::from_v4(a.to_v4().to_uint()) : ip_address::from_v6(a.to_v6().to_bytes());
}

failure cannot_listen(std::string const& where, std::string const& why) {
    return {stage::admission, code::not_ready, "server.listen: " + where + ": " + why};
}

}  // namespace

struct listener::connection {
    connection(tcp_socket s, bool beyond) : socket(std::move(s)), input(first_block), over(beyond) {}

    void close() {
        error_code ignored;
        socket.close(ignored);
    }

    tcp_socket socket;
    byte_buffer input;
    bool over;
    bool idle = true;      // no request has begun
    bool talking = false;  // it was answered before it had sent all of its request
};

listener::listener(asio::io_context& io, timer_wheel& wheel, server_config const& settings, handler h)
    : io_(io), wheel_(wheel), settings_(settings), handler_(std::move(h)) {}

listener::~listener() = default;

std::vector<std::string> listener::problems(std::vector<std::string> const& listen) {
    std::vector<std::string> all;
    for (auto const& text : listen)
        if (!parse_listen(text))
            all.push_back("server.listen: \"" + text +
                          "\": want an address and a port, as 127.0.0.1:8484 or [::1]:8484");
    return all;
}

result<void> listener::open() {
    std::vector<std::unique_ptr<acceptor>> opened;
    for (auto const& text : settings_.listen) {
        auto const where = parse_listen(text);
        if (!where)
            return cannot_listen(text, "not an address and a port");
        auto a = std::make_unique<acceptor>(io_.get_executor());
        error_code ec;
        a->open(where->protocol(), ec);
        if (!ec)
            a->set_option(asio::socket_base::reuse_address(true), ec);
        if (!ec && where->address().is_v6())
            a->set_option(asio::ip::v6_only(true), ec);
        if (!ec)
            a->bind(*where, ec);
        if (!ec)
            a->listen(backlog, ec);
        if (ec)
            return cannot_listen(text, ec.message());
        opened.push_back(std::move(a));
    }
    acceptors_ = std::move(opened);
    for (auto const& a : acceptors_) {
        auto const at = a->local_endpoint();
        addresses_.push_back({from_asio(at.address()), at.port()});
    }
    return {};
}

void listener::start() {
    for (auto& a : acceptors_)
        spawn_logged(io_.get_executor(), "accept", accept(*a));
}

listener::numbers listener::count() const {
    auto n = numbers_;
    n.connections = connections_.size();
    return n;
}

awaitable<void> listener::accept(acceptor& from) {
    timer pause(io_.get_executor());
    while (!draining_) {
        auto [ec, socket] = co_await from.async_accept(no_throw);
        if (draining_)
            co_return;
        if (ec) {
            // Out of descriptors, most likely: what is open goes on, and the backlog waits.
            log::line(log::level::warn, "accept failed").kv("cause", ec.message());
            pause.expires_after(accept_pause);
            co_await pause.async_wait(no_throw);
            continue;
        }
        ++numbers_.accepted;
        if (connections_.size() >= settings_.max_connections + reserve_connections) {
            ++numbers_.refused;
            continue;  // the socket closes
        }
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        bool const over = connections_.size() >= settings_.max_connections;
        auto conn = std::make_shared<connection>(std::move(socket), over);
        connections_.insert(conn.get());
        spawn_logged(io_.get_executor(), "connection", serve(std::move(conn)));
    }
}

void listener::forget(connection& conn) {
    connections_.erase(&conn);
    if (draining_ && connections_.empty() && on_drained_)
        on_drained_();
}

awaitable<void> listener::serve(std::shared_ptr<connection> conn) {
    struct farewell {
        listener& self;
        connection& conn;
        ~farewell() { self.forget(conn); }
    } const at_the_end{*this, *conn};
    while (true) {
        bool const again = co_await serve_one(*conn);
        if (!again || draining_)
            break;
    }
    if (conn->talking)
        co_await linger(*conn);
    conn->close();
}

// The client may still be sending what we do not want. Closing now would make the kernel reset the
// connection, and our last answer be lost on its way: read and forget for a moment, until the client has seen
// it.
awaitable<void> listener::linger(connection& conn) {
    error_code ignored;
    conn.socket.shutdown(tcp::socket::shutdown_send, ignored);
    alarm limit(wheel_, [&conn] { conn.close(); });
    limit.arm(clock::now() + linger_time);
    std::array<char, 4096> forgotten;
    for (std::size_t seen = 0; seen < linger_bytes;) {
        auto const [ec, n] = co_await conn.socket.async_read_some(asio::buffer(forgotten), no_throw);
        if (ec)
            co_return;
        seen += n;
    }
}

// Waits for a whole head, `end` bytes long. False when there is none to answer.
awaitable<bool> listener::read_head(connection& conn, std::size_t& end) {
    bool late = false;
    alarm limit(wheel_, [&late, &conn] {
        late = true;
        error_code ignored;
        conn.socket.cancel(ignored);
    });
    conn.idle = conn.input.empty();
    limit.arm(clock::now() + (conn.idle ? settings_.idle_timeout : settings_.head_timeout));
    std::size_t searched = 0;
    while (true) {
        // RFC 9112 §2.2: an empty line before the request line is skipped.
        while (conn.input.view().starts_with("\r\n"))
            conn.input.consume(2);
        auto const bytes = conn.input.view();
        auto const at = bytes.find("\r\n\r\n", searched < 3 ? 0 : searched - 3);
        if (at != bytes.npos && at + 4 <= settings_.max_head) {
            end = at + 4;
            co_return true;
        }
        searched = bytes.size();
        auto const room = conn.input.room(settings_.max_head);
        if (room.empty() || bytes.size() >= settings_.max_head) {
            refusal const too_large{431, "The head of the request is larger than " +
                                             std::to_string(settings_.max_head) + " bytes"};
            co_await refuse(conn, too_large);
            co_return false;
        }
        auto const [ec, n] =
            co_await conn.socket.async_read_some(asio::buffer(room.data(), room.size()), no_throw);
        conn.input.commit(n);
        if (late && !conn.input.empty() && !draining_) {
            refusal const too_late{408, "The request did not arrive in time"};
            co_await refuse(conn, too_late);
        }
        if (ec || late)  // late without an error: the bytes were there already when the time was up
            co_return false;
        if (std::exchange(conn.idle, false))
            limit.arm(clock::now() + settings_.head_timeout);
    }
}

awaitable<void> listener::refuse(connection& conn, refusal const& bad) {
    ++numbers_.bad_requests;
    request_head nothing;
    nothing.http11 = true;
    call answer(conn.socket, conn.input, wheel_, settings_.idle_timeout, std::move(nothing));
    answer.close_after();
    conn.talking = true;
    auto const text = problem(bad.status, bad.why);
    co_await answer.send(text);
}

// One request and its answer. False when the connection is done.
awaitable<bool> listener::serve_one(connection& conn) {
    conn.input.shrink(first_block);
    std::size_t end = 0;
    bool const complete = co_await read_head(conn, end);
    if (!complete)
        co_return false;
    auto head = parse_request_head(conn.input.view().substr(0, end));
    conn.input.consume(end);
    if (!head) {
        auto const bad = head.error();
        co_await refuse(conn, bad);
        co_return false;
    }
    ++numbers_.requests;
    ++numbers_.active;
    struct counted {
        std::size_t& active;
        ~counted() { --active; }
    } const until_answered{numbers_.active};
    call request(conn.socket, conn.input, wheel_, settings_.idle_timeout, std::move(*head));
    if (draining_ || conn.over)
        request.close_after();
    co_await handler_(request, conn.over);
    numbers_.sent_bytes += request.sent_bytes();
    conn.idle = true;
    conn.talking = !request.body_read();
    co_return request.may_keep_alive();
}

void listener::drain() {
    draining_ = true;
    for (auto& a : acceptors_) {
        error_code ignored;
        a->close(ignored);
    }
    for (auto* conn : connections_)
        if (conn->idle)
            conn->close();
    if (connections_.empty() && on_drained_)
        on_drained_();
}

void listener::close_all() {
    for (auto* conn : connections_)
        conn->close();
}

}  // namespace fetchd::api
