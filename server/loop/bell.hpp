// A wait for something another part of the loop will announce.
//
// Ringing before the wait is not lost. One waiter at a time; loop thread only. Never waits for ever by
// itself: pair it with a scope::hold that rings it.
#pragma once

#include "loop/types.hpp"

namespace fetchd {

class bell {
  public:
    explicit bell(executor ex) : timer_(ex, time_point::max()) {}

    void ring() {
        rung_ = true;
        timer_.cancel();
    }
    bool rung() const { return rung_; }

    awaitable<void> wait() {
        if (!rung_)
            co_await timer_.async_wait(no_throw);
        rung_ = false;
    }

  private:
    timer timer_;
    bool rung_ = false;
};

}  // namespace fetchd
