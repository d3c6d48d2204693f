// Workers that die, queues that are full, and the end of the lane itself.
#include <signal.h>

#include <fstream>
#include <random>
#include <thread>

#include "unit/worker/lane_fixture.hpp"

namespace fetchd::worker {
namespace {

// As /proc says: R, S, T, Z.
char state_of(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(in, line);
    auto const name_end = line.rfind(") ");
    return name_end == std::string::npos ? '?' : line[name_end + 2];
}

TEST_F(Lane, FullQueueRefusesAtOnce) {
    auto c = settings();
    c.count = 1;
    c.queue = 3;
    start(c);
    auto const spinning = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });
    std::vector<std::shared_ptr<call>> waiting;
    for (int i = 0; i < 3; ++i)
        waiting.push_back(begin("echo", std::to_string(i)));
    run_until([&] { return lane().numbers().queued == 3; });

    auto const refused = begin("echo", "3");
    finish(*refused);

    EXPECT_TRUE(refused->failed_as(code::overloaded));
    EXPECT_EQ(lane().numbers().refused, 1U);
    spinning->life->end(code::cancelled);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        finish(*waiting[i]);
        ASSERT_TRUE(*waiting[i]->got);
        EXPECT_EQ((*waiting[i]->got)->outcome.output, std::to_string(i));
    }
}

// Killed between the doorbell and the first look: stopped, posted, then killed.
TEST_F(Lane, DocumentNotTakenUpGoesToAnotherWorker) {
    auto c = settings();
    c.count = 1;
    start(c);
    ASSERT_EQ(echo("warm"), "warm");
    auto const pids = worker_pids();
    ASSERT_EQ(pids.size(), 1U);
    ::kill(pids[0], SIGSTOP);
    auto const v = begin("echo", "survivor");
    run_until([&] { return lane().numbers().busy == 1; });
    loop_->poll();

    ::kill(pids[0], SIGKILL);
    finish(*v);

    ASSERT_TRUE(*v->got) << v->got->error().message();
    EXPECT_EQ((*v->got)->outcome.output, "survivor");
}

TEST_F(Lane, DocumentSurvivesTheDeathOfAllIdleWorkers) {
    auto c = settings();
    c.count = 4;
    start(c);
    run_until([&] { return lane().numbers().up == 4; });
    auto const pids = worker_pids();
    for (auto const pid : pids)
        ::kill(pid, SIGKILL);
    for (auto const pid : pids)
        wait_until([&] { return state_of(pid) == 'Z' || state_of(pid) == '?'; });

    EXPECT_EQ(echo("innocent"), "innocent");

    EXPECT_EQ(lane().numbers().quarantined.suspects, 0U);
}

TEST_F(Lane, DocumentThatDeniesItsDeathsIsBelievedTwice) {
    start(settings());

    auto const v = ask("deny", "x");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::crashed);
    EXPECT_EQ(lane().numbers().crashed, 3U);
    EXPECT_EQ(lane().numbers().quarantined.suspects, 1U);
    EXPECT_EQ(echo("after"), "after");
}

TEST_F(Lane, WorkersKilledAtRandomLoseNoAnswerAndMixNone) {
    start(settings());
    std::mt19937 random(20240607);
    std::size_t served = 0;
    std::size_t crashed = 0;
    auto next_kill = clock::now();
    std::vector<std::pair<std::string, std::shared_ptr<call>>> flowing;
    for (unsigned i = 0; i < 3000; ++i) {
        while (flowing.size() < 8) {
            auto text = text_of(random() % 50 == 0 ? 200'000 : random() % 2000,
                                i * 8 + static_cast<unsigned>(flowing.size()));
            flowing.emplace_back(text, begin("echo", text));
        }
        if (clock::now() > next_kill) {
            auto const pids = worker_pids();
            if (!pids.empty())
                ::kill(pids[random() % pids.size()], SIGKILL);
            next_kill = clock::now() + std::chrono::microseconds(500 + random() % 3000);
        }
        auto const& [text, c] = flowing.front();
        finish(*c);
        if (*c->got) {
            ASSERT_TRUE((*c->got)->outcome.output == text);
            ++served;
        } else {
            ASSERT_EQ(c->got->error().what, code::crashed) << c->got->error().message();
            ++crashed;
        }
        flowing.erase(flowing.begin());
    }
    for (auto const& [text, c] : flowing)
        finish(*c);
    EXPECT_EQ(served + crashed, 3000U);
    EXPECT_GT(served, 1000U);
    EXPECT_GT(lane().numbers().restarts, 0U);
    run_until([&] { return lane().numbers().up == 2 && lane().numbers().busy == 0; });
    EXPECT_EQ(echo("after"), "after");
}

TEST_F(Lane, DeathOfTheZygoteIsNotReadyForAll) {
    auto c = settings();
    c.count = 1;
    start(c);
    auto const running = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });
    auto const waiting = begin("echo", "x");
    run_until([&] { return lane().numbers().queued == 1; });

    ::kill(zygote(), SIGKILL);
    finish(*running);
    finish(*waiting);

    EXPECT_TRUE(running->failed_as(code::not_ready));
    EXPECT_TRUE(waiting->failed_as(code::not_ready));
    EXPECT_EQ(lane().numbers().up, 0U);
    EXPECT_EQ(lane().numbers().want, 1U);
    auto const later = ask("echo", "x");
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().what, code::not_ready);
}

TEST_F(Lane, SignalsOfTheTerminalDoNotReachTheWorkers) {
    start(settings());
    ASSERT_EQ(echo("x"), "x");
    EXPECT_NE(::getpgid(zygote()), ::getpgrp());
    for (int const s : {SIGINT, SIGTERM, SIGHUP})
        ::kill(zygote(), s);
    EXPECT_EQ(echo("y"), "y");
}

TEST_F(Lane, StopEndsWhatRunsAndWaits) {
    auto c = settings();
    c.count = 1;
    start(c);
    auto const running = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });
    auto const waiting = begin("echo", "x");
    run_until([&] { return lane().numbers().queued == 1; });

    lane().stop();
    finish(*running);
    finish(*waiting);

    EXPECT_TRUE(running->failed_as(code::not_ready));
    EXPECT_TRUE(waiting->failed_as(code::not_ready));
}

TEST_F(Lane, VisitWithoutAWorkerEndsAtItsDeadline) {
    auto c = settings();
    c.count = 1;
    start(c);
    ASSERT_EQ(echo("warm"), "warm");
    ::kill(zygote(), SIGSTOP);  // nobody is reaped or born now
    ::kill(worker_pids().at(0), SIGKILL);

    auto const v = begin("echo", "x", milliseconds(60));
    finish(*v);
    ::kill(zygote(), SIGCONT);

    EXPECT_TRUE(v->failed_as(code::timeout));
}

}  // namespace
}  // namespace fetchd::worker
