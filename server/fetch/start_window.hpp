// How many requests were started in the last minute.
//
// Counts in slots of five seconds and takes the minute a slot too long rather than too short: what it admits
// is never more than the limit in any sixty seconds. A value of fixed size.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace fetchd {

class start_window {
  public:
    using time = std::chrono::steady_clock::time_point;

    void add(time now) {
        turn_to(now);
        ++counts_[index(last_)];
    }

    // The first time, from now on, at which there were fewer than `limit` starts in the minute before. 0: no
    // limit.
    time below(std::size_t limit, time now) const {
        if (limit == 0)
            return now;
        std::size_t sum = 0;
        auto const current = slot_of(now);
        // From the newest slot back: where the sum reaches the limit, that slot has to leave the minute.
        for (auto s = last_; s > last_ - slots && s > current - slots; --s) {
            sum += counts_[index(s)];
            if (sum >= limit)
                return std::max(now, time(std::chrono::seconds((s + slots) * 5)));
        }
        return now;
    }

  private:
    static constexpr std::int64_t slots = 13;  // twelve and the one that is only begun

    static std::int64_t slot_of(time t) {
        return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count() / 5;
    }
    static std::size_t index(std::int64_t slot) {
        return static_cast<std::size_t>(((slot % slots) + slots) % slots);
    }

    void turn_to(time now) {
        auto const current = slot_of(now);
        if (current - last_ >= slots)
            counts_.fill(0);
        else
            for (auto s = last_ + 1; s <= current; ++s)
                counts_[index(s)] = 0;
        last_ = std::max(last_, current);
    }

    std::array<std::uint32_t, slots> counts_{};
    std::int64_t last_ = 0;  // the newest slot
};

}  // namespace fetchd
