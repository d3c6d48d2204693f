// Theme: each phase of a request has its limit, under the deadline of the fetch.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

// The deadline is far away: what ends the fetch is the phase's own limit.
std::string limited(std::string_view name) {
    return ",\"" + std::string(name) + "\":150";
}

void expect_ended_at(document const& got, std::string_view outcome) {
    EXPECT_EQ(got.outcome(), outcome);
    EXPECT_EQ(got["/error/retryable"], "true");
    EXPECT_GE(got.number("/timings_us/total"), 150'000);
    EXPECT_LT(got.number("/timings_us/total"), 20'000'000) << "not the deadline of 30 s";
}

TEST(PhaseLimit, OfTheName) {
    names_gate gate;
    fetchd_process service{faulty("", {gate.variable()})};

    expect_ended_at(fetch(service, "http://held.test/", limited("dns_timeout_ms")), "dns.timeout");
    auto const raw = get(service.port(), raw_target("http://held.test/", "&dns_timeout_ms=150"));
    EXPECT_EQ(raw.status, 504);
    EXPECT_EQ(document(raw.body).outcome(), "dns.timeout");
    gate.open();
}

TEST(PhaseLimit, OfTheConnection) {
    fetchd_process service;
    deaf_listener deaf;
    auto const url = "http://127.0.0.1:" + std::to_string(deaf.port()) + "/";

    auto const got = fetch(service, url, limited("connect_timeout_ms"));

    expect_ended_at(got, "connect.timeout");
    EXPECT_GE(got.number("/attempts/0/timings_us/connect"), 150'000);
    EXPECT_EQ(read(service, url, "&connect_timeout_ms=150").outcome(), "connect.timeout");
}

TEST(PhaseLimit, OfTheHandshake) {
    fetchd_process service;
    scripted_origin origin;
    origin.on_accept(script{}.stall());

    auto const got =
        fetch(service, "https://127.0.0.1:" + std::to_string(origin.port()) + "/", limited("tls_timeout_ms"));

    expect_ended_at(got, "tls.timeout");
    EXPECT_GE(got.number("/attempts/0/timings_us/tls"), 150'000);
    EXPECT_TRUE(origin.wait_for_none_open());
}

TEST(PhaseLimit, OfTheHead) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.stall());
    origin.on("/half", script{}.send("HTTP/1.1 200 OK\r\ncontent-").stall());

    auto const got = fetch(service, origin.url(), limited("first_byte_timeout_ms"));
    expect_ended_at(got, "head.timeout");
    EXPECT_GE(got.number("/attempts/0/timings_us/first_byte"), 150'000);
    expect_ended_at(fetch(service, origin.url("/half"), limited("first_byte_timeout_ms")), "head.timeout");
    EXPECT_TRUE(origin.wait_for_none_open());
}

TEST(PhaseLimit, OfSilenceInTheBody) {
    fetchd_process service;
    scripted_origin origin;
    std::string const half =
        answer_head(200, {{"content-type", "text/plain"}, {"content-length", "9"}}) + "half";
    origin.on("/", script{}.send(half).stall());

    auto const got = fetch(service, origin.url(), limited("body_idle_timeout_ms"));
    expect_ended_at(got, "body.timeout");
    EXPECT_EQ(got["/bytes/wire"], "4");
    EXPECT_EQ(got["/attempts/0/bytes/wire"], "4");

    auto const raw = get(service.port(), raw_target(origin.url(), "&body_idle_timeout_ms=150"));
    EXPECT_EQ(raw.end, answer_end::cut);
    EXPECT_EQ(raw.body, "half");
    EXPECT_TRUE(origin.wait_for_none_open());
}

// Slow is not silent: every byte begins the silence anew.
TEST(PhaseLimit, OfSilenceIsNotOneOfTime) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}
                       .send(answer_head(200, {{"content-type", "text/plain"}, {"content-length", "10"}}))
                       .drip("0123456789", milliseconds{60}));

    auto const got = fetch(service, origin.url(),
                           ",\"body_idle_timeout_ms\":" + std::to_string(slow(milliseconds{400}).count()));

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_GE(got.number("/timings_us/body"), 500'000);
}

// The speed is that of ten seconds of waiting.
TEST(PhaseLimit, OfSpeed) {
    if (!long_tests())
        GTEST_SKIP() << "takes 20 s: FETCHD_LONG_TESTS=1 runs it";
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}
                       .send(answer_head(200, {{"content-type", "text/plain"}, {"content-length", "130"}}))
                       .drip(std::string(130, 'x'), milliseconds{100}));

    auto const got = fetch(service, origin.url(), ",\"min_speed\":20");
    EXPECT_EQ(got.outcome(), "body.too_slow");
    EXPECT_GE(got.number("/timings_us/body"), 10'000'000);
    EXPECT_EQ(fetch(service, origin.url(), ",\"min_speed\":5").outcome(), "ok");
}

TEST(PhaseLimit, IsCutToTheDeadline) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.stall());

    auto const got = fetch(service, origin.url(), ",\"timeout_ms\":150,\"first_byte_timeout_ms\":600000");

    EXPECT_EQ(got.outcome(), "head.timeout");
    EXPECT_GE(got.number("/timings_us/total"), 150'000);
    EXPECT_LT(got.number("/timings_us/total"), 20'000'000);
}

}  // namespace
}  // namespace fetchd::test
