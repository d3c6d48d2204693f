#include "worker/packet.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace fetchd::worker {

bool send_packet(int socket, std::string_view bytes, std::span<int const> descriptors, wait_mode mode) {
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(max_packet_descriptors * sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (!descriptors.empty() && descriptors.size() <= max_packet_descriptors) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        auto* const c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(c), descriptors.data(), descriptors.size_bytes());
    }
    auto const flags = MSG_NOSIGNAL | (mode == wait_mode::no ? MSG_DONTWAIT : 0);
    for (;;) {
        auto const n = ::sendmsg(socket, &message, flags);
        if (n < 0 && errno == EINTR)
            continue;
        return n == static_cast<ssize_t>(bytes.size());
    }
}

packet receive_packet(int socket, wait_mode mode) {
    char bytes[max_packet_bytes];
    iovec data{bytes, sizeof bytes};
    alignas(cmsghdr) char control[CMSG_SPACE(max_packet_descriptors * sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;

    packet p;
    auto const flags = MSG_CMSG_CLOEXEC | (mode == wait_mode::no ? MSG_DONTWAIT : 0);
    auto n = ::recvmsg(socket, &message, flags);
    while (n < 0 && errno == EINTR)
        n = ::recvmsg(socket, &message, flags);
    if (n < 0) {
        p.what = errno == EAGAIN || errno == EWOULDBLOCK ? packet::state::none : packet::state::broken;
        return p;
    }
    // Owned at once, so that a refused message leaks nothing.
    for (auto* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        auto const count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            auto owned = descriptor(fd);
            if (p.descriptor_count < max_packet_descriptors)
                p.descriptors[p.descriptor_count++] = std::move(owned);
        }
    }
    if ((message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0)
        p.what = packet::state::broken;
    else if (n == 0)
        p.what = packet::state::closed;
    else
        p.what = packet::state::arrived;
    p.bytes.assign(bytes, static_cast<std::size_t>(n));
    return p;
}

}  // namespace fetchd::worker
