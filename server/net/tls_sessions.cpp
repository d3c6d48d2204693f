#include "net/tls_sessions.hpp"

namespace fetchd {
namespace {

// A session holds its ticket and every certificate the origin sent.
std::size_t weight_of(SSL* s, SSL_SESSION* session) {
    unsigned char const* ticket = nullptr;
    std::size_t bytes = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &bytes);
    auto const* const chain = reinterpret_cast<OPENSSL_STACK const*>(SSL_get_peer_cert_chain(s));
    for (int i = 0; i < OPENSSL_sk_num(chain); ++i) {
        auto const n = i2d_X509(static_cast<X509 const*>(OPENSSL_sk_value(chain, i)), nullptr);
        bytes += n > 0 ? static_cast<std::size_t>(n) : tls_sessions::max_bytes;
    }
    return bytes;
}

}  // namespace

bool tls_sessions::put(std::string const& key, SSL* s, SSL_SESSION* session) {
    if (weight_of(s, session) > max_bytes)
        return false;
    if (auto const old = by_key_.find(key); old != by_key_.end()) {
        order_.erase(old->second);
        by_key_.erase(old);
    } else if (by_key_.size() >= max_sessions) {
        by_key_.erase(order_.back().first);
        order_.pop_back();
    }
    order_.emplace_front(key, session_ptr(session));
    by_key_[key] = order_.begin();
    return true;
}

session_ptr tls_sessions::take(std::string const& key) {
    auto const found = by_key_.find(key);
    if (found == by_key_.end())
        return {};
    auto* const held = found->second->second.get();
    if (SSL_SESSION_get_protocol_version(held) < TLS1_3_VERSION) {
        SSL_SESSION_up_ref(held);
        return session_ptr(held);
    }
    auto session = std::move(found->second->second);
    order_.erase(found->second);
    by_key_.erase(found);
    return session;
}

}  // namespace fetchd
