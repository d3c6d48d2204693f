#include "http/proxy.hpp"

#include <algorithm>

#include "http/percent.hpp"
#include "http/url.hpp"

namespace fetchd {
namespace {

constexpr std::uint16_t socks_port = 1080;  // RFC 1928 §3

failure bad(std::string_view why) {
    return {stage::admission, code::bad_proxy, std::string(why)};
}

// What the proxy's URL would be with another scheme: only hosts of http and its like are domains and
// addresses.
result<url> with_scheme(url const& u, std::string_view scheme) {
    auto text = std::string(scheme);
    text += u.href().substr(u.scheme().size());
    return url::parse(text);
}

// As http, `socks5://host:80` comes out without its port, and as https `socks5://host:443` does.
std::optional<std::uint16_t> written_port(url const& socks, url const& as_http) {
    if (as_http.port())
        return as_http.port();
    auto const as_https = with_scheme(socks, "https");
    return as_https ? as_https->port() : std::nullopt;
}

result<proxy_kind> kind_named(std::string_view scheme) {
    if (scheme == "http")
        return proxy_kind::http;
    if (scheme == "connect")
        return proxy_kind::connect;
    if (scheme == "socks5" || scheme == "socks5h")
        return proxy_kind::socks5;
    if (scheme == "https")
        return bad("proxies that are spoken to over TLS (https://) are not supported");
    if (scheme == "socks4" || scheme == "socks4a" || scheme == "socks")
        return bad("of the SOCKS protocols only socks5:// is supported");
    // Not named: of "user:password@host" this is the user.
    return bad("its scheme is none of http, connect, socks5 and socks5h");
}

bool control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

result<void> check_credentials(proxy const& p) {
    if (!p.has_credentials)
        return {};
    if (p.user.size() > max_proxy_credential || p.password.size() > max_proxy_credential)
        return bad("its user name or password is longer than 255 bytes");
    if (p.kind == proxy_kind::socks5) {
        if (p.user.empty())
            return bad("a password without a user name");
        return {};
    }
    // RFC 7617 §2.
    if (p.user.find(':') != p.user.npos)
        return bad("a ':' in the user name");
    if (std::any_of(p.user.begin(), p.user.end(), control) ||
        std::any_of(p.password.begin(), p.password.end(), control))
        return bad("a control character in the user name or the password");
    return {};
}

}  // namespace

std::string proxy::text() const {
    constexpr std::string_view schemes[] = {"http://", "connect://", "socks5://"};
    return std::string(schemes[static_cast<std::size_t>(kind)]) + host + ":" + std::to_string(port);
}

result<proxy> parse_proxy(std::string_view text) {
    if (text.size() > max_proxy_text)
        return bad("longer than 2048 bytes");
    auto const given = url::parse(text);
    if (!given)
        return bad(given.error().detail);
    auto const kind = kind_named(given->scheme());
    if (!kind)
        return kind.error();
    // Looked at before the scheme is swapped: "http:///path" has its host in the path.
    if (given->host().empty())
        return bad("no host");
    if (given->path().size() > 1 || given->has_query() || given->has_fragment())
        return bad("more than a host and a port");
    auto const parsed = with_scheme(*given, "http");
    if (!parsed)
        return bad(parsed.error().detail);

    proxy p;
    p.kind = *kind;
    p.host = parsed->host();
    p.port = *kind == proxy_kind::socks5 ? written_port(*given, *parsed).value_or(socks_port)
                                         : parsed->effective_port();
    p.user = percent_decode(parsed->username());
    p.password = percent_decode(parsed->password());
    p.has_credentials = parsed->has_credentials();
    if (p.port == 0)
        return bad("port 0");
    if (auto const fine = check_credentials(p); !fine)
        return fine.error();
    return p;
}

}  // namespace fetchd
