// A request as the bytes that are sent (RFC 9112 §3). No I/O.
#pragma once

#include <string>

#include "http/url.hpp"
#include "net/outgoing.hpp"

namespace fetchd {

// through: an HTTP proxy that forwards the request itself, which is then in absolute-form (§3.2.2) and
// carries the proxy's credentials; null otherwise.
std::string request_text(outgoing const&, url const& target, proxy const* through,
                         std::string const& user_agent);

}  // namespace fetchd
