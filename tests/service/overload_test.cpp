// Theme: more work than there is room for.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

script held() {
    return script{}.gate("held").answer(200, "x", {{"content-type", "text/plain"}});
}

void expect_refused(answer const& got, char const* outcome) {
    EXPECT_EQ(got.status, 503);
    EXPECT_EQ(got.header("content-type"), "application/problem+json");
    EXPECT_TRUE(got.header("retry-after").has_value());
    EXPECT_EQ(document(got.body).outcome(), outcome);
    EXPECT_EQ(document(got.body)["/retryable"], "true");
}

TEST(Overload, FetchesBeyondTheLimitAreRefusedAndTheRestGoesOn) {
    fetchd_process service{with("[fetch]\nmax_in_flight = 3\n")};
    ASSERT_TRUE(wait_ready(service));
    scripted_origin origin;
    origin.on("/", held());
    std::vector<std::future<answer>> asked;
    asked.push_back(get_later(service, raw_target(origin.url())));
    asked.push_back(get_later(service, read_target(origin.url(), "&output=text")));
    asked.push_back(fetch_later(service, origin.url()));
    ASSERT_TRUE(origin.wait_at_gate("held", 3));

    expect_refused(get(service.port(), raw_target(origin.url())), "admission.overloaded");
    expect_refused(get(service.port(), read_target(origin.url())), "admission.overloaded");
    expect_refused(post(service.port(), "/v1/fetch", fetch_body(origin.url())), "admission.overloaded");
    expect_refused(post(service.port(), "/v1/process", "x"), "admission.overloaded");
    EXPECT_EQ(get(service.port(), "/healthz").status, 200);
    EXPECT_EQ(get(service.port(), "/readyz").status, 200);
    EXPECT_EQ(metric(service, "fetchd_fetches_in_flight"), 3);
    EXPECT_EQ(metric(service, "fetchd_requests_total{route=\"/v1/raw\",code=\"503\"}"), 1);
    origin.open_gate("held");

    for (auto& each : asked)
        EXPECT_EQ(each.get().status, 200);
    EXPECT_TRUE(wait_for_metric(service, "fetchd_fetches_in_flight", 0));
    EXPECT_EQ(get(service.port(), raw_target(origin.url())).status, 200);
}

TEST(Overload, HealthIsAnsweredBeyondTheLastConnection) {
    fetchd_process service{with("[server]\nmax_connections = 8\n")};
    ASSERT_TRUE(wait_ready(service));
    EXPECT_TRUE(wait_for_metric(service, "fetchd_client_connections", 1));  // only the one that asks
    std::vector<http_client> all;
    for (int i = 0; i < 8; ++i) {
        all.emplace_back(service.port());
        EXPECT_TRUE(all.back().exchange("GET", "/healthz").ok());
    }

    http_client beyond(service.port());
    auto const health = beyond.exchange("GET", "/healthz");
    EXPECT_TRUE(health.ok());
    EXPECT_EQ(health.header("connection"), "close");
    EXPECT_EQ(get(service.port(), "/metrics").status, 200);
    EXPECT_EQ(get(service.port(), "/readyz").status, 200);
    auto const refused = get(service.port(), raw_target("http://127.0.0.1:9/"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_TRUE(refused.header("retry-after").has_value());
    EXPECT_EQ(post(service.port(), "/v1/fetch", "{}").status, 503);
    EXPECT_EQ(get(service.port(), "/nowhere").status, 404);

    all.pop_back();
    EXPECT_TRUE(wait_for_metric(service, "fetchd_client_connections", 8));
    EXPECT_EQ(all.front().exchange("POST", "/v1/fetch", {}, "{}").status, 400);
}

TEST(Overload, ConnectionsBeyondTheReserveAreClosed) {
    fetchd_process service{with("[server]\nmax_connections = 8\n")};
    std::vector<http_client> all;
    for (int i = 0; i < 8 + 32; ++i)
        all.emplace_back(service.port());
    // The last one inside is known to have been accepted when it has been answered.
    all.back().send("GET /healthz HTTP/1.1\r\nhost: x\r\n");
    http_client refused(service.port());

    EXPECT_TRUE(refused.wait_for_close());
    EXPECT_TRUE(refused.unread().empty());
    all.back().send("\r\n");
    EXPECT_TRUE(all.back().read().ok());
    EXPECT_TRUE(all.front().exchange("GET", "/healthz").ok());
}

TEST(Overload, DocumentsBeyondTheQueueAreRefused) {
    fetchd_process service{faulty("[workers]\ncount = 1\nqueue = 2\ntask_timeout = \"60s\"\n")};
    http_client spinning(service.port());
    spinning.send(
        "POST /v1/process?output=spin&timeout_ms=60000 HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx");
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_busy", 1));
    auto first = later(service, "POST", "/v1/process?output=text", "first");
    auto second = later(service, "POST", "/v1/process?output=text", "second");
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_queued", 2));

    auto const bare =
        request(service.port(), "POST", "/v1/process?output=text", {{"accept", "text/plain"}}, "x");
    expect_refused(bare, "process.overloaded");
    EXPECT_EQ(process(service, "text", "x").outcome(), "process.overloaded");
    EXPECT_EQ(metric(service, "fetchd_workers_refused_total"), 2);
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "raw needs no worker"));
    EXPECT_TRUE(get(service.port(), raw_target(origin.url())).ok());
    spinning.close();

    EXPECT_EQ(document(first.get().body)["/output/text"], "first");
    EXPECT_EQ(document(second.get().body)["/output/text"], "second");
}

// Those that wait are first come, first served, and no longer than their own deadline.
TEST(Overload, DeadlineHoldsInTheQueueToo) {
    fetchd_process service{faulty("[workers]\ncount = 1\ntask_timeout = \"60s\"\n")};
    http_client spinning(service.port());
    spinning.send(
        "POST /v1/process?output=spin&timeout_ms=60000 HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx");
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_busy", 1));

    auto const got = post(service.port(), "/v1/process?output=text&timeout_ms=100", "x");

    EXPECT_EQ(document(got.body).outcome(), "process.timeout");
    EXPECT_EQ(metric(service, "fetchd_workers_queued"), 0);
}

TEST(Overload, NamesBeyondThePoolsQueueAreRefused) {
    refusing_port nobody;
    auto const port = std::to_string(nobody.port());
    names_gate gate;
    fetchd_process service{faulty("[pool]\nthreads = 1\nqueue = 2\n", {gate.variable()})};
    std::vector<std::future<answer>> asked;
    for (int i = 0; i < 3; ++i) {
        asked.push_back(
            get_later(service, raw_target("http://held-" + std::to_string(i) + ".test:" + port + "/")));
        // One at a time: the first goes to the thread, the others to the queue.
        ASSERT_TRUE(wait_for_metric(service, "fetchd_pool_running", 1));
        ASSERT_TRUE(wait_for_metric(service, "fetchd_pool_queued", i));
    }

    expect_refused(get(service.port(), raw_target("http://held-3.test/")), "dns.overloaded");
    EXPECT_EQ(metric(service, "fetchd_pool_refused_total"), 1);
    EXPECT_EQ(metric(service, "fetchd_dns_refused_total"), 1);
    // A name that is being looked up already needs no room.
    auto again = get_later(service, raw_target("http://held-0.test:" + port + "/"));
    EXPECT_TRUE(wait_for_metric(service, "fetchd_dns_hits_total", 1));
    gate.open();

    asked.push_back(std::move(again));
    for (auto& each : asked)
        EXPECT_EQ(document(each.get().body).outcome(), "connect.refused");
}

}  // namespace
}  // namespace fetchd::test
