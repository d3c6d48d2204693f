// Theme: jobs from the submission to the last result, with the service stopped and killed in between.
#include <deque>

#include "service/job_fixture.hpp"

namespace fetchd::test {
namespace {

TEST_F(Job, RunsToItsLastResult) {
    start();
    auto const id = submit(urls(5));
    ASSERT_TRUE(wait_for_state(id, "finished"));

    auto const done = job(id);
    EXPECT_EQ(done.number("/counts/succeeded"), 5);
    expect_sum(done);
    expect_exactly_once(id, 5);
    document const first(results(id).front());
    EXPECT_EQ(first["/output/markdown"], "a page\n");
    EXPECT_EQ(first["/url"], origin_.url("/page"));
    EXPECT_EQ(first["/outcome"], "ok");
    auto const list = document(get(service_->port(), "/v1/jobs?state=finished").body);
    EXPECT_EQ(list["/jobs/0/id"], id);
    EXPECT_EQ(list.size("/jobs"), 1u);
}

TEST_F(Job, OptionsOfTheJobAndOfAnItemHold) {
    start();
    auto const id =
        submit("{\"urls\":[\"" + origin_.url("/page") + "\",{\"url\":\"" + origin_.url("/page") +
               "\",\"output\":[\"hash\"]}],\"defaults\":{\"output\":[\"text\"]},\"labels\":{\"a\":\"b\"}}");
    ASSERT_TRUE(wait_for_state(id, "finished"));
    std::size_t texts = 0;
    std::size_t hashes = 0;
    for (auto const& line : results(id)) {
        texts += document(line)["/output/text"] == "a page\n" || document(line)["/output/text"] == "a page";
        hashes += document(line)["/output/hash/sha256"] != "absent";
    }
    EXPECT_EQ(texts, 1u);
    EXPECT_EQ(hashes, 1u);
    EXPECT_EQ(job(id)["/labels/a"], "b");
}

TEST_F(Job, LinesComeInWhileTheyAreSent) {
    start();
    std::size_t const many = slowness() > 1 ? 2'000 : 20'000;
    auto const id = submit(lines(many), "application/x-ndjson");
    ASSERT_TRUE(wait_for_state(id, "finished"));
    expect_exactly_once(id, many);
}

TEST_F(Job, SaysWhichResultsAreNotKeptAnyMore) {
    origin_.on("/large",
               script{}.answer(200, "<p>" + std::string(100'000, 'x'), {{"content-type", "text/html"}}));
    start();
    auto const id = submit(urls(20, "/large"));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    service_.reset();
    jobs_ = "keep_bytes = \"1MiB\"\n";
    start();
    auto const until = test_clock::now() + slow(patience());
    while (job(id)["/first_seq"] != "21" && test_clock::now() < until) {
    }
    std::string const gap = R"({"gap":true,"first_seq":21})";
    auto const lines = results(id);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], gap);
    EXPECT_EQ(results(id, "?after=20").size(), 1U) << "who has all of them misses none";
    auto const path = "/v1/jobs/" + id + "/results";
    document const page(get(service_->port(), path, {{"Accept", "application/json"}}).body);
    EXPECT_EQ(page["/gap"], "true");
    EXPECT_EQ(page["/next"], "20");
    auto const events = get(service_->port(), path, {{"Accept", "text/event-stream"}}).body;
    EXPECT_TRUE(events.starts_with("id: 20\nevent: gap\ndata: " + gap + "\n\n")) << events;
    auto const file = get(service_->port(), "/v1/jobs/" + id + "/export");
    EXPECT_EQ(file.header("fetchd-first-seq"), "21");
    EXPECT_TRUE(file.body.starts_with(gap + "\n"));
}

// Each of them is sent as much as fits between the two, and then takes nothing.
TEST_F(Job, ManySlowReadersCostABoundedAmount) {
    std::string const large = "<p>" + std::string(400'000, 'x');
    origin_.on("/large", script{}.answer(200, large, {{"content-type", "text/html"}}));
    start();
    auto const id = submit(urls(30, "/large"));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    auto const path = "/v1/jobs/" + id + "/results";
    auto const one = [&] { return get(service_->port(), path + "?limit=1"); };
    auto const before = service_->resident();
    std::deque<http_client> asleep;
    auto got = one();
    for (; got.status == 200 && asleep.size() < 400; got = one())
        ASSERT_TRUE(asleep.emplace_back(service_->port(), "127.0.0.1", 4096)
                        .send("GET " + path + " HTTP/1.1\r\nhost: x\r\n\r\n"));
    EXPECT_EQ(got.status, 503);
    EXPECT_NE(got.count("retry-after"), 0U);
    if (slowness() == 1) {  // a sanitizer keeps what was freed
        EXPECT_LT(service_->resident(), before + (std::size_t{128} << 20U));
    }
    asleep.clear();
    auto const until = test_clock::now() + slow(patience());
    while (one().status != 200 && test_clock::now() < until) {
    }
    EXPECT_EQ(one().status, 200);
}

TEST_F(Job, ABadLineRefusesAllOfIt) {
    start();
    auto const got = post_job(lines(9000) + "\"ftp://a/\"\n" + lines(5), "application/x-ndjson");
    EXPECT_EQ(got.status, 400);
    EXPECT_TRUE(contains(got.body, "line 9001"));
    EXPECT_EQ(document(get(service_->port(), "/v1/jobs").body).size("/jobs"), 0u);
    EXPECT_EQ(origin_.requests_seen(), 0u);
}

TEST_F(Job, ACutSubmissionLeavesNothing) {
    start();
    {
        http_client cut(service_->port());
        auto const body = lines(5000);
        cut.send(
            "POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: " +
            std::to_string(body.size() + 1) + "\r\n\r\n" + body);
    }
    auto const id = submit(urls(1));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(document(get(service_->port(), "/v1/jobs").body).size("/jobs"), 1u);
    EXPECT_EQ(origin_.requests_seen("/page"), 1U);
}

TEST_F(Job, AKeyGivesTheFirstAnswerAgainAndOnlyForTheSameBody) {
    start();
    auto const first = post_job(urls(2), "application/json", {{"idempotency-key", "k1"}});
    ASSERT_EQ(first.status, 202) << first.body;
    ASSERT_TRUE(wait_for_state(document(first.body)["/id"], "finished"));
    auto const again = post_job(urls(2), "application/json", {{"idempotency-key", "k1"}});
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.body, first.body) << "however far it has come";
    EXPECT_EQ(again.header("location"), first.header("location"));
    auto const other = post_job(urls(3), "application/json", {{"idempotency-key", "k1"}});
    EXPECT_EQ(other.status, 422) << other.body;
    auto const another_key = post_job(urls(2), "application/json", {{"idempotency-key", "k2"}});
    EXPECT_NE(document(another_key.body)["/id"], document(first.body)["/id"]);
}

TEST_F(Job, HeadOfResultsWaitsForNone) {
    start();
    auto const id = submit(urls(2, "/held"));
    auto const head = request(service_->port(), "HEAD", "/v1/jobs/" + id + "/results?follow=1");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-type"), "application/x-ndjson");
    EXPECT_EQ(head.body, "");
    origin_.open_gate("held");
    ASSERT_TRUE(wait_for_state(id, "finished"));
}

TEST_F(Job, PauseHoldsWhatHasNotBegunAndResumeLetsItGo) {
    start();
    auto const id = submit(urls(20, "/held"));
    ASSERT_TRUE(origin_.wait_at_gate("held", 8));
    EXPECT_EQ(post(service_->port(), "/v1/jobs/" + id + "/pause", "").status, 200);
    origin_.open_gate("held");
    EXPECT_EQ(job(id)["/state"], "paused");
    auto const until = test_clock::now() + patience();
    while (job(id).number("/counts/succeeded") < 8 && test_clock::now() < until) {
    }
    EXPECT_EQ(job(id).number("/counts/succeeded"), 8);
    EXPECT_EQ(origin_.requests_seen("/held"), 8u);
    expect_sum(job(id));
    EXPECT_EQ(post(service_->port(), "/v1/jobs/" + id + "/resume", "").status, 200);
    EXPECT_TRUE(wait_for_state(id, "finished"));
    expect_exactly_once(id, 20);
}

TEST_F(Job, CancelReachesSocketsAndCountsWhatIsLeft) {
    start();
    auto const id = submit(urls(20, "/held"));
    ASSERT_TRUE(origin_.wait_at_gate("held", 8));
    auto const answered = request(service_->port(), "DELETE", "/v1/jobs/" + id);
    EXPECT_EQ(answered.status, 200);
    ASSERT_TRUE(wait_for_state(id, "cancelled"));
    EXPECT_EQ(job(id).number("/counts/cancelled"), 20);
    expect_sum(job(id));
    EXPECT_EQ(origin_.requests_seen("/held"), 8u);
    EXPECT_TRUE(wait_for_metric(*service_, "fetchd_fetches_in_flight", 0));
}

// Within the time of a test, of tasks that would go on for a minute.
TEST_F(Job, CancelReachesWorkers) {
    program_ = [](std::string config) { return faulty(std::move(config)); };
    more_ = "[workers]\ntask_timeout = \"60s\"\ncount = 2\n";
    start();
    auto const id = submit("{\"urls\":[\"" + origin_.url("/page") + "\",\"" + origin_.url("/page") +
                           "\"],\"defaults\":{\"output\":[\"spin\"],\"timeout_ms\":60000}}");
    ASSERT_TRUE(wait_for_metric(*service_, "fetchd_workers_busy", 2));
    EXPECT_EQ(request(service_->port(), "DELETE", "/v1/jobs/" + id).status, 200);
    ASSERT_TRUE(wait_for_state(id, "cancelled"));
    EXPECT_TRUE(wait_for_metric(*service_, "fetchd_workers_busy", 0));
    EXPECT_EQ(job(id).number("/counts/cancelled"), 2);
    EXPECT_EQ(get(service_->port(), "/v1/read?url=" + origin_.url("/page")).status, 200)
        << "others have workers again";
}

TEST_F(Job, FollowersSeeResultsAsTheyComeAndTheEnd) {
    start();
    auto const id = submit(urls(3, "/held"));
    http_client reader(service_->port());
    reader.send("GET /v1/jobs/" + id + "/results?follow=1 HTTP/1.1\r\nhost: x\r\n\r\n");
    auto got = reader.read_head();
    EXPECT_EQ(got.header("content-type"), "application/x-ndjson");
    ASSERT_TRUE(origin_.wait_at_gate("held", 3));
    read_options patient;
    patient.sink = [&](std::string_view piece) {
        if (piece.find("heartbeat") != piece.npos)
            origin_.open_gate("held");
    };
    reader.read_body(got, patient);
    std::size_t found = 0;
    for (auto const& line : split(got.body))
        found += document(line)["/outcome"] == "ok";
    EXPECT_EQ(found, 3u);
    EXPECT_TRUE(contains(got.body, "{\"heartbeat\":true,\"next\":0}\n"));
    EXPECT_EQ(document(split(got.body).back())["/job/state"], "finished");
}

TEST_F(Job, AReaderGoesOnAfterTheLastLineItHas) {
    start();
    auto const id = submit(urls(10));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    auto const whole = results(id);
    for (std::size_t after = 0; after <= 10; ++after) {
        auto const rest = results(id, "?after=" + std::to_string(after));
        EXPECT_EQ(
            std::vector<std::string>(rest.begin(), rest.end() - 1),
            std::vector<std::string>(whole.begin() + static_cast<std::ptrdiff_t>(after), whole.end() - 1));
    }
    EXPECT_EQ(results(id, "?limit=4").size(), 5u);
    auto const page = document(
        get(service_->port(), "/v1/jobs/" + id + "/results?limit=4", {{"accept", "application/json"}}).body);
    EXPECT_EQ(page.size("/results"), 4u);
    EXPECT_EQ(page.number("/next"), 4);
    EXPECT_EQ(page["/end"], "false");
    auto const events = get(service_->port(), "/v1/jobs/" + id + "/results",
                            {{"accept", "text/event-stream"}, {"last-event-id", "9"}});
    EXPECT_EQ(events.header("content-type"), "text/event-stream");
    EXPECT_EQ(events.body.substr(0, 33), "id: 10\nevent: result\ndata: {\"seq\"") << events.body;
}

TEST_F(Job, FailuresAreResultsToo) {
    start();
    origin_.on("/cut", script{}.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx").close());
    auto const id = submit(urls(2, "/cut"));
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/failed"), 2);
    EXPECT_EQ(document(results(id, "?outcome=failed").front()).outcome(), "body.truncated");
    EXPECT_EQ(results(id, "?outcome=ok").size(), 1u);
}

TEST_F(Job, WhatWasAcceptedRunsAgainAfterAKill) {
    start(false);
    auto const id = submit(urls(30, "/held"));
    ASSERT_TRUE(origin_.wait_at_gate("held", 8));
    kill();
    origin_.open_gate("held");
    start();
    ASSERT_TRUE(wait_for_state(id, "finished"));
    EXPECT_EQ(job(id).number("/counts/succeeded"), 30);
    expect_exactly_once(id, 30);
    EXPECT_LE(origin_.requests_seen("/held"), 38u) << "one more of each that was running";
}

TEST_F(Job, ADrainGivesUpWhatTakesTooLongAndKeepsIt) {
    start();
    auto const id = submit(urls(30, "/held"));
    ASSERT_TRUE(origin_.wait_at_gate("held", 8));
    service_->signal(SIGTERM);
    ASSERT_TRUE(service_->wait_for_log("draining"));
    origin_.open_gate("held");
    EXPECT_EQ(service_->wait_exit(), 0);
    EXPECT_EQ(origin_.requests_seen("/held"), 8u) << "nothing begins in a drain";
    start();
    ASSERT_TRUE(wait_for_state(id, "finished"));
    expect_exactly_once(id, 30);
    EXPECT_EQ(origin_.requests_seen("/held"), 30u);
}

TEST_F(Job, AHostIsPausedAndLetGoByItsName) {
    start();
    auto const port = service_->port();
    auto const paused = request(port, "PATCH", "/v1/origins/127.0.0.1", {}, "{\"paused\":true}");
    EXPECT_EQ(document(paused.body)["/rule/paused"], "true") << paused.body;
    auto const id = submit(urls(3));
    auto const until = test_clock::now() + patience();
    auto const host = [&] { return document(get(port, "/v1/origins/127.0.0.1").body); };
    while (host()["/origins/0/held/why"] != "paused" && test_clock::now() < until) {
    }
    EXPECT_EQ(host()["/origins/0/held/why"], "paused");
    EXPECT_EQ(host()["/configured/connections"], "8");
    while (job(id)["/waits/0/why"] != "paused" &&
           test_clock::now() < until) {  // and not "preparing" any more
    }
    EXPECT_EQ(job(id).number("/counts/waiting"), 3);
    EXPECT_EQ(origin_.requests_seen(), 0u);

    auto const unknown = request(port, "PATCH", "/v1/origins/127.0.0.1", {}, "{\"pause\":true}");
    EXPECT_EQ(unknown.status, 400);
    request(port, "PATCH", "/v1/origins/127.0.0.1", {}, "{\"paused\":false}");
    EXPECT_TRUE(wait_for_state(id, "finished"));
}

TEST_F(Job, APauseOfAHostSurvivesAKill) {
    start(false);
    auto const before = metric(*service_, "fetchd_store_commits_total");
    request(service_->port(), "PATCH", "/v1/origins/a.test", {}, "{\"paused\":true,\"connections\":3}");
    auto const until = test_clock::now() + patience();
    while (metric(*service_, "fetchd_store_commits_total") <= before && test_clock::now() < until) {
    }
    kill();
    start();
    auto const rule = [&] {
        return document(get(service_->port(), "/v1/origins/a.test").body)["/rule/paused"];
    };
    while (rule() != "true" && test_clock::now() < until) {
    }
    EXPECT_EQ(rule(), "true");
}

TEST_F(Job, UnknownOnesAreNotFound) {
    start();
    for (auto const* path : {"/v1/jobs/j-0", "/v1/jobs/j-00000000000000000000000000000000/results"})
        EXPECT_EQ(get(service_->port(), path).status, 404) << path;
    EXPECT_EQ(request(service_->port(), "DELETE", "/v1/jobs/x").status, 404);
}

TEST(Jobs, WithoutAFolderSaySo) {
    fetchd_process const service;
    auto const got = post(service.port(), "/v1/jobs", "{\"urls\":[]}");
    EXPECT_EQ(got.status, 503);
    EXPECT_TRUE(contains(got.body, "jobs.folder"));
}

}  // namespace
}  // namespace fetchd::test
