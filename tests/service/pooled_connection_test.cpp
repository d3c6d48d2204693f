// Theme: kept connections, good ones and stale ones.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

constexpr auto reused = "fetchd_origin_connections_total{connection=\"reused\"}";
constexpr auto opened = "fetchd_origin_connections_total{connection=\"opened\"}";
constexpr auto stale = "fetchd_origin_connections_dropped_total{reason=\"stale\"}";

script plain(std::string text) {
    return script{}.answer(200, std::move(text), {{"content-type", "text/plain"}});
}

TEST(PooledConnection, IsReusedAndCounted) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", plain("again"));
    for (int i = 0; i < 5; ++i) {
        auto const got = fetch(service, origin.url());
        EXPECT_EQ(got.outcome(), "ok");
        EXPECT_EQ(got["/attempts/0/reused"], i == 0 ? "false" : "true");
    }
    EXPECT_TRUE(get(service.port(), raw_target(origin.url())).ok());

    EXPECT_EQ(origin.connections_opened(), 1u);
    EXPECT_EQ(metric(service, reused), 5);
    EXPECT_EQ(metric(service, opened), 1);
    EXPECT_EQ(metric(service, "fetchd_origin_connections_idle"), 1);
}

TEST(PooledConnection, ClosedWhileIdleIsReplaced) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", plain("first").gate("idle").close());
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
    ASSERT_TRUE(origin.wait_at_gate("idle"));
    origin.open_gate("idle");
    ASSERT_TRUE(origin.wait_for_closed(1));
    origin.on("/", plain("second"));

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got["/output/text"], "second");
    EXPECT_EQ(got["/attempts/0/reused"], "false");
    EXPECT_EQ(got.size("/attempts"), 1u);
    EXPECT_EQ(origin.requests_seen(), 2u);
    EXPECT_EQ(metric(service, stale), 1);
}

// The origin closes at the moment the second request arrives: it may not have been acted on, and GET may be
// repeated (RFC 9112 §9.3.1).
class ClosesAtSecondRequest : public testing::TestWithParam<bool> {
  protected:
    ClosesAtSecondRequest() {
        origin.on("/", {plain("first"), ending(), plain("third")});
        EXPECT_EQ(fetch(service, origin.url())["/output/text"], "first");
    }
    static script ending() { return GetParam() ? script{}.reset() : script{}.close(); }

    fetchd_process service;
    scripted_origin origin;
};

TEST_P(ClosesAtSecondRequest, IsRetriedOnceForGet) {
    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got["/output/text"], "third");
    EXPECT_EQ(origin.requests_seen(), 3u);
    EXPECT_EQ(origin.connections_opened(), 2u);
}

TEST_P(ClosesAtSecondRequest, IsRetriedOnceForHead) {
    auto const got = request(service.port(), "HEAD", raw_target(origin.url()));

    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.header("content-length"), "5");
    EXPECT_EQ(origin.requests_seen(), 3u);
}

INSTANTIATE_TEST_SUITE_P(PooledConnection, ClosesAtSecondRequest, testing::Bool(),
                         [](auto const& which) { return which.param ? "Reset" : "Closed"; });

TEST(PooledConnection, RetryIsNotRepeated) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", {plain("first"), script{}.close()});
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");

    EXPECT_EQ(fetch(service, origin.url()).outcome(), "head.closed");
    EXPECT_EQ(origin.requests_seen(), 3u);
}

// Once a byte of the answer is there, it is not known what the origin did: no second request.
TEST(PooledConnection, IsNotRetriedInTheMiddleOfAnAnswer) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", {plain("first"), script{}.send("HTTP/1.1 200 OK\r").close(), plain("third")});
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");

    EXPECT_EQ(fetch(service, origin.url()).outcome(), "head.malformed");
    EXPECT_EQ(origin.requests_seen(), 2u);
}

class Unsolicited : public testing::TestWithParam<bool> {};

TEST_P(Unsolicited, BytesAreNeverReadAsAnAnswer) {
    test_ca ca;
    origin_options options;
    if (GetParam())
        options.tls.emplace().identity = ca.issue({});
    scripted_origin origin(options);
    fetchd_process service{with("[net]\nca_file = \"" + ca.file() + "\"")};
    auto const evil = answer_head(200, {{"content-type", "text/plain"}, {"content-length", "4"}}) + "evil";
    origin.on("/", {plain("first").gate("idle").send(evil), plain("second")});
    EXPECT_EQ(fetch(service, origin.url())["/output/text"], "first");
    ASSERT_TRUE(origin.wait_at_gate("idle"));
    auto const before = origin.record().connections[0].sent;
    origin.open_gate("idle");
    ASSERT_TRUE(origin.wait_until([&](auto const& seen) { return seen.connections[0].sent > before; },
                                  "evil bytes sent"));

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got["/output/text"], "second");
    EXPECT_EQ(got["/attempts/0/reused"], "false");
    EXPECT_EQ(origin.connections_opened(), 2u);
}

INSTANTIATE_TEST_SUITE_P(PooledConnection, Unsolicited, testing::Bool(),
                         [](auto const& which) { return which.param ? "Tls" : "Plain"; });

TEST(PooledConnection, IdleTooLongIsClosed) {
    fetchd_process service{with("[net]\nidle_timeout = \"100ms\"")};
    scripted_origin origin;
    origin.on("/", plain("once"));

    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");

    EXPECT_TRUE(origin.wait_for_none_open());
    EXPECT_EQ(metric(service, "fetchd_origin_connections_dropped_total{reason=\"expired\"}"), 1);
}

TEST(PooledConnection, NoMoreAreKeptThanConfigured) {
    fetchd_process service{with("[net]\nmax_idle_per_origin = 2")};
    scripted_origin origin;
    origin.on("/", script{}.gate("all").answer(200, "x", {{"content-type", "text/plain"}}));
    std::vector<std::future<answer>> asked;
    for (int i = 0; i < 5; ++i)
        asked.push_back(fetch_later(service, origin.url()));
    ASSERT_TRUE(origin.wait_at_gate("all", 5));
    origin.open_gate("all");
    for (auto& each : asked)
        EXPECT_EQ(document(each.get().body).outcome(), "ok");

    EXPECT_EQ(metric(service, "fetchd_origin_connections_idle"), 2);
    EXPECT_TRUE(origin.wait_for_closed(3));
    EXPECT_EQ(origin.connections_open(), 2u);
}

TEST(PooledConnection, AnotherNameForTheSameAddressGetsItsOwn) {
    scripted_origin origin;
    auto const port = std::to_string(origin.port());
    fetchd_process service{with("[net]\nresolve = [\"a.test:*:127.0.0.1\", \"b.test:*:127.0.0.1\"]")};
    origin.on("/", plain("x"));

    EXPECT_EQ(fetch(service, "http://a.test:" + port + "/").outcome(), "ok");
    EXPECT_EQ(fetch(service, "http://b.test:" + port + "/")["/attempts/0/reused"], "false");
    EXPECT_EQ(fetch(service, "http://a.test:" + port + "/")["/attempts/0/reused"], "true");
    EXPECT_EQ(origin.request(1).header("host"), "b.test:" + port);
}

// With these schemes the origin takes whoever uses the connection for the one who logged in.
TEST(PooledConnection, ThatWasLoggedInIsNobodyElses) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "text", {{"content-type", "text/plain"}}));
    std::size_t connections = 0;
    for (auto const* const scheme : {"NTLM", "negotiate"}) {
        auto const login = ",\"headers\":{\"authorization\":\"" + std::string(scheme) + " abc\"}";
        EXPECT_EQ(fetch(service, origin.url(), login).outcome(), "ok");
        EXPECT_EQ(origin.connections_opened(), ++connections) << scheme;
    }
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
    EXPECT_EQ(origin.connections_opened(), ++connections);
    EXPECT_EQ(fetch(service, origin.url(), ",\"headers\":{\"authorization\":\"Bearer x\"}").outcome(), "ok");
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
    EXPECT_EQ(origin.connections_opened(), connections) << "a request's own credentials bind nothing";
}

}  // namespace
}  // namespace fetchd::test
