// Which item goes next: fair between owners, then between an owner's jobs, then between a job's lanes.
//
// A lane is what a job has for one origin. At each of the three levels deficit round robin gives out the
// turns: an owner with a million items and one with ten have every second turn each, a job gets turns in
// proportion to its quantum, and an origin that is slow takes none from the others. A turn costs item_cost at
// once, and what it turned out to cost beyond (bytes, time) when it is over.
// Knows how many items a lane has at hand, not which. Pure: the time is given. A turn costs O(1) on average,
// and O(log n) where a lane begins or ends to wait. As large as what is added: whoever adds must bound it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "jobs/turn_ring.hpp"

namespace fetchd::jobs {

class fair_queue {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::int64_t item_cost = 1000;
    // However much an item took: nobody stays away for longer than this many turns because of it.
    static constexpr std::int64_t max_extra = 63 * item_cost;
    static constexpr std::int64_t max_debt = 256 * item_cost;

    struct terms {
        std::string owner;
        std::int64_t quantum =
            item_cost;                 // of turns among the jobs of its owner: twice as much, twice as many
        std::size_t most_running = 1;  // items at a time
        time_point not_before{};
        bool paused = false;
    };
    struct place {
        std::uint64_t job = 0;
        std::uint64_t lane = 0;
        bool operator==(place const&) const = default;
    };

    // most_per_owner: items of one owner that run at a time, so that another's first one finds room.
    explicit fair_queue(std::size_t most_per_owner);
    ~fair_queue();
    fair_queue(fair_queue const&) = delete;
    fair_queue& operator=(fair_queue const&) = delete;

    void add(std::uint64_t job, terms);
    void remove(std::uint64_t job);  // gets no turn any more; what runs still counts until it is finished
    void pause(std::uint64_t job, bool);

    // So many more items of this lane are at hand. A lane that is not known begins.
    void supply(place, std::size_t items);
    void hold(place, time_point until);  // no turn before this time, however far away
    void drop(place);                    // with what it had at hand

    // The next item, which runs from now on; nullopt when none may.
    std::optional<place> next(time_point now);
    // It did not run after all: as if it had not been picked.
    void put_back(place);
    // It did not run, but something is done for it that takes a place all the same, until it is finished.
    void occupy(place);
    // It has run. extra: what it cost beyond item_cost.
    void finished(place, std::int64_t extra);

    // When a lane or job that waits may go on; nullopt when none waits.
    std::optional<time_point> wakes() const;

    bool has(std::uint64_t job) const;
    std::size_t at_hand(place) const;
    std::size_t running(std::uint64_t job) const;
    std::size_t running_of(std::string const& owner) const;
    std::size_t owners() const { return owners_.size(); }

  private:
    struct owner;
    struct job;
    struct lane;
    // Those that wait, by time. The pointer only makes equal times different.
    template <class T>
    using by_time = std::set<std::pair<time_point, T*>>;

    job* find(std::uint64_t) const;
    lane* find(place) const;
    void wake(time_point now);
    void refresh(lane&);
    void refresh(job&);
    void refresh(owner&);
    void stop_running(job&);
    void forget(job&);
    static void charge(std::int64_t& credit, std::int64_t cost);

    std::size_t const most_per_owner_;
    std::unordered_map<std::string, std::unique_ptr<owner>> owners_;
    std::unordered_map<std::uint64_t, std::unique_ptr<job>> jobs_;
    turn_ring<owner> turns_;
    by_time<lane> waiting_lanes_;
    by_time<job> waiting_jobs_;
};

}  // namespace fetchd::jobs
