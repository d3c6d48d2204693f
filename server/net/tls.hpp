// TLS to origins: one context for all, verification, names, client certificates, and sessions remembered for
// resumption.
//
// Loop thread only; outlives every stream. Sessions are kept per host, port and client certificate, at most
// tls_sessions::max_sessions.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.hpp"
#include "base/failure.hpp"
#include "loop/scope.hpp"

namespace fetchd {

class tls_context;

// One TLS connection over a connected socket. The socket must outlive it.
class tls_stream {
  public:
    tls_stream(tls_context&, tcp_socket&);
    ~tls_stream();

    // The handshake, with the certificate checked for `host` (a name or an address in URL form). Our own
    // certificate is shown where the origin asks for one and net.client_certificates has one for this host.
    awaitable<result<void>> handshake(std::string_view host, std::uint16_t port);

    awaitable<io_result> read_some(std::span<char> into);
    awaitable<io_result> write(std::string_view all);

    // In TLS 1.3 an origin judges our certificate after the handshake. Where it refused it, or the lack of
    // one: why; nothing for any other error of read_some and write, or once the origin has answered.
    std::optional<failure> late_refusal(error_code) const;

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
    // Reads net.ca_file and the files of net.client_certificates; the failure says every problem.
    static result<std::unique_ptr<tls_context>> make(net_config const&);
    ~tls_context();

    // What make() would fail for, all of it at once. Reads the files.
    static std::vector<std::string> problems(net_config const&);

    std::uint64_t handshakes() const;
    std::uint64_t resumptions() const;

  private:
    friend class tls_stream;
    struct state;
    explicit tls_context(std::unique_ptr<state>);
    std::unique_ptr<state> state_;
};

}  // namespace fetchd
