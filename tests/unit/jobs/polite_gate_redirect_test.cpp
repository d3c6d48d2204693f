// What politeness and robots.txt say of where a redirect leads.
#include "unit/jobs/polite_gate_fixture.hpp"

namespace fetchd::jobs {
namespace {

TEST_F(PoliteGate, ARedirectTakesATurnOfItsOwn) {
    config_.origin = {1, 1000ms, 0};
    polite_.configure(config_);
    answer_with("");
    auto const began = now_;
    auto const turn = go("http://a.test/1");
    ASSERT_TRUE(move(*turn, "http://a.test/2"));
    EXPECT_GE(now_ - began, 1000ms);
    EXPECT_LT(now_ - began, 1100ms);
    EXPECT_EQ(polite_.count().turns, 1U) << "the first one has ended";
    EXPECT_EQ(polite_.describe("a.test", now_).origins.at(0).good, 1U);
    turn->finish(answered(200, 1), now_);
    EXPECT_EQ(polite_.count().turns, 0U);
    EXPECT_EQ(polite_.describe("a.test", now_).origins.at(0).good, 2U);
}

TEST_F(PoliteGate, ARedirectGoesBeforeItemsThatHaveNotBegun) {
    config_.origin.delay = 1000ms;
    polite_.configure(config_);
    answer_with("");
    auto const turn = go("http://a.test/1");
    scope life(wheel_, now_ + 30s);
    std::optional<result<void>> came;
    spawn_logged(ex_, "move", move_on(*turn, *url::parse("http://a.test/2"), life, came));
    poll();
    now_ += 1000ms;
    EXPECT_TRUE(held("http://a.test/3"));
    wheel_.advance(now_ + timer_wheel::tick);
    poll();
    ASSERT_TRUE(came);
    EXPECT_TRUE(*came);
}

TEST_F(PoliteGate, RedirectsThatWaitForAConnectionGoOnAsSoonAsOneIsFree) {
    config_.origin.connections = 1;
    polite_.configure(config_);
    polite_.on_change([this](std::string_view origin) { gate_.changed(origin); });
    answer_with("");
    auto busy = go("http://b.test/");
    scope life(wheel_, now_ + 30s);
    std::vector<std::unique_ptr<gate::turn>> turns;
    std::vector<std::optional<result<void>>> came(3);
    for (std::size_t i = 0; i < came.size(); ++i) {
        turns.push_back(go("http://a" + std::to_string(i) + ".test/"));
        spawn_logged(ex_, "move", move_on(*turns[i], *url::parse("http://b.test/2"), life, came[i]));
        poll();
    }
    for (std::size_t i = 0; i < came.size(); ++i) {
        EXPECT_FALSE(came[i]);
        busy->finish(answered(200, i == 0 ? 0 : 1), now_);
        poll();
        ASSERT_TRUE(came[i]) << "at once, and in the order they came";
        busy = std::move(turns[i]);
    }
}

TEST_F(PoliteGate, ARedirectIsNotFollowedIntoWhatRobotsTxtForbids) {
    answer_with("User-agent: *\nDisallow: /private\n");
    auto const turn = go("http://a.test/1");
    auto const moved = move(*turn, "http://b.test/private");
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().where, stage::robots);
    EXPECT_EQ(moved.error().advice(), verdict::refused);
    EXPECT_EQ(polite_.count().turns, 0U);
    turn->finish(answered(200), now_);  // nothing left to finish
}

TEST_F(PoliteGate, ARedirectThatMayNotBeFollowedInTimeSaysWhen) {
    answer_with("");
    auto busy = answered(429);
    busy.fields.add("Retry-After", "120");
    go("http://b.test/")->finish(busy, now_);
    auto const until = now_ + 120s;
    auto const turn = go("http://a.test/1");
    auto const began = now_;
    auto const moved = move(*turn, "http://b.test/1");
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().what, code::held);
    EXPECT_EQ(now_, began) << "it does not wait in vain";
    EXPECT_EQ(turn->held_until(), until);
}

TEST_F(PoliteGate, ARefusalAfterARedirectIsThatOfItsOrigin) {
    answer_with("");
    auto const turn = go("http://a.test/1");
    ASSERT_TRUE(move(*turn, "http://b.test/1"));
    turn->finish(answered(429, 1), now_);
    EXPECT_TRUE(held("http://b.test/2"));
    EXPECT_FALSE(held("http://a.test/2"));
}

}  // namespace
}  // namespace fetchd::jobs
