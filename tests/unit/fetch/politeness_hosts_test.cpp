// What an operator says about hosts: pause, other limits, forgiveness, and the list in the settings.
#include <gmock/gmock.h>

#include "polite.hpp"

namespace fetchd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

politeness::host_rule paused() {
    politeness::host_rule rule;
    rule.paused = true;
    return rule;
}

TEST(PolitenessHosts, PausedHostIsNotAskedUntilItIsResumed) {
    polite p(lax());
    EXPECT_TRUE(p.is.change("a.test", paused()));
    EXPECT_EQ(p.held("http://a.test/"), by(milliseconds::max(), reason::paused));
    EXPECT_EQ(p.held("https://a.test:8443/"), by(milliseconds::max(), reason::paused));
    EXPECT_TRUE(p.may("http://b.a.test/"));
    p.pass(1000h);
    EXPECT_FALSE(p.may("http://a.test/"));
    EXPECT_TRUE(p.is.change("a.test", {}));
    EXPECT_THAT(p.told, testing::UnorderedElementsAre("http://a.test", "https://a.test:8443"));
    EXPECT_TRUE(p.may("http://a.test/"));
}

TEST(PolitenessHosts, PauseLetsRequestsUnderWayEnd) {
    polite p(lax());
    auto turn = p.go("http://a.test/");
    p.is.change("a.test", paused());
    turn.finish(answered(200), p.now);
    EXPECT_EQ(p.state("a.test").good, 1U);
    EXPECT_FALSE(p.may("http://a.test/"));
}

TEST(PolitenessHosts, RuleReplacesTheLimitsOfItsOrigins) {
    auto c = lax();
    c.origin = {1, 1000ms, 0};
    polite p(c);
    politeness::host_rule rule;
    rule.connections = 3;
    rule.delay = 10ms;
    EXPECT_TRUE(p.is.change("A.Test.", rule));  // as a person may write it
    auto const one = p.go("http://a.test/");
    EXPECT_EQ(p.held("http://a.test/"), by(10ms, reason::delay));
    p.pass(10ms);
    auto const two = p.go("http://a.test/");
    EXPECT_EQ(p.state("a.test").most_connections, 3U);
}

TEST(PolitenessHosts, LooserRuleIsNotHeldToItsDomainAndAddress) {
    auto c = lax();
    c.domain = {1, 1000ms, 1};
    c.address = {1, 1000ms, 1};
    polite p(c);
    politeness::host_rule rule;
    rule.connections = 4;
    rule.delay = 0ms;
    rule.rate = 0;
    p.is.change("own.example.com", rule);
    p.is.meet(at("http://own.example.com/"), ip_address::parse("192.0.2.1"), p.now);
    std::vector<politeness::turn> turns;
    for (int i = 0; i < 4; ++i)
        turns.push_back(p.go("http://own.example.com/"));
    EXPECT_FALSE(p.may("http://own.example.com/"));
    EXPECT_TRUE(p.may("http://other.example.com/"));  // and does not use it up
    EXPECT_TRUE(p.may("http://192.0.2.1/"));
}

TEST(PolitenessHosts, StricterRuleIsHeldToAll) {
    auto c = lax();
    c.domain.connections = 2;
    polite p(c);
    politeness::host_rule rule;
    rule.connections = 1;
    p.is.change("a.example.com", rule);
    auto const one = p.go("http://a.example.com/");
    auto const two = p.go("http://b.example.com/");
    EXPECT_FALSE(p.may("http://c.example.com/"));
}

TEST(PolitenessHosts, DelayOfARuleReplacesACrawlDelay) {
    polite p(lax());
    politeness::host_rule rule;
    rule.delay = 100ms;
    p.is.change("a.test", rule);
    p.request("http://a.test/", answered(200));
    EXPECT_EQ(p.held("http://a.test/", 10s), by(100ms, reason::delay));
}

TEST(PolitenessHosts, RuleSaysWhetherRobotsAreMinded) {
    auto c = lax();
    c.hosts = {"*.corp.test robots=false"};
    polite p(c);
    EXPECT_TRUE(p.is.minds_robots("a.test"));
    EXPECT_FALSE(p.is.minds_robots("a.corp.test"));
    politeness::host_rule rule;
    rule.robots = true;
    p.is.change("a.corp.test", rule);
    EXPECT_TRUE(p.is.minds_robots("a.corp.test"));
    c.robots = false;
    p.is.configure(c);
    EXPECT_FALSE(p.is.minds_robots("a.test"));
}

TEST(PolitenessHosts, SettingsNameHostsOfOnesOwn) {
    auto c = lax();
    c.origin = {1, 1000ms, 0};
    c.hosts = {"127.0.0.0/8 connections=64 delay=0s adaptive=false", "*.corp.test delay=20ms",
               "a.corp.test delay=5ms"};
    polite p(c);
    auto const one = p.go("http://127.0.0.1:8080/");
    auto const two = p.go("http://127.0.0.1:8080/");
    EXPECT_EQ(p.state("127.0.0.1").most_connections, 64U);
    p.request("http://a.corp.test/", answered(200));
    EXPECT_EQ(p.held("http://a.corp.test/"), by(20ms, reason::delay));  // the first that fits
    EXPECT_EQ(p.is.describe("a.corp.test", p.now).configured.delay, 20ms);
    EXPECT_EQ(p.is.describe("never.corp.test", p.now).configured.delay, 20ms);
}

TEST(PolitenessHosts, RuleGoesOverTheSettingsWhereItSaysSomething) {
    auto c = lax();
    c.hosts = {"a.test delay=20ms connections=7"};
    polite p(c);
    politeness::host_rule rule;
    rule.delay = 50ms;
    p.is.change("a.test", rule);
    p.request("http://a.test/", answered(200));
    EXPECT_EQ(p.held("http://a.test/"), by(50ms, reason::delay));
    EXPECT_EQ(p.state("a.test").most_connections, 7U);
}

TEST(PolitenessHosts, EveryProblemOfTheSettingsIsNamed) {
    politeness_config c;
    EXPECT_THAT(politeness::problems(c), IsEmpty());
    c.hosts = {"a.test delay=0s rate=0 connections=1 adaptive=true robots=true"};
    EXPECT_THAT(politeness::problems(c), IsEmpty());
    for (auto const* wrong :
         {"", "a.test", "a.test delay=soon", "a.test connections=0", "a.test speed=9", "a.test delay",
          "a.test adaptive=maybe", "*.*.test delay=1s", "10.0.0.0/99 rate=1"}) {
        c.hosts = {wrong};
        ASSERT_THAT(politeness::problems(c), SizeIs(1)) << wrong;
        EXPECT_THAT(politeness::problems(c)[0],
                    HasSubstr(std::string("politeness.hosts: \"") + wrong + "\": "));
    }
}

TEST(PolitenessHosts, ForgivenessEndsBackOffAndCircuit) {
    polite p(lax());
    p.request("http://a.test/", retry_later(429, 10h));
    for (int i = 0; i < 5; ++i)
        p.request("https://a.test/", failed(stage::connect, code::refused));
    EXPECT_FALSE(p.may("http://a.test/"));
    EXPECT_FALSE(p.may("https://a.test/"));
    p.is.forgive("a.test");
    EXPECT_THAT(p.told, testing::UnorderedElementsAre("http://a.test", "https://a.test"));
    EXPECT_TRUE(p.may("http://a.test/"));
    EXPECT_TRUE(p.may("https://a.test/"));
}

TEST(PolitenessHosts, DescriptionTellsWhatHoldsAndWhy) {
    auto c = lax();
    c.origin = {2, 1000ms, 5};
    polite p(c);
    auto const turn = p.go("http://a.example.com/");
    p.pass(1000ms);
    auto o = retry_later(429, 60s);
    o.address = ip_address::parse("192.0.2.1");
    p.request("http://a.example.com/", o);
    auto const all = p.is.describe("a.example.com", p.now);
    ASSERT_THAT(all.origins, SizeIs(1));
    auto const& s = all.origins[0];
    EXPECT_EQ(s.origin, "http://a.example.com");
    EXPECT_EQ(s.domain, "example.com");
    EXPECT_EQ(s.address, "192.0.2.1");
    EXPECT_EQ(s.connections, 1U);
    EXPECT_EQ(s.most_connections, 1U);  // on trial
    EXPECT_EQ(s.delay, 1000ms);
    EXPECT_EQ(s.rate, 5U);
    EXPECT_EQ(s.last_status, 429);
    EXPECT_EQ(s.bad, 1U);
    ASSERT_TRUE(s.held);
    EXPECT_EQ(s.held->why, reason::back_off);
    EXPECT_EQ(name(s.held->why), "back_off");
    EXPECT_EQ(s.held->until, p.now + 60s);
}

TEST(PolitenessHosts, DescriptionIsBounded) {
    polite p(lax());
    for (int port = 1000; port < 1500; ++port)
        p.request("http://a.test:" + std::to_string(port) + "/", answered(200));
    auto const all = p.is.describe("a.test", p.now);
    EXPECT_THAT(all.origins, SizeIs(100));
    EXPECT_EQ(all.origins[0].origin, "http://a.test:1000");
    EXPECT_THAT(p.is.describe("unknown.test", p.now).origins, IsEmpty());
}

TEST(PolitenessHosts, WhatIsNoHostHasNoRule) {
    polite p(lax());
    for (auto const* wrong : {"", "a b", "a/b", "http://a.test", "a.test:80", "a@b", "a?b"})
        EXPECT_FALSE(p.is.change(wrong, paused())) << wrong;
    EXPECT_EQ(p.is.count().rules, 0U);
}

TEST(PolitenessHosts, RulesAreBounded) {
    polite p(lax());
    for (std::size_t i = 0; i < politeness::max_rules; ++i)
        ASSERT_TRUE(p.is.change("h" + std::to_string(i) + ".test", paused()));
    EXPECT_FALSE(p.is.change("one-more.test", paused()));
    EXPECT_TRUE(p.is.change("h0.test", {}));
    EXPECT_TRUE(p.is.change("one-more.test", paused()));
    EXPECT_EQ(p.is.count().rules, politeness::max_rules);
}

}  // namespace
}  // namespace fetchd
