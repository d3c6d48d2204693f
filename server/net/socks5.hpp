// The client's side of a SOCKS5 handshake (RFC 1928, RFC 1929): what to say, what to wait for. No I/O.
//
//   socks5_handshake talk(through, address, port);
//   for (auto next = talk.step({}); ; next = talk.step(received)) {
//       if (!next)        the proxy says no, or nonsense: next.error(), at stage connect
//       if (next->done()) the connection now leads to the target
//       write all of next->send, then read at least one byte and at most next->need into `received`
//   }
//
// Never asks for more than belongs to the handshake, so what follows it stays in the socket. What it keeps
// is bounded: the credentials, and the longest answer there can be.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "http/proxy.hpp"
#include "net/ip_address.hpp"

namespace fetchd {

class socks5_handshake {
  public:
    struct action {
        std::string_view send;  // may be empty; good until the next step
        std::size_t need = 0;   // bytes until something can be decided
        bool done() const { return need == 0; }
    };

    // through: only read here. target: exactly the judged address; the proxy is given no name to resolve.
    socks5_handshake(proxy const& through, ip_address const& target, std::uint16_t port);

    // What to do next. received: nothing at first, then what was read. After a failure the connection is of
    // no use.
    result<action> step(std::string_view received);

  private:
    enum class phase : unsigned char { begin, method, login, reply, over };

    action ask(phase next, std::size_t need);
    action log_in();
    action request();
    result<action> greet();
    result<action> judge_method();
    result<action> judge_login();
    result<action> judge_reply();
    action wait_for(std::size_t size);
    unsigned in(std::size_t i) const { return static_cast<unsigned char>(in_[i]); }

    static constexpr std::size_t max_answer = 4 + 1 + 255 + 2;  // a reply that names a domain

    std::string user_;
    std::string password_;
    ip_address target_;
    std::uint16_t port_;
    bool has_credentials_;
    phase now_ = phase::begin;
    std::string out_;
    std::array<char, max_answer> in_{};  // of this phase's answer
    std::size_t in_size_ = 0;
    std::size_t need_ = 0;  // the size of the answer as far as it is known
};

}  // namespace fetchd
