// `fetchctl job` against a scripted service.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "unit/client/job_answers.hpp"

namespace fetchctl_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(JobSubmit, SendsLinesAndPrintsTheIdAndNothingElse) {
    auto service = in_turn({reply(202, json, job("j-1", "active", 2, 0, 0))});
    auto r = run(service, {"submit"}, {.input = "http://a/\n# b\n{\"url\":\"http://c/\"}"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "j-1\n");
    EXPECT_THAT(r.err, IsEmpty());
    auto const seen = service.seen().at(0);
    EXPECT_EQ(seen.method + " " + seen.target, "POST /v1/jobs");
    EXPECT_TRUE(seen.has("Content-Type: application/x-ndjson\r\n"));
    EXPECT_FALSE(seen.has("Expect:"));
    EXPECT_THAT(key_of(seen), testing::SizeIs(17 + 32));
    EXPECT_EQ(seen.body, "\"http://a/\"\n\n{\"url\":\"http://c/\"}\n");
}

TEST(JobSubmit, SaysWhatHoldsForAllFirst) {
    auto service = in_turn({reply(202, json, job("j-1", "active", 2, 0, 0))});
    run(service, {"submit",
                  "--output",
                  "text,links",
                  "--option",
                  "text.width=72",
                  "--priority",
                  "-3",
                  "--concurrency",
                  "8",
                  "--deadline",
                  "90",
                  "--label",
                  "run=7",
                  "--label",
                  "by=",
                  "--deduplicate",
                  "--archive",
                  "--no-robots",
                  "http://a/",
                  "http://b/"});
    EXPECT_EQ(
        service.seen().at(0).body,
        R"({"job":{"defaults":{"output":["text","links"],"options":{"text":{"width":"72"}}},"priority":-3,)"
        R"("concurrency":8,"deadline_ms":90000,"deduplicate":true,"archive":true,"robots":false,"labels":{"run":"7","by":""}}})"
        "\n\"http://a/\"\n\"http://b/\"\n");
}

TEST(JobSubmit, IsRepeatedUnderTheSameKeyWhenTheAnswerIsLost) {
    auto service = in_turn({"", reply(503, problem_json, R"({"code":"not_ready"})"),
                            reply(202, json, job("j-1", "active", 2, 0, 0))});
    auto r = run(service, {"submit", "-"}, {.input = "http://a/\n"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "j-1\n");
    EXPECT_THAT(r.err, HasSubstr("closed the connection without an answer: sending it again"));
    auto const seen = service.seen();
    ASSERT_EQ(seen.size(), 3U);
    for (auto const& one : seen) {
        EXPECT_EQ(key_of(one), key_of(seen[0]));
        EXPECT_EQ(one.body, seen[0].body);
    }
}

TEST(JobSubmit, TheCallersOwnKeyIsSentAndIsOneForAHeader) {
    auto service = in_turn({reply(202, json, job("j-1", "active", 1, 0, 0))});
    EXPECT_EQ(run(service, {"submit", "--idempotency-key", "nightly-7", "http://a/"}).code, 0);
    EXPECT_TRUE(service.seen().at(0).has("Idempotency-Key: nightly-7\r\n"));
    EXPECT_EQ(run(service, {"submit", "--idempotency-key", "a\r\nb: c", "http://a/"}).code, 2);
    EXPECT_EQ(service.seen().size(), 1U);
}

TEST(JobSubmit, ARefusalNamesTheCallersLineAndIsFinal) {
    auto service = in_turn({reply(400, problem_json, R"({"detail":"line 3: no URL"})")});
    EXPECT_THAT(run(service, {"submit", "http://a/", "://"}).err, HasSubstr("line 3: no URL"));
    auto r = run(service, {"submit", "--label", "a=b", "http://a/", "://"});
    EXPECT_THAT(r.err, HasSubstr("line 2: no URL"));  // the line of labels is not the caller's
    EXPECT_EQ(r.code, 4);
    EXPECT_THAT(r.out, IsEmpty());
    EXPECT_EQ(service.seen().size(), 2U);
}

TEST(JobSubmit, WithoutAServiceOrAFileSaysSoAtOnce) {
    EXPECT_EQ(run_fetchctl({"-s", "http://127.0.0.1:1", "job", "submit", "http://a/"}).code, 3);
    auto service = in_turn({""});
    auto r = run(service, {"submit", "/nowhere/urls"});
    EXPECT_EQ(r.code, 2);
    EXPECT_THAT(r.err, HasSubstr("cannot read /nowhere/urls: No such file or directory; no job was made"));
}

TEST(JobSubmit, WatchesAtOnceWhenTold) {
    auto service = in_turn(
        {reply(202, json, job("j-1", "active", 2, 0, 0)), reply(200, json, job("j-1", "finished", 2, 2, 0))});
    auto r = run(service, {"submit", "--watch", "http://a/", "http://b/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "j-1\n");
    EXPECT_EQ(r.err, "job j-1 finished: all 2 succeeded\n");
}

TEST(JobWatch, OutlastsARestartAndSaysHowItWent) {
    auto service = in_turn({reply(200, json, job("j-1", "active", 1000, 450, 0)), "",
                            reply(503, problem_json, R"({"code":"not_ready"})"),
                            reply(200, json, job("j-1", "finished", 1000, 990, 10))});
    auto r = run(service, {"watch", "j-1"});
    EXPECT_EQ(r.code, 1);
    EXPECT_THAT(r.out, IsEmpty());
    EXPECT_THAT(r.err, HasSubstr("j-1: 450 of 1,000 done: 450 succeeded\n"));
    EXPECT_THAT(r.err, HasSubstr(": trying again\n"));
    EXPECT_THAT(r.err, HasSubstr("job j-1 finished: 990 succeeded, 10 failed of 1,000\n"));
    EXPECT_THAT(targets(service), testing::Each("/v1/jobs/j-1"));
}

TEST(JobWatch, AJobThatIsNotThereIsRefused) {
    auto service =
        in_turn({reply(404, problem_json, R"({"detail":"no such job","stage":"store","code":"not_found"})")});
    auto r = run(service, {"watch", "../x"});
    EXPECT_EQ(r.code, 4);
    EXPECT_THAT(targets(service), ElementsAre("/v1/jobs/..%2Fx"));
}

TEST(JobWatch, DrawsABarOnATerminalAndLeavesWhenInterrupted) {
    auto service = in_turn({reply(200, json, job("j-1", "active", 1000, 450, 5))});
    running_fetchctl it({"-s", service.url(), "job", "watch", "j-1"}, {.err_on_terminal = true});
    EXPECT_TRUE(it.wait_for_err("455/1,000"));
    it.signal(SIGINT);
    auto r = it.wait();
    EXPECT_EQ(r.code, 130);
    EXPECT_THAT(r.err, HasSubstr("█████████"));
    EXPECT_THAT(r.err, HasSubstr("\x1b[31m5 failed\x1b[0m"));
    EXPECT_THAT(r.err, HasSubstr("fetchctl job watch j-1"));
    auto plain = in_turn(
        {reply(200, json, job("j-1", "active", 9, 1, 1)), reply(200, json, job("j-1", "finished", 9, 9, 0))});
    auto done = run(plain, {"watch", "j-1"}, {.environment = {"NO_COLOR=1"}, .err_on_terminal = true});
    EXPECT_THAT(done.err, Not(HasSubstr("\x1b[3")));
    EXPECT_THAT(done.err, HasSubstr("all 9 succeeded"));
}

TEST(JobResults, GoOnWhereTheConnectionBrokeWithoutGapOrRepeat) {
    auto const body = line(1) + line(2) + line(3) + end(true, 3);
    for (std::size_t cut = 0; cut < body.size(); cut += 13) {
        auto const got =
            static_cast<std::size_t>(std::count(body.begin(), body.begin() + static_cast<long>(cut), '\n'));
        std::string rest;
        for (auto seq = static_cast<int>(got) + 1; seq <= 3; ++seq)
            rest += line(seq);
        auto service = in_turn({broken(body, cut), reply(200, ndjson, rest + end(true, 3))});
        auto r = run(service, {"results", "j-1"});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(r.out, line(1) + line(2) + line(3)) << cut;
        EXPECT_THAT(targets(service), ElementsAre("/v1/jobs/j-1/results?after=0",
                                                  "/v1/jobs/j-1/results?after=" + std::to_string(got)));
    }
}

TEST(JobResults, FollowOnWhenTheServiceGoesDownInOrder) {
    auto service = in_turn({reply(200, ndjson, line(1) + "{\"heartbeat\":true,\"next\":5}\n" + end(false, 5)),
                            reply(200, ndjson, line(6) + end(true, 6))});
    auto r = run(service, {"results", "-f", "--outcome", "failed", "j-1"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, line(1) + line(6));
    EXPECT_THAT(targets(service), ElementsAre("/v1/jobs/j-1/results?after=0&follow=1&outcome=failed",
                                              "/v1/jobs/j-1/results?after=5&follow=1&outcome=failed"));
}

TEST(JobResults, SayWhichAreNotKeptAnyMore) {
    auto const gap = std::string("{\"gap\":true,\"first_seq\":5}\n");
    auto service = in_turn({reply(200, ndjson, line(1) + gap + line(5) + end(true, 5))});
    auto r = run(service, {"results", "j-1"});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.out, line(1) + line(5));
    EXPECT_THAT(r.err, HasSubstr("j-1: results 2 to 4 are not kept any more"));
}

TEST(JobResults, GoOnInAFileBehindItsLastWholeLine) {
    scratch_folder folder;
    folder.write("r", line(1) + line(2) + "{\"seq\":3,\"ur");
    auto service =
        in_turn({reply(200, json, job("j-1", "finished", 3, 3, 0)),
                 reply(200, ndjson, line(2) + end(false, 2)), reply(200, ndjson, line(3) + end(true, 3))});
    auto r = run(service, {"results", "-o", folder.path("r"), "j-1"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(folder.read("r"), line(1) + line(2) + line(3));
    EXPECT_THAT(r.out, IsEmpty());
    EXPECT_THAT(targets(service), ElementsAre("/v1/jobs/j-1", "/v1/jobs/j-1/results?after=1&limit=1",
                                              "/v1/jobs/j-1/results?after=2"));
}

TEST(JobResults, DoNotGoIntoTheFileOfAnotherJob) {
    scratch_folder folder;
    folder.write("r", "{\"seq\":1,\"url\":\"http://other/\"}\n{\"se");
    auto service = in_turn(
        {reply(200, json, job("j-1", "finished", 3, 3, 0)), reply(200, ndjson, line(1) + end(false, 1))});
    auto r = run(service, {"results", "-o", folder.path("r"), "j-1"});
    EXPECT_EQ(r.code, 2);
    EXPECT_THAT(r.err, HasSubstr("holds results of another job"));
    EXPECT_EQ(folder.read("r"), "{\"seq\":1,\"url\":\"http://other/\"}\n{\"se");
}

TEST(JobResults, StopWhenNobodyReadsThem) {
    auto service = in_turn({reply(200, ndjson, line(1) + end(true, 1))});
    EXPECT_EQ(run(service, {"results", "j-1"}, {.close_out_early = true}).code, 141);
    EXPECT_EQ(service.seen().size(), 1U);
}

TEST(JobResults, SayThatThereWillBeMore) {
    auto service = in_turn({reply(200, ndjson, line(1) + end(false, 1))});
    auto r = run(service, {"results", "j-1"});
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.err, HasSubstr("--follow waits for them"));
}

TEST(JobSteer, TakesSeveralAndSaysWhichFailed) {
    scripted_service service([](request const& r) {
        if (r.target.find("j-2") != std::string::npos)
            return reply(404, problem_json, R"({"detail":"no such job"})");
        return reply(200, json,
                     job(r.target.substr(9, 3), r.method == "DELETE" ? "cancelling" : "paused", 3, 0, 0));
    });
    auto r = run(service, {"cancel", "j-1", "j-2", "j-3"});
    EXPECT_EQ(r.code, 4);
    EXPECT_EQ(r.out, "j-1 cancelling\nj-3 cancelling\n");
    EXPECT_EQ(r.err, "fetchctl: j-2: no such job\n");
    EXPECT_EQ(run(service, {"pause", "j-1"}).out, "j-1 paused\n");
    EXPECT_EQ(run(service, {"resume", "j-1"}).code, 0);
    EXPECT_THAT(run(service, {"status", "j-1"}).out, StartsWith("j-1\n  state        paused\n"));
    EXPECT_EQ(run(service, {"status", "--json", "j-1"}).out, job("j-1", "paused", 3, 0, 0) + "\n");
    EXPECT_THAT(targets(service), testing::IsSupersetOf({"/v1/jobs/j-1/pause", "/v1/jobs/j-1/resume"}));
}

TEST(JobList, ReadsPageAfterPage) {
    auto service =
        in_turn({reply(200, json, "{\"jobs\":[" + job("j-3", "active", 3, 0, 0) + "],\"next\":\"a b\"}"),
                 reply(200, json, "{\"jobs\":[" + job("j-2", "finished", 3, 3, 0) + "]}")});
    auto r = run(service, {"list", "--limit", "10", "--state", "active"});
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.out, HasSubstr("j-3  active"));
    EXPECT_THAT(r.out, HasSubstr("j-2  finished"));
    EXPECT_THAT(targets(service),
                ElementsAre("/v1/jobs?limit=10&state=active", "/v1/jobs?limit=9&after=a%20b&state=active"));
}

TEST(JobLine, NonsenseIsUsage) {
    std::vector<std::vector<std::string>> const lines{{"job"},
                                                      {"job", "watch"},
                                                      {"job", "cancel"},
                                                      {"job", "results", "--after", "1", "-o", "f", "j"},
                                                      {"job", "export"},
                                                      {"job", "export", "--format", "xml", "j"},
                                                      {"job", "export", "--formulas", "on", "j"},
                                                      {"job", "submit", "--label", "x", "http://a/"},
                                                      {"job", "submit", "--option", "x", "http://a/"},
                                                      {"job", "submit", "--priority", "10", "http://a/"},
                                                      {"job", "list", "--state", "odd"}};
    for (auto const& one : lines)
        EXPECT_EQ(run_fetchctl(one).code, 2) << testing::PrintToString(one);
    EXPECT_THAT(run_fetchctl({"job", "--help"}).out, HasSubstr("fetchctl job submit urls.txt"));
}

}  // namespace
}  // namespace fetchctl_test
