// Limits of connections, delay and rate, for origins, domains and addresses.
#include <gmock/gmock.h>

#include "polite.hpp"

namespace fetchd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto recheck = 1000ms;

TEST(Politeness, ConnectionsToOneOriginAreLimited) {
    auto c = lax();
    c.origin.connections = 2;
    polite p(c);
    auto first = p.go("http://a.test/1");
    auto second = p.go("http://a.test/2");
    EXPECT_EQ(p.held("http://a.test/3"), by(recheck, reason::connections));
    EXPECT_TRUE(p.may("http://a.test:8080/"));  // another origin
    first.finish(answered(200), p.now);
    EXPECT_TRUE(p.may("http://a.test/3"));
}

TEST(Politeness, TurnThatIsDroppedGivesItsPlaceBack) {
    auto c = lax();
    c.origin.connections = 1;
    polite p(c);
    {
        auto const dropped = p.go("http://a.test/");
        EXPECT_EQ(p.is.count().turns, 1U);
        EXPECT_FALSE(p.may("http://a.test/"));
    }
    EXPECT_EQ(p.is.count().turns, 0U);
    EXPECT_TRUE(p.may("http://a.test/"));
    EXPECT_EQ(p.state("a.test").good, 0U);
}

TEST(Politeness, StartsAtOneOriginAreApart) {
    auto c = lax();
    c.origin.delay = 1000ms;
    polite p(c);
    p.request("http://a.test/", answered(200));
    p.pass(300ms);
    EXPECT_EQ(p.held("http://a.test/"), by(700ms, reason::delay));
    p.pass(699ms);
    EXPECT_EQ(p.held("http://a.test/"), by(1ms, reason::delay));
    p.pass(1ms);
    EXPECT_TRUE(p.may("http://a.test/"));
}

TEST(Politeness, WhatAnEarlierProcessMayHaveAskedCounts) {
    auto c = lax();
    c.origin.delay = 1000ms;
    c.address.rate = 10;
    c.address.delay = 0ms;
    polite p(c);
    p.is.goes_on(p.now);
    EXPECT_FALSE(p.may("http://a.test/"));
    EXPECT_EQ(p.held("http://a.test/"), by(1000ms, reason::delay));
    p.pass(1000ms);
    EXPECT_TRUE(p.may("http://a.test/"));
    p.is.meet(at("http://b.test/"), ip_address::parse("192.0.2.1"), p.now);
    EXPECT_EQ(p.held("http://b.test/"), by(59'000ms, reason::rate)) << "all of a minute may have been used";
    p.pass(59'000ms);
    EXPECT_TRUE(p.may("http://b.test/"));
}

TEST(Politeness, WhoWasRedirectedGoesBeforeWhoHasNotBegun) {
    auto c = lax();
    c.origin.delay = 1000ms;
    polite p(c);
    auto const target = at("http://a.test/");
    p.request("http://a.test/", answered(200));
    politeness::follower const first(p.is, target);
    std::optional<politeness::follower> second(std::in_place, p.is, target);
    auto const wait_of = [&](politeness::follower const* me) {
        auto const said = p.is.ask(target, p.now, 0ms, me);
        auto const* const w = std::get_if<politeness::wait>(&said);
        return w ? std::chrono::duration_cast<milliseconds>(w->until - p.now) : 0ms;
    };
    EXPECT_EQ(wait_of(&first), 1000ms);
    EXPECT_EQ(wait_of(&*second), 2000ms);
    EXPECT_EQ(wait_of(nullptr), 3000ms);
    EXPECT_TRUE(p.may("http://b.test/")) << "another origin has another line";
    p.pass(1000ms);
    EXPECT_EQ(wait_of(nullptr), 2000ms) << "its time has come, the others' too";
    EXPECT_EQ(wait_of(&first), 0ms);
    second.reset();
    EXPECT_EQ(wait_of(nullptr), 2000ms) << "the first is still in the line";
}

TEST(Politeness, ConnectionsAreKeptForWhoWasRedirected) {
    auto c = lax();
    c.origin.connections = 2;
    polite p(c);
    auto const target = at("http://a.test/");
    auto const under_way = p.go("http://a.test/");
    {
        politeness::follower const me(p.is, target);
        EXPECT_EQ(p.held("http://a.test/"), by(recheck, reason::connections));
        EXPECT_TRUE(std::holds_alternative<politeness::turn>(p.is.ask(target, p.now, 0ms, &me)));
    }
    EXPECT_TRUE(p.may("http://a.test/"));
}

TEST(Politeness, NoMoreThanTheRateInAnyMinute) {
    auto c = lax();
    c.origin.rate = 10;
    polite p(c);
    std::vector<politeness::time> starts;
    for (int i = 0; i < 3000; ++i, p.pass(100ms))
        if (p.may("http://a.test/"))
            starts.push_back(p.now);
    ASSERT_GT(starts.size(), 40U);  // no less than the slots cost: ten in 65 s
    for (std::size_t i = 10; i < starts.size(); ++i)
        EXPECT_GE(starts[i] - starts[i - 10], 60s) << i;
}

TEST(Politeness, RateSaysWhenThereIsRoomAgain) {
    auto c = lax();
    c.origin.rate = 1;
    polite p(c);
    p.request("http://a.test/", answered(200));
    auto const [wait, why] = p.held("http://a.test/");
    EXPECT_EQ(why, reason::rate);
    EXPECT_GE(wait, 60s);
    EXPECT_LE(wait, 65s);
    p.pass(wait - 1ms);
    EXPECT_FALSE(p.may("http://a.test/"));
    p.pass(1ms);
    EXPECT_TRUE(p.may("http://a.test/"));
}

TEST(Politeness, HostsOfOneRegistrableDomainShareItsLimits) {
    auto c = lax();
    c.domain.connections = 1;
    polite p(c);
    auto const turn = p.go("http://a.example.co.uk/");
    EXPECT_EQ(p.held("https://b.example.co.uk/"), by(recheck, reason::connections));
    EXPECT_TRUE(p.may("http://other.co.uk/"));
    EXPECT_EQ(p.state("a.example.co.uk").domain, "example.co.uk");
}

TEST(Politeness, StartsInOneDomainAreApart) {
    auto c = lax();
    c.domain.delay = 250ms;
    polite p(c);
    p.request("http://a.example.com/", answered(200));
    EXPECT_EQ(p.held("http://b.example.com/"), by(250ms, reason::delay));
    EXPECT_TRUE(p.may("http://example.net/"));
}

TEST(Politeness, HostWithoutARegistrableDomainStandsForItself) {
    auto c = lax();
    c.domain.connections = 1;
    polite p(c);
    auto const one = p.go("http://localhost/");
    auto const two = p.go("http://github.io/");
    EXPECT_FALSE(p.may("http://localhost:81/"));
    EXPECT_FALSE(p.may("http://github.io:81/"));
    EXPECT_TRUE(p.may("http://a.github.io/"));
}

TEST(Politeness, OriginsAtOneAddressShareItsLimits) {
    auto c = lax();
    c.address.connections = 1;
    polite p(c);
    p.request("http://a.test/", reached("192.0.2.1"));
    p.request("http://b.test/", reached("192.0.2.1"));
    auto turn = p.go("http://a.test/");
    EXPECT_EQ(p.held("http://b.test/"), by(recheck, reason::connections));
    turn.finish(reached("192.0.2.1"), p.now);
    EXPECT_TRUE(p.may("http://b.test/"));
}

TEST(Politeness, AddressIsTheLastOneTheOriginWasReachedAt) {
    auto c = lax();
    c.address.connections = 1;
    polite p(c);
    p.request("http://a.test/", reached("192.0.2.1"));
    p.request("http://b.test/", reached("192.0.2.1"));
    p.request("http://a.test/", reached("2001:db8::1"));
    EXPECT_EQ(p.state("a.test").address, "2001:db8::1");
    auto const turn = p.go("http://a.test/");
    EXPECT_TRUE(p.may("http://b.test/"));
}

TEST(Politeness, AddressThatIsKnownBeforehandCounts) {
    auto c = lax();
    c.address.connections = 1;
    polite p(c);
    for (auto const* target : {"http://a.test/", "http://b.test/"})
        p.is.meet(at(target), ip_address::parse("192.0.2.1"), p.now);
    auto const turn = p.go("http://a.test/");
    EXPECT_FALSE(p.may("http://b.test/"));
    EXPECT_FALSE(p.may("http://192.0.2.1:8080/"));  // one that is written in the URL
}

TEST(Politeness, AddressMayChangeWhileItsTurnsAreOut) {
    auto c = lax();
    c.address.connections = 1;
    polite p(c);
    p.is.meet(at("http://a.test/"), ip_address::parse("192.0.2.1"), p.now);
    auto turn = p.go("http://a.test/");
    p.is.meet(at("http://a.test/"), ip_address::parse("192.0.2.2"), p.now);
    EXPECT_FALSE(p.may("http://192.0.2.1/"));  // still counted where it began
    auto const other = p.go("http://192.0.2.2/");
    turn.finish(reached("192.0.2.2"), p.now);
    EXPECT_TRUE(p.may("http://192.0.2.1/"));
    EXPECT_FALSE(p.may("http://a.test/"));
}

TEST(Politeness, LookingCountsForNothing) {
    auto c = lax();
    c.origin = {1, 1000ms, 0};
    polite p(c);
    EXPECT_FALSE(p.is.held(at("http://a.test/"), p.now));
    EXPECT_FALSE(p.is.knows(at("http://a.test/")));
    p.request("http://a.test/", answered(200));
    EXPECT_EQ(p.is.held(at("http://a.test/"), p.now)->until, p.now + 1s);
    p.pass(1s);
    EXPECT_FALSE(p.is.held(at("http://a.test/"), p.now));
    EXPECT_TRUE(p.may("http://a.test/"));
}

TEST(Politeness, AllLimitsHoldTogetherAndTheLongestWaitIsTold) {
    auto c = lax();
    c.origin.delay = 500ms;
    c.domain.delay = 2000ms;
    c.address.connections = 1;
    polite p(c);
    p.is.meet(at("http://a.test/"), ip_address::parse("192.0.2.1"), p.now);
    auto const turn = p.go("http://a.test/");
    EXPECT_EQ(p.held("http://a.test/"), by(2000ms, reason::delay));
    p.pass(1500ms);
    EXPECT_EQ(p.held("http://a.test/"), by(recheck, reason::connections));
}

TEST(Politeness, CrawlDelayHoldsWhereItIsLonger) {
    auto c = lax();
    c.origin.delay = 1000ms;
    polite p(c);
    p.request("http://a.test/", answered(200));
    EXPECT_EQ(p.held("http://a.test/", 5s), by(5s, reason::crawl_delay));
    EXPECT_EQ(p.held("http://a.test/", 500ms), by(1s, reason::delay));
}

TEST(Politeness, CrawlDelayIsCapped) {
    auto c = lax();
    c.longest_crawl_delay = 30s;
    polite p(c);
    p.request("http://a.test/", answered(200));
    EXPECT_EQ(p.held("http://a.test/", 24h), by(30s, reason::crawl_delay));
}

TEST(Politeness, EndOfATurnIsToldToWhoWaitsForIt) {
    auto c = lax();
    c.origin.connections = 1;
    c.domain.connections = 2;
    polite p(c);
    auto a = p.go("http://a.example.com/");
    auto b = p.go("http://b.example.com/");
    EXPECT_FALSE(p.may("http://c.example.com/"));
    EXPECT_FALSE(p.may("http://a.example.com/"));
    b.finish(answered(200), p.now);
    EXPECT_THAT(p.told, ElementsAre("http://c.example.com"));
    a.finish(answered(200), p.now);
    EXPECT_THAT(p.told, ElementsAre("http://c.example.com", "http://a.example.com"));
}

TEST(Politeness, WhoStandsInLineLongestIsToldFirst) {
    auto c = lax();
    c.domain.connections = 1;
    polite p(c);
    auto turn = p.go("http://a.example.com/");
    for (auto const* host : {"http://x.example.com/", "http://y.example.com/", "http://x.example.com/"})
        EXPECT_FALSE(p.may(host));
    turn.finish(answered(200), p.now);
    EXPECT_THAT(p.told, ElementsAre("http://x.example.com"));
    turn = p.go("http://x.example.com/");
    turn.finish(answered(200), p.now);
    EXPECT_THAT(p.told, ElementsAre("http://x.example.com", "http://y.example.com"));
}

TEST(Politeness, WhoIsToldMayAskAtOnce) {
    auto c = lax();
    c.origin.connections = 1;
    polite p(c);
    std::optional<politeness::turn> next;
    p.is.on_change([&](std::string_view) { next.emplace(p.go("http://a.test/2")); });
    auto turn = p.go("http://a.test/1");
    EXPECT_FALSE(p.may("http://a.test/2"));
    turn.finish(answered(200), p.now);
    ASSERT_TRUE(next);
    EXPECT_EQ(p.is.count().turns, 1U);
}

TEST(Politeness, WaitForATimeIsNotTold) {
    auto c = lax();
    c.origin.delay = 5s;
    polite p(c);
    auto turn = p.go("http://a.test/");
    EXPECT_FALSE(p.may("http://a.test/"));
    turn.finish(answered(200), p.now);
    EXPECT_THAT(p.told, IsEmpty());
}

TEST(Politeness, LinesAreBounded) {
    auto c = lax();
    c.domain.connections = 1;
    polite p(c);
    auto turn = p.go("http://a.example.com/");
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(p.held("http://h" + std::to_string(i) + ".example.com/"), by(recheck, reason::connections));
    for (int i = 0; i < 200; ++i) {
        turn.finish(answered(200), p.now);
        turn = p.go("http://a.example.com/");
    }
    EXPECT_EQ(p.told.size(), 64U);
}

TEST(Politeness, NewSettingsHoldAtOnceAndAreTold) {
    auto c = lax();
    c.origin.delay = 1h;
    polite p(c);
    p.request("http://a.test/", answered(200));
    EXPECT_FALSE(p.may("http://a.test/"));
    c.origin.delay = 0ms;
    p.is.configure(c);
    EXPECT_THAT(p.told, ElementsAre("http://a.test"));
    EXPECT_TRUE(p.may("http://a.test/"));
}

TEST(Politeness, IdleOriginsAreForgottenFirst) {
    auto c = lax();
    c.remembered = 100;
    polite p(c);
    p.request("http://busy.test/", retry_later(429, 10h));
    auto const turn = p.go("http://held.test/");
    for (int i = 0; i < 40; ++i)
        p.request("http://h" + std::to_string(i) + ".test/", answered(200));
    for (int i = 0; i < 1000; ++i) {
        p.request("http://h" + std::to_string(i) + ".test/", answered(200));
        EXPECT_FALSE(p.may("http://busy.test/"));
        ASSERT_LE(p.is.count().groups, 103U);
    }
    EXPECT_GT(p.is.count().forgotten, 900U);
    EXPECT_TRUE(p.is.knows(at("http://held.test/")));
    EXPECT_FALSE(p.is.knows(at("http://h1.test/")));
}

TEST(Politeness, WhatMustNotBeForgottenIsHandedOut) {
    auto c = lax();
    c.remembered = 100;
    polite p(c);
    for (int i = 0; i < 500; ++i)
        p.request("http://h" + std::to_string(i) + ".test/", retry_later(429, 10h));
    EXPECT_LE(p.is.count().groups, 103U);
    std::size_t saved = 0;
    for (auto const& r : p.is.take_records(10'000, p.now, p.wall)) {
        EXPECT_FALSE(r.text.empty());
        ++saved;
        // As the store gives it back when the origin is wanted again.
        EXPECT_TRUE(p.is.restore(r.key, r.text, p.now, p.wall));
        EXPECT_EQ(p.held(r.key.substr(7)), by(10h, reason::back_off));
    }
    EXPECT_EQ(saved, 500U);
}

TEST(Politeness, OriginsWithTurnsAreNeverForgotten) {
    auto c = lax();
    c.remembered = 100;
    polite p(c);
    std::vector<politeness::turn> turns;
    for (int i = 0; i < 300; ++i)
        turns.push_back(p.go("http://h" + std::to_string(i) + ".test/"));
    for (int i = 0; i < 300; ++i)
        EXPECT_TRUE(p.is.knows(at("http://h" + std::to_string(i) + ".test/")));
    turns.clear();
    for (int i = 0; i < 300; ++i)
        p.request("http://g" + std::to_string(i) + ".test/", answered(200));
    EXPECT_LE(p.is.count().groups, 103U);
}

}  // namespace
}  // namespace fetchd
