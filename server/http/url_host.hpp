// The host of a URL (URL standard §3): domains with IDNA, IPv4 in every spelling, IPv6, opaque hosts.
#pragma once

#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace fetchd {

enum class host_kind : unsigned char {
    none,    // the URL has no host at all: "mailto:x"
    empty,   // it has one of no characters: "file:///etc"
    domain,  // ASCII, lower case, IDNA done
    ipv4,
    ipv6,    // its text is in brackets
    opaque,  // of a scheme whose hosts mean nothing to us: "redis://A b" keeps its case
};

// Parses `text` (what stands between "//" or '@' and ':' or '/') and appends its serialisation to `out`.
// `special` is whether the scheme is one of http, https, ws, wss, ftp and file, whose hosts are domains or
// addresses; others may have any opaque or an empty host. On failure `out` holds unspecified bytes.
result<host_kind> append_host(std::string& out, std::string_view text, bool special);

}  // namespace fetchd
