// CONNECT to an HTTP proxy (RFC 9110 §9.3.6): the request, and what its answer means. No I/O.
//
// The tunnel is asked for by address: exactly the one that was judged. After a 2xx answer its head is all
// that belongs to the proxy, whatever lengths it names (RFC 9112 §6.3); the next byte is the origin's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "http/proxy.hpp"
#include "net/ip_address.hpp"

namespace fetchd {

// "CONNECT 192.0.2.1:443 HTTP/1.1" with its fields and the empty line. user_agent: a valid field value; none
// is sent where it is empty.
std::string connect_request(proxy const& through, ip_address const& target, std::uint16_t port,
                            std::string_view user_agent);

// status, reason: of a final answer. Good for 2xx; otherwise (connect, proxy_auth) for 407 and 401, and
// (connect, proxy_refused) with the proxy's own words.
result<void> judge_connect_answer(int status, std::string_view reason);

}  // namespace fetchd
