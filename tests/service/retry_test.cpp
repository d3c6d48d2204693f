// Theme: tries after the first one, and what is told of each.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

header_list const plain{{"content-type", "text/plain"}};

class Retry : public testing::Test {
  protected:
    static header_list asking(std::string value) { return {{"retry-after", std::move(value)}}; }

    fetchd_process service{with("[fetch]\nretries = 2\nbackoff_base = \"20ms\"\n")};
    scripted_origin origin;
};

TEST_F(Retry, PassingAnswerIsTriedAgainAndEveryTryIsTold) {
    origin.on("/", {script{}.answer(503, "busy"), script{}.answer(200, "text", plain)});

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/status"], "200");
    EXPECT_EQ(got["/output/text"], "text");
    ASSERT_EQ(got.size("/attempts"), 2U);
    EXPECT_EQ(got["/attempts/0/status"], "503");
    EXPECT_EQ(got["/attempts/0/outcome"], "ok");
    EXPECT_EQ(got["/attempts/0/bytes/wire"], "4");
    EXPECT_EQ(got["/attempts/0/reused"], "false");
    EXPECT_EQ(got["/attempts/1/status"], "200");
    EXPECT_EQ(got["/attempts/1/protocol"], "http/1.1");
    EXPECT_EQ(got["/attempts/1/bytes/wire"], "4");
    EXPECT_EQ(got["/attempts/1/bytes/decoded"], "4");
    EXPECT_EQ(got["/attempts/1/reused"], "true") << "the unhappy answer was read to its end";
    EXPECT_GT(got.number("/attempts/0/timings_us/connect"), 0);
    EXPECT_EQ(got.number("/attempts/0/timings_us/queue"), 0);
    EXPECT_EQ(got.number("/attempts/1/timings_us/connect"), 0);
    EXPECT_GE(got.number("/timings_us/queue"), got.number("/attempts/1/timings_us/queue"));
}

TEST_F(Retry, LastAnswerStandsWhenAllTriesAreUsed) {
    origin.on("/", script{}.answer(503, "busy", plain));

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/status"], "503");
    EXPECT_EQ(got["/output/text"], "busy");
    EXPECT_EQ(got.size("/attempts"), 3U);
    EXPECT_EQ(origin.requests_seen(), 3U);
}

TEST_F(Retry, ConnectionLostBeforeTheHeadIsTriedAgain) {
    origin.on("/", {script{}.reset(), script{}.close(), script{}.answer(200, "text", plain)});

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got.outcome(), "ok");
    ASSERT_EQ(got.size("/attempts"), 3U);
    EXPECT_EQ(got["/attempts/0/error/code"], "reset");
    EXPECT_EQ(got["/attempts/1/error/code"], "closed");
    EXPECT_EQ(got["/attempts/0/protocol"], "absent");
}

TEST_F(Retry, RefusedConnectionIsTriedAgain) {
    refusing_port const nobody;

    auto const got = fetch(service, "http://127.0.0.1:" + std::to_string(nobody.port()) + "/");

    EXPECT_EQ(got.outcome(), "connect.refused");
    EXPECT_EQ(got.size("/attempts"), 3U);
}

TEST_F(Retry, RetryAfterIsWaitedFor) {
    origin.on("/", {script{}.answer(429, "", asking("1")), script{}.answer(200, "text", plain)});

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got["/status"], "200");
    EXPECT_GE(got.number("/attempts/1/timings_us/queue"), 1'000'000);
}

TEST_F(Retry, RetryAfterTheDeadlineIsNotWaitedFor) {
    origin.on("/", script{}.answer(503, "busy", asking("3600")));

    auto const got = fetch(service, origin.url(), ",\"timeout_ms\":20000");

    EXPECT_EQ(got["/status"], "503");
    EXPECT_EQ(got.size("/attempts"), 1U);
    EXPECT_LT(got.number("/timings_us/total"), 10'000'000);
}

TEST_F(Retry, WhatWasTriedOnTheWayStaysWithItsHop) {
    origin.on("/from", script{}.answer(302, "", {{"location", "/to"}}));
    origin.on("/to", {script{}.answer(500, ""), script{}.answer(200, "text", plain)});

    auto const got = fetch(service, origin.url("/from"));

    EXPECT_EQ(got["/status"], "200");
    ASSERT_EQ(got.size("/attempts"), 3U);
    EXPECT_EQ(got["/attempts/0/url"], origin.url("/from"));
    EXPECT_EQ(got["/attempts/1/url"], origin.url("/to"));
    EXPECT_EQ(got["/attempts/2/url"], origin.url("/to"));
}

TEST_F(Retry, SlowAnswerAndFinalFailuresAreNot) {
    origin.on("/garbage", script{}.send("HELLO\r\n\r\n").close());
    EXPECT_EQ(fetch(service, origin.url("/garbage")).size("/attempts"), 1U);
    origin.on("/404", script{}.answer(404, "", plain));
    EXPECT_EQ(fetch(service, origin.url("/404")).size("/attempts"), 1U);
    origin.on("/slow", script{}.stall());
    auto const slow = fetch(service, origin.url("/slow"), ",\"timeout_ms\":200");
    EXPECT_EQ(slow.outcome(), "head.timeout");
    EXPECT_EQ(slow.size("/attempts"), 1U);
}

TEST_F(Retry, RawHandsOverTheFirstAnswer) {
    origin.on("/", script{}.answer(503, "busy"));

    EXPECT_EQ(get(service.port(), raw_target(origin.url())).status, 503);
    EXPECT_EQ(origin.requests_seen(), 1U);
}

TEST_F(Retry, ReplacedConnectionIsATryOfItsOwn) {
    origin.on("/",
              {script{}.answer(200, "one", plain).gate("idle").close(), script{}.answer(200, "two", plain)});
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
    origin.on("/again", {script{}.reset(), script{}.answer(200, "three", plain)});
    origin.open_gate("idle");

    auto const got = fetch(service, origin.url("/again"));

    EXPECT_EQ(got["/output/text"], "three");
    EXPECT_GE(got.size("/attempts"), 2U);
    EXPECT_EQ(got["/attempts/0/outcome"], "failed");
}

TEST_F(Retry, CookieOfAnUnhappyAnswerGoesWithTheNextTry) {
    origin.on(
        "/", {script{}.answer(429, "", {{"set-cookie", "passed=yes"}}), script{}.answer(200, "text", plain)});

    EXPECT_EQ(fetch(service, origin.url(), ",\"session\":\"s\"")["/status"], "200");
    EXPECT_FALSE(origin.request(0).header("cookie"));
    EXPECT_EQ(origin.request(1).header("cookie"), "passed=yes");
}

// The answer would be given up for nothing if the wait did not fit behind what is left of its body.
TEST_F(Retry, AnswerIsKeptWhereLeavingItAndWaitingWouldNotFit) {
    origin.on("/",
              script{}.send(answer_head(503, {{"content-length", "4"}, {"retry-after", "1"}})).send("busy"));
    auto const got = fetch(service, origin.url(), ",\"timeout_ms\":1200");
    EXPECT_EQ(got["/status"], "503");
    EXPECT_EQ(got.size("/attempts"), 1U);
}

TEST(RetryOfNames, EveryLookupThatFailedIsATry) {
    fetchd_process service{faulty("[fetch]\nretries = 2\nbackoff_base = \"1ms\"\n")};

    auto const got = fetch(service, "http://broken.test/");

    EXPECT_EQ(got.outcome(), "dns.failed");
    ASSERT_EQ(got.size("/attempts"), 3U);
    EXPECT_EQ(got["/attempts/2/error/stage"], "dns");
    EXPECT_EQ(got["/attempts/2/address"], "absent");
}

// The first address hangs, the second one answers: it does not wait for the first's limit, and next time the
// second one is asked first.
TEST(HappyEyeballs, SilentAddressCostsOneDelayOnce) {
    deaf_listener const deaf("127.0.0.2");
    origin_options same_port;
    same_port.port = deaf.port();
    scripted_origin origin(same_port);
    origin.on("/", script{}.answer(200, "text", plain).close());
    auto const port = std::to_string(deaf.port());
    fetchd_process service{with("[net]\nresolve = [\"two.test:" + port + ":127.0.0.2,127.0.0.1\"]\n")};
    auto const page = "http://two.test:" + port + "/";

    auto const first = fetch(service, page);
    EXPECT_EQ(first.outcome(), "ok");
    ASSERT_EQ(first.size("/attempts"), 2U);
    EXPECT_EQ(first["/attempts/0/outcome"], "outraced");
    EXPECT_EQ(first["/attempts/0/address"], "127.0.0.2:" + port);
    EXPECT_GE(first.number("/attempts/0/timings_us/connect"), 250'000);
    EXPECT_LT(first.number("/timings_us/total"), 9'000'000) << "the limit of the first is ten seconds";

    auto const second = fetch(service, page);
    EXPECT_EQ(second.outcome(), "ok");
    EXPECT_EQ(second.size("/attempts"), 1U);
}

}  // namespace
}  // namespace fetchd::test
