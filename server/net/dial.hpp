// A TCP connection to the first address that answers (RFC 8305, "happy eyeballs").
//
// The addresses are tried in the order given: the next one when one fails, or when the one before has not
// answered within a quarter of a second; the first that connects wins and the others are given up. Every
// address has been judged by the caller, and the peer of the winner is checked to be the address that was
// dialled. Loop thread only.
#pragma once

#include <span>
#include <vector>

#include "base/config.hpp"
#include "loop/scope.hpp"
#include "net/address_order.hpp"
#include "net/attempt.hpp"

namespace fetchd {

constexpr auto attempt_delay = std::chrono::milliseconds(250);  // RFC 8305 §5, "Connection Attempt Delay"

class dialler {
  public:
    explicit dialler(executor ex) : executor_(ex) {}

    struct dialled {
        tcp_socket socket;
        ip_address address;
        clock::duration took{};
    };
    // each: the limit for one address. What is tried besides the winner is added to `tried`, made after
    // `sample`, whose time for the name goes to the first of them. A failure is that of the last address,
    // and in `tried` too.
    awaitable<result<dialled>> dial(std::span<ip_address const> addresses, std::uint16_t port,
                                    milliseconds each, scope&, attempt& sample, std::vector<attempt>& tried);

    address_order& order() { return order_; }

  private:
    struct lane;
    struct race;
    awaitable<result<dialled>> dial_one(ip_address const&, std::uint16_t port, milliseconds each, scope&,
                                        attempt& sample, std::vector<attempt>& tried);
    result<dialled> finish(race&, scope&, attempt& sample, std::vector<attempt>& tried);

    executor executor_;
    address_order order_;
};

}  // namespace fetchd
