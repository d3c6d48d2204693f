// Back-off, circuit and pace: what an origin's answers and failures lead to.
#include <gmock/gmock.h>

#include "fetch/pace.hpp"
#include "polite.hpp"

namespace fetchd {
namespace {

using testing::ElementsAre;

constexpr auto* target = "http://a.test/";

TEST(PolitenessBackOff, RetryAfterIsObeyed) {
    for (int const status : {429, 503}) {
        polite p(lax());
        p.request(target, retry_later(status, 17s));
        EXPECT_EQ(p.held(target), by(17s, reason::back_off));
        p.pass(17s - 1ms);
        EXPECT_FALSE(p.may(target));
        p.pass(1ms);
        EXPECT_TRUE(p.may(target));
    }
}

TEST(PolitenessBackOff, RetryAfterLongerThanADayIsObeyedToo) {
    polite p(lax());
    p.request(target, retry_later(429, 24h * 3));
    EXPECT_EQ(p.held(target), by(24h * 3, reason::back_off));
}

TEST(PolitenessBackOff, RetryAfterOfYearsIsAMonth) {
    polite p(lax());
    p.request(target, retry_later(429, milliseconds::max()));
    EXPECT_EQ(p.held(target), by(24h * 30, reason::back_off));
}

TEST(PolitenessBackOff, WithoutRetryAfterItDoublesToADay) {
    polite p(lax());
    milliseconds last{};
    for (auto const want : {60s, 120s, 240s, 480s, 960s}) {
        p.request(target, answered(429));
        EXPECT_EQ(p.held(target), by(want, reason::back_off));
        p.pass(want);
    }
    for (int i = 0; i < 10; ++i) {
        p.request(target, answered(503));
        last = p.held(target).first;
        EXPECT_LE(last, 24h);
        p.pass(last);
    }
    EXPECT_GT(last, 21h);
}

TEST(PolitenessBackOff, ChanceMakesItUpToATenthLonger) {
    polite p(lax());
    p.random = 0xFFFFFFFF;
    p.request(target, answered(429));
    EXPECT_EQ(p.held(target), by(66s, reason::back_off));
    p.pass(66s);
    p.random = 0x80000000;
    p.request(target, answered(429));
    EXPECT_NEAR(static_cast<double>(p.held(target).first.count()), 126'000, 10);
}

TEST(PolitenessBackOff, IsForgivenAfterThirtyQuietMinutes) {
    polite p(lax());
    p.request(target, answered(429));
    p.pass(60s + 30min - 1ms);
    p.request(target, answered(429));
    EXPECT_EQ(p.held(target).first, 120s);
    p.pass(120s + 30min);
    p.request(target, answered(429));
    EXPECT_EQ(p.held(target).first, 60s);
}

TEST(PolitenessBackOff, RequestsThatWereUnderWayDoNotDoubleIt) {
    polite p(lax());
    auto first = p.go(target);
    auto second = p.go(target);
    auto third = p.go(target);
    p.pass(1s);
    first.finish(answered(429), p.now);
    p.pass(1s);
    second.finish(answered(429), p.now);
    EXPECT_EQ(p.held(target).first, 59s);
    third.finish(retry_later(429, 5min), p.now);  // but can make it longer
    EXPECT_EQ(p.held(target).first, 5min);
}

TEST(PolitenessBackOff, OneRequestTriesAfterIt) {
    polite p(lax());
    p.request(target, answered(429));
    p.pass(60s);
    auto probe = p.go(target);
    EXPECT_EQ(p.held(target).second, reason::connections);
    probe.finish(answered(200), p.now);
    EXPECT_THAT(p.told, ElementsAre("http://a.test"));
    auto const one = p.go(target);
    EXPECT_TRUE(p.may(target));
}

TEST(PolitenessBackOff, OtherOriginsAreNotHeld) {
    polite p(lax());
    p.request(target, retry_later(503, 1h));
    EXPECT_TRUE(p.may("http://b.a.test/"));
    EXPECT_TRUE(p.may("https://a.test/"));
}

TEST(PolitenessBackOff, RetryAfterOfOtherAnswersIsNoBackOff) {
    polite p(lax());
    p.request(target, retry_later(301, 1h));
    EXPECT_TRUE(p.may(target));
}

politeness::outcome const no_connection = failed(stage::connect, code::refused);

void break_circuit(polite& p) {
    for (int i = 0; i < 5; ++i)
        p.request(target, no_connection);
}

TEST(PolitenessCircuit, OpensAfterFailuresInARow) {
    for (auto const& f :
         {no_connection, failed(stage::connect, code::timeout), failed(stage::tls, code::bad_certificate),
          failed(stage::head, code::timeout), failed(stage::dns, code::timeout)}) {
        polite p(lax());
        for (int i = 0; i < 4; ++i)
            p.request(target, f);
        EXPECT_TRUE(p.may(target)) << f.error->message();
        p.request(target, f);
        EXPECT_EQ(p.held(target), by(30s, reason::circuit)) << f.error->message();
    }
}

TEST(PolitenessCircuit, AnyAnswerBreaksTheRow) {
    polite p(lax());
    for (int i = 0; i < 4; ++i)
        p.request(target, no_connection);
    p.request(target, answered(500));
    for (int i = 0; i < 4; ++i)
        p.request(target, no_connection);
    EXPECT_TRUE(p.may(target));
}

TEST(PolitenessCircuit, FailuresOfOursDoNotCount) {
    polite p(lax());
    for (int i = 0; i < 100; ++i)
        for (auto const& f : {failed(stage::egress, code::refused), failed(stage::dns, code::not_found),
                              failed(stage::dns, code::overloaded), failed(stage::connect, code::cancelled),
                              failed(stage::connect, code::proxy_auth)})
            p.request(target, f);
    EXPECT_TRUE(p.may(target));
    EXPECT_EQ(p.state("a.test").bad, 0U);
}

TEST(PolitenessCircuit, HalfOpenItLetsOneRequestTry) {
    polite p(lax());
    break_circuit(p);
    p.pass(30s);
    auto const probe = p.go(target);
    EXPECT_EQ(p.held(target).second, reason::circuit);
}

TEST(PolitenessCircuit, ProbeThatFailsOpensItForLonger) {
    polite p(lax());
    break_circuit(p);
    for (auto const want : {30s, 60s, 120s, 240s, 480s}) {
        EXPECT_EQ(p.held(target), by(want, reason::circuit));
        p.pass(want);
        p.request(target, no_connection);
    }
    p.pass(1h);
    p.request(target, no_connection);
    EXPECT_LE(p.held(target).first, 10min);
    auto const a = p.ask(target);
    EXPECT_EQ(std::get<politeness::wait>(a).times, 7U);
}

TEST(PolitenessCircuit, ProbeThatIsAnsweredClosesIt) {
    polite p(lax());
    break_circuit(p);
    p.pass(30s);
    auto probe = p.go(target);
    EXPECT_FALSE(p.may(target));
    probe.finish(answered(404), p.now);
    EXPECT_THAT(p.told, ElementsAre("http://a.test"));
    EXPECT_TRUE(p.may(target));
    p.request(target, no_connection);
    EXPECT_TRUE(p.may(target));  // counts from nought again
}

TEST(PolitenessCircuit, ProbeThatIsDroppedLeavesTheTryToTheNext) {
    polite p(lax());
    break_circuit(p);
    p.pass(30s);
    { auto const dropped = p.go(target); }
    EXPECT_TRUE(p.may(target));
}

TEST(PolitenessCircuit, LateFailuresDoNotOpenItFurther) {
    polite p(lax());
    std::vector<politeness::turn> turns;
    for (int i = 0; i < 20; ++i)
        turns.push_back(p.go(target));
    for (auto& t : turns)
        t.finish(no_connection, p.now);
    EXPECT_EQ(p.held(target), by(30s, reason::circuit));
}

politeness_config adaptive() {
    auto c = lax();
    c.adaptive = true;
    c.origin = {8, 1000ms, 0};
    return c;
}

TEST(PolitenessPace, BeginsAtTheLimits) {
    polite p(adaptive());
    auto const turn = p.go(target);
    EXPECT_EQ(p.state("a.test").most_connections, 8U);
    EXPECT_EQ(p.state("a.test").delay, 1000ms);
}

TEST(PolitenessPace, ErrorsHalveIt) {
    polite p(adaptive());
    p.request(target, answered(500));
    EXPECT_EQ(p.state("a.test").most_connections, 4U);
    EXPECT_EQ(p.state("a.test").delay, 2000ms);
    EXPECT_EQ(p.held(target), by(2000ms, reason::delay));
    p.pass(2s);
    p.request(target, failed(stage::body, code::truncated));
    EXPECT_EQ(p.state("a.test").most_connections, 2U);
    EXPECT_EQ(p.state("a.test").delay, 4000ms);
}

TEST(PolitenessPace, GoodAnswersRaiseItStepByStepToTheLimitsAndNoFurther) {
    polite p(adaptive());
    p.request(target, answered(500));
    auto last = p.state("a.test").pace;
    for (int i = 0; i < 10; ++i) {
        p.pass(2s);
        p.request(target, answered(404));
        EXPECT_NEAR(p.state("a.test").pace, last + pace::step, 1e-9);
        last = p.state("a.test").pace;
    }
    EXPECT_EQ(p.state("a.test").pace, 1);
    p.pass(2s);
    p.request(target, answered(200));
    EXPECT_EQ(p.state("a.test").most_connections, 8U);
    EXPECT_EQ(p.state("a.test").delay, 1000ms);
}

TEST(PolitenessPace, OneTroubleCountsOnce) {
    polite p(adaptive());
    std::vector<politeness::turn> turns;
    for (int i = 0; i < 4; ++i, p.pass(1s))
        turns.push_back(p.go(target));
    for (auto& t : turns)
        t.finish(answered(502), p.now);
    EXPECT_EQ(p.state("a.test").pace, 0.5);
}

TEST(PolitenessPace, NeverFallsToNothing) {
    polite p(adaptive());
    for (int i = 0; i < 50; ++i) {
        p.pass(61s);
        p.request(target, answered(500));
    }
    EXPECT_EQ(p.state("a.test").most_connections, 1U);
    EXPECT_EQ(p.state("a.test").delay, 60s);  // politeness.longest_delay
}

TEST(PolitenessPace, RisingLatencyLowersIt) {
    polite p(adaptive());
    for (int i = 0; i < 20; ++i, p.pass(2s))
        p.request(target, answered(200, 100ms));
    EXPECT_EQ(p.state("a.test").pace, 1);
    for (int i = 0; i < 3; ++i, p.pass(5s))
        p.request(target, answered(200, 1000ms));
    EXPECT_LT(p.state("a.test").pace, 0.8);
    EXPECT_LT(*p.state("a.test").usual_latency, 400ms);
}

TEST(PolitenessPace, SmallAndFirstLatenciesMeanNothing) {
    polite p(adaptive());
    p.request(target, answered(200, 5000ms));  // cold
    for (int i = 0; i < 20; ++i, p.pass(2s)) {
        p.pass(2s);
        p.request(target, answered(200, i % 2 == 0 ? 1ms : 90ms));
    }
    EXPECT_EQ(p.state("a.test").pace, 1);
}

TEST(PolitenessPace, SlownessThatStaysBecomesTheUsual) {
    polite p(adaptive());
    for (int i = 0; i < 50; ++i, p.pass(61s))
        p.request(target, answered(200, 50ms));
    for (int i = 0; i < 100; ++i, p.pass(61s))
        p.request(target, answered(200, 2000ms));
    EXPECT_EQ(p.state("a.test").pace, 1);
}

TEST(PolitenessPace, WithoutADelayTheAnswersSetTheScale) {
    auto c = adaptive();
    c.origin.delay = 0ms;
    polite p(c);
    p.request(target, answered(200, 40ms));
    p.request(target, answered(500));
    EXPECT_EQ(p.state("a.test").delay, 40ms);
}

TEST(PolitenessPace, CanBeSwitchedOff) {
    auto c = adaptive();
    c.adaptive = false;
    polite p(c);
    p.request(target, answered(500));
    EXPECT_EQ(p.state("a.test").most_connections, 8U);
    EXPECT_EQ(p.state("a.test").delay, 1000ms);
}

}  // namespace
}  // namespace fetchd
