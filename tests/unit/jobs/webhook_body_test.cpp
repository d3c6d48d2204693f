#include "jobs/webhook_body.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fetchd::jobs {
namespace {

event an_event() {
    event e;
    e.job_id = "j-1";
    e.first_seq = 3;
    e.last_seq = 4;
    e.created = 1'795'219'200'125;
    return e;
}

stored_result a_result(std::string line) {
    stored_result r;
    r.line = std::move(line);
    return r;
}

TEST(WebhookBody, HasTheFactsOfResults) {
    std::vector<stored_result> const results{
        a_result(
            R"({"seq":3,"item":9,"url":"http://a.test/","headers":[],"outcome":"ok","output":{"text":"x"}})"),
        a_result(R"({"seq":4,"error":{"stage":"dns","code":"timeout","retryable":true}})")};
    EXPECT_EQ(
        results_body(an_event(), results),
        R"({"type":"job.results","timestamp":"2026-11-21T00:00:00.125Z","data":{"job":"j-1","first_seq":3,)"
        R"("last_seq":4,"results":[{"seq":3,"item":9,"url":"http://a.test/","outcome":"ok"},)"
        R"({"seq":4,"error":{"stage":"dns","code":"timeout"}}],"complete":true}})");
    EXPECT_TRUE(results_body(an_event(), {}).ends_with(R"("results":[],"complete":false}})"))
        << "they are gone";
}

TEST(WebhookBody, IsBounded) {
    std::vector<stored_result> results;
    for (int i = 0; i < 40; ++i)
        results.push_back(a_result(R"({"seq":1,"url":"http://a.test/)" + std::string(60'000, 'x') + "\"}"));
    auto const body = results_body(an_event(), results);
    EXPECT_LE(body.size(), max_webhook_body);
    EXPECT_GT(body.size(), max_webhook_body - 61'000);
    EXPECT_TRUE(body.ends_with(R"("}],"complete":false}})"));
}

TEST(WebhookBody, HasTheJobThatFinished) {
    EXPECT_EQ(finished_body(an_event(), R"({"id":"j-1"})"),
              R"({"type":"job.finished","timestamp":"2026-11-21T00:00:00.125Z","data":{"id":"j-1"}})");
}

}  // namespace
}  // namespace fetchd::jobs
