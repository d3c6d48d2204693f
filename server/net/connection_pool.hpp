// Keeps idle connections for reuse, per origin and judged address.
//
// Loop thread only. Bounded by net.max_idle (the longest idle goes) and net.max_idle_per_origin (the one that
// would be too many goes); none is kept longer than net.idle_timeout. A connection that saw an error, or has
// bytes nobody asked for, never comes here: half-read bytes cannot be told from the next response.
#pragma once

#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/config.hpp"
#include "net/connection.hpp"

namespace fetchd {

struct endpoint_hash {
    std::size_t operator()(endpoint const&) const;
};

class connection_pool {
  public:
    struct numbers {
        std::size_t idle = 0;
        std::uint64_t reused = 0;
        std::uint64_t opened = 0;   // by whoever dials, see dialled()
        std::uint64_t expired = 0;  // idle too long
        std::uint64_t stale = 0;    // closed by the origin, or talking out of turn
        std::uint64_t evicted = 0;  // no room
    };

    connection_pool(timer_wheel&, net_config const&);

    // An idle connection that looked alive a moment ago, or null.
    std::unique_ptr<connection> take(endpoint const&);
    void put(endpoint const&, std::unique_ptr<connection>);
    void dialled() { ++numbers_.opened; }

    void configure(net_config const&);
    void clear();
    numbers count() const;

  private:
    struct idle {
        endpoint const* key;  // of the bucket: stays while it has an idle connection
        std::unique_ptr<connection> conn;
        time_point since;
    };
    using place = std::list<idle>::iterator;

    void drop(place);
    void sweep();

    net_config settings_;
    std::list<idle> idle_;  // the longest idle first
    std::unordered_map<endpoint, std::vector<place>, endpoint_hash> buckets_;
    numbers numbers_;
    alarm sweep_;
};

}  // namespace fetchd
