// Theme: how gently jobs treat origins, as origins see it.
#include "service/job_fixture.hpp"

namespace fetchd::test {
namespace {

using std::chrono::milliseconds;

class JobPoliteness : public Job {};

TEST_F(JobPoliteness, WhatRobotsTxtForbidsIsSkipped) {
    origin_.on("/robots.txt", script{}.answer(200, "User-agent: fetchd\nDisallow: /page\nAllow: /\n",
                                              {{"content-type", "text/plain"}}));
    origin_.on("/other", script{}.answer(200, "x", {{"content-type", "text/plain"}}));
    start();
    auto const id = submit("{\"urls\":[\"" + origin_.url("/page") + "\",\"" + origin_.url("/other") + "\"]}");
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/skipped"), 1);
    EXPECT_EQ(job(id).number("/counts/succeeded"), 1);
    document const skipped(results(id, "?outcome=skipped").front());
    EXPECT_EQ(skipped["/outcome"], "skipped");
    EXPECT_EQ(skipped["/error/stage"], "robots");
    EXPECT_EQ(skipped["/error/code"], "refused");
    EXPECT_TRUE(contains(skipped["/error/message"], "line 2: Disallow: /page"));
    EXPECT_EQ(origin_.requests_seen("/page"), 0u);
    EXPECT_EQ(origin_.requests_seen("/robots.txt"), 1u);
}

TEST_F(JobPoliteness, RobotsTxtIsAskedUnderTheJobsOwnNameAndOnlyWhereItIsMinded) {
    origin_.on("/robots.txt",
               script{}.answer(200, "User-agent: archivist\nDisallow: /\n", {{"content-type", "text/plain"}}));
    start();
    auto const list = "\"urls\":[\"" + origin_.url("/page") + "\"]";
    auto const under = [&](std::string const& more) {
        auto const id = submit("{" + list + more + "}");
        EXPECT_TRUE(wait_for_state(id, "finished"));
        return document(results(id).front())["/outcome"];
    };
    EXPECT_EQ(under(""), "ok");
    std::string const named = ",\"defaults\":{\"headers\":{\"user-agent\":\"Archivist/2\"}}";
    EXPECT_EQ(under(named), "skipped");
    EXPECT_EQ(origin_.requests_seen("/robots.txt"), 2u);
    EXPECT_EQ(under(named + ",\"robots\":false"), "ok");
    EXPECT_EQ(origin_.requests_seen("/robots.txt"), 2u);
    EXPECT_EQ(origin_.requests_seen("/page"), 2u);
}

}  // namespace
}  // namespace fetchd::test
