// Our own certificates, and which host may see which one (net.client_certificates).
//
// Each entry is "host=certificate.pem:key.pem". The host is a name, an address or *.suffix; a name or address
// wins over a suffix, a longer suffix over a shorter one. No other host ever sees the certificate. Files are
// read once, here. Immutable once made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/openssl_owned.hpp"

namespace fetchd {

struct tls_identity {
    std::string
        host;  // lower case, an address in its one spelling; with its leading dot where it is a suffix
    std::vector<x509_ptr> chain;  // the certificate and its intermediates
    key_ptr key;

    // Has this connection show it; false where OpenSSL does not take it.
    bool use_in(SSL*) const;
};

class tls_identities {
  public:
    // Entries that cannot be used are left out and said in problems, where given.
    explicit tls_identities(std::vector<std::string> const& entries,
                            std::vector<std::string>* problems = nullptr);

    // Null where the host is shown none. host: bare, as bare_host() makes it.
    tls_identity const* for_host(std::string_view host) const;

  private:
    std::vector<tls_identity> all_;
};

// What TLS calls the host of a URL: without the brackets of an IPv6 address and without the dot that ends an
// absolute name (RFC 6066 §3).
std::string bare_host(std::string_view host);

}  // namespace fetchd
