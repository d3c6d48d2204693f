// The watchdog: how late the loop runs what is due.
//
// Asks for a wake-up every `period` and reports by how much each one was late. Loop thread only.
#pragma once

#include <functional>

#include "loop/types.hpp"

namespace fetchd {

class lag_watch {
  public:
    static constexpr auto period = std::chrono::milliseconds(20);

    // report(lag): called at every wake-up.
    lag_watch(executor ex, std::function<void(clock::duration)> report);
    void start();
    void stop();
    time_point last_beat() const { return last_; }

  private:
    timer timer_;
    time_point due_{};
    time_point last_{};
    bool stopped_ = false;
    std::function<void(clock::duration)> report_;
};

}  // namespace fetchd
