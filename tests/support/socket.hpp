// The few socket calls all of the test support shares. IPv4 and IPv6 literals only.
#pragma once

#include <cstdint>
#include <string>

#include <sys/socket.h>

namespace fetchd::test {

struct endpoint {
    sockaddr_storage storage{};
    socklen_t size = 0;

    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
    sockaddr const* raw() const { return reinterpret_cast<sockaddr const*>(&storage); }
    std::uint16_t port() const;
    std::string text() const;  // "127.0.0.1:80", "[::1]:80"
};

endpoint make_endpoint(std::string const& address, std::uint16_t port);  // throws std::invalid_argument
endpoint local_endpoint(int socket);
endpoint peer_endpoint(int socket);

// Bound, close-on-exec; not listening. Throws std::system_error.
int bound_socket(endpoint const&, bool nonblocking = false);
void set_no_delay(int socket);
void reset_on_close(int socket);  // SO_LINGER of zero: close sends RST
void raise_descriptor_limit();    // soft limit to the hard one
void ignore_broken_pipes();       // SIGPIPE off in this process, once

[[noreturn]] void throw_errno(char const* what);

}  // namespace fetchd::test
