// Steps that are left to all selectors of one document: a look at a node, at some bytes of a value. What runs
// out of them must say so to its caller instead of an answer.
#pragma once

#include <cstdint>

namespace fetchd::css {

class effort {
  public:
    explicit effort(std::uint64_t steps) : left_(steps) {}

    bool spend(std::uint64_t steps) {
        if (steps > left_) {
            left_ = 0;
            spent_ = true;
            return false;
        }
        left_ -= steps;
        return true;
    }
    bool spent() const { return spent_; }
    std::uint64_t left() const { return left_; }

  private:
    std::uint64_t left_;
    bool spent_ = false;
};

}  // namespace fetchd::css
