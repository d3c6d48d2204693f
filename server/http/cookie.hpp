// One cookie: what a Set-Cookie field asks for, and what of it is granted (RFC 6265bis §5.1, §5.6, §5.7). No
// I/O.
//
// Pure functions of their arguments, linear in the field's length. What depends on the other cookies there
// are is decided by the jar (cookie_jar.hpp).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "http/url.hpp"

namespace fetchd {

constexpr std::size_t max_cookie_pair = 4096;           // name and value together
constexpr std::size_t max_cookie_attribute = 1024;      // the value of one; longer ones are ignored
constexpr std::chrono::hours max_cookie_age{400 * 24};  // whatever the server says

using cookie_time = std::chrono::system_clock::time_point;

// What a server says of requests that other sites start. A fetch has no other site that starts it, so all
// cookies go along with all of them; read all the same, since none without Secure is refused.
enum class same_site : unsigned char { unset, none, lax, strict };

// A Set-Cookie field as it reads. The views are of the text that was parsed.
struct set_cookie {
    std::string_view name;  // may be empty, but not together with the value
    std::string_view value;
    std::string domain;                    // in lower case, without a dot before it; empty: not given
    std::optional<std::string_view> path;  // empty where it was given but is none
    std::optional<cookie_time> expires;    // by Max-Age or else Expires; at most max_cookie_age away
    bool secure = false;
    bool http_only = false;
    fetchd::same_site same_site = fetchd::same_site::unset;
};

// §5.6. Nothing where the whole field is to be ignored: control characters, neither name nor value, too long.
std::optional<set_cookie> parse_set_cookie(std::string_view field, cookie_time now);

struct cookie {
    std::string name;
    std::string value;
    std::string domain;  // as url::host() writes it
    std::string path;
    std::optional<cookie_time> expires;  // never where empty: the session's end
    bool host_only = true;               // of exactly this host, else of all below the domain too
    bool secure = false;                 // https only
    bool http_only = false;              // nothing here asks for it: there are no scripts
    fetchd::same_site same_site = fetchd::same_site::unset;

    bool expired(cookie_time now) const { return expires && *expires < now; }
};

// §5.7, up to where the other cookies count. Nothing where the cookie is refused: of another's domain or of a
// public suffix, Secure from plain http (from localhost too), a prefix whose promise is not kept.
std::optional<cookie> receive_cookie(std::string_view field, url const& from, cookie_time now);

// §5.1.3: `host` is the domain, or a name (no address) below it. Both in lower case.
bool domain_match(std::string_view host, std::string_view domain);

// §5.1.4, for the path of an http URL: all before the last slash, or "/". A view of `path` or of a constant.
std::string_view default_path(std::string_view path);

// §5.1.4: the paths are equal, or `path` is below `cookie_path`.
bool path_match(std::string_view path, std::string_view cookie_path);

}  // namespace fetchd
