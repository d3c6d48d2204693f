// Thousands of deadlines for the price of one timer.
//
// A hashed wheel: an alarm hangs in the slot of its tick and is looked at when the hand comes by; arming and
// disarming are a few pointer writes and no system call. Alarms fire up to one tick late, never early.
// Loop thread only. The hand moves only while something is armed. Outlives every alarm.
#pragma once

#include <array>
#include <functional>

#include "loop/types.hpp"

namespace fetchd {

class timer_wheel;

// One deadline. Disarms itself when destroyed; may be armed again, also from its own callback.
class alarm {
  public:
    alarm(timer_wheel& wheel, std::function<void()> fire) : wheel_(wheel), fire_(std::move(fire)) {}
    ~alarm() { disarm(); }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;

    void arm(time_point when);
    void disarm();
    bool armed() const { return links_.next != nullptr; }

  private:
    friend class timer_wheel;
    struct links {
        links* next = nullptr;
        links* prev = nullptr;
        alarm* self = nullptr;
    };
    timer_wheel& wheel_;
    std::function<void()> fire_;
    time_point when_{};
    links links_;
};

class timer_wheel {
  public:
    static constexpr auto tick = std::chrono::milliseconds(16);

    explicit timer_wheel(executor);
    timer_wheel(timer_wheel const&) = delete;
    timer_wheel& operator=(timer_wheel const&) = delete;

    std::size_t armed() const { return armed_; }
    void stop();  // no alarm fires any more

    // Fires everything due at `now`. Called by the wheel's own timer, and by tests with a time of theirs.
    void advance(time_point now);

  private:
    friend class alarm;
    static constexpr std::size_t slots = 512;

    void insert(alarm&);
    void remove(alarm&);
    void schedule();
    std::int64_t tick_of(time_point when) const;

    timer timer_;
    time_point start_;
    std::int64_t hand_ = 0;  // the last tick that was looked at
    std::size_t armed_ = 0;
    bool ticking_ = false;
    bool stopped_ = false;
    std::array<alarm::links, slots> wheel_;
};

}  // namespace fetchd
