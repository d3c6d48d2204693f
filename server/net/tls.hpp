// TLS to origins: one context for all, verification, names, and sessions remembered for resumption.
//
// Loop thread only; outlives every stream. Sessions are kept per host and port, at most max_sessions.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "loop/scope.hpp"

namespace fetchd {

class tls_context;

// One TLS connection over a connected socket. The socket must outlive it.
class tls_stream {
  public:
    tls_stream(tls_context&, tcp_socket&);
    ~tls_stream();

    // The handshake, with the certificate checked for `host` (a name or an address in URL form).
    awaitable<result<void>> handshake(std::string_view host, std::uint16_t port);

    awaitable<io_result> read_some(std::span<char> into);
    awaitable<io_result> write(std::string_view all);

    // No data waits and the other side has not closed; takes in session tickets that do. The socket must be
    // non-blocking.
    bool quiet();

    bool resumed() const;
    char const* version() const;  // "TLSv1.3"

  private:
    struct layer;
    std::unique_ptr<layer> layer_;
};

class tls_context {
  public:
    static constexpr std::size_t max_sessions = 1024;

    // ca_file: more certificates to trust, PEM; may be empty.
    static result<std::unique_ptr<tls_context>> make(std::string const& ca_file);
    ~tls_context();

    std::uint64_t handshakes() const;
    std::uint64_t resumptions() const;

  private:
    friend class tls_stream;
    struct state;
    explicit tls_context(std::unique_ptr<state>);
    std::unique_ptr<state> state_;
};

}  // namespace fetchd
