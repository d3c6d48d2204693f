// Real forks: what goes to a worker and comes back, and what happens when it does not.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <random>
#include <thread>

#include "unit/worker/lane_fixture.hpp"

namespace fetchd::worker {
namespace {

TEST_F(Lane, SmallDocumentGoesRound) {
    start(settings());

    auto const v = ask("echo", "hello");

    ASSERT_TRUE(v) << v.error().message();
    EXPECT_EQ(v->outcome.output, "hello");
    EXPECT_EQ(v->outcome.content_type, "text/plain");
    EXPECT_EQ(v->outcome.decoded_bytes, 5U);
    EXPECT_EQ(lane().numbers().served, 1U);
}

TEST_F(Lane, EmptyDocumentGoesRound) {
    start(settings());
    EXPECT_EQ(echo(""), "");
}

// Around the size where its memory is given back afterwards.
TEST_F(Lane, DocumentsAroundWhatIsKeptGoRound) {
    auto c = settings();
    c.count = 1;
    start(c);
    auto const kept = c.area_bytes / 2;
    for (auto const bytes : {kept - 1024, kept - 256, kept - 129, kept - 128, kept - 127, kept - 64, kept - 1,
                             kept, kept + 1, 2 * kept})
        EXPECT_EQ(echo(text_of(bytes, 1)), text_of(bytes, 1)) << bytes;
}

TEST_F(Lane, MemoryOfALargeDocumentIsGivenBack) {
    auto c = settings();
    c.count = 1;
    start(c);
    auto const text = text_of(20U << 20U, 2);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(echo(text) == text);
        EXPECT_EQ(echo("next"), "next");
        EXPECT_LE(areas_in_memory(), c.area_bytes + 4096);
    }
}

TEST_F(Lane, MemoryOfAWorkerThatDiesIsGivenBack) {
    auto c = settings();
    c.count = 1;
    start(c);
    auto const v = ask("crash", text_of(20U << 20U, 2));
    EXPECT_TRUE(!v && v.error().what == code::crashed);
    EXPECT_EQ(echo("next"), "next");
    run_until([&] { return areas_in_memory() <= c.area_bytes + 4096; });
}

TEST_F(Lane, LargestDocumentAndAnswerHaveRoom) {
    auto c = settings();
    c.count = 1;
    c.max_input = c.max_output = 1'000'000;
    start(c);
    auto const text = text_of(c.max_input, 2);
    EXPECT_TRUE(echo(text) == text);
}

TEST_F(Lane, DocumentOverMaxInputIsRefused) {
    auto c = settings();
    c.max_input = 1000;
    start(c);
    EXPECT_EQ(echo(text_of(1000, 3)).size(), 1000U);

    auto const v = ask("echo", text_of(1001, 3));

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::too_large);
}

TEST_F(Lane, OutputOverMaxOutputIsRefused) {
    auto c = settings();
    c.max_output = 100'000;
    start(c);
    EXPECT_TRUE(ask("big", "100000"));

    auto const v = ask("big", "100001");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::output_too_large);
}

TEST_F(Lane, OutputMayBeAsLargeAsTheSettingSays) {
    auto c = settings();
    c.max_output = 80U << 20U;
    start(c);

    auto const v = ask("big", "70000000");

    ASSERT_TRUE(v) << v.error().message();
    EXPECT_EQ(v->outcome.output.size(), 70'000'000U);
}

TEST_F(Lane, FailureOfATaskKeepsItsWords) {
    start(settings());

    auto const v = ask("refuse", "");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().where, stage::process);
    EXPECT_EQ(v.error().what, code::unsupported_type);
    EXPECT_EQ(v.error().detail, "not this one");
    EXPECT_EQ(lane().numbers().crashed, 0U);
}

TEST_F(Lane, UnknownTaskFailsAlone) {
    start(settings());
    EXPECT_FALSE(ask("nothing", ""));
    EXPECT_EQ(echo("x"), "x");
}

TEST_F(Lane, TenThousandVisitsLeakNoDescriptor) {
    start(settings());
    ASSERT_EQ(echo("warm"), "warm");
    ASSERT_EQ(echo(text_of(200'000, 0)).size(), 200'000U);
    run_until([&] { return lane().numbers().up == 2; });
    auto const before = open_descriptors();

    for (unsigned i = 0; i < 10'000; ++i) {
        auto const text = text_of(i % 100 == 0 ? 200'000 : i % 300, i);
        auto const v = ask("echo", text);
        ASSERT_TRUE(v) << v.error().message();
        ASSERT_TRUE(v->outcome.output == text) << i;
    }

    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(lane().numbers().restarts, 0U);
}

TEST_F(Lane, CrashesLeakNoDescriptor) {
    start(settings());
    ASSERT_EQ(echo("warm"), "warm");
    run_until([&] { return lane().numbers().up == 2; });
    auto const before = open_descriptors();

    for (int i = 0; i < 20; ++i)
        EXPECT_FALSE(ask("crash", std::to_string(i)));
    run_until([&] { return lane().numbers().up == 2; });

    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Lane, StoppedLaneLeavesNoDescriptorAndNoProcess) {
    auto const before = open_descriptors();
    start(settings());
    ASSERT_EQ(echo("x"), "x");
    auto const pids = worker_pids();
    ASSERT_FALSE(pids.empty());

    shut_down();

    EXPECT_EQ(open_descriptors(), before);
    EXPECT_NE(::kill(zygote(), 0), 0);
    for (auto const pid : pids)
        EXPECT_NE(::kill(pid, 0), 0) << pid;
}

TEST_F(Lane, WorkerHasNothingOpenButItsOwn) {
    start(settings(), layer_set::all().without(layer::seccomp));
    EXPECT_EQ(ask("inside", "")->outcome.output, "3 fetchd-worker core=0");
}

TEST_F(Lane, CrashFailsItsDocumentAloneWithTheSignal) {
    start(settings());

    auto const v = ask("crash", "");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::crashed);
    EXPECT_EQ(v.error().detail, "killed by SIGABRT");
    EXPECT_EQ(echo("after"), "after");
    EXPECT_EQ(lane().numbers().crashed, 1U);
}

TEST_F(Lane, ExitIsACrashWithItsCode) {
    start(settings());
    auto const v = ask("leave", "");
    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::crashed);
    EXPECT_EQ(v.error().detail, "exit code 3");
}

TEST_F(Lane, OutOfMemoryFailsTheDocumentAndKeepsTheWorker) {
    start(settings());

    auto const v = ask("greedy", "");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::failed);
    EXPECT_EQ(v.error().detail, "out of memory");
    EXPECT_EQ(echo("after"), "after");
    EXPECT_EQ(lane().numbers().crashed, 0U);
}

TEST_F(Lane, OutOfMemoryThatCannotBeCaughtIsNamed) {
    start(settings());
    auto const v = ask("starved", "");
    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::crashed);
    EXPECT_EQ(v.error().detail, "out of memory");
}

TEST_F(Lane, ProcessorTimeHasAnEnd) {
    auto c = settings();
    c.count = 1;
    c.cpu_limit = milliseconds(1000);
    start(c);

    auto const v = ask("spin", "");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::crashed);
    EXPECT_THAT(v.error().detail, testing::AnyOf("killed by SIGXCPU", "killed by SIGKILL"));
    EXPECT_EQ(echo("after"), "after");
}

TEST_F(Lane, CrashedWorkerIsReplaced) {
    start(settings());
    run_until([&] { return lane().numbers().up == 2; });
    ASSERT_FALSE(ask("crash", ""));
    run_until([&] { return lane().numbers().up == 2; });
    EXPECT_EQ(lane().numbers().restarts, 1U);
    EXPECT_EQ(worker_pids().size(), 2U);
}

TEST_F(Lane, SpinningWorkerIsEndedAtItsTimeout) {
    auto c = settings();
    c.task_timeout = milliseconds(100);
    start(c);

    auto const begun = clock::now();
    auto const v = ask("spin", "");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::timeout);
    EXPECT_GE(clock::now() - begun, milliseconds(100));
    run_until([&] { return lane().numbers().up == 2; });
    EXPECT_EQ(lane().numbers().timeouts, 1U);
    EXPECT_EQ(lane().numbers().crashed, 0U);
    EXPECT_EQ(echo("after"), "after");
}

TEST_F(Lane, WorkerThatIgnoresSigtermIsKilled) {
    auto c = settings();
    c.count = 1;
    c.task_timeout = milliseconds(100);
    start(c);

    auto const v = ask("stubborn", "");

    ASSERT_FALSE(v);
    EXPECT_EQ(v.error().what, code::timeout);
    EXPECT_EQ(echo("after"), "after");
    EXPECT_EQ(lane().numbers().restarts, 1U);
}

TEST_F(Lane, ScopesDeadlineEndsAVisit) {
    auto c = settings();
    c.count = 1;
    start(c);
    ASSERT_EQ(echo("warm"), "warm");

    auto const v = begin("spin", "", milliseconds(50));
    finish(*v);

    EXPECT_TRUE(v->failed_as(code::timeout));
    EXPECT_EQ(echo("after"), "after");
    EXPECT_EQ(lane().numbers().restarts, 1U) << "a worker that spins for nobody is ended";
}

TEST_F(Lane, CancelEndsARunningVisitAndItsWorker) {
    auto c = settings();
    c.count = 1;
    start(c);
    ASSERT_EQ(echo("warm"), "warm");
    auto const v = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });

    v->life->end(code::cancelled);
    finish(*v);

    EXPECT_TRUE(v->failed_as(code::cancelled));
    EXPECT_EQ(echo("after"), "after");
    EXPECT_EQ(lane().numbers().restarts, 1U);
}

TEST_F(Lane, WorkerThatFinishesAfterACancelIsKept) {
    auto c = settings();
    c.count = 1;
    start(c);
    ASSERT_EQ(echo("warm"), "warm");
    for (unsigned i = 0; i < 50; ++i) {
        auto const v = begin("echo", text_of(100'000, i));
        while (lane().numbers().busy == 0 && !v->got)
            loop_->run_one();
        v->life->end(code::cancelled);
        finish(*v);
        EXPECT_TRUE(v->failed_as(code::cancelled));
        EXPECT_EQ(echo(std::to_string(i)), std::to_string(i)) << "never the answer of another";
    }
    EXPECT_EQ(lane().numbers().restarts, 0U);
}

TEST_F(Lane, CancelledLargeAnswersLeakNothing) {
    auto c = settings();
    c.count = 1;
    start(c);
    ASSERT_EQ(echo(text_of(300'000, 0)).size(), 300'000U);
    auto const before = open_descriptors();
    for (unsigned i = 0; i < 50; ++i) {
        auto const v = begin("echo", text_of(300'000, i));
        for (unsigned turns = 0; turns < i && !v->got; ++turns)
            loop_->poll_one();
        v->life->end(code::cancelled);
        finish(*v);
        auto const text = text_of(300'000, i + 100);
        EXPECT_TRUE(echo(text) == text);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Lane, CancelledWhileWaitingLeavesTheQueue) {
    auto c = settings();
    c.count = 1;
    start(c);
    auto const first = begin("spin", "");
    run_until([&] { return lane().numbers().busy == 1; });
    auto const second = begin("echo", "x");
    run_until([&] { return lane().numbers().queued == 1; });

    second->life->end(code::cancelled);
    finish(*second);

    EXPECT_TRUE(second->failed_as(code::cancelled));
    EXPECT_EQ(lane().numbers().queued, 0U);
}

}  // namespace
}  // namespace fetchd::worker
