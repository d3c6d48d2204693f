// In which order the addresses of a host are dialled (RFC 8305 §4), and which ones did not answer lately.
//
// The resolver's order (RFC 6724) is kept, with the two families in turn, so that a broken one costs one
// delay and not several. An address and port that could not be reached goes to the end for a while: a dead
// first address must not be waited for by every fetch. It is still tried when the others fail too.
// Pure but for what it remembers; bounded by max_remembered, the oldest going first. Loop thread only.
#pragma once

#include <list>
#include <span>
#include <unordered_map>

#include "loop/types.hpp"
#include "net/ip_address.hpp"

namespace fetchd {

class address_order {
  public:
    static constexpr std::size_t max_remembered = 1024;
    static constexpr auto memory = std::chrono::minutes(5);

    void arrange(std::span<ip_address> all, std::uint16_t port, time_point now);
    void failed(ip_address const&, std::uint16_t port, time_point now);
    void worked(ip_address const&, std::uint16_t port);
    std::size_t remembered() const { return oldest_first_.size(); }

  private:
    struct place {
        ip_address address;
        std::uint16_t port;
        friend bool operator==(place const&, place const&) = default;
    };
    struct place_hash {
        std::size_t operator()(place const& p) const {
            return p.address.low() * 0x9e3779b97f4a7c15ULL + p.address.high() + p.port;
        }
    };
    struct entry {
        place where;
        time_point until;
    };
    bool dead(ip_address const&, std::uint16_t port, time_point now) const;

    std::list<entry> oldest_first_;
    std::unordered_map<place, std::list<entry>::iterator, place_hash> entries_;
};

}  // namespace fetchd
