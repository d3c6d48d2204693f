// Carries results to the store, and holds them while it cannot take them.
//
// What comes while a batch is being committed goes with the next one, and small batches begin no closer
// together than `pace`: a commit costs nearly the same for one result as for a hundred. After a failure one
// result is tried by itself, after a wait that doubles, then more and more at a time; `troubled` meanwhile:
// whoever makes results should make no more. One that failed by itself while others were stored is set aside
// and tried after waits of its own, which are nobody's trouble; after `most_tries` a small failed result is
// stored in its place, where that can be stored. Holds what it is given: full() is the caller's to look at
// before it begins anything new. Loop thread only; stop() must have ended before it is destroyed.
#pragma once

#include <deque>
#include <functional>

#include "base/config.hpp"
#include "jobs/store.hpp"
#include "loop/bell.hpp"
#include "loop/timer_wheel.hpp"

namespace fetchd::jobs {

class settler {
  public:
    static constexpr std::size_t batch_items = 1000;
    static constexpr std::size_t batch_bytes = std::size_t{4} << 20U;
    static constexpr std::size_t batches = 2;                          // on their way at a time
    static constexpr milliseconds pace{10};                            // and a tick of the wheel
    static constexpr std::size_t small_items = 128;                    // less than this is a small batch,
    static constexpr std::size_t small_bytes = std::size_t{1} << 20U;  // and than this
    static constexpr milliseconds first_wait{100};
    static constexpr milliseconds longest_wait{10'000};
    static constexpr std::size_t most_tries = 60;  // some nine minutes
    static constexpr std::size_t most_aside = 64;  // or half the bytes, but always one

    // told(ref, outcome, seq): it is committed, or needs not be (seq 0). lost(ref): given up by stop().
    struct listener {
        std::function<void(item_ref const&, outcome, std::uint64_t seq)> told;
        std::function<void(item_ref const&)> lost;
        std::function<void()> changed;  // full() or troubled() may have changed
        // What is stored in the place of a result that cannot be: small, and failed for this reason.
        std::function<settlement(settlement const&, failure)> instead;
    };
    settler(executor, store&, timer_wheel&, std::function<time_point()> now, std::size_t most_held,
            std::size_t most_bytes, listener);

    void add(settlement);
    std::size_t held() const { return held_; }
    bool full() const { return held_ - aside_.size() >= most_held_ || bytes_ - aside_bytes_ >= most_bytes_; }
    bool troubled() const { return failing() || crowded(); }
    failure const& trouble() const { return trouble_; }
    std::uint64_t retried() const { return retried_; }

    // Gives up what could not be stored, and waits for what is on its way.
    awaitable<void> stop();

  private:
    struct parcel {
        settlement what;
        std::size_t refused = 0;  // so often when it was tried by itself
        time_point due{};         // when set aside
    };
    static std::size_t size_of(settlement const&);
    bool failing() const { return failures_ > 0; }
    bool crowded() const {
        return aside_.size() >= most_aside || (aside_.size() > 1 && aside_bytes_ >= most_bytes_ / 2);
    }
    void flush();
    bool is_too_soon(time_point) const;
    std::vector<parcel> gather();
    awaitable<void> carry(std::vector<parcel>);
    awaitable<result<std::vector<std::uint64_t>>> store_instead(parcel&, failure);
    void done(std::vector<parcel> const&, std::vector<std::uint64_t> const&);
    void failed(std::vector<parcel>, failure);
    void hold(std::vector<parcel>, failure);
    bool is_alone_in_this(parcel&);
    void set_aside(parcel);
    parcel take_aside(std::size_t);
    void set_refused_aside();
    void let_go(settlement const&);

    executor ex_;
    store& store_;
    std::function<time_point()> now_;
    std::size_t const most_held_;
    std::size_t const most_bytes_;
    listener listener_;
    std::deque<parcel> waiting_;
    std::vector<parcel> aside_;
    std::size_t aside_bytes_ = 0;  // of those
    std::size_t held_ = 0;         // waiting, set aside and on their way
    std::size_t bytes_ = 0;        // of those
    std::size_t carrying_ = 0;
    std::size_t failures_ = 0;  // in a row
    std::size_t suspects_ = 0;  // results that failed by themselves since one was stored
    std::size_t most_at_once_ = batch_items;
    failure trouble_;
    bool posted_ = false;
    bool stopped_ = false;
    std::uint64_t retried_ = 0;
    alarm retry_;
    alarm pace_;
    time_point next_small_{};
    bell idle_;
};

}  // namespace fetchd::jobs
