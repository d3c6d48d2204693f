// The life of one exchange: its absolute deadline, and the ways it can be ended early.
//
// Whoever waits for something puts a `hold` on the scope, which knows how to abort the wait; when the
// deadline passes, the client hangs up or the service stops, the scope is ended and every hold is aborted.
// The wait then fails in its usual way and the waiter asks the scope why. Once ended, it stays ended: check
// before starting a new wait. Loop thread only; holds and phases must not outlive their scope.
#pragma once

#include "base/failure.hpp"
#include "loop/timer_wheel.hpp"

namespace fetchd {

class scope {
  public:
    scope(timer_wheel& wheel, time_point deadline);
    ~scope();
    scope(scope const&) = delete;
    scope& operator=(scope const&) = delete;

    timer_wheel& wheel() const { return wheel_; }
    time_point deadline() const { return deadline_; }
    bool ended() const { return ended_; }

    // why: code::timeout or code::cancelled. The first reason stays.
    void end(code why);

    // The failure of whoever found the scope ended while working at this stage.
    failure why(stage where) const { return failure(where, reason_); }

    // Aborts one wait when the scope ends. The callback runs at most once, on the loop thread.
    class hold {
      public:
        hold(scope& s, std::function<void()> abort);
        ~hold();
        hold(hold const&) = delete;
        hold& operator=(hold const&) = delete;

      private:
        friend class scope;
        scope& scope_;
        std::function<void()> abort_;
        hold* next_;
        std::uint64_t number_;  // in the order they were taken
    };

    // A tighter limit for a part of the exchange (connecting to one address, say): aborts the holds taken
    // since, but leaves the scope alive for another try.
    class phase {
      public:
        phase(scope& s, time_point limit);
        bool expired() const { return expired_; }

      private:
        scope& scope_;
        std::uint64_t since_;
        bool expired_ = false;
        alarm alarm_;
    };

  private:
    void abort_holds(std::uint64_t since);

    timer_wheel& wheel_;
    time_point deadline_;
    bool ended_ = false;
    code reason_ = code::timeout;
    hold* holds_ = nullptr;  // newest first
    std::uint64_t taken_ = 0;
    alarm alarm_;
};

}  // namespace fetchd
