// Through a proxy to one address: CONNECT or SOCKS5, spoken on a connection to the proxy.
//
// Loop thread only. After it went well, the connection is the target's; after a failure it must be closed.
#pragma once

#include "http/proxy.hpp"
#include "loop/scope.hpp"
#include "net/connection.hpp"

namespace fetchd {

struct tunnel_end {
    ip_address const& address;  // exactly the judged one
    std::uint16_t port;
};

awaitable<result<void>> open_tunnel(connection&, proxy const&, tunnel_end, std::string const& user_agent,
                                    milliseconds limit, scope&);

}  // namespace fetchd
