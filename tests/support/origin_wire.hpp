// One accepted connection of a scripted origin, plain or TLS, with a bell that ends its waits.
//
// Used by its connection's thread, but for wake() and hang_up(), which any thread may call while the wire
// lives.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "support/scripted_origin.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace fetchd::test {

// The server side of TLS for one origin; made once, shared by its connections.
class tls_side {
  public:
    explicit tls_side(tls_options const&);
    ~tls_side();
    tls_side(tls_side const&) = delete;
    tls_side& operator=(tls_side const&) = delete;

    ssl_ctx_st* context() const { return context_; }
    tls_options const& options() const { return options_; }

  private:
    ssl_ctx_st* context_ = nullptr;
    tls_options options_;
};

class origin_wire {
  public:
    explicit origin_wire(int socket);
    ~origin_wire();
    origin_wire(origin_wire const&) = delete;
    origin_wire& operator=(origin_wire const&) = delete;

    bool handshake(tls_side const&, seen_tls&);
    ssl_st* ssl() const { return ssl_; }
    // Bytes read, 0 at the end, -1 when the connection broke.
    long read(char* into, std::size_t size);
    bool write(std::string_view bytes);  // all of it

    enum class woke { bell, client_gone, time_over };
    // Until the bell, or the client goes away, or the time is over (negative: never). Reads nothing.
    woke wait(milliseconds limit);

    void finish(bool notify);  // FIN, after close_notify where wanted and TLS
    void reset();              // RST
    void close_half();
    bool broken_by_reset() const { return reset_seen_; }

    void wake();
    void hang_up();  // ends every blocking call of the connection's thread
    void hang_up_with_reset();

  private:
    void drain();

    int socket_;
    int bell_;
    ssl_st* ssl_ = nullptr;
    bool reset_seen_ = false;
    std::atomic<bool> given_up_ = false;
};

}  // namespace fetchd::test
