#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstring>

#include "unit/worker/escapes.hpp"

namespace fetchd::worker {
namespace {

sockaddr_in at(unsigned short port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = ::htons(port);
    a.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    return a;
}

long tcp() {
    return sys(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

template <int Family, int Type = SOCK_DGRAM>
long make_socket(prey const&) {
    return sys(SYS_socket, Family, Type, 0);
}

// Its own doorbell over a socket, if there were one on any number.
long send_a_descriptor(prey const&) {
    char byte = 'x';
    iovec data{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr m{};
    m.msg_iov = &data;
    m.msg_iovlen = 1;
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    auto* const c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    int const bell = 3;
    std::memcpy(CMSG_DATA(c), &bell, sizeof bell);
    for (int fd = 0; fd < 64; ++fd)
        if (auto const sent = sys(SYS_sendmsg, fd, &m, 0); sent >= 0)
            return sent;
    return -1;
}

constexpr escape all[] = {
    {"socket over IPv4", by_limits, make_socket<AF_INET>},
    {"socket over IPv6", by_limits, make_socket<AF_INET6>},
    {"Unix socket", by_limits, make_socket<AF_UNIX>},
    {"netlink socket", by_limits, make_socket<AF_NETLINK, SOCK_RAW>},
    {"packet socket", by_privileges | by_limits, make_socket<AF_PACKET, SOCK_RAW>},
    {"raw socket", by_privileges | by_limits,
     [](prey const&) { return sys(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP); }},
    {"VM socket", by_limits, make_socket<AF_VSOCK, SOCK_STREAM>},
    {"crypto socket", by_limits, make_socket<AF_ALG, SOCK_SEQPACKET>},
    {"socketpair", by_limits,
     [](prey const&) {
         int pair[2];
         return sys(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
     }},
    {"connect to this machine", by_network | by_landlock_net | by_limits,
     [](prey const& p) {
         auto const a = at(p.port);
         return sys(SYS_connect, tcp(), &a, sizeof a);
     }},
    {"bind a port", by_landlock_net | by_limits,
     [](prey const&) {
         auto const a = at(0);
         return sys(SYS_bind, tcp(), &a, sizeof a);
     }},
    {"listen", by_limits, [](prey const&) { return sys(SYS_listen, tcp(), 1); }},
    {"send a datagram", by_network | by_limits,
     [](prey const& p) {
         auto const a = at(p.port);
         return sys(SYS_sendto, sys(SYS_socket, AF_INET, SOCK_DGRAM, 0), "x", 1, 0, &a, sizeof a);
     }},
    {"send a descriptor", by_limits, send_a_descriptor},
    {"rename the machine", by_privileges, [](prey const&) { return sys(SYS_sethostname, "x", 1); }},
    {"rename its domain", by_privileges, [](prey const&) { return sys(SYS_setdomainname, "x", 1); }},
};

}  // namespace

std::span<escape const> network_escapes() {
    return all;
}

}  // namespace fetchd::worker
