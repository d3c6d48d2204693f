// The proxy a fetch goes through: what a request or the configuration names, as a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace fetchd {

enum class proxy_kind : unsigned char {
    http,     // forwards requests for http, tunnels https
    connect,  // the same proxy, asked for a tunnel always: so it never resolves a name itself
    socks5,
};

struct proxy {
    proxy_kind kind = proxy_kind::http;
    std::string host;  // as url::host() has it: lower case, IDNA done, brackets around IPv6
    std::uint16_t port = 0;
    std::string user;  // decoded; any bytes for SOCKS5, no control bytes and no ':' for HTTP
    std::string password;
    bool has_credentials = false;

    // It reads the request and sends it on itself, to wherever it finds the host.
    bool forwards(bool tls) const { return kind == proxy_kind::http && !tls; }

    // "socks5://10.0.0.1:1080", with the port always and the credentials never: for results and logs.
    std::string text() const;

    friend bool operator==(proxy const&, proxy const&) = default;
};

constexpr std::size_t max_proxy_text = 2048;
constexpr std::size_t max_proxy_credential = 255;  // bytes of the user name, and of the password (RFC 1929)

// "http://[user[:password]@]host[:port]", the same with connect, and with socks5 or socks5h, which are one
// here: names are resolved by us, because only an address that we know can be judged. Without a port it is
// 80, as http says, and 1080 for SOCKS5. Credentials are percent-encoded as in any URL. Fails with
// (admission, bad_proxy) and a detail that quotes no part of the text.
result<proxy> parse_proxy(std::string_view text);

}  // namespace fetchd
