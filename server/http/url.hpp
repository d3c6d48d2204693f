// The one URL of the whole program: what the WHATWG URL standard says, no more and no less.
//
// A value. Holds its serialisation as one ASCII string with the places of its components, so that reading any
// of them costs nothing. Every view lives as long as the url is neither changed, moved nor destroyed.
// Input is bytes, taken as UTF-8; bytes that are not valid UTF-8 fail in a domain and are percent-encoded as
// they are elsewhere, so a Location in Latin-1 leads where its origin meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "http/url_host.hpp"
#include "http/url_ip.hpp"

namespace fetchd {

// Neither the input nor the serialisation of a URL may be longer.
constexpr std::size_t max_url_bytes = 64 * 1024;

enum class scheme_kind : unsigned char { http, https, ws, wss, ftp, file, other };

class url {
  public:
    // The basic URL parser; a relative `input` is resolved against `base`, which is only read during the
    // call. Fails with (admission, bad_url) and a detail that says what is wrong and quotes no part of the
    // input.
    static result<url> parse(std::string_view input, url const* base = nullptr);

    std::string_view href() const { return href_; }
    std::string_view scheme() const { return slice(0, scheme_end_); }  // without ':'
    scheme_kind scheme_type() const { return scheme_type_; }
    bool is_http() const { return scheme_type_ == scheme_kind::http || scheme_type_ == scheme_kind::https; }

    // Percent-encoded, as written in the URL.
    std::string_view username() const;
    std::string_view password() const;
    bool has_credentials() const { return username_end_ != host_begin_; }

    std::string_view host() const { return slice(host_begin_, host_end_); }  // "[::1]" for IPv6
    host_kind kind() const { return host_kind_; }
    std::optional<ipv4_bytes> ipv4() const;  // where kind() says so
    std::optional<ipv6_bytes> ipv6() const;
    std::optional<std::uint16_t> port() const;  // nothing where it is the scheme's default
    std::uint16_t effective_port() const;       // 0 where the scheme has no default either

    std::string_view path() const { return slice(path_begin_, path_end()); }
    bool has_opaque_path() const;  // "mailto:x", "data:,": cannot be a base
    // Without '?' and '#'; empty both where there is none and where nothing follows the mark.
    std::string_view query() const;
    std::string_view fragment() const;
    bool has_query() const { return query_begin_ != npos; }
    bool has_fragment() const { return fragment_begin_ != npos; }

    // What an HTTP request wants. Only for http and https.
    std::string_view request_target() const;  // origin-form, RFC 9112 §3.2.1: path and query
    std::string_view authority() const;       // host[:port] as in the Host field; no credentials

    // "https://example.org", with the port where it is not the default; "null" for opaque origins (URL §4.7).
    std::string origin() const;

    url without_fragment() const;
    url without_credentials() const;

    bool operator==(url const& other) const { return href_ == other.href_; }

  private:
    friend class url_parser;
    static constexpr std::uint32_t npos = UINT32_MAX;

    url() = default;
    std::string_view slice(std::size_t begin, std::size_t end) const {
        return std::string_view(href_).substr(begin, end - begin);
    }
    std::size_t path_end() const;
    std::size_t before_fragment() const;

    // scheme ':' [ "//" [ username [ ':' password ] '@' ] host [ ':' port ] ] [ "/." ] path [ '?' ] [ '#' ]
    std::string href_;
    std::uint32_t scheme_end_ = 0;    // at the ':'
    std::uint32_t username_end_ = 0;  // == host_begin_ where there are no credentials
    std::uint32_t host_begin_ = 0;
    std::uint32_t host_end_ = 0;
    std::uint32_t path_begin_ = 0;
    std::uint32_t query_begin_ = npos;     // after the '?'
    std::uint32_t fragment_begin_ = npos;  // after the '#'
    std::uint16_t port_ = 0;
    bool has_port_ = false;
    scheme_kind scheme_type_ = scheme_kind::other;
    host_kind host_kind_ = host_kind::none;
};

// `name` in lower case, without ':'.
scheme_kind scheme_named(std::string_view name);

// The default port of a scheme, 0 where it has none.
std::uint16_t default_port(scheme_kind scheme);

}  // namespace fetchd
