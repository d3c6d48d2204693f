// Names to addresses: fixed entries, a small cache, and one lookup at a time for each name.
//
// getaddrinfo blocks, so it runs off the loop through the door given to the constructor. Answers are kept
// for net.dns_ttl, "no such name" for net.dns_negative_ttl, failures not at all. Bounded by net.dns_entries:
// the least recently used name goes first, and when every entry is being looked up, more are refused.
// Loop thread only. Does not judge addresses: who dials does.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/config.hpp"
#include "loop/bell.hpp"
#include "loop/scope.hpp"
#include "net/ip_address.hpp"

namespace fetchd {

using addresses = std::shared_ptr<std::vector<ip_address> const>;

// Runs the first function elsewhere and the second one on the loop after it; false when there is no room.
using off_loop = std::function<bool(std::function<void()>, std::function<void()>)>;

class dns {
  public:
    struct numbers {
        std::uint64_t hits = 0;
        std::uint64_t lookups = 0;
        std::uint64_t failures = 0;
        std::uint64_t refused = 0;
        std::size_t entries = 0;
    };

    dns(executor, off_loop, net_config const&);

    // The answer where it is known without a lookup, else null.
    addresses known(std::string_view host, std::uint16_t port);

    // At least one address, or a failure of stage dns. A literal address or a fixed entry costs no lookup.
    // host: as the URL has it, brackets included.
    awaitable<result<addresses>> resolve(std::string_view host, std::uint16_t port, scope&,
                                         milliseconds limit);

    void configure(net_config const&);  // takes over limits and fixed entries; what is cached stays
    numbers count() const;

    // What is wrong with the entries of net.resolve, all of it.
    static std::vector<std::string> problems(std::vector<std::string> const& resolve);

  private:
    struct entry;
    using entry_ptr = std::shared_ptr<entry>;

    addresses fixed(std::string_view host, std::uint16_t port) const;
    entry_ptr find_or_start(std::string const& host);
    void settle(entry_ptr const&);
    bool make_room();

    executor executor_;
    off_loop off_loop_;
    net_config settings_;
    std::unordered_map<std::string, addresses> fixed_;  // "host:port" or "host:*"
    std::list<entry_ptr> recent_;                       // most recently used first
    std::unordered_map<std::string, std::list<entry_ptr>::iterator> entries_;
    numbers numbers_;
};

}  // namespace fetchd
