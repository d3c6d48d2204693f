// Counts observations into buckets with fixed upper bounds, as Prometheus wants them. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace fetchd {

template <std::size_t N>
class histogram {
  public:
    explicit constexpr histogram(std::array<double, N> upper_bounds) : bounds_(upper_bounds) {}

    void observe(double value) {
        std::size_t i = 0;
        while (i < N && value > bounds_[i])
            ++i;
        ++counts_[i];
        sum_ += value;
    }

    std::array<double, N> const& bounds() const { return bounds_; }
    std::array<std::uint64_t, N + 1> const& counts() const {
        return counts_;
    }  // the last one: beyond all bounds
    double sum() const { return sum_; }

  private:
    std::array<double, N> bounds_;
    std::array<std::uint64_t, N + 1> counts_{};
    double sum_ = 0;
};

// Seconds; from half a millisecond to ten seconds.
using seconds_histogram = histogram<13>;
inline seconds_histogram make_seconds_histogram() {
    return seconds_histogram({0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10});
}

}  // namespace fetchd
