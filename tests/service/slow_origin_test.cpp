// Theme: an origin that takes its time.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

constexpr double overrun_us = 50'000;

// The least overrun of a few tries: what scheduling costs is noise, and comes and goes.
double least_overrun(std::function<document()> const& once, double timeout_us) {
    double least = 1e9;
    for (int i = 0; i < 6 && least > overrun_us; ++i)
        least = std::min(least, once().number("/timings_us/total") - timeout_us);
    return least;
}

std::string half_body() {
    return answer_head(200, {{"content-type", "text/plain"}, {"content-length", "1000"}}) + "half";
}

TEST(SlowOrigin, LateHeadFailsAtTheDeadlineOfTheRequest) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.stall());

    auto const got = fetch(service, origin.url(), ",\"timeout_ms\":300");

    EXPECT_EQ(got.outcome(), "head.timeout");
    EXPECT_EQ(got["/error/retryable"], "true");
    EXPECT_EQ(got.size("/attempts"), 1u);
    EXPECT_EQ(got["/attempts/0/error/code"], "timeout");
    EXPECT_GE(got.number("/timings_us/total"), 300'000);
    EXPECT_LE(least_overrun([&] { return fetch(service, origin.url(), ",\"timeout_ms\":300"); }, 300'000),
              overrun_us);
    EXPECT_TRUE(origin.wait_for_none_open());
}

TEST(SlowOrigin, DrippingBodyFailsAtTheSameDeadline) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.send(half_body()).drip(std::string(900, '.'), milliseconds{20}).stall());

    auto const got = fetch(service, origin.url(), ",\"timeout_ms\":300");

    EXPECT_EQ(got.outcome(), "body.timeout");
    EXPECT_EQ(got["/status"], "200");
    EXPECT_GE(got.number("/bytes/wire"), 4);
    EXPECT_LE(least_overrun([&] { return fetch(service, origin.url(), ",\"timeout_ms\":300"); }, 300'000),
              overrun_us);
}

TEST(SlowOrigin, DrippingHeadFailsAtTheDeadlineToo) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.drip("HTTP/1.1 200 OK\r\n" + std::string(1000, 'x'), milliseconds{20}).stall());

    EXPECT_EQ(fetch(service, origin.url(), ",\"timeout_ms\":200").outcome(), "head.timeout");
}

TEST(SlowOrigin, OneDeadlineCoversAllRedirects) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/0", script{}.delay(milliseconds{200}).answer(302, "", {{"location", "/1"}}));
    origin.on("/1", script{}.delay(milliseconds{200}).answer(302, "", {{"location", "/2"}}));
    origin.on("/2", script{}.stall());

    auto const got = fetch(service, origin.url("/0"), ",\"timeout_ms\":600");

    EXPECT_EQ(got.outcome(), "head.timeout");
    EXPECT_LE(least_overrun([&] { return fetch(service, origin.url("/0"), ",\"timeout_ms\":600"); }, 600'000),
              overrun_us);
}

TEST(SlowOrigin, TheConfiguredDeadlineHoldsWhereTheRequestNamesNone) {
    fetchd_process service{with("[fetch]\ntotal_timeout = \"200ms\"\nmax_timeout = \"1s\"\n")};
    scripted_origin origin;
    origin.on("/", script{}.stall());

    EXPECT_EQ(fetch(service, origin.url()).outcome(), "head.timeout");
    auto const longer = post(service.port(), "/v1/fetch", fetch_body(origin.url(), ",\"timeout_ms\":1001"));
    EXPECT_EQ(longer.status, 400);
    EXPECT_TRUE(contains(longer.body, "timeout_ms: want 1..1000"));
}

TEST(SlowOrigin, AnAnswerJustInTimeIsAnAnswer) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.gate("late").answer(200, "<p>here", {{"content-type", "text/html"}}));

    auto asked = fetch_later(service, origin.url());
    ASSERT_TRUE(origin.wait_at_gate("late"));
    EXPECT_EQ(metric(service, "fetchd_fetches_in_flight"), 1);
    origin.open_gate("late");
    document const got(asked.get().body);

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/output/markdown"], "here\n");
}

TEST(SlowOrigin, RawAndReadAnswerWithAProblem) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.stall());

    for (auto const& target :
         {raw_target(origin.url(), "&timeout_ms=100"), read_target(origin.url(), "&timeout_ms=100")}) {
        auto const got = get(service.port(), target);
        EXPECT_EQ(got.status, 504) << target;
        EXPECT_EQ(got.header("content-type"), "application/problem+json");
        EXPECT_EQ(document(got.body).outcome(), "head.timeout");
    }
}

TEST(SlowOrigin, RawIsCutWhenTheBodyIsLate) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.send(half_body()).stall());

    auto const got = get(service.port(), raw_target(origin.url(), "&timeout_ms=200"));

    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.end, answer_end::cut);
    EXPECT_EQ(got.body, "half");
    EXPECT_TRUE(origin.wait_for_none_open());
    EXPECT_TRUE(wait_for_metric(
        service, "fetchd_fetches_total{outcome=\"failed\",stage=\"body\",code=\"timeout\"}", 1));
}

// The client need not wait for the body to see the head.
TEST(SlowOrigin, RawPassesTheHeadOnBeforeTheBodyComes) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}
                       .send(answer_head(200, {{"content-length", "4"}, {"x-origin", "slow"}}))
                       .gate("body")
                       .send("body"));
    http_client client(service.port());
    client.send("GET " + raw_target(origin.url()) + " HTTP/1.1\r\nhost: x\r\n\r\n");

    auto got = client.read_head();
    EXPECT_EQ(got.header("x-origin"), "slow");
    ASSERT_TRUE(origin.wait_at_gate("body"));
    origin.open_gate("body");
    client.read_body(got);

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.body, "body");
}

TEST(SlowOrigin, ConnectThatHangsFailsAtTheConnectTimeout) {
    fetchd_process service{with("[net]\nconnect_timeout = \"150ms\"\n")};
    deaf_listener deaf;

    auto const got = fetch(service, "http://127.0.0.1:" + std::to_string(deaf.port()) + "/");

    EXPECT_EQ(got.outcome(), "connect.timeout");
    EXPECT_GE(got.number("/attempts/0/timings_us/connect"), 150'000);
    EXPECT_LT(got.number("/timings_us/total"), 10'000'000);
}

// The first address hangs, the second one answers; afterwards nothing of the first try lingers: the deadline
// still ends the fetch while the client does not read.
TEST(SlowOrigin, AnotherAddressIsTriedAndTheDeadlineStillHolds) {
    deaf_listener deaf("127.0.0.2");
    origin_options same_port;
    same_port.port = deaf.port();
    scripted_origin origin(same_port);
    auto const port = std::to_string(deaf.port());
    fetchd_process service{with("[net]\nconnect_timeout = \"100ms\"\nresolve = [\"two.test:" + port +
                                ":127.0.0.2,127.0.0.1\"]\n")};
    constexpr std::uint64_t endless = 1ull << 40;
    origin.on("/page", script{}.answer(200, "text", {{"content-type", "text/plain"}}));
    origin.on("/endless", script{}
                              .send(answer_head(200, {{"content-length", std::to_string(endless)}}))
                              .send_repeated("x", endless));
    auto const base = "http://two.test:" + port;

    auto const page = fetch(service, base + "/page");
    EXPECT_EQ(page.outcome(), "ok");
    EXPECT_EQ(page["/attempts/0/error/code"], "timeout");
    EXPECT_EQ(page["/attempts/1/outcome"], "ok");

    http_client lazy(service.port(), "127.0.0.1", 4096);
    lazy.send("GET " + raw_target(base + "/endless", "&timeout_ms=1000") + " HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_EQ(lazy.read_head().status, 200);
    EXPECT_TRUE(wait_for_metric(service, "fetchd_fetches_in_flight", 0));
    EXPECT_TRUE(wait_for_metric(
        service, "fetchd_fetches_total{outcome=\"failed\",stage=\"body\",code=\"timeout\"}", 1));
}

}  // namespace
}  // namespace fetchd::test
