// What survives a restart.
#include <gmock/gmock.h>

#include "polite.hpp"

namespace fetchd {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::vector<politeness::record> all_of(polite& p) {
    return p.is.take_records(1000, p.now, p.wall);
}

// Another process, some time later, with a steady clock of its own.
struct restarted : polite {
    restarted(politeness_config const& c, std::vector<politeness::record> const& records,
              politeness::wall_time at)
        : polite(c) {
        now = politeness::time(7h);
        wall = at;
        for (auto const& r : records)
            EXPECT_TRUE(is.restore(r.key, r.text, now, wall)) << r.key << " " << r.text;
    }
};

TEST(PolitenessRecords, NothingToKeepIsNotWritten) {
    polite p(lax());
    p.request("http://a.test/", answered(200));
    p.request("http://a.test/", answered(500));
    EXPECT_THAT(all_of(p), IsEmpty());
}

TEST(PolitenessRecords, BackOffSurvives) {
    polite p(lax());
    p.request("http://a.test/", retry_later(429, 10h));
    auto const records = all_of(p);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].key, "origin/http://a.test");
    EXPECT_EQ(records[0].expires, p.wall + 10h + 30min);
    EXPECT_THAT(all_of(p), IsEmpty());
    restarted q(lax(), records, p.wall + 4h);
    EXPECT_EQ(q.held("http://a.test/"), by(6h, reason::back_off));
}

TEST(PolitenessRecords, DoublingSurvivesUntilItIsForgiven) {
    polite p(lax());
    p.request("http://a.test/", answered(429));
    p.pass(60s);
    p.request("http://a.test/", answered(429));
    auto const records = all_of(p);
    restarted soon(lax(), records, p.wall + 120s);
    soon.request("http://a.test/", answered(429));
    EXPECT_EQ(soon.held("http://a.test/").first, 240s);
    restarted late(lax(), records, p.wall + 120s + 30min);
    late.request("http://a.test/", answered(429));
    EXPECT_EQ(late.held("http://a.test/").first, 60s);
}

TEST(PolitenessRecords, CircuitSurvives) {
    polite p(lax());
    for (int i = 0; i < 5; ++i)
        p.request("http://a.test/", failed(stage::connect, code::timeout));
    restarted q(lax(), all_of(p), p.wall + 10s);
    EXPECT_EQ(q.held("http://a.test/"), by(20s, reason::circuit));
    q.pass(20s);
    q.request("http://a.test/", failed(stage::connect, code::timeout));
    EXPECT_EQ(q.held("http://a.test/"), by(60s, reason::circuit));
}

TEST(PolitenessRecords, PauseAndOtherLimitsSurvive) {
    polite p(lax());
    politeness::host_rule rule;
    rule.paused = true;
    rule.connections = 3;
    rule.delay = 20ms;
    rule.rate = 7;
    rule.adaptive = false;
    rule.robots = false;
    p.is.change("a.test", rule);
    auto const records = all_of(p);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].key, "host/a.test");
    EXPECT_FALSE(records[0].expires);
    restarted q(lax(), records, p.wall + 1000h);
    EXPECT_EQ(q.is.describe("a.test", q.now).rule, rule);
    EXPECT_THAT(all_of(q), IsEmpty());
}

TEST(PolitenessRecords, WhatIsOverIsErased) {
    polite p(lax());
    politeness::host_rule rule;
    rule.paused = true;
    p.is.change("b.test", rule);
    for (int i = 0; i < 5; ++i)
        p.request("http://a.test/", failed(stage::connect, code::timeout));
    EXPECT_THAT(all_of(p), SizeIs(2));
    p.is.change("b.test", {});
    p.pass(30s);
    p.request("http://a.test/", answered(200));
    auto const records = all_of(p);
    ASSERT_THAT(records, SizeIs(2));
    for (auto const& r : records)
        EXPECT_EQ(r.text, "") << r.key;
}

TEST(PolitenessRecords, ComeInPortions) {
    polite p(lax());
    for (int i = 0; i < 10; ++i)
        p.request("http://h" + std::to_string(i) + ".test/", retry_later(503, 1h));
    EXPECT_EQ(p.is.count().unsaved, 10U);
    EXPECT_THAT(p.is.take_records(3, p.now, p.wall), SizeIs(3));
    EXPECT_EQ(p.is.count().unsaved, 7U);
    EXPECT_THAT(p.is.take_records(100, p.now, p.wall), SizeIs(7));
}

TEST(PolitenessRecords, StepOfTheWallClockMakesNoWaitLongerThanThereIs) {
    polite p(lax());
    p.request("http://a.test/", retry_later(429, 1h));
    for (int i = 0; i < 5; ++i)
        p.request("http://b.test/", failed(stage::connect, code::timeout));
    auto const records = all_of(p);
    restarted q(lax(), records, p.wall - 100'000h);
    EXPECT_EQ(q.held("http://a.test/"), by(24h * 30, reason::back_off));
    EXPECT_EQ(q.held("http://b.test/"), by(10min, reason::circuit));
    restarted r(lax(), records, p.wall + 100'000h);
    EXPECT_TRUE(r.may("http://a.test/"));
    EXPECT_TRUE(r.may("http://b.test/"));
}

TEST(PolitenessRecords, StepOfTheWallClockChangesNothingMeanwhile) {
    polite p(lax());
    p.request("http://a.test/", retry_later(429, 1h));
    p.wall += 100'000h;
    EXPECT_EQ(p.held("http://a.test/"), by(1h, reason::back_off));
    all_of(p);
    EXPECT_EQ(p.held("http://a.test/"), by(1h, reason::back_off));
}

TEST(PolitenessRecords, WhatWasSeenSinceIsNewer) {
    polite p(lax());
    p.request("http://a.test/", retry_later(429, 1h));
    auto const old = all_of(p);
    p.pass(1h);
    p.request("http://a.test/", retry_later(429, 5h));
    EXPECT_TRUE(p.is.restore(old[0].key, old[0].text, p.now, p.wall));
    EXPECT_EQ(p.held("http://a.test/").first, 5h);
}

TEST(PolitenessRecords, DamagedOnesAreRefused) {
    polite p(lax());
    std::string const good = R"({"v":1,"back_off_until":1800000999000,"back_offs":1})";
    for (auto const* key : {"", "origin/", "origin/ftp://a.test", "origin/http://a.test/", "host/",
                            "host/A.test", "host/a b", "other/x", "origin/http://a.test:80"})
        EXPECT_FALSE(p.is.restore(key, key[0] == 'h' ? R"({"v":1,"paused":true})" : good, p.now, p.wall))
            << key;
    for (auto const* text :
         {"", "{", "[]", "null", "{}", R"({"v":2})", R"({"v":1,"back_off_until":-1})",
          R"({"v":1,"back_off_until":1e300})", R"({"v":1,"back_off_until":9223372036854775807})",
          R"({"v":1,"back_offs":"many"})", R"({"v":1,"pace":5000})", R"({"v":1,"circuit_openings":null})"})
        EXPECT_FALSE(p.is.restore("origin/http://a.test", text, p.now, p.wall)) << text;
    for (auto const* text : {R"({"v":1,"paused":1})", R"({"v":1,"connections":0})",
                             R"({"v":1,"delay_ms":-1})", R"({"v":1,"rate":1e9})", R"({"v":1,"robots":"no"})"})
        EXPECT_FALSE(p.is.restore("host/a.test", text, p.now, p.wall)) << text;
    EXPECT_FALSE(p.is.restore("origin/http://a.test", std::string(10'000, ' ') + good, p.now, p.wall));
    EXPECT_EQ(p.is.count().groups, 0U);
    EXPECT_TRUE(p.is.restore("origin/http://a.test", good, p.now, p.wall));
}

}  // namespace
}  // namespace fetchd
