// Between the store's times and the process's own.
//
// Inside the process everything waits by the steady clock; the system clock is read once, so that a step of
// it changes nothing that waits. Times that come from the store were written by an earlier process, whose
// clock may have been wrong by hours: whoever reads one bounds it.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>

#include "jobs/store.hpp"

namespace fetchd::jobs {

inline unix_ms system_now() {
    auto const since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

// The two clocks of whoever stands at the border; tests put theirs in.
struct clocks {
    std::function<time_point()> now = [] { return clock::now(); };
    std::function<unix_ms()> system = system_now;
};

class border {
  public:
    border(time_point now, unix_ms system) : steady_(now), system_(system) {}

    unix_ms out(time_point t) const {
        if (t == time_point::max())
            return never;
        return system_ + std::chrono::duration_cast<std::chrono::milliseconds>(t - steady_).count();
    }

    // Far away in either direction is only as far as ten years.
    time_point in(unix_ms t) const {
        if (t == never)
            return time_point::max();
        constexpr unix_ms far = unix_ms{10} * 365 * 24 * 3600 * 1000;
        auto const since = std::clamp(t, system_ - far, system_ + far) - system_;
        return steady_ + std::chrono::milliseconds(since);
    }

  private:
    time_point steady_;
    unix_ms system_;
};

}  // namespace fetchd::jobs
