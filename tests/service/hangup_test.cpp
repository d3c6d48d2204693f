// Theme: clients that hang up.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

constexpr auto in_flight = "fetchd_fetches_in_flight";

std::string get_text(std::string const& target) {
    return "GET " + target + " HTTP/1.1\r\nhost: x\r\n\r\n";
}

std::string post_text(std::string const& target, std::string const& body) {
    return "POST " + target + " HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

std::string cancelled_at(std::string const& stage) {
    return "fetchd_fetches_total{outcome=\"failed\",stage=\"" + stage + "\",code=\"cancelled\"}";
}

struct way_to_ask {
    char const* name;
    std::string (*text)(std::string const& url);

    friend void PrintTo(way_to_ask const& way, std::ostream* to) { *to << way.name; }
};

class Hangup : public testing::TestWithParam<way_to_ask> {
  protected:
    fetchd_process service;
    scripted_origin origin;
};

TEST_P(Hangup, WhileTheOriginIsSilentClosesItsConnection) {
    origin.on("/", script{}.stall());
    http_client client(service.port());
    client.send(GetParam().text(origin.url()));
    ASSERT_TRUE(origin.wait_for_requests(1));
    EXPECT_EQ(metric(service, in_flight), 1);

    client.close();

    EXPECT_TRUE(origin.wait_for_none_open());
    EXPECT_TRUE(wait_for_metric(service, in_flight, 0));
    EXPECT_TRUE(wait_for_metric(service, cancelled_at("head"), 1));
}

TEST_P(Hangup, ByResetDoesToo) {
    origin.on("/", script{}.stall());
    http_client client(service.port());
    client.send(GetParam().text(origin.url()));
    ASSERT_TRUE(origin.wait_for_requests(1));

    client.reset();

    EXPECT_TRUE(origin.wait_for_none_open());
    EXPECT_TRUE(wait_for_metric(service, in_flight, 0));
}

TEST_P(Hangup, InTheMiddleOfTheBodyDoesToo) {
    origin.on("/", script{}.send(answer_head(200, {{"content-length", "9"}}) + "half").stall());
    http_client client(service.port());
    client.send(GetParam().text(origin.url()));
    ASSERT_TRUE(origin.wait_until(
        [](auto const& seen) { return !seen.connections.empty() && seen.connections[0].sent > 0; }, "half"));

    client.close();

    EXPECT_TRUE(origin.wait_for_none_open());
    EXPECT_TRUE(wait_for_metric(service, in_flight, 0));
    EXPECT_TRUE(wait_for_metric(service, cancelled_at("body"), 1));
}

INSTANTIATE_TEST_SUITE_P(
    OfAClient, Hangup,
    testing::Values(
        way_to_ask{"Raw", [](std::string const& url) { return get_text(raw_target(url)); }},
        way_to_ask{"Read", [](std::string const& url) { return get_text(read_target(url)); }},
        way_to_ask{"Fetch", [](std::string const& url) { return post_text("/v1/fetch", fetch_body(url)); }}),
    [](auto const& which) { return which.param.name; });

TEST(Hangup, WhileTheClientDoesNotReadEndsTheFetch) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.send(answer_head(200)).send_repeated("x", 1ull << 40));
    http_client client(service.port(), "127.0.0.1", 4096);
    client.send(get_text(raw_target(origin.url())));
    EXPECT_EQ(client.read_head().status, 200);

    client.reset();

    EXPECT_TRUE(origin.wait_for_none_open());
    EXPECT_TRUE(wait_for_metric(service, in_flight, 0));
    EXPECT_TRUE(wait_for_metric(service, cancelled_at("body"), 1));
}

TEST(Hangup, WhileTheNameIsLookedUpEndsTheFetch) {
    names_gate gate;
    fetchd_process service{faulty({}, {gate.variable()})};
    http_client client(service.port());
    client.send(get_text(raw_target("http://held.test/")));
    ASSERT_TRUE(wait_for_metric(service, "fetchd_pool_running", 1));

    client.close();

    EXPECT_TRUE(wait_for_metric(service, in_flight, 0));
    EXPECT_TRUE(wait_for_metric(service, cancelled_at("dns"), 1));
    EXPECT_EQ(metric(service, "fetchd_pool_running"), 1);
    gate.open();
    EXPECT_TRUE(wait_for_metric(service, "fetchd_pool_running", 0));
}

TEST(Hangup, WhileTheDocumentIsProcessedFreesTheWorker) {
    fetchd_process service{faulty("[workers]\ncount = 1\ntask_timeout = \"60s\"\n")};
    http_client client(service.port());
    client.send(post_text("/v1/process?output=spin&timeout_ms=60000", "x"));
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_busy", 1));

    client.close();

    EXPECT_TRUE(wait_for_metric(service, in_flight, 0));
    EXPECT_EQ(process(service, "text", "<p>next").outcome(), "ok");
    EXPECT_EQ(metric(service, cancelled_at("process")), 1);
}

TEST(Hangup, InTheMiddleOfARequestIsForgotten) {
    fetchd_process service;
    for (auto const* const part : {"GET / HTTP/1.1\r\nho",
                                   "POST /v1/fetch HTTP/1.1\r\nhost: x\r\n"
                                   "content-length: 100\r\n\r\n{\"url\"",
                                   "POST /v1/process HTTP/1.1\r\nhost: x\r\n"
                                   "transfer-encoding: chunked\r\n\r\n5\r\nab"}) {
        http_client client(service.port());
        client.send(part);
        client.close();
    }
    // The asking itself is the one that is left.
    EXPECT_TRUE(wait_for_metric(service, "fetchd_client_connections", 1));
    EXPECT_EQ(metric(service, in_flight), 0);
}

// Half-closed: such a client is gone for good, as far as can be seen, and its fetch with it.
TEST(Hangup, BehindAPipelinedRequestIsNoticedAtTheEndOfTheFirst) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/one", script{}.gate("one").answer(200, "one"));
    origin.on("/two", script{}.answer(200, "two"));
    http_client client(service.port());
    client.send(get_text(raw_target(origin.url("/one"))));
    ASSERT_TRUE(origin.wait_at_gate("one"));
    client.send(get_text(raw_target(origin.url("/two"))));
    client.close();
    origin.open_gate("one");

    EXPECT_TRUE(wait_for_metric(service, in_flight, 0));
    EXPECT_TRUE(wait_for_metric(service, "fetchd_client_connections", 1));
}

}  // namespace
}  // namespace fetchd::test
