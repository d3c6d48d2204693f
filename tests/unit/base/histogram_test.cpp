#include "base/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace fetchd;
using testing::ElementsAre;

TEST(Histogram, CountsUpToAndIncludingEachBound) {
    histogram<2> h({1.0, 2.5});
    for (double const value : {0.0, 1.0, 1.0000001, 2.5, 2.6, 1e9})
        h.observe(value);
    EXPECT_THAT(h.counts(), ElementsAre(2, 2, 2));
    EXPECT_DOUBLE_EQ(h.sum(), 0.0 + 1.0 + 1.0000001 + 2.5 + 2.6 + 1e9);
}

TEST(Histogram, BoundsOfTheSecondsAscend) {
    auto const h = make_seconds_histogram();
    EXPECT_DOUBLE_EQ(h.bounds().front(), 0.0005);
    EXPECT_DOUBLE_EQ(h.bounds().back(), 10);
    EXPECT_THAT(h.bounds(), testing::WhenSorted(testing::ElementsAreArray(h.bounds())));
}

}  // namespace
