// Theme: how gently jobs treat origins, as origins see it.
#include <algorithm>
#include <mutex>

#include "http/rfc3339.hpp"
#include "service/job_fixture.hpp"
#include "support/compress.hpp"

namespace fetchd::test {
namespace {

using std::chrono::milliseconds;

class JobPoliteness : public Job {
  protected:
    JobPoliteness() {
        origin_.on("/go", noting(302, {{"location", "/end"}}));
        origin_.on("/end", noting(200, {{"content-type", "text/plain"}}));
        origin_.on("/robots.txt", noting(404, {}));
    }
    ~JobPoliteness() override { service_.reset(); }

    // An answer, and the time it was asked for.
    answer_with noting(int status, header_list headers) {
        return [this, status, headers](seen_request const&) {
            std::lock_guard const lock(mutex_);
            starts_.push_back(test_clock::now());
            return script{}.answer(status, status == 404 ? "" : "x", headers);
        };
    }
    std::string list(std::string const& hosts_or_path, int many, std::string const& more = "") {
        std::string all;
        for (int i = 0; i < many; ++i)
            all += (i == 0 ? "\"" : ",\"") + origin_.url(hosts_or_path + "?" + std::to_string(i)) + "\"";
        return "{\"urls\":[" + all + "]" + more + "}";
    }
    // Of a job of /page, which robots.txt forbids, and /other: the result of the first.
    document skipped_page() {
        origin_.on("/other", script{}.answer(200, "x", {{"content-type", "text/plain"}}));
        start();
        auto const id =
            submit("{\"urls\":[\"" + origin_.url("/page") + "\",\"" + origin_.url("/other") + "\"]}");
        EXPECT_TRUE(wait_for_state(id, "finished"));
        EXPECT_EQ(job(id).number("/counts/skipped"), 1);
        EXPECT_EQ(job(id).number("/counts/succeeded"), 1);
        return document(results(id, "?outcome=skipped").front());
    }
    // Requests in between two others that came sooner than allowed. A request may come a little late, and the
    // one after it then seems early; many together cannot.
    std::size_t violations(milliseconds delay) {
        std::lock_guard const lock(mutex_);
        std::sort(starts_.begin(), starts_.end());
        std::size_t found = 0;
        for (std::size_t i = 0; i < starts_.size(); ++i)
            for (std::size_t j = i + 1; j < starts_.size(); ++j)
                found += starts_[j] - starts_[i] + slow(milliseconds(150)) < (j - i) * delay;
        return found;
    }

    std::mutex mutex_;
    std::vector<test_clock::time_point> starts_;
};

std::string const no_limits =
    "adaptive = false\ndomain_delay = \"0s\"\naddress_delay = \"0s\"\norigin_delay = \"0s\"\n";

TEST_F(JobPoliteness, WhatRobotsTxtForbidsIsSkipped) {
    origin_.on("/robots.txt", script{}.answer(200, "User-agent: fetchd\nDisallow: /page\nAllow: /\n",
                                              {{"content-type", "text/plain"}}));
    auto const skipped = skipped_page();
    EXPECT_EQ(skipped["/outcome"], "skipped");
    EXPECT_EQ(skipped["/error/stage"], "robots");
    EXPECT_EQ(skipped["/error/code"], "refused");
    EXPECT_TRUE(contains(skipped["/error/message"], "line 2: Disallow: /page"));
    EXPECT_EQ(origin_.requests_seen("/page"), 0u);
    EXPECT_EQ(origin_.requests_seen("/robots.txt"), 1u);
}

TEST_F(JobPoliteness, RobotsTxtIsReadThoughItComesCompressed) {
    std::string const file = "# one\n\nUser-agent: fetchd\n  Disallow: /page   # two\n\n";
    origin_.on("/robots.txt",
               script{}.answer(200, gzip_encoded(file),
                               {{"content-type", "text/plain"}, {"content-encoding", "gzip"}}));
    EXPECT_TRUE(contains(skipped_page()["/error/message"], "line 4"));
}

TEST_F(JobPoliteness, RobotsTxtIsAskedUnderTheJobsOwnNameAndOnlyWhereItIsMinded) {
    origin_.on("/robots.txt", script{}.answer(200, "User-agent: archivist\nDisallow: /\n",
                                              {{"content-type", "text/plain"}}));
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

TEST_F(JobPoliteness, AnOriginThatCountsViolationsCountsNone) {
    politeness_ =
        "adaptive = false\norigin_delay = \"100ms\"\ndomain_delay = \"0s\"\naddress_delay = \"0s\"\n";
    start();
    auto const id = submit(list("/go", 15));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/succeeded"), 15);
    EXPECT_EQ(origin_.requests_seen(), 31u) << "robots.txt, and two for each: redirects count, too";
    EXPECT_EQ(violations(milliseconds(100)), 0u);
    EXPECT_LE(origin_.record().most_open, 2u);
}

TEST_F(JobPoliteness, NorDoesItWhenTheServiceIsKilledInBetween) {
    politeness_ =
        "adaptive = false\norigin_delay = \"300ms\"\ndomain_delay = \"0s\"\naddress_delay = \"0s\"\n";
    start(false);
    auto const id = submit(list("/end", 8));
    for (std::size_t const seen : {3U, 5U, 7U}) {
        ASSERT_TRUE(origin_.wait_for_requests(seen));
        kill();
        start(seen == 7);
    }
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/succeeded"), 8);
    EXPECT_EQ(violations(milliseconds(300)), 0u);
}

TEST_F(JobPoliteness, NorDoesAnAddressThatServesManyOrigins) {
    politeness_ =
        "adaptive = false\norigin_delay = \"0s\"\ndomain_delay = \"0s\"\naddress_delay = \"100ms\"\n"
        "address_connections = 2\n";
    std::string names;
    std::string all;
    for (int i = 0; i < 12; ++i) {
        auto const name = "site" + std::to_string(i) + ".test";
        names += (i == 0 ? "\"" : ",\"") + name + ":*:127.0.0.1\"";
        all += (i == 0 ? "\"" : ",\"") + origin_.url_at(name, "/end") + "\"";
    }
    more_ = "[net]\nresolve = [" + names + "]\n";
    start();
    auto const id = submit("{\"urls\":[" + all + "]}");
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/succeeded"), 12);
    EXPECT_EQ(origin_.requests_seen(), 24u);
    EXPECT_EQ(violations(milliseconds(100)), 0u);
}

TEST_F(JobPoliteness, ARedirectIsNotFollowedToWhereRobotsTxtForbidsIt) {
    origin_.on("/robots.txt",
               script{}.answer(200, "User-agent: *\nDisallow: /end\n", {{"content-type", "text/plain"}}));
    start();
    auto const id = submit(list("/go", 1));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    document const skipped(results(id).front());
    EXPECT_EQ(skipped["/outcome"], "skipped");
    EXPECT_EQ(skipped["/error/stage"], "robots");
    EXPECT_EQ(skipped["/redirects/0/location"], origin_.url("/end"));
    EXPECT_EQ(origin_.requests_seen("/end"), 0u);
}

TEST_F(JobPoliteness, AJobSaysWhatItWaitsForAndUntilWhen) {
    origin_.on("/robots.txt", script{}.answer(404, ""));
    origin_.on("/busy",
               std::vector{script{}.answer(429, "", {{"retry-after", "3600"}}), script{}.answer(200, "x")});
    start();
    auto const id = submit(list("/busy", 3, ",\"concurrency\":1"));
    auto const waits = [&](std::string const& why) {
        auto const until = test_clock::now() + slow(patience());
        while (job(id)["/waits/0/why"] != why)
            if (test_clock::now() > until)
                return false;
        return true;
    };
    ASSERT_TRUE(waits("back_off")) << get(service_->port(), "/v1/jobs/" + id).body;
    auto const seen = job(id);
    EXPECT_EQ(seen["/waits/0/origin"] + "/", origin_.url("/"));
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    EXPECT_GT(seen["/waits/0/until"], rfc3339(now + std::chrono::minutes(58)));
    EXPECT_LT(seen["/waits/0/until"], rfc3339(now + std::chrono::minutes(70)));
    EXPECT_EQ(seen.number("/counts/waiting"), 2);
    EXPECT_EQ(origin_.requests_seen(), 2U) << "robots.txt, and one: 429 holds all of its origin";
    auto const patch = [&](std::string const& body) {
        auto const got = request(service_->port(), "PATCH", "/v1/origins/127.0.0.1", {}, body);
        EXPECT_EQ(got.status, 200) << got.body;
        return document(got.body);
    };
    EXPECT_EQ(patch(R"({"paused":true,"forgive":true})").number("/origins/0/back_offs"), 0);
    EXPECT_TRUE(waits("paused"));
    EXPECT_EQ(job(id)["/waits/0/until"], "absent") << "until somebody resumes it";
    patch(R"({"paused":false})");
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id)["/waits"], "absent");
}

TEST_F(JobPoliteness, ItemsOfAHostThatIsDownEnd) {
    politeness_ = no_limits + "circuit_failures = 2\ncircuit_time = \"200ms\"\npatience = \"1s\"\n";
    start();
    origin_.stop_listening();
    auto const id = submit(list("/end", 20, ",\"robots\":false"));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/failed"), 20);
    std::size_t given_up = 0;
    for (auto const& line : results(id))
        given_up += document(line).outcome() == "connect.circuit_open";
    EXPECT_GT(given_up, 0u);
}

TEST_F(JobPoliteness, AHostWithoutAnAnswerToRobotsTxtIsDownToo) {
    politeness_ = no_limits + "circuit_failures = 1\ncircuit_time = \"200ms\"\npatience = \"1s\"\n";
    start();
    origin_.stop_listening();
    auto const id = submit(list("/end", 3));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/failed"), 3);
    EXPECT_EQ(document(results(id).front()).outcome(), "connect.circuit_open");
}

TEST_F(JobPoliteness, WhatMayNotBeDoneTwiceIsSentOnce) {
    politeness_ = no_limits;
    origin_.on("/post", script{}.close());
    start();
    auto const id = submit("{\"urls\":[{\"url\":\"" + origin_.url("/post") +
                           "\",\"method\":\"POST\",\"body\":\"order one\"}]}");
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(document(results(id).front()).outcome(), "head.closed");
    EXPECT_EQ(origin_.requests_seen("/post"), 1u);
}

}  // namespace
}  // namespace fetchd::test
