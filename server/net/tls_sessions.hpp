// TLS sessions to be resumed, by who they are with; the least recently stored going first.
#pragma once

#include <list>
#include <string>
#include <unordered_map>

#include "net/openssl_owned.hpp"

namespace fetchd {

class tls_sessions {
  public:
    static constexpr std::size_t max_sessions = 1024;
    static constexpr std::size_t max_bytes = 32 * 1024;  // of one: what an origin can make us keep

    // Takes over the session a connection has just got. False where it is too large to be kept; it is the
    // caller's then.
    bool put(std::string const& key, SSL*, SSL_SESSION*);

    // A TLS 1.3 ticket should be used once (RFC 8446 §C.4), so it leaves the store; an older session stays,
    // because a resumed handshake brings no new one. Null where there is none.
    session_ptr take(std::string const& key);

    std::size_t size() const { return by_key_.size(); }

  private:
    std::list<std::pair<std::string, session_ptr>> order_;
    std::unordered_map<std::string, decltype(order_)::iterator> by_key_;
};

}  // namespace fetchd
