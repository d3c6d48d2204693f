// Remembers the documents that killed workers; one that killed two is refused from then on.
//
// Pure: the time is given. A document is what it is and what was asked of it (fingerprint.hpp), so a task
// that kills on a harmless document refuses that task for it and nothing else. Bounded: the one neither
// blamed nor asked for the longest goes first. Forgotten `keep` after the last death, asked for or not: what
// crashed once is tried again some day.
#pragma once

#include <chrono>
#include <list>
#include <unordered_map>

#include "worker/fingerprint.hpp"

namespace fetchd::worker {

struct quarantine_limits {
    std::size_t entries = 10'000;  // 0: nothing is remembered
    std::chrono::milliseconds keep{3'600'000};
};

class quarantine {
  public:
    using time = std::chrono::steady_clock::time_point;
    static constexpr unsigned deaths = 2;

    explicit quarantine(quarantine_limits const& limits) : limits_(limits) {}

    bool refuses(fingerprint const&, time now);

    // It killed a worker. True: it is refused from now on, and was not before.
    bool blame(fingerprint const&, time now);

    struct numbers {
        std::size_t suspects = 0;  // killed one worker
        std::size_t refused = 0;   // documents that are refused
    };
    numbers count(time now) const;

  private:
    struct entry {
        fingerprint what;
        unsigned deaths;
        time last;  // death
    };
    using place = std::list<entry>::iterator;

    place find(fingerprint const&, time now);
    void forget(place);

    quarantine_limits limits_;
    std::list<entry> recent_;  // the most recently blamed or asked for first
    std::unordered_map<fingerprint, place, fingerprint_hash> by_print_;
};

}  // namespace fetchd::worker
