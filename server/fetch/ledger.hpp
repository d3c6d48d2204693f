// Counts what became of every fetch. Loop thread only; the metrics read it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/failure.hpp"

namespace fetchd {

class ledger {
  public:
    static constexpr std::size_t stages = static_cast<std::size_t>(stage::store) + 1;
    static constexpr std::size_t codes = static_cast<std::size_t>(code::unsupported_type) + 1;

    // One fetch is over: well, or with this failure.
    void settle(std::optional<failure> const& f) {
        if (f)
            ++failed_[static_cast<std::size_t>(f->where)][static_cast<std::size_t>(f->what)];
        else
            ++succeeded_;
    }
    std::uint64_t succeeded() const { return succeeded_; }
    std::uint64_t failed(stage where, code what) const {
        return failed_[static_cast<std::size_t>(where)][static_cast<std::size_t>(what)];
    }

    std::uint64_t refused = 0;        // turned away before they began: no ticket was left
    std::uint64_t attempts = 0;       // tries at origins
    std::uint64_t wire_bytes = 0;     // bodies received from origins
    std::uint64_t decoded_bytes = 0;  // the same, decompressed, where they were processed

  private:
    std::uint64_t succeeded_ = 0;
    std::array<std::array<std::uint64_t, codes>, stages> failed_{};
};

}  // namespace fetchd
