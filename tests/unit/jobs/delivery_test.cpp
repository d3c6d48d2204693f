// Deliveries of webhooks: attempts, verdicts and circuits.
#include "jobs/delivery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <random>
#include <set>

namespace fetchd::jobs {
namespace {

constexpr unix_ms now = 1'800'000'000'000;
constexpr unix_ms hour = 3'600'000;
constexpr std::uint32_t middle = UINT32_MAX / 2 + 1;  // no jitter

event an_event(std::uint32_t attempts = 0) {
    event e;
    e.key = 7;
    e.attempts = attempts;
    return e;
}

delivery_answer status(int code, std::string_view retry_after = {}) {
    headers fields;
    if (!retry_after.empty())
        fields.add("Retry-After", retry_after);
    return answer_of(code, fields, now);
}

delivery_verdict judged(int code, std::uint32_t attempts = 0) {
    return judge(an_event(attempts), status(code), now, middle);
}

TEST(Delivery, TenAttemptsTake75Hours) {
    auto const waits = delivery_schedule();
    EXPECT_EQ(waits.size() + 1, max_delivery_attempts);
    EXPECT_EQ(std::accumulate(waits.begin(), waits.end(), unix_ms{0}), 75 * hour);
    EXPECT_TRUE(std::is_sorted(waits.begin(), waits.end()));
    auto e = an_event();
    auto at = now;
    for (auto const wait : waits) {
        auto const v = judge(e, status(500), at, middle);
        EXPECT_EQ(v.mark.key, 7);
        EXPECT_EQ(v.mark.state, event_state::pending);
        EXPECT_EQ(v.mark.due, at + wait);
        EXPECT_EQ(v.mark.attempts, e.attempts + 1);
        e.attempts = v.mark.attempts;
        at = v.mark.due;
    }
    EXPECT_EQ(at, now + 75 * hour);
    EXPECT_EQ(judge(e, status(200), at, middle).mark.state, event_state::delivered);
    EXPECT_EQ(judge(e, status(500), at, middle).mark.state, event_state::dead);
}

TEST(Delivery, WaitsAreATenthMoreOrLess) {
    auto const wait = delivery_schedule()[5];
    auto const due = [](std::uint32_t random) {
        return judge(an_event(5), status(500), now, random).mark.due;
    };
    EXPECT_EQ(due(0), now + wait * 9 / 10);
    EXPECT_EQ(due(UINT32_MAX), now + wait * 11 / 10 - 1);
}

TEST(Delivery, Only2xxIsDelivered) {
    for (int const code : {200, 201, 202, 204, 299}) {
        EXPECT_EQ(judged(code).mark.state, event_state::delivered) << code;
        EXPECT_FALSE(judged(code).counts_against);
        EXPECT_EQ(judged(code).mark.note, "");
        EXPECT_EQ(judged(code).mark.attempts, 1U);
    }
    for (int const code : {199, 301, 302, 307, 400, 401, 404, 429, 500, 503, 999}) {
        EXPECT_EQ(judged(code).mark.state, event_state::pending) << code;
        EXPECT_TRUE(judged(code).counts_against);
        EXPECT_THAT(judged(code).mark.note, testing::StartsWith("status " + std::to_string(code)));
    }
    EXPECT_EQ(judged(302).mark.note, "status 302: redirects are not followed");
    auto const v =
        judge(an_event(), answer_of(failure(stage::connect, code::refused, "r.test")), now, middle);
    EXPECT_EQ(v.mark.state, event_state::pending);
    EXPECT_TRUE(v.counts_against);
    EXPECT_THAT(v.mark.note, testing::HasSubstr("r.test"));
}

TEST(Delivery, GoneDisablesTheReceiver) {
    auto const v = judged(410);
    EXPECT_TRUE(v.disable);
    EXPECT_EQ(v.mark.state, event_state::dead);
    endpoint_circuit c;
    c.sent();
    c.ended(v, now, middle);
    EXPECT_TRUE(c.disabled());
    EXPECT_FALSE(c.may_send(now + 1000 * hour));
    EXPECT_EQ(c.held(an_event(), now, middle).state, event_state::dead);
    c.enable();
    EXPECT_TRUE(c.may_send(now));
}

TEST(Delivery, RetryAfterIsObeyedForTheWholeReceiver) {
    auto const asked = status(429, "120");
    auto const v = judge(an_event(), asked, now, middle);
    EXPECT_EQ(v.mark.due, now + 120'000);
    EXPECT_EQ(v.mark.attempts, 1U);
    EXPECT_EQ(judge(an_event(5), status(503, "1"), now, middle).mark.due, now + delivery_schedule()[5])
        << "not sooner than it would be anyway";
    EXPECT_EQ(judge(an_event(), status(503, "99999999"), now, middle).mark.due, now + 24 * hour);
    EXPECT_FALSE(status(500, "120").retry_after) << "only with 429 and 503";
    endpoint_circuit c;
    c.sent();
    c.ended(v, now, middle);
    EXPECT_FALSE(c.may_send(now + 119'999));
    auto const other = c.held(an_event(3), now, middle);
    EXPECT_EQ(other.due, now + 120'000);
    EXPECT_EQ(other.attempts, 3U) << "nothing was tried";
    EXPECT_TRUE(c.may_send(now + 120'000));
}

TEST(Delivery, DeadEventsCanBeReplayed) {
    auto dead = an_event(10);
    dead.state = event_state::dead;
    auto const mark = replay(dead, now);
    EXPECT_EQ(mark.key, 7);
    EXPECT_EQ(mark.state, event_state::pending);
    EXPECT_EQ(mark.due, now);
    EXPECT_EQ(mark.attempts, 0U);
}

class Circuit : public testing::Test {
  protected:
    endpoint_circuit c_;

    void end(int code, unix_ms at) {
        ASSERT_TRUE(c_.may_send(at));
        c_.sent();
        c_.ended(judged(code), at, middle);
    }
    void open() {
        for (std::uint32_t i = 0; i < endpoint_circuit::trips; ++i)
            end(500, now);
        ASSERT_FALSE(c_.may_send(now));
    }
};

TEST_F(Circuit, OpensAfterFailuresInARow) {
    for (int round = 0; round < 3; ++round) {
        for (std::uint32_t i = 1; i < endpoint_circuit::trips; ++i)
            end(500, now);
        end(204, now);
    }
    EXPECT_TRUE(c_.may_send(now));
    open();
    EXPECT_FALSE(c_.may_send(now + endpoint_circuit::first_pause_ms - 1));
    EXPECT_TRUE(c_.may_send(now + endpoint_circuit::first_pause_ms));
}

TEST_F(Circuit, LetsOneEventTry) {
    open();
    auto const at = now + endpoint_circuit::first_pause_ms;
    c_.sent();
    EXPECT_FALSE(c_.may_send(at)) << "one is out";
    EXPECT_EQ(c_.held(an_event(2), at, middle).due, at + delivery_timeout_ms);
    EXPECT_EQ(c_.held(an_event(2), at, middle).attempts, 2U);
    c_.given_up();
    EXPECT_TRUE(c_.may_send(at));
    end(200, at);
    EXPECT_TRUE(c_.may_send(at));
    end(500, at);
    EXPECT_TRUE(c_.may_send(at)) << "it is closed again, and counts anew";
}

TEST_F(Circuit, PausesDoubleToAnHour) {
    open();
    auto at = now + endpoint_circuit::first_pause_ms;
    for (unix_ms pause = 60'000; pause < 5 * hour; pause *= 2) {
        end(500, at);
        auto const want = std::min(pause, endpoint_circuit::longest_pause_ms);
        EXPECT_FALSE(c_.may_send(at + want - 1));
        EXPECT_TRUE(c_.may_send(at += want));
    }
}

TEST_F(Circuit, WhatWasOnItsWayWhenItOpenedSaysNothingNew) {
    open();
    for (int i = 0; i < 20; ++i)
        c_.ended(judged(500), now, middle);
    EXPECT_TRUE(c_.may_send(now + endpoint_circuit::first_pause_ms));
}

TEST_F(Circuit, AttemptsThatFallIntoItsPauseCount) {
    open();
    auto e = an_event();
    auto at = now;
    for (std::uint32_t i = 1; i < max_delivery_attempts; ++i) {
        auto const mark = c_.held(e, at, middle);
        EXPECT_EQ(mark.state, event_state::pending);
        EXPECT_EQ(mark.attempts, i);
        EXPECT_GE(mark.due, now + endpoint_circuit::first_pause_ms);
        e.attempts = mark.attempts;
    }
    EXPECT_EQ(c_.held(e, at, middle).state, event_state::dead);
}

TEST_F(Circuit, SurvivesARestart) {
    open();
    auto const again = endpoint_circuit::parse(c_.text());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->text(), c_.text());
    EXPECT_FALSE(again->may_send(now));
    EXPECT_TRUE(again->may_send(now + endpoint_circuit::first_pause_ms));
    EXPECT_TRUE(endpoint_circuit::parse(endpoint_circuit().text())->may_send(0));
    for (auto const* text :
         {"", "0", "0 0 30000", "0 0 30000 2", "0 0 30000 0 ", "6 0 30000 0", "0 -1 30000 0", "0 0 29999 0",
          "0 0 3600001 0", "0  0 30000 0", "a 0 30000 0", "0 99999999999999999999 30000 0"})
        EXPECT_FALSE(endpoint_circuit::parse(text)) << text;
}

TEST_F(Circuit, ReadFromADiskIsBoundedByItsLongestPause) {
    auto far = endpoint_circuit::parse("0 " + std::to_string(now + 10 * longest_retry_after_ms) + " 30000 0");
    ASSERT_TRUE(far);
    far->bound(now);
    EXPECT_FALSE(far->may_send(now + longest_retry_after_ms - 1));
    EXPECT_TRUE(far->may_send(now + longest_retry_after_ms));
}

// A receiver that fails half the time, and has taken the event in half of these cases, gets exactly the right
// set: everything, each known by its id; and nothing that it has acknowledged is sent again.
TEST(DeliverySimulation, ReceiverThatFailsHalfTheTimeGetsTheRightSet) {
    std::mt19937 random(20261121);
    std::map<std::int64_t, event> outbox;
    for (std::int64_t key = 0; key < 2000; ++key) {
        auto& e = outbox[key] = an_event();
        e.key = key;
        e.due = now + key * 50;
    }
    endpoint_circuit circuit;
    std::set<std::int64_t> received;
    std::set<std::int64_t> acknowledged;
    int attempts = 0;
    int replays = 0;
    auto at = now;
    auto const store = [&](event_mark const& mark) {
        if (mark.state == event_state::delivered)
            outbox.erase(mark.key);
        else {
            auto& e = outbox.at(mark.key);
            e.state = mark.state;
            e.due = mark.due;
            e.attempts = mark.attempts;
        }
    };
    while (!outbox.empty()) {
        auto const next = std::min_element(outbox.begin(), outbox.end(), [](auto const& a, auto const& b) {
            return std::pair(a.second.state, a.second.due) < std::pair(b.second.state, b.second.due);
        });
        auto const e = next->second;
        if (e.state == event_state::dead) {  // all that is left
            ++replays;
            store(replay(e, at));
            continue;
        }
        at = std::max(at, e.due);
        if (!circuit.may_send(at)) {
            store(circuit.held(e, at, random()));
            continue;
        }
        circuit.sent();
        ++attempts;
        ASSERT_TRUE(acknowledged.insert(e.key).second) << "sent after it was acknowledged";
        bool const fails = random() % 2 == 0;
        if (!fails || random() % 2 == 0)
            received.insert(e.key);
        if (fails)
            acknowledged.erase(e.key);
        auto const verdict = judge(e, status(fails ? 500 : 200), at, random());
        circuit.ended(verdict, at, random());
        store(verdict.mark);
    }
    EXPECT_EQ(received.size(), 2000U);
    EXPECT_EQ(acknowledged.size(), 2000U);
    EXPECT_LT(attempts, 2000 * 3);
    EXPECT_LT(replays, 2000 / 4);
}

}  // namespace
}  // namespace fetchd::jobs
