// What is in memory of the queue: a window of jobs, of their lanes, and a few items of each.
//
// Decides what to get from the store next, whose turn it is, and what to give back to make room. Lanes that
// wait for long make room for others: they are put off and come back in a later pass over the job's lanes.
// Items are leased in batches that grow where a lane is fast, and shrink where it is slow.
// Bounded by window_limits: jobs + 8 for each owner and as many again at most, lanes + 8 for each job, items
// + 1 for each lane. Pure: the time is given, no I/O, no awaiting. Loop thread only.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/config.hpp"
#include "jobs/border.hpp"
#include "jobs/fair_queue.hpp"
#include "jobs/store.hpp"
#include "loop/scope.hpp"

namespace fetchd::jobs {

struct window_limits {
    std::size_t running = 1024;  // items at a time, of everybody
    std::size_t jobs = 2048;
    std::size_t jobs_per_owner = 512;
    std::size_t lanes = 8192;
    std::size_t lanes_per_job = 4096;
    std::size_t items = 8192;     // at hand
    std::size_t retrying = 8192;  // items that failed and wait for another try
};

class window {
  public:
    using place = fair_queue::place;
    static constexpr std::size_t always = 8;  // jobs of an owner, lanes of a job, however full it is
    static constexpr std::uint32_t max_batch = 256;
    static constexpr auto max_put_off = std::chrono::minutes(10);
    static constexpr auto max_at_hand = std::chrono::minutes(5);  // then an item goes back: leases end

    struct waiting_item {
        leased_item item;
        time_point since;
    };
    struct lane {
        place at;
        std::string origin;
        std::vector<waiting_item> items;  // from `first` on
        std::size_t first = 0;
        std::uint32_t batch = 8;
        std::size_t retrying = 0;  // given back, for another try
        std::size_t expected = 0;  // of the lease that is on its way
        time_point until{};        // held until then
        std::string_view why{};    // and by what
        time_point leased{};       // the last time
        bool more = true;          // in the store, to be leased
        bool asked = false;        // a lease is on its way
        bool hungry = false;       // is in hungry_

        std::size_t at_hand() const { return items.size() - first; }
    };
    struct job {
        std::shared_ptr<jobs::job const> about;
        time_point deadline = time_point::max();
        std::unordered_map<lane_key, lane> lanes;
        std::unordered_map<item_number, std::uint8_t> tries;  // of items that failed at least once
        std::list<scope> flights;                             // of what runs
        std::uint64_t pending = 0;                            // not settled, as far as is known
        std::size_t settling = 0;                             // has run, is not committed yet
        std::size_t retrying = 0;
        lane_key cursor = before_all_lanes;  // of the pass over the lanes
        unix_ms soonest = never;             // of the lanes that this pass left out
        time_point next_pass{};
        milliseconds quiet{5000};  // before a pass that is made only to be sure
        bool passing = true;       // the pass is not over
        bool asked = false;        // a page of lanes is on its way
        bool searching = false;    // is in searching_
        bool everything = false;   // this pass minds no times: they were not true
        bool paused = false;
        bool cancelled = false;
        bool leaving = false;  // is forgotten when nothing runs any more

        bool idle() const { return flights.empty() && settling == 0; }
    };
    struct put_off {
        place at;
        std::vector<item_ref> items;  // to be given back
        time_point until;
    };
    struct split {
        std::uint64_t queued = 0;
        std::uint64_t waiting = 0;
        std::uint64_t running = 0;
    };
    struct waiting {
        std::string origin;
        unix_ms until = never;
        std::string_view why;
        std::size_t items = 0;  // that are at hand
    };
    struct numbers {
        std::size_t jobs = 0;
        std::size_t lanes = 0;
        std::size_t items = 0;
        std::size_t retrying = 0;
    };

    window(window_limits const&, border const&);

    // ---- Jobs
    bool has_room(std::string const& owner) const;
    std::size_t jobs_of(std::string const& owner) const;
    job& add(jobs::job const&, time_point now);
    job* find(job_key);
    lane* find(place);
    // Gets no turn any more and has nothing at hand; what is to be given back.
    std::vector<item_ref> clear(job&);
    void pause(job&, bool);
    void forget(job&);  // idle
    std::unordered_map<job_key, std::unique_ptr<job>>& jobs() { return jobs_; }

    // ---- What to get from the store
    struct page_want {
        job_key job;
        lane_key after;
        std::uint32_t limit;
        bool everything;  // lanes that are put off too: their times cannot be true
    };
    std::vector<lease_want> take_wants();
    std::optional<page_want> take_page_want();
    // `now`: when it was asked. What nobody has a use for any more is to be given back.
    std::vector<item_ref> leased(std::vector<lease_want> const&, std::vector<leased_item>, time_point now);
    void paged(page_want const&, lane_page, time_point now);
    void not_leased(std::vector<lease_want> const&);  // the store could not
    void not_paged(page_want const&);

    // ---- Turns
    std::optional<place> next(time_point now);
    leased_item const& front(lane const& l) const { return l.items[l.first].item; }
    leased_item take(lane&, time_point now);  // the front one, after next(); the lane may be gone after
    void hold(lane&, time_point until, std::string_view why);  // instead of take(): it may not go yet
    void occupy(lane&);  // the same, without a time; takes a place until finished()
    void release(place, time_point now);
    void changed(std::string_view origin, time_point now);  // its lanes may ask again
    void finished(place, std::int64_t extra);
    void try_again(job&, item_ref, std::string origin, time_point when);  // after it was given back
    bool may_retry() const { return retrying_ < limits_.retrying; }
    std::optional<time_point> wakes() const;

    // ---- Room
    // Lanes that wait for long, of jobs that have others; and items that were at hand for too long.
    std::vector<put_off> make_room(time_point now);
    std::vector<item_ref> stale(time_point now);

    // The three parts of what a job has pending. Add up to counts.pending() whatever is in memory.
    split parts(job_key, job_counts const&, time_point now) const;
    // What of a job waits, as far as it is in memory: the longest waits first, `most` of them.
    std::vector<waiting> waits(job_key, time_point now, std::size_t most) const;
    numbers count() const { return {jobs_.size(), lanes_, items_, retrying_}; }

  private:
    std::size_t quota() const;
    bool wants_page(job const&) const;
    void look(job&);
    void feed(lane&);
    static void fit_batch(lane&, time_point now);
    void end_pass(job&, time_point now);
    void drop_if_empty(lane&);
    void drop(lane&);
    void wake(time_point now);
    void pass_over(job&);  // all its lanes, at once
    static place place_of(job_key, lane_key);
    lane& open(job&, lane_key, std::string origin);
    void give_up_items(lane&, std::vector<item_ref>&);

    window_limits const limits_;
    border const border_;
    fair_queue queue_;
    std::unordered_map<job_key, std::unique_ptr<job>> jobs_;
    std::unordered_map<std::string, std::size_t> of_owner_;
    std::unordered_multimap<std::size_t, place> by_origin_;  // hash of the origin: one too many is no harm
    std::list<place> hungry_;
    std::list<job_key> searching_;  // may want a page of lanes
    std::multimap<time_point, place> retries_;
    std::multimap<time_point, job_key> passes_;
    std::size_t lanes_ = 0;
    std::size_t items_ = 0;
    std::size_t on_the_way_ = 0;  // items asked for
    std::size_t retrying_ = 0;
};

}  // namespace fetchd::jobs
