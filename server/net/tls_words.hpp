// Certificates and versions of TLS in words for people.
//
// What an origin sent is untrusted text: printable ASCII only leaves here, and every text is bounded.
#pragma once

#include <openssl/types.h>

#include <string>
#include <string_view>

namespace fetchd {

// "TLS 1.3", for what OpenSSL calls a version.
std::string tls_version_words(int version);

// "2026-11-20 15:04 UTC"
std::string time_words(ASN1_TIME const*);

// Why a certificate of the origin is refused: the first thing that was found wrong. `host` is the name or
// address it should be for. Called while the chain is being verified.
std::string certificate_words(X509_STORE_CTX*, std::string_view host);

}  // namespace fetchd
