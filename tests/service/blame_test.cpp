// Theme: documents that kill workers again and again, and origins that send them.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

process_options two_workers(std::string const& more = "task_timeout = \"300ms\"\n") {
    return faulty("[workers]\ncount = 2\nkill_grace = \"50ms\"\n" + more);
}

TEST(Quarantine, DocumentThatKilledTwoWorkersIsRefused) {
    fetchd_process service{two_workers()};
    EXPECT_EQ(process(service, "abort", "poison").outcome(), "process.crashed");
    EXPECT_EQ(metric(service, "fetchd_quarantine_suspects"), 1);
    EXPECT_EQ(process(service, "abort", "poison").outcome(), "process.crashed");

    auto const got = process(service, "abort", "poison");

    EXPECT_EQ(got.outcome(), "process.quarantined");
    EXPECT_EQ(got["/error/retryable"], "false");
    EXPECT_EQ(metric(service, "fetchd_workers_crashed_total"), 2);
    EXPECT_EQ(metric(service, "fetchd_quarantine_suspects"), 0);
    EXPECT_EQ(metric(service, "fetchd_quarantine_documents"), 1);
    EXPECT_EQ(metric(service, "fetchd_quarantine_refused_total"), 1);
    EXPECT_TRUE(service.wait_for_log("document quarantined"));
    EXPECT_EQ(process(service, "text", "poison").outcome(), "ok") << "what else is asked of it is done";
    EXPECT_EQ(process(service, "abort", "another").outcome(), "process.crashed");
}

TEST(Quarantine, OfAFetchedPageIsAnAnswerOf422) {
    fetchd_process service{two_workers()};
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "<p>x", {{"content-type", "text/html"}}));
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(get(service.port(), read_target(origin.url(), "&output=spin")).status, 504);

    auto const got = get(service.port(), read_target(origin.url(), "&output=spin"));

    EXPECT_EQ(got.status, 422);
    EXPECT_EQ(document(got.body).outcome(), "process.quarantined");
}

// A page that carries something of its own in each address is the same page.
TEST(Quarantine, KnowsADocumentAtAnotherAddress) {
    fetchd_process service{two_workers()};
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "<p>x", {{"content-type", "text/html"}}));
    for (auto const* path : {"/?session=1", "/?session=2"})
        EXPECT_EQ(fetch(service, origin.url(path), ",\"output\":[\"abort\"]").outcome(), "process.crashed");

    EXPECT_EQ(fetch(service, origin.url("/?session=3"), ",\"output\":[\"abort\"]").outcome(),
              "process.quarantined");
}

TEST(Quarantine, LetsGoWhenItsTimeHasPassed) {
    fetchd_process service{two_workers("quarantine_time = \"1s\"\n")};
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(process(service, "abort", "x").outcome(), "process.crashed");
    EXPECT_EQ(process(service, "abort", "x").outcome(), "process.quarantined");
    EXPECT_TRUE(wait_for_metric(service, "fetchd_quarantine_documents", 0));
    EXPECT_EQ(process(service, "abort", "x").outcome(), "process.crashed");
}

class Penalty : public testing::Test {
  protected:
    Penalty() {
        bad.on("/nap", script{}.answer(200, "400", {{"content-type", "text/plain"}}));
        bad.on("/good", script{}.answer(200, "<p>good", {{"content-type", "text/html"}}));
        good.on("/good", script{}.answer(200, "<p>good", {{"content-type", "text/html"}}));
    }
    // Each is another document: the same one would be refused by and by, wherever it is.
    void kill_with(fetchd_process const& service, std::string const& poison) {
        bad.on("/poison", script{}.answer(200, poison, {{"content-type", "text/html"}}));
        fetch(service, bad.url("/poison"), ",\"output\":[\"abort\"]");
    }
    static std::string text_of(document const& d) { return d["/output/text"]; }

    scripted_origin bad;
    scripted_origin good;
};

TEST_F(Penalty, OfAnOriginThatKeepsKillingIsToWaitForItselfAndForAllOthers) {
    fetchd_process service{two_workers("origin_deaths = 2\npenalty = \"60s\"\n")};
    for (int i = 0; i < 3; ++i)
        kill_with(service, std::to_string(i));
    EXPECT_EQ(metric(service, "fetchd_penalised_origins"), 1);
    EXPECT_TRUE(service.wait_for_log("origin penalised origin=" + bad.url("")));

    auto first = fetch_later(service, bad.url("/nap"), ",\"output\":[\"nap\"]");
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_busy", 1));
    auto second = fetch_later(service, bad.url("/good"), ",\"output\":[\"text\"]");
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_queued", 1));
    EXPECT_EQ(text_of(fetch(service, good.url("/good"), ",\"output\":[\"text\"]")), "good\n");
    EXPECT_EQ(metric(service, "fetchd_workers_queued"), 1);

    EXPECT_EQ(document(first.get().body)["/output/nap"], "slept");
    EXPECT_EQ(text_of(document(second.get().body)), "good\n");
}

TEST_F(Penalty, EndsAndIsLoggedToEnd) {
    fetchd_process service{two_workers("origin_deaths = 1\npenalty = \"100ms\"\n")};
    for (int i = 0; i < 2; ++i)
        kill_with(service, std::to_string(i));
    EXPECT_TRUE(service.wait_for_log("origin no longer penalised"));
    EXPECT_EQ(metric(service, "fetchd_penalised_origins"), 0);
    EXPECT_EQ(metric(service, "fetchd_penalties_total"), 1);
}

// Who sends a document in may say of any URL that it is its base.
TEST_F(Penalty, CannotBeBroughtUponOthers) {
    fetchd_process service{two_workers("origin_deaths = 1\n")};
    for (int i = 0; i < 4; ++i)
        post(service.port(), "/v1/process?output=abort&url=" + percent_encode(good.url("/good")),
             std::to_string(i));
    EXPECT_EQ(metric(service, "fetchd_workers_crashed_total"), 4);
    EXPECT_EQ(metric(service, "fetchd_penalised_origins"), 0);
}

}  // namespace
}  // namespace fetchd::test
