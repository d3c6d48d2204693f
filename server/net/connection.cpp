#include "net/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/write.hpp>

namespace fetchd {

awaitable<result<void>> connection::secure(std::string_view host, std::uint16_t port, tls_context& context,
                                           milliseconds limit, scope& life) {
    if (life.ended())
        co_return life.why(stage::tls);
    scope::phase phase(life, clock::now() + limit);
    scope::hold hold(life, [this] { abort(); });
    error_code ignored;
    socket_.non_blocking(true, ignored);  // for quiet()
    tls_.emplace(context, socket_);
    auto const shaken = co_await tls_->handshake(host, port);
    if (life.ended())
        co_return life.why(stage::tls);
    if (phase.expired())
        co_return failure(stage::tls, code::timeout);
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

void connection::abort() {
    error_code ignored;
    socket_.cancel(ignored);
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
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
