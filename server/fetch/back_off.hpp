// When an origin that said "too many" or cannot be reached is tried again. Values; no clock, no I/O, no
// randomness of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/config.hpp"

namespace fetchd {

// After 429 and 503: what Retry-After says, else a wait that doubles until there was quiet for a while.
class back_off {
  public:
    using time = std::chrono::steady_clock::time_point;
    // Nobody is taken at their word for longer.
    static constexpr milliseconds longest_asked_for{std::chrono::hours(30 * 24)};

    // began: the start of the request that was refused. Those that were under way already when this back-off
    // began can make it longer by a Retry-After, and do not double it.
    void refused(politeness_config const&, std::optional<milliseconds> retry_after, std::uint32_t random,
                 time began, time now);
    // An answer that was no refusal: whether it ends the trial after a back-off.
    bool answered(time began);
    void restore(std::size_t times, milliseconds left, politeness_config const&, time now);

    time until() const { return until_; }
    bool holds(time now) const { return now < until_; }
    // Until the first good answer after it, one request at a time.
    bool on_trial() const { return on_trial_; }
    std::size_t times(politeness_config const&, time now) const;
    // Nothing of it matters any more.
    bool over(politeness_config const& c, time now) const { return times(c, now) == 0 && !holds(now); }

  private:
    std::size_t times_ = 0;  // without Retry-After, since it was last forgiven
    time begun_ = time::min();
    time until_ = time::min();
    bool on_trial_ = false;
};

// After failures to connect, one after the other: closed, open, and half open, when one request tries.
class circuit {
  public:
    using time = std::chrono::steady_clock::time_point;
    static constexpr milliseconds longest_failing{std::chrono::hours(24)};  // that is remembered

    void failed(politeness_config const&, bool probe, std::uint32_t random, time began, time now);
    // Whether that changed anything worth saving.
    bool succeeded();
    // failing: for how long it had been failing.
    void restore(std::size_t openings, milliseconds left, milliseconds failing, politeness_config const&,
                 time now);

    bool open() const { return openings_ > 0; }
    time until() const { return until_; }
    std::size_t openings() const { return openings_; }  // in a row
    std::size_t failures() const { return failures_; }  // in a row
    time since() const { return since_; }               // the first of these failures

  private:
    std::size_t failures_ = 0;
    std::size_t openings_ = 0;
    time since_ = time::min();
    time opened_ = time::min();
    time until_ = time::min();
};

// base doubled `times` - 1 times, and up to a tenth more by chance; never more than `longest`.
milliseconds doubled(milliseconds base, std::size_t times, milliseconds longest, std::uint32_t random);

}  // namespace fetchd
