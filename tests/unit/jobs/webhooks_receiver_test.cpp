// Receivers that fail, ask for time, want no more, or are down.
#include <numeric>

#include "unit/jobs/webhooks_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

using WebhookReceiver = WebhooksTest;

std::string const a = "https://a.example/hook";
std::string const b = "https://b.example/hook";

TEST_F(WebhookReceiver, GetsTenAttemptsWithTheWaitsOfTheTable) {
    begin();
    door_.does = [](auto&) { return answering(500); };
    auto const key = tell(receiver_at(a));
    ASSERT_TRUE(pass_until([&] { return door_.sent.size() == 1; }, seconds(1)));
    milliseconds const table[] = {seconds(5),  seconds(30), minutes(2),
                                  minutes(10), hours(1),    hours(4),
                                  hours(10),   hours(24),   hours(35) + minutes(47)};
    for (auto const each : table) {
        auto const wait = each.count();
        auto const slack = each / 100;
        auto const n = door_.sent.size();
        EXPECT_EQ(state(key), event_state::pending);
        ASSERT_TRUE(pass_until([&] { return door_.sent.size() > n; }, 2 * each, slack));
        auto const waited = between(door_.sent[n - 1], door_.sent[n]);
        EXPECT_GE(waited, wait * 9 / 10);
        EXPECT_LE(waited, wait * 11 / 10 + 2 * slack.count() + 60);
        EXPECT_EQ(door_.sent[n].id, door_.sent[0].id);
    }
    EXPECT_EQ(door_.sent.size(), 10U);
    EXPECT_EQ(state(key), event_state::dead);
    EXPECT_EQ(store_.row(key).note, "status 500") << "with the reason of its last failure";
    EXPECT_EQ(webhooks_->count().dead, 1U);
    pass(hours(100), minutes(10));
    EXPECT_EQ(door_.sent.size(), 10U);
}

TEST_F(WebhookReceiver, WaitsAreInProportionToTheFirst) {
    begin();
    webhooks_->configure(milliseconds(500));
    door_.does = [](auto&) { return answering(500); };
    tell(receiver_at(a));
    ASSERT_TRUE(pass_until([&] { return door_.sent.size() == 3; }, seconds(5)));
    EXPECT_NEAR(static_cast<double>(between(door_.sent[0], door_.sent[1])), 500, 110);
    EXPECT_NEAR(static_cast<double>(between(door_.sent[1], door_.sent[2])), 3000, 360);
}

TEST_F(WebhookReceiver, ReplayedDeadLetterGetsTenMoreWithItsOldId) {
    begin();
    webhooks_->configure(milliseconds(1));
    door_.does = [](auto&) { return answering(500); };
    auto const key = tell(receiver_at(a));
    ASSERT_TRUE(pass_until([&] { return state(key) == event_state::dead; }, hours(1), seconds(1)));
    mark(replay(store_.row(key), system_));
    EXPECT_TRUE(pass_until([&] { return state(key) == event_state::dead; }, hours(2), seconds(1)));
    EXPECT_EQ(store_.row(key).attempts, 10U);
    door_.does = [](auto&) { return answering(204); };
    ASSERT_TRUE(ask(webhooks_->enable(circuit_of(a))));
    mark(replay(store_.row(key), system_));
    pass(2 * step);
    EXPECT_EQ(state(key), event_state::delivered);
    EXPECT_THAT(door_.ids(), testing::Each(store_.row(key).id));
}

TEST_F(WebhookReceiver, Only2xxTakesAMessage) {
    begin();
    for (int const status : {301, 307, 400, 404, 500, 503}) {
        door_.does = [status](auto&) { return answering(status); };
        auto const key = tell(receiver_at("https://" + std::to_string(status) + ".example/"));
        pass(2 * step);
        EXPECT_EQ(state(key), event_state::pending) << status;
        EXPECT_THAT(store_.row(key).note, HasSubstr(std::to_string(status)));
        EXPECT_EQ(store_.row(key).attempts, 1U);
    }
    EXPECT_EQ(door_.sent.size(), 6U) << "no redirect is followed";
    door_.does = [](auto&) {
        scripted_door::doing d;
        d.error = failure(stage::egress, code::refused, "10.0.0.1");
        return d;
    };
    auto const key = tell(receiver_at(a));
    pass(2 * step);
    EXPECT_EQ(state(key), event_state::pending);
    EXPECT_THAT(store_.row(key).note, HasSubstr("10.0.0.1"));
}

TEST_F(WebhookReceiver, HasFifteenSecondsToAnswer) {
    begin();
    door_.does = [](auto&) { return taking(minutes(10)); };
    auto const late = tell(receiver_at(a));
    pass(seconds(15) - 2 * step);
    EXPECT_EQ(webhooks_->count().in_flight, 1U);
    pass(5 * step);
    EXPECT_EQ(webhooks_->count().in_flight, 0U);
    EXPECT_EQ(store_.row(late).attempts, 1U);
    EXPECT_GE(store_.row(late).due, system_ + 4'000) << "the wait is from its end";
    door_.does = [](auto&) { return taking(milliseconds(14'900)); };
    auto const slow = tell(receiver_at(b));
    pass(seconds(15));
    EXPECT_EQ(state(slow), event_state::delivered);
}

TEST_F(WebhookReceiver, ThatWantsNoMoreIsSentNothingUntilItIsEnabled) {
    begin();
    door_.does = [](auto&) { return taking(seconds(1), 410); };
    auto const r = receiver_at(a);
    auto const keys = tell(r, 20);
    pass(seconds(2));
    EXPECT_LE(door_.sent.size(), 2U) << "those that were on their way";
    for (auto const key : keys)
        EXPECT_EQ(state(key), event_state::dead);
    EXPECT_EQ(store_.row(keys.front()).note, "status 410");
    EXPECT_EQ(store_.row(keys.back()).note, "not sent: the receiver wants no more (410)");
    EXPECT_EQ(webhooks_->count().dead, 20U);
    restart();
    door_.sent.clear();
    door_.does = [](auto&) { return answering(200); };
    auto const other_job = tell(receiver_at(a));
    pass(hours(2), seconds(10));
    EXPECT_EQ(state(other_job), event_state::dead) << "for every job of this caller";
    EXPECT_TRUE(ask(webhooks_->circuit(circuit_of(a)))->disabled());
    EXPECT_EQ(door_.sent.size(), 0U);

    ASSERT_TRUE(ask(webhooks_->enable(circuit_of(a))));
    restart();
    auto const next = tell(r);
    pass(2 * step);
    EXPECT_EQ(state(next), event_state::delivered);
    EXPECT_EQ(state(keys.front()), event_state::dead) << "until it is replayed";
    mark(replay(store_.row(keys.front()), system_));
    pass(2 * step);
    EXPECT_EQ(state(keys.front()), event_state::delivered);
    EXPECT_EQ(door_.sent.size(), 2U);
}

TEST_F(WebhookReceiver, ThatAsksForTimeGetsIt) {
    begin();
    bool busy = true;
    door_.does = [&busy](auto&) {
        return std::exchange(busy, false) ? answering(503, "120") : answering(200);
    };
    auto const r = receiver_at(a);
    auto const first = tell(r);
    pass(2 * step);
    auto const others = tell(r, 10);
    auto const elsewhere = tell(receiver_at(b));
    pass(2 * step);
    EXPECT_EQ(state(elsewhere), event_state::delivered);
    pass(seconds(119));
    EXPECT_EQ(door_.sent_to(a), 1U);
    for (auto const key : others)
        EXPECT_EQ(store_.row(key).attempts, 0U) << "that does not count";
    pass(seconds(3));
    EXPECT_EQ(store_.row(first).attempts, 2U);
    EXPECT_EQ(store_.in_state(event_state::pending), 0U);
    EXPECT_EQ(door_.sent_to(a), 12U);
}

TEST_F(WebhookReceiver, ThatAsksForTimeGetsADayAtMost) {
    begin();
    door_.does = [](auto&) { return answering(429, "8640000"); };
    auto const r = receiver_at(a);
    tell(r);
    pass(2 * step);
    restart();
    door_.does = [](auto&) { return answering(200); };
    tell(r);
    pass(hours(24) - minutes(1), seconds(30));
    EXPECT_EQ(door_.sent.size(), 1U) << "after a restart as well";
    pass(minutes(3), seconds(30));
    EXPECT_EQ(delivered(), 2U);
}

TEST_F(WebhookReceiver, ThatAsksForTimeHasNotFailed) {
    begin();
    auto const r = receiver_at(a);
    auto const answers = [&](int status, std::string const& retry_after, int times) {
        door_.does = [=](auto&) { return answering(status, retry_after); };
        for (; times > 0; --times) {
            tell(r);
            pass(2 * step);
        }
    };
    auto const failures = [&] { return ask(webhooks_->circuit(circuit_of(a)))->failures(); };
    answers(500, "", 4);
    EXPECT_EQ(failures(), 4U);
    answers(503, "1", 1);
    EXPECT_EQ(failures(), 0U);
    pass(seconds(1) + 2 * step);
    answers(500, "1", 4);
    EXPECT_EQ(failures(), 4U) << "only 429 and 503 may ask";
    EXPECT_EQ(door_.sent.size(), 9U);
}

TEST_F(WebhookReceiver, AnswersAreCounted) {
    begin();
    auto const answer = [this](std::string const& url, int status, std::string retry_after) {
        auto what = answering(status, std::move(retry_after));
        what.time = milliseconds(300);
        door_.does = [what](auto&) { return what; };
        tell(receiver_at(url));
        pass(milliseconds(400));
    };
    answer("https://takes.example/", 200, "");
    answer("https://fails.example/", 503, "");
    answer("https://is-busy.example/", 503, "3600");
    answer("https://is-gone.example/", 410, "");
    auto const n = webhooks_->count();
    EXPECT_EQ(n.delivered, 1U);
    EXPECT_EQ(n.failed, 1U);
    EXPECT_EQ(n.later, 1U);
    EXPECT_EQ(n.gone, 1U);
    EXPECT_EQ(n.dead, 1U);
    EXPECT_EQ(n.paused, 1U);
    EXPECT_EQ(n.disabled, 1U);
    EXPECT_EQ(n.put_off, 0U);
    EXPECT_EQ(std::accumulate(n.attempt_seconds.counts().begin(), n.attempt_seconds.counts().end(), 0U), 4U);
    EXPECT_NEAR(n.attempt_seconds.sum(), 1.2, 0.2);
    pass(hours(1) + seconds(30), seconds(1));
    EXPECT_EQ(webhooks_->count().paused, 0U);
}

}  // namespace
}  // namespace fetchd::jobs
