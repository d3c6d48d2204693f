// The line that shows that something is going on.
//
// Drawn by a thread of its own, ten times a second, where the screen shows progress at all; after a short
// while only, so that quick work leaves no flicker. Counters may be touched from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "fetchctl/screen.hpp"

namespace fetchctl {

struct progress_numbers {
    std::size_t done = 0;
    std::size_t total = 0;
    std::uint64_t bytes = 0;
    std::chrono::milliseconds elapsed{0};
};

// "⠙ 2/5  1.2 MiB  3.4 s  361.4 KiB/s"; no count for a single piece of work, no rate at first. Pure.
std::string progress_text(progress_numbers const&, unsigned frame);

class progress {
  public:
    progress(screen&, std::size_t total);
    ~progress();
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    void one_done() { ++done_; }
    void add_bytes(std::size_t n) { bytes_ += n; }

  private:
    void draw(std::stop_token);

    screen& screen_;
    std::size_t total_;
    std::atomic<std::size_t> done_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::jthread thread_;
};

}  // namespace fetchctl
