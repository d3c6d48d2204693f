// What receivers are sent, how much at a time, and what waits where.
#include <algorithm>

#include "http/standard_webhooks.hpp"
#include "unit/jobs/webhooks_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

using Webhooks = WebhooksTest;

std::string const a = "https://a.example/hook";
std::string const b = "https://b.example/hook";

bool signed_with(scripted_door::message const& m, char const* secret, unix_ms at) {
    std::chrono::sys_seconds const now(std::chrono::floor<seconds>(milliseconds(at)));
    return verify_webhook(m.fields, *webhook_secret::parse(secret), m.body, now, seconds(0));
}

TEST_F(Webhooks, MessageIsSignedWithEverySecret) {
    begin();
    auto const key = tell(receiver_at(a));
    pass(step);
    ASSERT_EQ(door_.sent.size(), 1U);
    auto const& m = door_.sent.front();
    EXPECT_EQ(m.url, a);
    EXPECT_EQ(m.id, store_.row(key).id);
    EXPECT_EQ(m.fields.get("content-type"), "application/json");
    EXPECT_TRUE(signed_with(m, secret, system_)) << "with the time to the second";
    EXPECT_TRUE(signed_with(m, other_secret, system_));
    EXPECT_FALSE(signed_with(m, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS0", system_));
    EXPECT_EQ(state(key), event_state::delivered);
    EXPECT_EQ(store_.row(key).attempts, 1U);
    pass(minutes(5));
    EXPECT_EQ(door_.sent.size(), 1U) << "once";
}

TEST_F(Webhooks, EveryAttemptHasANewTimestampAndTheOldIdAndBody) {
    begin();
    door_.does = [](auto&) { return answering(500); };
    tell(receiver_at(a));
    ASSERT_TRUE(pass_until([&] { return door_.sent.size() == 1; }, seconds(1)));
    EXPECT_TRUE(signed_with(door_.sent[0], secret, system_));
    ASSERT_TRUE(pass_until([&] { return door_.sent.size() == 2; }, seconds(10)));
    auto const &first = door_.sent[0], &second = door_.sent[1];
    EXPECT_EQ(first.id, second.id);
    EXPECT_EQ(first.body, second.body);
    EXPECT_NE(first.fields.get("webhook-timestamp"), second.fields.get("webhook-timestamp"));
    EXPECT_TRUE(signed_with(second, secret, system_)) << "with the time of this attempt";
    EXPECT_FALSE(signed_with(first, secret, system_));
}

TEST_F(Webhooks, ResultsOfOneEventComeInOneMessage) {
    begin();
    auto e = about(receiver_at(a));
    store_.lines[e.job].assign(
        2500, R"({"seq":7,"outcome":"ok","output":{"text":")" + std::string(1000, 'x') + "\"}}");
    e.first_seq = 101;
    e.last_seq = 2400;
    store_.write(e);
    pass(step);
    ASSERT_EQ(door_.sent.size(), 1U);
    auto const& body = door_.sent.front().body;
    std::string const begins = R"({"type":"job.results","timestamp":"2026-11-21T00:00:00.125Z",)"
                               R"("data":{"job":"j-1","first_seq":101,"last_seq":2400,"results":[)";
    std::string const one = R"({"seq":7,"outcome":"ok"})";
    EXPECT_TRUE(body.starts_with(begins + one)) << body.substr(0, 300);
    EXPECT_TRUE(body.ends_with(one + R"(],"complete":true}})"));
    EXPECT_EQ(body.size(), begins.size() + 2300 * (one.size() + 1) - 1 + 19) << "no output, none twice";
    EXPECT_EQ(store_.calls["read"], 3U) << "a thousand at a time";
}

TEST_F(Webhooks, MoreThanAMebibyteIsLeftOutAndNotRead) {
    begin();
    auto e = about(receiver_at(a));
    store_.lines[e.job].assign(9000, "{\"seq\":1,\"url\":\"" + std::string(2000, 'x') + "\"}");
    e.last_seq = 9000;
    store_.write(e);
    pass(step);
    ASSERT_EQ(door_.sent.size(), 1U);
    EXPECT_LE(door_.sent.front().body.size(), std::size_t{1} << 20U);
    EXPECT_TRUE(door_.sent.front().body.ends_with(R"(],"complete":false}})"));
    EXPECT_EQ(store_.calls["read"], 1U);
}

TEST_F(Webhooks, ResultsThatRetentionTookAreMissingAndSaidToBe) {
    begin();
    auto e = about(receiver_at(a));
    auto& lines = store_.lines[e.job];
    lines.assign(3, "");
    for (int seq = 4; seq <= 10; ++seq)
        lines.push_back("{\"seq\":" + std::to_string(seq) + "}");
    e.last_seq = 5;
    store_.write(e);
    pass(step);
    ASSERT_EQ(door_.sent.size(), 1U);
    EXPECT_THAT(door_.sent.front().body, HasSubstr(R"([{"seq":4},{"seq":5}],"complete":false)"));
    e.first_seq = 10;
    e.last_seq = 20;  // of ten
    store_.write(e);
    pass(2 * step);
    ASSERT_EQ(door_.sent.size(), 2U);
    EXPECT_THAT(door_.sent.back().body, HasSubstr(R"([{"seq":10}],"complete":false)"));
}

TEST_F(Webhooks, EndOfAJobHasTheJobAsItIsShown) {
    begin();
    auto e = about(receiver_at(a));
    e.kind = event_kind::finished;
    store_.write(e);
    pass(step);
    ASSERT_EQ(door_.sent.size(), 1U);
    EXPECT_THAT(door_.sent.front().body, HasSubstr(R"("type":"job.finished")"));
    EXPECT_THAT(door_.sent.front().body, HasSubstr(R"("data":{"id":"j-1"})"));
}

TEST_F(Webhooks, MessageThatIsNotDueWaitsForItsWindow) {
    begin();
    auto e = about(receiver_at(a));
    e.due = system_ + 10'000;
    store_.write(e);
    pass(milliseconds(9'980));
    EXPECT_EQ(door_.sent.size(), 0U);
    EXPECT_LT(store_.calls["due"], 5U) << "nothing asks all the time";
    pass(3 * step);
    EXPECT_EQ(door_.sent.size(), 1U);
}

TEST_F(Webhooks, WithoutAReceiverOrAJobAMessageIsADeadLetter) {
    begin();
    auto const r = receiver_at(a);
    auto e = about(r);
    e.kind = event_kind::finished;
    e.job = 77;
    auto const no_job = store_.write(e);
    e.endpoint = "nobody";
    auto const no_receiver = store_.write(e);
    store_.kept[std::string(receiver_prefix) + "damaged"] = record{"", "1\n2\n", never};
    e.endpoint = "damaged";
    auto const no_sense = store_.write(e);
    auto const good = tell(r);
    pass(step);
    EXPECT_EQ(state(no_job), event_state::dead);
    EXPECT_EQ(store_.row(no_job).note, "not sent: its job is gone");
    for (auto const key : {no_receiver, no_sense}) {
        EXPECT_EQ(state(key), event_state::dead);
        EXPECT_EQ(store_.row(key).note, "not sent: its receiver is not known here");
    }
    EXPECT_EQ(webhooks_->count().dead, 3U);
    EXPECT_EQ(state(good), event_state::delivered) << "they hold up nobody";
    EXPECT_EQ(door_.sent.size(), 1U);
}

TEST_F(Webhooks, SixteenAreOnTheirWayTwoOfThemToOneUrl) {
    begin();
    door_.does = [](auto&) { return taking(seconds(1)); };
    for (int i = 0; i < 20; ++i)
        tell(receiver_at("https://" + std::to_string(i) + ".example/"), 5);
    pass(milliseconds(500));
    EXPECT_EQ(webhooks_->count().in_flight, 16U);
    ASSERT_TRUE(pass_until([&] { return delivered() == 100; }, seconds(10)));
    EXPECT_EQ(door_.most_in_flight, 16U);
    for (auto const& [url, most] : door_.most_at)
        EXPECT_LE(most, 2U) << url;
    EXPECT_EQ(door_.sent.size(), 100U);
    EXPECT_EQ(webhooks_->count().in_flight, 0U);
    EXPECT_EQ(webhooks_->count().held, 0U);
}

TEST_F(Webhooks, JobsWithOneUrlShareItsTwoPlaces) {
    begin();
    door_.does = [](auto&) { return taking(seconds(1)); };
    for (int i = 0; i < 5; ++i)
        tell(receiver_at(a), 2);
    ASSERT_TRUE(pass_until([&] { return delivered() == 10; }, seconds(6)));
    EXPECT_EQ(door_.most_at[a], 2U);
}

TEST_F(Webhooks, ReceiversTakeTurns) {
    limits_.in_flight = 1;
    begin();
    door_.does = [](auto&) { return taking(seconds(1)); };
    tell(receiver_at(a), 10);
    tell(receiver_at(b), 2);
    ASSERT_TRUE(pass_until([&] { return delivered() == 12; }, minutes(1)));
    auto const last_b =
        std::find_if(door_.sent.rbegin(), door_.sent.rend(), [](auto& m) { return m.url == b; });
    EXPECT_LE(door_.sent.rend() - last_b, 5) << "not behind all of the other's";
}

TEST_F(Webhooks, HoldsFiveHundredAndTwelveAndLosesNone) {
    begin();
    door_.does = [](auto&) { return taking(milliseconds(400)); };
    for (int i = 0; i < 20; ++i)
        tell(receiver_at("https://" + std::to_string(i) + ".example/"), 60);
    std::size_t most = 0;
    ASSERT_TRUE(pass_until(
        [&] {
            most = std::max(most, webhooks_->count().held);
            return delivered() == 1200;
        },
        minutes(2)));
    EXPECT_EQ(most, 512U);
    EXPECT_GT(webhooks_->count().put_off, 0U);
    auto ids = door_.ids();
    EXPECT_EQ(ids.size(), 1200U) << "none was sent twice";
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST_F(Webhooks, WhatFindsNoPlaceIsPutOffByAsLongAsThoseBeforeItTake) {
    begin();
    door_.does = [](auto&) { return taking(seconds(1)); };
    auto const r = receiver_at(a);
    tell(r, 20);
    ASSERT_TRUE(
        pass_until([&] { return delivered() == 20; }, minutes(1)));  // so that it knows how long they take
    auto const keys = tell(r, 264);
    pass(milliseconds(100));
    EXPECT_EQ(webhooks_->count().held, 64U + 2U);
    std::vector<unix_ms> waits;
    for (auto const key : keys) {
        auto const& e = store_.row(key);
        EXPECT_EQ(e.attempts, 0U);
        EXPECT_EQ(e.state, event_state::pending);
        if (e.due > system_)
            waits.push_back(e.due - system_);
    }
    ASSERT_EQ(waits.size(), 264U - 66U);
    EXPECT_TRUE(std::is_sorted(waits.begin(), waits.end())) << "in their order";
    EXPECT_GT(waits.front(), 20'000) << "64 before it, two at a time";
    EXPECT_LT(waits.front(), 40'000);
    EXPECT_GT(waits.back(), 80'000);
    EXPECT_LT(waits.back(), 140'000);
    ASSERT_TRUE(pass_until([&] { return delivered() == 284; }, minutes(4)));
    EXPECT_EQ(door_.sent.size(), 284U);
}

TEST_F(Webhooks, ReceiverWithALongQueueDelaysOnlyItsOwn) {
    begin();
    door_.does = [](auto const& m) { return m.url == a ? taking(seconds(10)) : answering(200); };
    tell(receiver_at(a), 1000);
    auto const key = tell(receiver_at(b));
    ASSERT_TRUE(pass_until([&] { return state(key) == event_state::delivered; }, seconds(1)));
    pass(minutes(1));
    EXPECT_LE(door_.sent_to(a), 14U);
    auto const more = tell(receiver_at(b));
    ASSERT_TRUE(pass_until([&] { return state(more) == event_state::delivered; }, 3 * step));
}

TEST_F(Webhooks, ReceiversThatAreNotInUseAreForgottenTheirPausesAreNot) {
    limits_.remembered = 2;
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    for (int i = 0; i < 10; ++i)
        tell(receiver_at("https://" + std::to_string(i) + ".example/"));
    pass(seconds(1));
    EXPECT_EQ(door_.sent.size(), 10U);
    auto const before = store_.calls["get"];
    auto const key = tell(r);
    pass(2 * step);
    EXPECT_EQ(store_.calls["get"], before + 2) << "read again, both of it";
    EXPECT_EQ(door_.sent_to(a), 0U);
    EXPECT_EQ(store_.row(key).attempts, 1U);
}

TEST_F(Webhooks, ReceiverInUseIsNotForgotten) {
    limits_.remembered = 1;
    begin();
    door_.does = [](auto const& m) { return m.url == a ? taking(seconds(1)) : answering(200); };
    auto const r = receiver_at(a);
    tell(r, 2);
    tell(receiver_at(b));
    pass(milliseconds(100));
    tell(r, 4);
    ASSERT_TRUE(pass_until([&] { return delivered() == 7; }, seconds(5)));
    EXPECT_EQ(door_.most_at[a], 2U);
}

}  // namespace
}  // namespace fetchd::jobs
