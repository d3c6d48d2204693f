#include "net/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>

#include "base/config.hpp"

namespace fetchd {
namespace {

tcp::endpoint to_asio(ip_address const& ip, std::uint16_t port) {
    if (ip.v4)
        return {asio::ip::address_v4(ip.v4_at(0)), port};
    return {asio::ip::address_v6(ip.bytes), port};
}

failure connect_failure(error_code ec, endpoint const& to) {
    auto const where = to.address.text() + " port " + std::to_string(to.port);
    if (ec == asio::error::connection_refused)
        return {stage::connect, code::refused, where};
    if (ec == asio::error::timed_out || ec == asio::error::operation_aborted)
        return {stage::connect, code::timeout, where};
    if (ec == asio::error::network_unreachable || ec == asio::error::host_unreachable)
        return {stage::connect, code::unreachable, where};
    if (ec == asio::error::connection_reset)
        return {stage::connect, code::reset, where};
    return {stage::connect, code::failed, where + ": " + ec.message()};
}

}  // namespace

awaitable<result<void>> connection::open(endpoint const& to, tls_context& context, milliseconds timeout,
                                         scope& life, dial_timings& timings) {
    if (life.ended())
        co_return life.why(stage::connect);
    auto const began = clock::now();
    scope::phase limit(life, began + timeout);
    scope::hold hold(life, [this] { cancel(); });
    auto const address = to_asio(to.address, to.port);
    error_code opened;
    socket_.open(address.protocol(), opened);
    if (opened)
        co_return connect_failure(opened, to);
    auto const [ec] = co_await socket_.async_connect(address, no_throw);
    timings.connect = clock::now() - began;
    if (life.ended())
        co_return life.why(stage::connect);
    if (ec)
        co_return connect_failure(ec, to);
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    if (socket_.remote_endpoint(ignored) != address)
        co_return failure(stage::egress, code::refused,
                          "the connected peer is not the address that was judged");
    if (!to.tls)
        co_return result<void>();

    socket_.non_blocking(true, ignored);  // for quiet()
    tls_.emplace(context, socket_);
    auto const shaken = co_await tls_->handshake(to.host, to.port);
    timings.tls = clock::now() - began - timings.connect;
    if (life.ended())
        co_return life.why(stage::tls);
    co_return shaken;
}

awaitable<io_result> connection::read_some(std::span<char> into) {
    if (tls_)
        co_return co_await tls_->read_some(into);
    auto const [ec, n] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), no_throw);
    co_return io_result{ec, n};
}

awaitable<io_result> connection::write(std::string_view all) {
    if (tls_)
        co_return co_await tls_->write(all);
    auto const [ec, n] = co_await asio::async_write(socket_, asio::buffer(all.data(), all.size()), no_throw);
    co_return io_result{ec, n};
}

void connection::cancel() {
    error_code ignored;
    socket_.cancel(ignored);
}

void connection::close() {
    error_code ignored;
    socket_.close(ignored);
}

bool connection::quiet() {
    if (!input.empty())
        return false;
    // Bytes on a TLS connection may be a session ticket, or an answer nobody asked for.
    if (tls_)
        return tls_->quiet();
    char byte;
    auto const n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace fetchd
