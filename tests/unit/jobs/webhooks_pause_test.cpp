// Receivers that are down: when they are left alone, tried again, and enabled.
#include "unit/jobs/webhooks_fixture.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using WebhookPause = WebhooksTest;

std::string const a = "https://a.example/hook";
std::string const b = "https://b.example/hook";

TEST_F(WebhookPause, ReceiverThatIsDownIsTriedOnceAfterEachPauseAndPausesDoubleToAnHour) {
    begin();
    door_.does = [](auto&) { return taking(milliseconds(100), 500); };
    auto const r = receiver_at(a);
    for (int i = 0; i < 4 * 360; ++i) {
        tell(r);
        pass(seconds(10), milliseconds(500));
    }
    auto const& sent = door_.sent;
    ASSERT_GE(sent.size(), 14U);
    // Five failures: one of them may be on its way while the fourth comes back.
    std::size_t tries = 5;
    while (tries < sent.size() && between(sent[tries - 1], sent[tries]) < 20'000)
        ++tries;
    EXPECT_LE(tries, 6U);
    unix_ms pause = endpoint_circuit::first_pause_ms;
    for (; tries < sent.size(); ++tries) {
        auto const waited = between(sent[tries - 1], sent[tries]);
        EXPECT_GE(waited, pause * 9 / 10) << tries;
        EXPECT_LE(waited, pause * 11 / 10 + 12'000) << tries;
        pause = std::min(2 * pause, endpoint_circuit::longest_pause_ms);
    }
    EXPECT_EQ(pause, endpoint_circuit::longest_pause_ms);
    EXPECT_EQ(delivered(), 0U);

    door_.does = [](auto&) { return answering(200); };
    auto const pending = store_.in_state(event_state::pending);
    ASSERT_TRUE(pass_until([&] { return delivered() > 0; }, hours(2), milliseconds(500)));
    auto const key = tell(r);
    pass(minutes(1), milliseconds(100));
    EXPECT_EQ(state(key), event_state::delivered) << "all go again";
    EXPECT_TRUE(pass_until([&] { return delivered() == pending + 1; }, hours(80), seconds(60)));
}

TEST_F(WebhookPause, OneMessageAloneGoesToTry) {
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    pass(seconds(34));
    door_.does = [](auto&) { return taking(seconds(10)); };
    auto const keys = tell(r, 10);
    pass(seconds(9));
    EXPECT_EQ(door_.sent.size(), 1U);
    EXPECT_EQ(state(keys.front()), event_state::pending);
    pass(seconds(2));
    EXPECT_EQ(state(keys.front()), event_state::delivered);
    auto const after = tell(r, 2);
    pass(step);
    EXPECT_EQ(door_.sent.size(), 3U) << "it is taken: all go";
    pass(minutes(2));
    for (auto const key : keys)
        EXPECT_EQ(store_.row(key).attempts, 1U) << "waiting for the one counts for nobody";
    EXPECT_EQ(delivered(), 12U);
}

TEST_F(WebhookPause, AttemptThatFallsIntoAPauseCounts) {
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    auto const until = ask(webhooks_->circuit(circuit_of(a)))->quiet_until();
    auto last = about(r);
    last.attempts = max_delivery_attempts - 1;
    auto const dying = store_.write(last);
    auto const key = tell(r);
    pass(seconds(20));
    EXPECT_EQ(store_.row(key).attempts, 1U);
    EXPECT_GE(store_.row(key).due, until) << "not tried again within the same pause";
    EXPECT_EQ(state(dying), event_state::dead) << "so that no message waits for ever";
    for (auto const k : {key, dying})
        EXPECT_EQ(store_.row(k).note, "not sent: the receiver failed several times in a row");
    EXPECT_EQ(door_.sent.size(), 0U);
}

TEST_F(WebhookPause, DropsTheLineBehindTheFailures) {
    begin();
    door_.does = [](auto&) { return taking(seconds(1), 500); };
    auto const keys = tell(receiver_at(a), 60);
    pass(seconds(10));
    EXPECT_LE(door_.sent.size(), 6U);
    EXPECT_EQ(webhooks_->count().held, 0U);
    for (auto const key : keys)
        EXPECT_GE(store_.row(key).attempts, 1U);
}

TEST_F(WebhookPause, IsOfOneCallerAndUrl) {
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    auto const same = tell(receiver_at(a));
    auto const other_caller = tell(receiver_at(a, "bob"));
    auto const other_url = tell(receiver_at(b));
    pass(seconds(1));
    EXPECT_EQ(state(same), event_state::pending) << "another job of this caller";
    EXPECT_EQ(state(other_caller), event_state::delivered);
    EXPECT_EQ(state(other_url), event_state::delivered);
}

TEST_F(WebhookPause, SurvivesARestart) {
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    restart();
    EXPECT_EQ(ask(webhooks_->circuit(circuit_of(a)))->failures(), 5U);
    auto const held = tell(r);
    pass(seconds(26));
    EXPECT_EQ(door_.sent.size(), 0U);
    EXPECT_EQ(store_.row(held).attempts, 1U);
    ASSERT_TRUE(pass_until([&] { return delivered() == 1; }, seconds(20)));
    restart();
    EXPECT_EQ(ask(webhooks_->circuit(circuit_of(a)))->failures(), 0U) << "so does its end";
}

TEST_F(WebhookPause, EnablingSendsWhatWaits) {
    begin();
    std::vector<std::string> receivers;
    for (int i = 0; i < 120; ++i)
        receivers.push_back(receiver_at(a));
    auto const other_url = receiver_at(b);
    door_.does = [](auto const& m) { return m.url == a ? answering(503, "36000") : answering(500); };
    tell(receivers.back());
    tell(other_url);
    pass(2 * step);
    tell(receivers.front(), 100);
    auto growing = about(receivers.front());
    growing.due = system_ + 60'000;
    auto const key = store_.write(growing);
    pass(seconds(1));
    EXPECT_EQ(door_.sent.size(), 2U);
    door_.does = [](auto&) { return answering(200); };
    ASSERT_TRUE(ask(webhooks_->enable(circuit_of(a))));
    pass(seconds(1));
    EXPECT_EQ(door_.sent_to(b), 1U) << "that one waits for its second attempt";
    pass(seconds(10));
    EXPECT_EQ(delivered(), 102U) << "of every job that shares the pause";
    EXPECT_EQ(state(key), event_state::pending) << "its window has not passed";
    pass(minutes(1));
    EXPECT_EQ(state(key), event_state::delivered);
}

TEST_F(WebhookPause, EndsByEnabling) {
    begin();
    auto const r = receiver_at(a);
    open_circuit(r);
    ASSERT_TRUE(ask(webhooks_->enable(circuit_of(a))));
    auto const key = tell(r);
    pass(2 * step);
    EXPECT_EQ(state(key), event_state::delivered);
    restart();
    EXPECT_TRUE(ask(webhooks_->circuit(circuit_of(a)))->may_send(system_));
}

}  // namespace
}  // namespace fetchd::jobs
