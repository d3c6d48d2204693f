// Any bytes, alone and against a base: what parses has to serialise to printable ASCII that parses to itself,
// and each of its parts has to be where the accessors say.
#include <cstdlib>

#include "http/url.hpp"
#include "http/url_query.hpp"
#include "http/url_redacted.hpp"

namespace {

void require(bool promise) {
    if (!promise)
        std::abort();
}

void check(fetchd::url const& u) {
    for (char c : u.href())
        require(c >= 0x20 && c < 0x7f);
    auto again = fetchd::url::parse(u.href());
    require(again.has_value());
    require(*again == u && again->host() == u.host() && again->path() == u.path() &&
            again->query() == u.query());
    require(again->kind() == u.kind() && again->port() == u.port() && again->fragment() == u.fragment());
    require(again->username() == u.username() && again->password() == u.password());

    auto bare = u.without_credentials().without_fragment();
    require(!bare.has_credentials() && !bare.has_fragment());
    auto bare_again = fetchd::url::parse(bare.href());
    require(bare_again && *bare_again == bare && bare_again->host() == u.host());

    require(u.ipv4().has_value() == (u.kind() == fetchd::host_kind::ipv4));
    require(u.ipv6().has_value() == (u.kind() == fetchd::host_kind::ipv6));
    if (u.is_http())
        require(!u.host().empty() && u.request_target().starts_with('/') &&
                u.origin().ends_with(u.authority()));
    require(fetchd::redacted(u).size() <= fetchd::max_logged_url);
}

}  // namespace

// Before the first newline the base, after it the input.
extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    std::string_view text(reinterpret_cast<char const*>(data), size);
    auto split = text.find('\n');
    auto base = fetchd::url::parse(text.substr(0, split));
    if (base)
        check(*base);
    if (split != text.npos)
        if (auto u = fetchd::url::parse(text.substr(split + 1), base ? &*base : nullptr))
            check(*u);
    (void)fetchd::parse_query(text);
    require(fetchd::redacted(text, 64).size() <= 64);
    return 0;
}
