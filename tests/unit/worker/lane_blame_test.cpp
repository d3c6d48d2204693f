// Documents that kill twice, and origins that keep killing.
#include "unit/worker/lane_fixture.hpp"

namespace fetchd::worker {
namespace {

class Blame : public Lane {
  protected:
    void expect(code what, std::string const& task, std::string const& body) {
        auto const v = ask(task, body);
        ASSERT_FALSE(v) << task;
        EXPECT_EQ(v.error().what, what) << task << ": " << v.error().message();
    }
    void kill_workers_by(std::string const& origin, int times) {
        for (int i = 0; i < times; ++i) {
            auto const c = begin_of(origin, "crash", origin + std::to_string(++crashes_));
            finish(*c);
            EXPECT_TRUE(c->failed_as(code::crashed));
        }
    }
    std::string output(call const& c) {
        finish(c);
        return *c.got ? (*c.got)->outcome.output : (*c.got).error().message();
    }

    std::string const bad = "https://bad.test";

  private:
    int crashes_ = 0;
};

TEST_F(Blame, DocumentThatKilledTwoWorkersIsGivenToNoOther) {
    start(settings());
    expect(code::crashed, "crash", "poison");
    expect(code::crashed, "crash", "poison");

    expect(code::quarantined, "crash", "poison");

    auto const n = lane().numbers();
    EXPECT_EQ(n.crashed, 2U);
    EXPECT_EQ(n.quarantined.refused, 1U);
    EXPECT_EQ(n.quarantine_refused, 1U);
    EXPECT_EQ(n.busy, 0U);
}

TEST_F(Blame, OtherTasksMayHaveADocumentInQuarantine) {
    start(settings());
    expect(code::crashed, "crash", "harmless");
    expect(code::crashed, "crash", "harmless");
    expect(code::quarantined, "crash", "harmless");
    EXPECT_EQ(echo("harmless"), "harmless");
    expect(code::crashed, "segv", "harmless");
}

TEST_F(Blame, LargeDocumentsAreKnownAgain) {
    start(settings());
    auto const big = text_of(1'000'000, 7);
    auto other = big;
    other.back() = '!';
    expect(code::crashed, "crash", big);
    expect(code::crashed, "crash", other);
    expect(code::crashed, "crash", big);
    expect(code::quarantined, "crash", big);
    expect(code::crashed, "crash", other);
}

TEST_F(Blame, TakingTooLongTwiceIsKillingTwo) {
    auto c = settings();
    c.task_timeout = milliseconds(30);
    start(c);
    expect(code::timeout, "spin", "x");
    expect(code::timeout, "spin", "x");
    expect(code::quarantined, "spin", "x");
}

TEST_F(Blame, NonsenseTwiceIsKillingTwo) {
    start(settings());
    expect(code::malformed, "say", "caf\xe9");
    expect(code::malformed, "say", "caf\xe9");
    expect(code::quarantined, "say", "caf\xe9");
}

TEST_F(Blame, RingingBehindAnAnswerIsTheFaultOfItsDocument) {
    auto c = settings();
    c.count = 1;
    start(c);
    for (unsigned deaths = 1; deaths <= 2; ++deaths) {
        EXPECT_TRUE(ask("lie_bell", "x"));
        run_until([&] { return lane().numbers().restarts == deaths; });
    }
    expect(code::quarantined, "lie_bell", "x");
}

TEST_F(Blame, DeadlineAndCancellingOfTheCallerCountForNothing) {
    start(settings());
    for (int i = 0; i < 3; ++i) {
        auto const v = begin("spin", "x", milliseconds(30));
        finish(*v);
        EXPECT_TRUE(v->failed_as(code::timeout));
    }
    EXPECT_EQ(lane().numbers().quarantined.suspects, 0U);
}

TEST_F(Blame, FailuresOfTasksCountForNothing) {
    start(settings());
    for (int i = 0; i < 3; ++i)
        expect(code::unsupported_type, "refuse", "x");
    for (int i = 0; i < 3; ++i)
        expect(code::failed, "greedy", "x");
    EXPECT_EQ(lane().numbers().quarantined.suspects, 0U);
}

TEST_F(Blame, QuarantineEnds) {
    auto c = settings();
    c.quarantine_time = milliseconds(100);
    start(c);
    expect(code::crashed, "crash", "x");
    expect(code::crashed, "crash", "x");
    bool over = false;
    run_until([&] { return over = over || ask("crash", "x").error().what == code::crashed; });
    EXPECT_EQ(lane().numbers().crashed, 3U);
    EXPECT_GE(lane().numbers().quarantine_refused, 1U);
}

TEST_F(Blame, PenalisedOriginGetsOneWorkerAtATime) {
    auto c = settings();
    c.origin_deaths = 2;
    start(c);
    kill_workers_by(bad, 3);
    EXPECT_EQ(lane().numbers().origins.penalised, 1U);
    run_until([&] { return lane().numbers().up == 2; });
    auto const spinning = begin_of(bad, "spin", "");
    auto const waiting = begin_of(bad, "echo", "later");
    run_until([&] { return lane().numbers().queued == 1; });

    EXPECT_EQ(output(*begin_of("https://good.test", "echo", "good")), "good");
    EXPECT_EQ(echo("of none"), "of none");
    EXPECT_EQ(lane().numbers().queued, 1U);
    EXPECT_FALSE(waiting->got);

    spinning->life->end(code::cancelled);
    EXPECT_EQ(output(*waiting), "later");
}

TEST_F(Blame, AsManyDeathsAsAllowedAreNoPenalty) {
    auto c = settings();
    c.origin_deaths = 2;
    start(c);
    kill_workers_by(bad, 2);
    kill_workers_by("https://other.test", 2);
    EXPECT_EQ(lane().numbers().origins.penalised, 0U);
    EXPECT_EQ(lane().numbers().origins.watched, 2U);
}

TEST_F(Blame, PenalisedOriginsStandBehindAllOthers) {
    auto c = settings();
    c.count = 1;
    c.origin_deaths = 1;
    start(c);
    kill_workers_by(bad, 2);
    auto const spinning = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });
    auto const first = begin_of(bad, "echo", "1");
    auto const second = begin_of(bad, "echo", "2");
    auto const good = begin_of("https://good.test", "echo", "good");
    run_until([&] { return lane().numbers().queued == 3; });

    spinning->life->end(code::cancelled);

    EXPECT_EQ(output(*good), "good");
    EXPECT_FALSE(first->got);
    EXPECT_EQ(output(*first), "1");
    EXPECT_FALSE(second->got);
    EXPECT_EQ(output(*second), "2");
}

TEST_F(Blame, DocumentsThatWaitWhenThePenaltyBeginsGoBehindToo) {
    auto c = settings();
    c.count = 1;
    c.origin_deaths = 1;
    start(c);
    kill_workers_by(bad, 1);
    auto const spinning = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });
    auto const last_straw = begin_of(bad, "crash", "x");
    auto const behind = begin_of(bad, "echo", "behind");
    auto const good = begin("echo", "good");
    run_until([&] { return lane().numbers().queued == 3; });

    spinning->life->end(code::cancelled);

    EXPECT_EQ(output(*good), "good");
    EXPECT_TRUE(last_straw->failed_as(code::crashed));
    EXPECT_FALSE(behind->got);
    EXPECT_EQ(output(*behind), "behind");
}

TEST_F(Blame, FullLineIsNotFullOfPenalisedOrigins) {
    auto c = settings();
    c.count = 1;
    c.queue = 2;
    c.origin_deaths = 1;
    start(c);
    kill_workers_by(bad, 2);
    auto const spinning = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });
    auto const first = begin_of(bad, "echo", "1");
    auto const second = begin_of(bad, "echo", "2");
    auto const third = begin_of(bad, "echo", "3");
    finish(*third);
    EXPECT_TRUE(third->failed_as(code::overloaded));

    auto const good = begin("echo", "good");
    finish(*second);

    EXPECT_TRUE(second->failed_as(code::overloaded));
    spinning->life->end(code::cancelled);
    EXPECT_EQ(output(*good), "good");
    EXPECT_EQ(output(*first), "1");
    EXPECT_EQ(lane().numbers().refused, 2U);
}

TEST_F(Blame, PenaltyEnds) {
    auto c = settings();
    c.origin_deaths = 1;
    c.penalty = milliseconds(100);
    start(c);
    kill_workers_by(bad, 2);
    auto const spinning = begin_of(bad, "spin", "");
    auto const waiting = begin_of(bad, "echo", "at last");

    EXPECT_EQ(output(*waiting), "at last");

    EXPECT_FALSE(spinning->got);
    EXPECT_EQ(lane().numbers().origins.penalised, 0U);
    EXPECT_EQ(lane().numbers().origins.begun, 1U);
}

TEST_F(Blame, StoppingEndsWhatStandsBehind) {
    auto c = settings();
    c.origin_deaths = 1;
    start(c);
    kill_workers_by(bad, 2);
    auto const spinning = begin_of(bad, "spin", "");
    auto const waiting = begin_of(bad, "echo", "x");
    run_until([&] { return lane().numbers().queued == 1; });

    lane().stop();
    finish(*spinning);
    finish(*waiting);

    EXPECT_TRUE(waiting->failed_as(code::not_ready));
}

}  // namespace
}  // namespace fetchd::worker
