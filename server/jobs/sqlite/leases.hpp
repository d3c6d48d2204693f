// Who has which item just now: the memory of the one process that owns the folder.
//
// Pure: no I/O, the time is passed in. A lane's items are handed out in their order; a cursor says how far,
// so that nothing is written for a lease and what is leased is not read again. A lane is forgotten when
// nothing of it is out; reading it then starts from its first pending item, and all before are settled.
// Bounded by max_leases items, leased and held back together. Loop thread only.
#pragma once

#include <chrono>
#include <map>
#include <unordered_map>

#include "jobs/store.hpp"

namespace fetchd::jobs {

struct lease_plan {
    job_key job = 0;
    lane_key lane = 0;
    std::vector<item_number> again;  // these were out before, and may go again
    item_number after = 0;           // then so many after this one
    std::uint32_t fresh = 0;
};

class leases {
  public:
    static constexpr std::size_t max_leases = 32'768;

    // What to read for this want. One want of a lane at a time: grant() or drop() before the next plan.
    lease_plan plan(lease_want const&, time_point now, std::size_t already_planned = 0);
    // What was read becomes leased; fills in the attempts.
    void grant(lease_plan const&, std::vector<leased_item>&, time_point until);

    void give_back(item_ref const&, time_point ready_at);
    void settled(item_ref const&);
    void forget(job_key);

    std::size_t size() const { return size_; }
    std::size_t lanes() const { return lanes_.size(); }

  private:
    struct out {
        time_point free_at;  // when the lease ends, or the item is no longer held back
        std::uint32_t attempts = 0;
    };
    struct lane_state {
        item_number last = 0;
        std::map<item_number, out> items;
    };
    struct place {
        job_key job;
        lane_key lane;
        bool operator==(place const&) const = default;
    };
    struct place_hash {
        std::size_t operator()(place const& p) const {
            return static_cast<std::size_t>(p.lane) ^
                   static_cast<std::size_t>(static_cast<std::uint64_t>(p.job) * 0x9e3779b97f4a7c15U);
        }
    };

    std::unordered_map<place, lane_state, place_hash> lanes_;
    std::size_t size_ = 0;
};

}  // namespace fetchd::jobs
