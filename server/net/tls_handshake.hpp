// Watches one handshake and says why it failed, in words a person can act on.
//
// Lives from before the handshake until after it. Loop thread only.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "base/failure.hpp"

namespace fetchd {

// What became of our own certificate on one connection.
enum class client_certificate : unsigned char {
    not_asked,  // the origin did not ask for one
    missing,    // it did, and none is configured for it
    shown,
};

class handshake_watch {
  public:
    // host: what the certificate must be for, for the words.
    handshake_watch(SSL*, std::string host);
    ~handshake_watch();
    handshake_watch(handshake_watch const&) = delete;
    handshake_watch& operator=(handshake_watch const&) = delete;

    // error: what OpenSSL put on its queue.
    failure why(unsigned long error, client_certificate) const;

  private:
    static void note_message(int sent, int version, int type, void const* bytes, std::size_t size, SSL*,
                             void* self);
    static int note_verdict(int ok, X509_STORE_CTX*);
    std::string version_words() const;
    std::string not_tls() const;

    SSL* ssl_;
    std::string host_;
    std::string wrong_certificate_;
    std::array<unsigned char, 5> first_{};  // bytes of the origin's first record
    bool heard_ = false;
    int answered_ = 0;  // the version in the origin's ServerHello
};

// Where this error of OpenSSL is an alert by which the origin refuses our certificate, or its absence: why.
std::optional<failure> refused_certificate(unsigned long error, client_certificate);

}  // namespace fetchd
