#include "service/cutting_relay.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "support/socket.hpp"

namespace fetchd::test {
namespace {

enum class moved { some, end, cut };

// What has come, up to what may still go; true to its order.
moved move(int from, int to, std::size_t& left) {
    char buffer[16 * 1024];
    auto const n = ::recv(from, buffer, std::min(sizeof buffer, left), 0);
    if (n <= 0)
        return moved::end;
    left -= static_cast<std::size_t>(n);
    for (ssize_t sent = 0; sent < n;) {
        auto const m = ::send(to, buffer + sent, static_cast<std::size_t>(n - sent), MSG_NOSIGNAL);
        if (m <= 0)
            return moved::end;
        sent += m;
    }
    return left == 0 ? moved::cut : moved::some;
}

}  // namespace

cutting_relay::cutting_relay(std::uint16_t service, plan how)
    : service_(service), plan_(std::move(how)), listener_(bound_socket(make_endpoint("127.0.0.1", 0))) {
    if (::listen(listener_, 64) != 0)
        throw_errno("listen");
    port_ = local_endpoint(listener_).port();
    over_ = ::eventfd(0, EFD_CLOEXEC);
    acceptor_ = std::jthread([this] { accept_all(); });
}

cutting_relay::~cutting_relay() {
    ::eventfd_write(over_, 1);
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    connections_.clear();
    ::close(listener_);
    ::close(over_);
}

void cutting_relay::accept_all() {
    for (std::size_t number = 0;; ++number) {
        int const client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0)
            return;
        connections_.emplace_back([this, client, how = plan_(number)] { relay(client, how); });
    }
}

void cutting_relay::relay(int client, cut how) {
    auto target = make_endpoint("127.0.0.1", service_);
    int const service = bound_socket(make_endpoint("127.0.0.1", 0));
    bool open = ::connect(service, target.raw(), target.size) == 0;
    bool cut_off = how.up == 0 || how.down == 0;
    while (open && !cut_off) {
        pollfd ready[] = {{client, POLLIN, 0}, {service, POLLIN, 0}, {over_, POLLIN, 0}};
        ::poll(ready, 3, -1);
        auto what = moved::some;
        if (ready[0].revents != 0)
            what = move(client, service, how.up);
        if (ready[1].revents != 0 && what == moved::some)
            what = move(service, client, how.down);
        cut_off = what == moved::cut;
        open = what == moved::some && ready[2].revents == 0;
    }
    if (cut_off) {
        ++cuts_;
        if (how.then)
            how.then();
        reset_on_close(client);
        reset_on_close(service);
    }
    ::close(client);
    ::close(service);
}

}  // namespace fetchd::test
