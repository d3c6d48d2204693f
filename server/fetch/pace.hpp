// How much of its limits an origin is asked for: less while it becomes slow or fails, more again when it is
// well.
//
// Additive increase, multiplicative decrease, as TCP does it. Of all the requests that were under way when it
// fell only one may make it fall: they all met the same trouble. A value; no clock, no I/O.
#pragma once

#include <chrono>
#include <optional>

#include "base/config.hpp"

namespace fetchd {

class pace {
  public:
    using time = std::chrono::steady_clock::time_point;

    static constexpr double lowest = 1.0 / 64;
    static constexpr double step = 1.0 / 20;  // up, for each good answer
    static constexpr double on_error = 0.5;   // times this
    static constexpr double on_delay = 0.75;  // the same, when answers take much longer than they used to
    static constexpr int warm_up = 8;         // answers before latency means anything
    static constexpr milliseconds too_little{100};  // no rise by less than this is one

    // began: the start of the request that this came of.
    void good(std::optional<milliseconds> first_byte, time began, time now);
    void bad(time began, time now);
    void restore(double share);

    double share() const { return share_; }  // of the limits: lowest to 1
    std::optional<milliseconds> usual() const;
    std::optional<milliseconds> recent() const;

    // What becomes of limits at this share.
    std::size_t connections(std::size_t limit) const;
    milliseconds delay(milliseconds limit, milliseconds longest) const;

  private:
    void fall(double factor, time began, time now);
    bool slower();

    double share_ = 1;
    time fell_ = time::min();
    int answers_ = 0;
    double usual_ = 0;   // milliseconds: averages that forget slowly
    double recent_ = 0;  // and quickly
};

}  // namespace fetchd
