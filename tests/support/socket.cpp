#include "support/socket.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fetchd::test {

void throw_errno(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::uint16_t endpoint::port() const {
    if (storage.ss_family == AF_INET6)
        return ntohs(reinterpret_cast<sockaddr_in6 const*>(&storage)->sin6_port);
    return ntohs(reinterpret_cast<sockaddr_in const*>(&storage)->sin_port);
}

std::string endpoint::text() const {
    char out[INET6_ADDRSTRLEN] = "?";
    auto const number = ":" + std::to_string(port());
    if (storage.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6 const*>(&storage)->sin6_addr, out, sizeof out);
        return "[" + std::string(out) + "]" + number;
    }
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const*>(&storage)->sin_addr, out, sizeof out);
    return out + number;
}

endpoint make_endpoint(std::string const& address, std::uint16_t port) {
    endpoint made;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&made.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&made.storage);
    if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        made.size = sizeof *v4;
    } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        made.size = sizeof *v6;
    } else {
        throw std::invalid_argument("not an address: " + address);
    }
    return made;
}

endpoint local_endpoint(int socket) {
    endpoint made;
    made.size = sizeof made.storage;
    if (getsockname(socket, made.raw(), &made.size) != 0)
        throw_errno("getsockname");
    return made;
}

endpoint peer_endpoint(int socket) {
    endpoint made;
    made.size = sizeof made.storage;
    // A peer may be gone before it is looked at; an unknown one is not an error here.
    if (getpeername(socket, made.raw(), &made.size) != 0)
        return endpoint{};
    return made;
}

int bound_socket(endpoint const& where, bool nonblocking) {
    int const made =
        ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
    if (made < 0)
        throw_errno("socket");
    int const on = 1;
    // Not for a port the kernel chooses: it might choose one that is bound and only not listening.
    if (where.port() != 0)
        setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (where.storage.ss_family == AF_INET6)
        setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(made, where.raw(), where.size) != 0) {
        int const why = errno;
        ::close(made);
        errno = why;
        throw_errno("bind");
    }
    return made;
}

void set_no_delay(int socket) {
    int const on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void reset_on_close(int socket) {
    linger const now{1, 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void ignore_broken_pipes() {
    static std::once_flag once;
    std::call_once(once, [] { std::signal(SIGPIPE, SIG_IGN); });
}

}  // namespace fetchd::test
