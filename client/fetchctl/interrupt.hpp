// Ctrl-C, SIGTERM and SIGHUP as a stop token.
//
// Blocks the signals, so it must exist before any other thread is started; a thread of its own waits for
// them. The first asks everything to stop; a second one, or two seconds without success, ends the process at
// once.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "fetchctl/exit_code.hpp"

namespace fetchctl {

class interrupt {
  public:
    interrupt();
    ~interrupt();
    interrupt(interrupt const&) = delete;
    interrupt& operator=(interrupt const&) = delete;

    std::stop_token token() const { return source_.get_token(); }
    exit_code outcome() const;  // ok while nothing came

  private:
    void wait();

    std::stop_source source_;
    std::atomic<int> signal_{0};
    int signals_;
    int finished_;
    std::thread thread_;
};

}  // namespace fetchctl
