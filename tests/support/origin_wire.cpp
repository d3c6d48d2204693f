#include "support/origin_wire.hpp"

#include <algorithm>
#include <cerrno>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/socket.hpp"

namespace fetchd::test {

origin_wire::origin_wire(int socket) : socket_(socket), bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (bell_ < 0)
        throw_errno("eventfd");
    set_no_delay(socket_);
    // A send that is blocked by its reader looks up now and then whether it was told to give up.
    timeval const often{0, 50'000};
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &often, sizeof often);
}

origin_wire::~origin_wire() {
    SSL_free(ssl_);
    ::close(socket_);
    ::close(bell_);
}

long origin_wire::read(char* into, std::size_t size) {
    if (ssl_) {
        ERR_clear_error();
        errno = 0;
        int const n = SSL_read(ssl_, into, static_cast<int>(std::min<std::size_t>(size, 1 << 20)));
        if (n > 0)
            return n;
        reset_seen_ = errno == ECONNRESET;
        int const why = SSL_get_error(ssl_, n);
        // A client that leaves without close_notify has left all the same.
        return why == SSL_ERROR_ZERO_RETURN || (why == SSL_ERROR_SSL && !reset_seen_) ? 0 : -1;
    }
    for (;;) {
        auto const n = ::recv(socket_, into, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            reset_seen_ = errno == ECONNRESET;
        return n;
    }
}

bool origin_wire::write(std::string_view bytes) {
    while (!bytes.empty() && !given_up_) {
        errno = 0;
        long n = 0;
        bool again = false;
        if (ssl_) {
            ERR_clear_error();
            int const part = static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20));
            n = SSL_write(ssl_, bytes.data(), part);
            again = n <= 0 && SSL_get_error(ssl_, static_cast<int>(n)) == SSL_ERROR_WANT_WRITE;
        } else {
            n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            again = n < 0 && (errno == EAGAIN || errno == EINTR);
        }
        if (n > 0)
            bytes.remove_prefix(static_cast<std::size_t>(n));
        else if (!again) {
            reset_seen_ = errno == ECONNRESET;
            return false;
        }
    }
    return bytes.empty();
}

origin_wire::woke origin_wire::wait(milliseconds limit) {
    pollfd on[2] = {{socket_, POLLRDHUP, 0}, {bell_, POLLIN, 0}};
    auto const until = test_clock::now() + limit;
    for (;;) {
        int left = -1;
        if (limit.count() >= 0)
            left = static_cast<int>(
                std::max<long>(0, std::chrono::ceil<milliseconds>(until - test_clock::now()).count()));
        int const n = ::poll(on, 2, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return woke::time_over;
        if (on[1].revents) {
            std::uint64_t rung = 0;
            (void)!::read(bell_, &rung, sizeof rung);
            return woke::bell;
        }
        reset_seen_ = (on[0].revents & POLLERR) != 0;
        return woke::client_gone;
    }
}

// Closing with bytes unread would send RST instead of FIN.
void origin_wire::drain() {
    char scrap[4096];
    while (::recv(socket_, scrap, sizeof scrap, MSG_DONTWAIT) > 0) {
    }
}

void origin_wire::finish(bool notify) {
    if (ssl_ && notify)
        SSL_shutdown(ssl_);
    ::shutdown(socket_, SHUT_WR);
    drain();
}

void origin_wire::reset() {
    reset_on_close(socket_);
}

void origin_wire::close_half() {
    if (ssl_)
        SSL_shutdown(ssl_);
    ::shutdown(socket_, SHUT_WR);
}

void origin_wire::wake() {
    std::uint64_t const one = 1;
    (void)!::write(bell_, &one, sizeof one);
}

void origin_wire::hang_up() {
    given_up_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    wake();
}

void origin_wire::hang_up_with_reset() {
    given_up_ = true;
    reset_on_close(socket_);
    ::shutdown(socket_, SHUT_RD);
    wake();
}

}  // namespace fetchd::test
