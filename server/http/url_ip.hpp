// IP addresses as URLs spell them (URL standard §3.5): IPv4 in every spelling browsers take, IPv6 with or
// without an embedded IPv4 address, and the one canonical text of each.
//
// Addresses are bytes in network order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetchd {

using ipv4_bytes = std::array<std::uint8_t, 4>;
using ipv6_bytes = std::array<std::uint8_t, 16>;

// Whether a domain has to be read as an IPv4 address: "1.2.3", "0x7f", "foo.0x1" (which then fails).
bool ends_in_number(std::string_view domain);

// "127.0.0.1", "127.1", "0x7f000001", "017700000001", "1.2.3.4." ...
std::optional<ipv4_bytes> parse_url_ipv4(std::string_view text);

// Without brackets; no zone identifiers (the standard has none).
std::optional<ipv6_bytes> parse_url_ipv6(std::string_view text);

void append_ipv4(std::string& out, ipv4_bytes const& address);

// RFC 5952 text without brackets, never the mixed form.
void append_ipv6(std::string& out, ipv6_bytes const& address);

}  // namespace fetchd
