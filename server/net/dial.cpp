#include "net/dial.hpp"

#include <boost/asio/ip/address.hpp>
#include <memory>

#include "loop/bell.hpp"

namespace fetchd {
namespace {

tcp::endpoint to_asio(ip_address const& ip, std::uint16_t port) {
    if (ip.v4)
        return {asio::ip::address_v4(ip.v4_at(0)), port};
    return {asio::ip::address_v6(ip.bytes), port};
}

failure connect_failure(error_code ec, ip_address const& address, std::uint16_t port) {
    auto const where = address.text() + " port " + std::to_string(port);
    if (ec == asio::error::connection_refused)
        return {stage::connect, code::refused, where};
    if (ec == asio::error::timed_out || ec == asio::error::operation_aborted ||
        ec == asio::error::bad_descriptor)
        return {stage::connect, code::timeout, where};
    if (ec == asio::error::network_unreachable || ec == asio::error::host_unreachable)
        return {stage::connect, code::unreachable, where};
    if (ec == asio::error::connection_reset)
        return {stage::connect, code::reset, where};
    return {stage::connect, code::failed, where + ": " + ec.message()};
}

// What must hold of a socket before a byte is sent on it.
result<void> check_peer(tcp_socket& socket, ip_address const& address, std::uint16_t port) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    error_code gone;
    auto const peer = socket.remote_endpoint(gone);
    if (gone)  // made, and reset before anybody looked
        return connect_failure(asio::error::connection_reset, address, port);
    if (peer != to_asio(address, port))
        return failure(stage::egress, code::refused, "the connected peer is not the address that was judged");
    return {};
}

// Written down with what is known before dialling; the time for the name counts once.
attempt& write_down(std::vector<attempt>& tried, attempt& sample, ip_address const& address,
                    std::uint16_t port, clock::duration took) {
    auto& a = tried.emplace_back(sample);
    a.address = address;
    a.port = port;
    a.connect = took;
    sample.dns = {};
    return a;
}

}  // namespace

// One address of the race.
struct dialler::lane {
    lane(executor ex, timer_wheel& wheel, ip_address const& ip)
        : address(ip), socket(ex), limit(wheel, [this] { close(); }) {}

    ip_address address;
    tcp_socket socket;
    alarm limit;
    time_point began{};
    clock::duration took{};
    std::optional<error_code> outcome;

    void close() {
        error_code ignored;
        socket.close(ignored);
    }
};

// Shared with the handlers of its connects, which come when they are cancelled too.
struct dialler::race : std::enable_shared_from_this<race> {
    race(executor ex, std::uint16_t to_port) : news(ex), port(to_port) {}

    bell news;
    std::uint16_t port;
    std::vector<std::unique_ptr<lane>> lanes;
    std::size_t pending = 0;
    std::size_t failures = 0;
    lane* winner = nullptr;

    void start(std::unique_ptr<lane> next, milliseconds each) {
        auto& l = *lanes.emplace_back(std::move(next));
        auto const to = to_asio(l.address, port);
        l.began = clock::now();
        error_code opened;
        l.socket.open(to.protocol(), opened);
        if (opened) {
            settle(l, opened);
            return;
        }
        ++pending;
        l.limit.arm(l.began + each);
        l.socket.async_connect(to, [self = shared_from_this(), &l](error_code ec) {
            --self->pending;
            self->settle(l, ec);
        });
    }

    void settle(lane& l, error_code ec) {
        l.limit.disarm();
        l.took = clock::now() - l.began;
        l.outcome = ec;
        if (ec)
            ++failures;
        else if (!winner)
            winner = &l;
        news.ring();
    }

    void close_all() {
        for (auto& l : lanes)
            if (l.get() != winner)
                l->close();
    }
};

awaitable<result<dialler::dialled>> dialler::dial(std::span<ip_address const> addresses, std::uint16_t port,
                                                  milliseconds each, scope& life, attempt& sample,
                                                  std::vector<attempt>& tried) {
    if (addresses.size() == 1)
        co_return co_await dial_one(addresses.front(), port, each, life, sample, tried);
    auto const running = std::make_shared<race>(executor_, port);
    auto& r = *running;
    scope::hold hold(life, [&r] { r.news.ring(); });
    alarm delay(life.wheel(), [&r] { r.news.ring(); });
    std::size_t failures_seen = 0;
    time_point next_start{};
    while (!life.ended() && !r.winner) {
        bool const more = r.lanes.size() < addresses.size();
        if (!more && r.pending == 0)
            break;
        if (more && (r.pending == 0 || r.failures > failures_seen || clock::now() >= next_start)) {
            failures_seen = r.failures;
            next_start = clock::now() + attempt_delay;
            delay.arm(next_start);
            r.start(std::make_unique<lane>(executor_, life.wheel(), addresses[r.lanes.size()]), each);
            continue;
        }
        co_await r.news.wait();
    }
    auto won = finish(r, life, sample, tried);
    r.close_all();
    co_return won;
}

// Who came in, in the order they were started; the winner goes on, the others are written down.
result<dialler::dialled> dialler::finish(race& r, scope& life, attempt& sample, std::vector<attempt>& tried) {
    std::optional<failure> last;
    for (auto const& l : r.lanes) {
        if (l.get() == r.winner)
            continue;
        auto const took = l->outcome ? l->took : clock::now() - l->began;
        auto& a = write_down(tried, sample, l->address, r.port, took);
        bool const connected = l->outcome && !*l->outcome;  // at the same moment as the winner
        if (connected) {
            a.outraced = true;
        } else if (l->outcome) {
            order_.failed(l->address, r.port, clock::now());
            a.error = last = connect_failure(*l->outcome, l->address, r.port);
        } else if (r.winner) {
            a.outraced = true;
            if (l->began < r.winner->began)  // it had its chance: the next fetch need not wait for it first
                order_.failed(l->address, r.port, clock::now());
        } else {
            a.error = life.why(stage::connect);
        }
    }
    if (!r.winner)
        return life.ended() ? life.why(stage::connect) : last.value_or(failure(stage::connect, code::failed));
    auto& w = *r.winner;
    auto good = check_peer(w.socket, w.address, r.port);
    if (life.ended())
        good = life.why(stage::connect);
    if (good) {
        order_.worked(w.address, r.port);
        return dialled{std::move(w.socket), w.address, w.took};
    }
    write_down(tried, sample, w.address, r.port, w.took).error = good.error();
    return good.error();
}

// The usual case, without the machinery of a race.
awaitable<result<dialler::dialled>> dialler::dial_one(ip_address const& address, std::uint16_t port,
                                                      milliseconds each, scope& life, attempt& sample,
                                                      std::vector<attempt>& tried) {
    if (life.ended())
        co_return life.why(stage::connect);
    auto const began = clock::now();
    auto const to = to_asio(address, port);
    tcp_socket socket(executor_);
    error_code ec;
    socket.open(to.protocol(), ec);
    if (!ec) {
        auto const give_up = [&socket] {
            error_code ignored;
            socket.cancel(ignored);
        };
        scope::phase phase(life, began + each);
        scope::hold hold(life, give_up);
        std::tie(ec) = co_await socket.async_connect(to, no_throw);
    }
    auto const took = clock::now() - began;
    result<void> good;
    if (life.ended())
        good = life.why(stage::connect);
    else if (ec)
        good = connect_failure(ec, address, port);
    else
        good = check_peer(socket, address, port);
    if (good)
        co_return dialled{std::move(socket), address, took};
    write_down(tried, sample, address, port, took).error = good.error();
    co_return good.error();
}

}  // namespace fetchd
