// One connection: TCP, or TLS over it, and the bytes read from it that nobody used yet.
//
// Loop thread only. One reader and one writer at a time. After any error it must be closed, never reused.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/byte_buffer.hpp"
#include "base/config.hpp"
#include "loop/scope.hpp"
#include "net/ip_address.hpp"
#include "net/tls.hpp"

namespace fetchd {

// Whom a connection is good for: it is reused only for the same origin at the same judged address, reached
// the same way.
struct endpoint {
    std::string host;  // as the URL has it; what TLS was verified for; empty for a proxy that takes any
    std::uint16_t port = 0;
    bool tls = false;
    ip_address address;  // that was dialled: the origin's, or the proxy's
    std::string via;     // the proxy with its credentials and what it was told to connect to; empty: none

    friend bool operator==(endpoint const&, endpoint const&) = default;
};

class connection {
  public:
    static constexpr std::size_t small_block = 2 * 1024;   // waiting for a head: there may be thousands
    static constexpr std::size_t large_block = 64 * 1024;  // in the middle of a large body

    explicit connection(tcp_socket connected) : socket_(std::move(connected)), input(small_block) {}

    // TLS over what is there, verified for the host. Nothing may be waiting in `input`.
    awaitable<result<void>> secure(std::string_view host, std::uint16_t port, tls_context&,
                                   milliseconds limit, scope&);

    awaitable<io_result> read_some(std::span<char> into);
    awaitable<io_result> write(std::string_view all);

    // What is being waited for fails, and whatever would be waited for after it: an operation of several
    // steps may be between two of them. Good for nothing but close() then.
    void abort();
    void close();

    // Nothing has arrived and the other side has not closed: what an idle connection must look like.
    bool quiet();
    tls_stream const* tls() const { return tls_ ? &*tls_ : nullptr; }

  private:
    tcp_socket socket_;
    std::optional<tls_stream> tls_;

  public:
    byte_buffer input;
};

}  // namespace fetchd
