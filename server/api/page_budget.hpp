// The bytes that readers of results have in memory together, while their clients take them.
//
// A reader that has no room waits until another's page is gone. Loop thread only. Outlives shares and queues.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>

#include "loop/bell.hpp"

namespace fetchd::api {

class page_budget {
  public:
    explicit page_budget(std::size_t most) : most_(most) {}

    // One always goes, however large.
    bool has_room(std::size_t bytes) const { return held_ == 0 || held_ + bytes <= most_; }
    // For one more reader: those who wait come first.
    bool admits(std::size_t bytes) const { return queue_.empty() && has_room(bytes); }
    std::size_t held() const { return held_; }

    // What one reader holds; whoever waits is told when it ends.
    class share {
      public:
        share(page_budget& of, std::size_t bytes) : of_(of), bytes_(bytes) { of_.held_ += bytes; }
        share(share const&) = delete;
        share& operator=(share const&) = delete;
        ~share() {
            of_.held_ -= bytes_;
            for (auto* const waiting : of_.queue_)
                waiting->ring();
        }
        // False where there is no room for so much.
        bool grow(std::size_t bytes) {
            auto const others = of_.held_ - bytes_;
            if (bytes > bytes_ && others > 0 && others + bytes > of_.most_)
                return false;
            bytes_ = std::max(bytes_, bytes);
            of_.held_ = others + bytes_;
            return true;
        }

      private:
        page_budget& of_;
        std::size_t bytes_;
    };

    // While it lives the bell is rung when there may be room.
    class queue {
      public:
        queue(page_budget& of, bell& b) : of_(of), bell_(b) { of_.queue_.insert(&bell_); }
        queue(queue const&) = delete;
        queue& operator=(queue const&) = delete;
        ~queue() { of_.queue_.erase(&bell_); }

      private:
        page_budget& of_;
        bell& bell_;
    };

  private:
    std::size_t const most_;
    std::size_t held_ = 0;
    std::set<bell*> queue_;
};

}  // namespace fetchd::api
