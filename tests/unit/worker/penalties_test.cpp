#include "worker/penalties.hpp"

#include <gmock/gmock.h>

namespace fetchd::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr penalties::time start{1'000h};
constexpr char const* bad = "https://bad.test";

class Penalties : public testing::Test {
  protected:
    // As many deaths at once; what the last one brought.
    std::optional<std::chrono::milliseconds> deaths(int n, penalties::time now,
                                                    std::string_view origin = bad) {
        std::optional<std::chrono::milliseconds> last;
        for (int i = 0; i < n; ++i)
            last = all.died(origin, now);
        return last;
    }
    penalties all{{.deaths = 3, .window = 1min, .first = 10s, .longest = 35s, .origins = 4}};
};

TEST_F(Penalties, BeginWithOneDeathMoreThanAllowed) {
    EXPECT_FALSE(deaths(3, start));
    EXPECT_FALSE(all.penalised(bad));
    EXPECT_EQ(all.died(bad, start), 10s);
    EXPECT_TRUE(all.penalised(bad));
    EXPECT_FALSE(all.penalised("https://good.test"));
    EXPECT_EQ(all.count().penalised, 1U);
}

TEST_F(Penalties, WindowSlides) {
    all.died(bad, start);
    all.died(bad, start + 30s);
    all.died(bad, start + 59s);
    EXPECT_FALSE(all.died(bad, start + 60s)) << "the first no longer counts";
    EXPECT_EQ(all.died(bad, start + 89s), 10s) << "four since the second";
}

TEST_F(Penalties, EndWhenTheirTimeHasPassed) {
    deaths(4, start);
    EXPECT_EQ(all.next_end(), start + 10s);
    EXPECT_THAT(all.end_due(start + 10s - 1ms), IsEmpty());
    EXPECT_TRUE(all.penalised(bad));
    EXPECT_THAT(all.end_due(start + 10s), ElementsAre(bad));
    EXPECT_FALSE(all.penalised(bad));
    EXPECT_FALSE(all.next_end());
    EXPECT_THAT(all.end_due(start + 1h), IsEmpty()) << "named once";
}

TEST_F(Penalties, DoubleUpToTheLongest) {
    auto now = start;
    for (auto const length : {10s, 20s, 35s, 35s}) {
        EXPECT_EQ(deaths(4, now), length);
        now += length;
        EXPECT_THAT(all.end_due(now), ElementsAre(bad));
    }
    EXPECT_EQ(all.count().begun, 4U);
}

TEST_F(Penalties, GrowWhileTheyLast) {
    deaths(4, start);
    EXPECT_FALSE(deaths(3, start + 5s)) << "those that made the penalty are not counted again";
    EXPECT_EQ(all.died(bad, start + 5s), 20s);
    EXPECT_THAT(all.end_due(start + 24s), IsEmpty());
    EXPECT_THAT(all.end_due(start + 25s), ElementsAre(bad));
    EXPECT_EQ(all.count().penalised, 0U);
}

TEST_F(Penalties, AreForgivenAfterAQuietTime) {
    deaths(4, start);
    all.end_due(start + 10s);
    EXPECT_EQ(deaths(4, start + 10s + 35s - 1ms), 20s);
    all.end_due(start + 2min);
    EXPECT_EQ(deaths(4, start + 2min), 10s);
}

TEST_F(Penalties, NextEndIsTheEarliest) {
    deaths(4, start, "https://late.test");
    deaths(4, start, "https://late.test");
    deaths(4, start + 1s);
    EXPECT_EQ(all.next_end(), start + 11s);
}

TEST_F(Penalties, RememberABoundedNumberOfOrigins) {
    deaths(3, start, "https://a.test");
    for (auto const* other : {"https://b.test", "https://c.test", "https://d.test"})
        all.died(other, start);
    all.died("https://e.test", start);
    EXPECT_EQ(all.count().watched, 4U);
    EXPECT_FALSE(all.died("https://a.test", start)) << "forgotten: its last death was the longest ago";
    EXPECT_EQ(all.count().watched, 4U);
}

TEST_F(Penalties, OriginsWithoutAPenaltyAreForgottenFirst) {
    deaths(4, start);
    for (auto const* other : {"https://b.test", "https://c.test", "https://d.test", "https://e.test"})
        all.died(other, start);
    EXPECT_TRUE(all.penalised(bad));
    EXPECT_EQ(all.count().watched, 4U);
}

TEST_F(Penalties, OldestEndsEarlyWhereAllArePenalised) {
    for (auto const* each : {"https://a.test", "https://b.test", "https://c.test", "https://d.test"})
        deaths(4, start, each);
    all.died("https://e.test", start + 1s);
    EXPECT_THAT(all.end_due(start + 1s), ElementsAre("https://a.test"));
    EXPECT_EQ(all.count().watched, 4U);
    EXPECT_EQ(all.count().penalised, 3U);
}

}  // namespace
}  // namespace fetchd::worker
