#include "support/unreachable.hpp"

#include <cerrno>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

#include "support/socket.hpp"

namespace fetchd::test {
namespace {

// A connect to a full backlog is dropped and tried again by the kernel after a second; one that is not
// through after a tenth of that will not be.
bool gets_through(int socket) {
    pollfd wait{socket, POLLOUT, 0};
    return poll(&wait, 1, 100) == 1;
}

}  // namespace

deaf_listener::deaf_listener(std::string const& address)
    : listener_(bound_socket(make_endpoint(address, 0))) {
    if (::listen(listener_, 0) != 0)
        throw_errno("listen");
    auto const where = local_endpoint(listener_);
    port_ = where.port();
    for (int tries = 0; tries < 64; ++tries) {
        int const filler = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (filler < 0)
            throw_errno("socket");
        fillers_.push_back(filler);
        if (::connect(filler, where.raw(), where.size) != 0 && errno != EINPROGRESS)
            throw_errno("connect");
        if (!gets_through(filler))
            return;
    }
    throw std::runtime_error("deaf_listener: the backlog does not fill");
}

deaf_listener::~deaf_listener() {
    for (int const filler : fillers_)
        ::close(filler);
    ::close(listener_);
}

refusing_port::refusing_port(std::string const& address) : socket_(bound_socket(make_endpoint(address, 0))) {
    port_ = local_endpoint(socket_).port();
}

refusing_port::~refusing_port() {
    ::close(socket_);
}

}  // namespace fetchd::test
