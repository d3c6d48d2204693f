// Under which names the public can register others: "com", "co.uk", "github.io" (publicsuffix.org, its ICANN
// and its private part; a name that no rule covers ends in a public suffix of one label).
//
// The list is the one compiled into libpsl: no file is read, and it is as old as the library. Safe from any
// thread. Hosts are those of url::host(): ASCII, in lower case. A dot at the end is the root's and changes
// nothing.
#pragma once

#include <string_view>

namespace fetchd {

// Longer names do not exist (RFC 1035 §2.3.4), with the dot at the end.
constexpr std::size_t max_domain_name = 254;

// "127.0.0.1", "[::1]": no domain has this text.
bool is_address(std::string_view host);

// No for addresses. Yes for what cannot be a name ("", ".com", "a..com", longer than max_domain_name): nobody
// owns it.
bool is_public_suffix(std::string_view host);

// The public suffix and one label more: who can register that answers for all names below. A view of `host`;
// empty for public suffixes, addresses and what cannot be a name.
std::string_view registrable_domain(std::string_view host);

}  // namespace fetchd
