#include "jobs/sqlite/leases.hpp"

#include <gmock/gmock.h>

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr lease_want want{1, 7, 3};

std::vector<leased_item> read(lease_plan const& p, item_number last) {
    std::vector<leased_item> items;
    for (auto const n : p.again)
        items.push_back({{p.job, p.lane, n}, "", "", 0});
    for (auto n = p.after + 1; n <= last && items.size() < p.again.size() + p.fresh; ++n)
        items.push_back({{p.job, p.lane, n}, "", "", 0});
    return items;
}

class Leases : public testing::Test {
  protected:
    std::vector<item_number> lease(item_number last = 100) {
        auto const p = all.plan(want, now);
        auto items = read(p, last);
        all.grant(p, items, now + std::chrono::seconds(10));
        std::vector<item_number> numbers;
        for (auto const& i : items)
            numbers.push_back(i.ref.n);
        return numbers;
    }
    leases all;
    time_point now{std::chrono::hours(1)};
};

TEST_F(Leases, GoOnWhereTheLastOnesEnded) {
    EXPECT_THAT(lease(), ElementsAre(1, 2, 3));
    EXPECT_THAT(lease(), ElementsAre(4, 5, 6));
    all.settled({1, 7, 4});
    EXPECT_THAT(lease(), ElementsAre(7, 8, 9));
}

TEST_F(Leases, OnesThatExpiredComeFirst) {
    EXPECT_THAT(lease(), ElementsAre(1, 2, 3));
    all.settled({1, 7, 2});
    now += std::chrono::seconds(10);
    EXPECT_THAT(lease(), ElementsAre(1, 3, 4));
}

TEST_F(Leases, AnItemGivenBackIsHeldUntilItsTime) {
    EXPECT_THAT(lease(2), ElementsAre(1, 2));
    all.give_back({1, 7, 1}, now + std::chrono::hours(1));
    now += std::chrono::seconds(10);
    EXPECT_THAT(lease(2), ElementsAre(2));
    now += std::chrono::hours(1);
    EXPECT_THAT(lease(2), ElementsAre(1, 2));
}

TEST_F(Leases, ALaneWithNothingOutIsForgotten) {
    EXPECT_THAT(lease(2), ElementsAre(1, 2));
    all.settled({1, 7, 1});
    EXPECT_EQ(all.lanes(), 1U);
    all.settled({1, 7, 2});
    EXPECT_EQ(all.lanes(), 0U);
    EXPECT_EQ(all.size(), 0U);
}

TEST_F(Leases, WhatIsNotFoundAnyMoreIsNotOutEither) {
    EXPECT_THAT(lease(1), ElementsAre(1));
    now += std::chrono::seconds(10);
    auto const p = all.plan(want, now);
    EXPECT_THAT(p.again, ElementsAre(1));
    std::vector<leased_item> none;
    all.grant(p, none, now);
    EXPECT_EQ(all.size(), 0U);
    EXPECT_EQ(all.lanes(), 0U);
}

TEST_F(Leases, ForgettingAJobLeavesTheOthers) {
    lease();
    auto const p = all.plan({2, 7, 1}, now);
    auto items = read(p, 9);
    all.grant(p, items, now);
    all.forget(1);
    EXPECT_EQ(all.size(), 1U);
    EXPECT_EQ(all.lanes(), 1U);
}

TEST_F(Leases, AreBounded) {
    auto const p = all.plan({1, 7, leases::max_leases + 5}, now);
    EXPECT_EQ(p.fresh, leases::max_leases);
    EXPECT_EQ(all.plan(want, now, leases::max_leases - 1).fresh, 1U);
    auto items = read(p, leases::max_leases);
    all.grant(p, items, now);
    EXPECT_EQ(all.plan({1, 8, 1}, now).fresh, 0U);
}

}  // namespace
