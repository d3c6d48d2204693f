// Stores that fail, ends of the process, clocks that are set back, and receivers whose job is gone.
#include <algorithm>
#include <random>

#include "unit/jobs/webhooks_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string const a = "https://a.example/hook";
std::string const b = "https://b.example/hook";

class WebhookTrouble : public WebhooksTest {
  protected:
    // Calls of this name, or all of them where there is none.
    void fail(std::string call = {}) {
        store_.fails = [call = std::move(call)](std::string_view asked) -> std::optional<failure> {
            if (call.empty() || call == asked)
                return failure(stage::store, code::failed);
            return {};
        };
    }
    void recover() {
        store_.fails = [](auto) { return std::nullopt; };
    }
    milliseconds drained_after(milliseconds limit) {
        auto const began = now_;
        end(limit);
        return std::chrono::duration_cast<milliseconds>(now_ - began);
    }
};

TEST_F(WebhookTrouble, WhateverTheStoreFailsAtIsMadeUpFor) {
    for (auto const* call : {"due", "get", "read", "put", "mark"}) {
        begin();
        auto const url = "https://" + std::string(call) + ".example/";
        door_.does = [](auto&) { return answering(500); };  // so that the circuit is put
        fail(call);
        auto const key = tell(receiver_at(url));
        pass(seconds(60));
        EXPECT_EQ(store_.row(key).attempts, 0U) << call;
        EXPECT_GT(store_.calls[call], 5U) << call;
        EXPECT_LT(store_.calls[call], 100U) << "waits double up to ten seconds";
        EXPECT_GT(webhooks_->count().store_failures, 5U) << call;
        door_.does = [](auto&) { return answering(200); };
        recover();
        ASSERT_TRUE(pass_until([&] { return state(key) == event_state::delivered; }, seconds(30))) << call;
        EXPECT_LE(door_.sent_to(url), 2U) << call;
        end();
    }
}

TEST_F(WebhookTrouble, WhatIsDeliveredIsNotSentAgainWhileTheStoreFails) {
    begin();
    std::vector<std::int64_t> keys;
    for (int i = 0; i < 30; ++i)
        keys.push_back(tell(receiver_at("https://" + std::to_string(i) + ".example/")));
    fail("mark");
    pass(minutes(5));
    EXPECT_EQ(door_.sent.size(), 16U) << "and nothing new is begun";
    EXPECT_EQ(delivered(), 0U);
    recover();
    pass(seconds(11));
    EXPECT_EQ(delivered(), 30U);
    EXPECT_EQ(door_.sent.size(), 30U);
}

TEST_F(WebhookTrouble, StoreThatFailsEveryCallIsAskedSeldomAndRecovers) {
    begin();
    auto const r = receiver_at(a);
    fail();
    auto const keys = tell(r, 100);
    for (int i = 0; i < 30; ++i) {
        tell(r);  // tells of new ones do not shorten the wait
        pass(seconds(2));
    }
    EXPECT_LT(store_.calls["due"], 20U);
    EXPECT_EQ(door_.sent.size(), 0U);
    recover();
    pass(seconds(15));
    EXPECT_EQ(delivered(), 130U);
    fail();
    tell(r);
    pass(milliseconds(150));
    recover();
    pass(seconds(1));
    EXPECT_EQ(delivered(), 131U) << "the next trouble begins with a short wait";
}

TEST_F(WebhookTrouble, StoreThatFailsNowAndThenLosesNothingAndRepeatsNothing) {
    std::mt19937 random(1);
    begin();
    store_.turns = [&random] { return static_cast<int>(random() % 4); };
    store_.fails = [&random](auto) -> std::optional<failure> {
        if (random() % 3 == 0)
            return failure(stage::store, code::failed);
        return {};
    };
    door_.does = [&random](auto&) { return taking(milliseconds(random() % 50)); };
    for (int i = 0; i < 12; ++i)
        tell(receiver_at("https://" + std::to_string(i) + ".example/"), 100);
    ASSERT_TRUE(pass_until([&] { return delivered() == 1200; }, minutes(30)));
    auto ids = door_.ids();
    EXPECT_EQ(ids.size(), 1200U);
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

// Of what was read before it was marked, a round that is still going on must send nothing.
TEST_F(WebhookTrouble, RoundThatIsSlowSendsNothingTwice) {
    begin();
    door_.does = [](auto&) { return taking(seconds(1)); };
    auto const r = receiver_at(a);
    tell(r, 2);
    pass(step);
    ASSERT_EQ(door_.sent.size(), 2U);
    store_.stuck = "get";
    auto before = about(receiver_at(b));
    before.due -= 60'000;
    store_.write(before);
    pass(seconds(2));
    EXPECT_EQ(delivered(), 2U);
    store_.free();
    pass(seconds(2));
    EXPECT_EQ(delivered(), 3U);
    EXPECT_EQ(door_.sent.size(), 3U);
}

TEST_F(WebhookTrouble, WhatIsNotStoredIsNotCounted) {
    begin();
    auto const r = receiver_at(a);
    fail("mark");
    auto e = about(r);
    e.endpoint = "nobody";
    auto const key = store_.write(e);
    pass(seconds(30));
    EXPECT_EQ(webhooks_->count().dead, 0U);
    recover();
    pass(seconds(11));
    EXPECT_EQ(state(key), event_state::dead);
    EXPECT_EQ(webhooks_->count().dead, 1U);
}

TEST_F(WebhookTrouble, EnablingThatFailsChangesNothing) {
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    fail("put");
    EXPECT_FALSE(ask(webhooks_->enable(circuit_of(a))));
    recover();
    EXPECT_FALSE(ask(webhooks_->circuit(circuit_of(a)))->may_send(system_));
    tell(r);
    pass(seconds(20));
    EXPECT_EQ(door_.sent.size(), 0U);
}

TEST_F(WebhookTrouble, MessageThatCouldNotBeReadLeavesItsTurnToTry) {
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    pass(seconds(34));
    fail("read");
    tell(r);
    pass(seconds(2));
    EXPECT_EQ(door_.sent.size(), 0U);
    recover();
    pass(seconds(2));
    EXPECT_EQ(delivered(), 1U);
}

TEST_F(WebhookTrouble, MessageThatIsDamagedIsDeadAndSaysSo) {
    begin();
    auto const r = receiver_at(a);
    store_.fails = [](std::string_view asked) -> std::optional<failure> {
        if (asked == "read")
            return failure(stage::store, code::corrupt);
        return {};
    };
    auto const key = tell(r);
    pass(seconds(2));
    EXPECT_EQ(state(key), event_state::dead);
    EXPECT_EQ(store_.row(key).note, "not sent: what it tells of is damaged");
    EXPECT_EQ(door_.sent.size(), 0U);
}

TEST_F(WebhookTrouble, DrainLetsArriveWhatIsOnItsWayAndBeginsNothing) {
    begin();
    door_.does = [](auto&) { return taking(seconds(1)); };
    auto const r = receiver_at(a);
    tell(r, 10);
    pass(milliseconds(500));
    EXPECT_LE(drained_after(seconds(20)), milliseconds(600));
    EXPECT_EQ(delivered(), 2U);
    EXPECT_EQ(store_.in_state(event_state::pending), 8U);
    begin();
    pass(seconds(5));
    EXPECT_EQ(delivered(), 10U);
    EXPECT_EQ(door_.sent.size(), 10U) << "the others after the next start";
}

TEST_F(WebhookTrouble, DrainEndsInTimeAndWhatDidNotArriveIsSentAgain) {
    begin();
    door_.does = [](auto&) { return taking(hours(1)); };
    auto const keys = tell(receiver_at(a), 3);
    pass(milliseconds(500));
    EXPECT_LE(drained_after(seconds(2)), milliseconds(2'060));
    for (auto const key : keys)
        EXPECT_EQ(store_.row(key).attempts, 0U) << "the receiver has not failed";
    door_.does = [](auto&) { return answering(200); };
    begin();
    EXPECT_EQ(ask(webhooks_->circuit(circuit_of(a)))->failures(), 0U);
    pass(2 * step);
    EXPECT_EQ(delivered(), 3U);
    EXPECT_EQ(door_.sent.size(), 5U);
    EXPECT_EQ(door_.sent[0].id, door_.sent[2].id) << "with its old id";
}

TEST_F(WebhookTrouble, DrainEndsInTimeWhileTheStoreFails) {
    begin();
    for (auto const* call : {"read", "mark"}) {
        fail(call);
        tell(receiver_at(a));
        pass(seconds(5));
        EXPECT_LE(drained_after(seconds(1)), milliseconds(1'060)) << call;
        begin();
    }
    fail();
    pass(seconds(30));
    EXPECT_LE(drained_after(seconds(1)), milliseconds(1'060));
    recover();
    begin();
    pass(seconds(1));
    EXPECT_EQ(delivered(), 2U);
}

TEST_F(WebhookTrouble, WhatIsStillReadWhenTheDrainIsOverIsNotSent) {
    begin();
    door_.does = [](auto&) { return taking(hours(1)); };
    auto const key = tell(receiver_at(a));
    store_.stuck = "read";
    pass(step);
    drain(seconds(1));
    pass(seconds(2));
    EXPECT_FALSE(drained_);
    store_.free();
    pass(step);
    EXPECT_TRUE(drained_);
    EXPECT_EQ(door_.sent.size(), 0U);
    EXPECT_EQ(store_.row(key).attempts, 0U);
}

TEST_F(WebhookTrouble, ClockThatIsSetBackHoldsUpNothing) {
    begin();
    door_.does = [](auto&) { return answering(500); };
    auto const r = receiver_at(a);
    auto const key = tell(r);
    pass(2 * step);
    ASSERT_EQ(store_.row(key).attempts, 1U);
    system_ -= 86'400'000;
    door_.does = [](auto&) { return answering(200); };
    pass(seconds(6));
    EXPECT_EQ(state(key), event_state::delivered);
}

TEST_F(WebhookTrouble, SweepDeletesReceiversWithoutAJob) {
    begin();
    auto const has_job = receiver_at(a);
    std::vector<std::string> gone;
    auto const put = [&](std::string const& name, std::string text) {
        auto const key = std::string(receiver_prefix) + name;
        store_.kept[key] = record{key, std::move(text), never};
        gone.push_back(key);
    };
    receiver r{a, {secret}, circuit_of(a), 0, system_};
    for (int i = 0; i < 250; ++i) {
        r.job = 1000 + i;
        put("gone-" + std::to_string(i), r.text());
    }
    put("damaged", "?");
    open_circuit(has_job);
    ASSERT_TRUE(ask(webhooks_->sweep()));
    EXPECT_EQ(store_.kept.size(), 1U + 250U + 1U) << "a job may still be on its way in; what is damaged goes";
    pass(hours(1) + seconds(1), seconds(1));
    ASSERT_TRUE(ask(webhooks_->sweep()));
    EXPECT_EQ(store_.kept.size(), 2U);
    EXPECT_TRUE(store_.kept.contains(std::string(receiver_prefix) + has_job));
    EXPECT_TRUE(store_.kept.contains(std::string(circuit_prefix) + circuit_of(a)));
    for (auto const& key : gone)
        EXPECT_FALSE(store_.kept.contains(key)) << key;
}

TEST_F(WebhookTrouble, SweptReceiverIsNotRemembered) {
    begin();
    auto const r = receiver_at(a);
    auto const key = std::string(receiver_prefix) + r;
    auto read = receiver::parse(store_.kept[key].value);
    read->job = 1000;
    store_.kept[key].value = read->text();
    tell(r);
    pass(hours(1) + seconds(1), seconds(1));
    ASSERT_EQ(delivered(), 1U);
    ASSERT_TRUE(ask(webhooks_->sweep()));
    auto const late = tell(r);
    pass(2 * step);
    EXPECT_EQ(state(late), event_state::dead) << "its secret went with it";
}

TEST_F(WebhookTrouble, SweepThatCannotAskDeletesNothing) {
    begin();
    receiver const r{a, {secret}, circuit_of(a), 1000, system_ - 7'200'000};
    auto const key = std::string(receiver_prefix) + "gone";
    store_.kept[key] = record{key, r.text(), never};
    for (auto const* call : {"records", "erase"}) {
        fail(call);
        EXPECT_FALSE(ask(webhooks_->sweep())) << call;
    }
    fail("find");
    EXPECT_TRUE(ask(webhooks_->sweep()));
    EXPECT_EQ(store_.kept.size(), 1U) << "nobody said that its job is gone";
    recover();
    EXPECT_TRUE(ask(webhooks_->sweep()));
    EXPECT_EQ(store_.kept.size(), 0U);
}

}  // namespace
}  // namespace fetchd::jobs
