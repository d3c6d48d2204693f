// Theme: documents that kill, hold or exhaust their worker.
#include <csignal>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class Worker : public testing::Test {
  protected:
    void expect_next_document_works() {
        EXPECT_EQ(process(service, "text", "<p>next")["/output/text"], "next\n");
        EXPECT_TRUE(service.running());
    }

    fetchd_process service{
        faulty("[workers]\ncount = 2\ntask_timeout = \"300ms\"\nkill_grace = \"50ms\"\n"
               "memory = \"256MiB\"\nmax_output = \"1MiB\"\n")};
};

TEST_F(Worker, CrashFailsItsDocumentAlone) {
    auto const got = process(service, "abort", "x");

    EXPECT_EQ(got.outcome(), "process.crashed");
    EXPECT_EQ(got["/error/retryable"], "false");
    EXPECT_EQ(got["/output"], "absent");
    expect_next_document_works();
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
    EXPECT_EQ(metric(service, "fetchd_workers_crashed_total"), 1);
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_restarts_total", 1));
    EXPECT_EQ(service.workers().size(), 2u);
    EXPECT_TRUE(service.wait_for_log("worker died"));
}

TEST_F(Worker, ExitIsACrashToo) {
    EXPECT_EQ(process(service, "exit", "x").outcome(), "process.crashed");
    expect_next_document_works();
}

TEST_F(Worker, CrashOfAFetchedPageIsAResult) {
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "<p>x", {{"content-type", "text/html"}}));

    auto const got = fetch(service, origin.url(), ",\"output\":[\"text\",\"abort\"]");

    EXPECT_EQ(got.outcome(), "process.crashed");
    EXPECT_EQ(got["/status"], "200");
    EXPECT_EQ(got["/bytes/wire"], "4");
    auto const bare = get(service.port(), read_target(origin.url(), "&output=abort"));
    EXPECT_EQ(bare.status, 502);
    EXPECT_EQ(document(bare.body).outcome(), "process.crashed");
    expect_next_document_works();
}

TEST_F(Worker, ManyCrashesAtOnceHurtNobodyElse) {
    std::vector<std::future<answer>> bad;
    std::vector<std::future<answer>> good;
    for (int i = 0; i < 20; ++i) {
        bad.push_back(later(service, "POST", "/v1/process?output=abort", std::to_string(i)));
        good.push_back(later(service, "POST", "/v1/process?output=text", "good"));
    }
    for (auto& each : bad)
        EXPECT_EQ(document(each.get().body).outcome(), "process.crashed");
    for (auto& each : good)
        EXPECT_EQ(document(each.get().body)["/output/text"], "good");
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
}

TEST_F(Worker, SpinningPastItsTimeIsEnded) {
    auto const got = process(service, "spin", "x");

    EXPECT_EQ(got.outcome(), "process.timeout");
    EXPECT_GE(got.number("/timings_us/total"), 300'000);
    expect_next_document_works();
    EXPECT_EQ(metric(service, "fetchd_workers_timeouts_total"), 1);
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
}

TEST_F(Worker, SpinningPastTheRequestsDeadlineIsEndedToo) {
    auto const got = post(service.port(), "/v1/process?output=spin&timeout_ms=100", "x");

    EXPECT_EQ(document(got.body).outcome(), "process.timeout");
    EXPECT_LT(document(got.body).number("/timings_us/total"), 300'000 * slowness());
    expect_next_document_works();
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_busy", 0));
}

TEST_F(Worker, EveryWorkerSpinningIsOvercome) {
    std::vector<std::future<answer>> bad;
    for (int i = 0; i < 4; ++i)
        bad.push_back(later(service, "POST", "/v1/process?output=spin", std::to_string(i)));

    for (auto& each : bad)
        EXPECT_EQ(document(each.get().body).outcome(), "process.timeout");
    expect_next_document_works();
}

TEST(PatientWorker, MemoryWithoutEndFailsInTheWorker) {
    fetchd_process service{faulty("[workers]\nmemory = \"128MiB\"\ntask_timeout = \"60s\"\n")};
    auto const before = service.resident();

    auto const outcome = process(service, "hog", "x").outcome();

    EXPECT_TRUE(outcome == "process.failed" || outcome == "process.crashed") << outcome;
    EXPECT_LT(service.resident(), before + (8U << 20U));
    EXPECT_EQ(process(service, "text", "<p>next")["/output/text"], "next\n");
}

TEST_F(Worker, OutputWithoutEndIsTooLarge) {
    auto const before = service.resident();

    EXPECT_EQ(process(service, "huge", "x").outcome(), "process.output_too_large");

    EXPECT_LT(service.resident(), before + (8U << 20U));
    expect_next_document_works();
}

// The document that finds its worker dead is given to another, once.
TEST_F(Worker, KilledWhileIdleIsNotNoticedByTheNextDocument) {
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
    ASSERT_EQ(::kill(service.workers().at(0).pid, SIGKILL), 0);

    expect_next_document_works();
    expect_next_document_works();
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
}

TEST_F(Worker, AllKilledWhileIdleAreReplaced) {
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
    for (auto const& each : service.workers())
        ASSERT_EQ(::kill(each.pid, SIGKILL), 0);

    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_restarts_total", 2));
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
    expect_next_document_works();
}

TEST_F(Worker, StoppedIsEndedAtItsTime) {
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_up", 2));
    for (auto const& each : service.workers())
        ASSERT_EQ(::kill(each.pid, SIGSTOP), 0);

    EXPECT_EQ(process(service, "text", "x").outcome(), "process.timeout");
    EXPECT_EQ(process(service, "text", "x").outcome(), "process.timeout");
    expect_next_document_works();
}

// Without the process that forks there are no workers any more: said honestly, and the rest goes on.
TEST_F(Worker, DeathOfTheZygoteIsNotReadyAndNotTheEnd) {
    auto const zygote = service.zygote();
    ASSERT_TRUE(zygote.has_value());
    ASSERT_EQ(::kill(zygote->pid, SIGKILL), 0);
    ASSERT_TRUE(service.wait_for_log("no more workers"));
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "raw"));

    EXPECT_EQ(process(service, "text", "x").outcome(), "process.not_ready");
    EXPECT_EQ(get(service.port(), "/readyz").status, 503);
    EXPECT_EQ(get(service.port(), "/healthz").status, 200);
    EXPECT_TRUE(get(service.port(), raw_target(origin.url())).ok());
}

TEST_F(Worker, LargeDocumentsGoByADescriptorAndComeBackWhole) {
    std::string const big(6U << 20U, 'b');  // more than the shared area holds

    EXPECT_EQ(process(service, "sha256", big, "application/octet-stream")["/bytes/decoded"],
              std::to_string(big.size()));
    expect_next_document_works();
}

TEST_F(Worker, LargeOutputsComeWhole) {
    std::string const big(1'000'000, 'b');  // max_output is 1 MiB
    auto const got = process(service, "text", big, "text/plain");
    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_TRUE(got["/output/text"] == big) << got["/output/text"].size();
}

}  // namespace
}  // namespace fetchd::test
