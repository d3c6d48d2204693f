// Theme: the service as an HTTP server, byte by byte, as clients see it.
#include <sys/socket.h>

#include <thread>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class HttpServer : public testing::Test {
  protected:
    // One connection, these bytes, one answer.
    answer send(std::string_view bytes) {
        http_client client(service.port());
        EXPECT_TRUE(client.send(bytes));
        return client.read();
    }

    fetchd_process service{
        with("[server]\nhead_timeout = \"300ms\"\nmax_head = \"4KiB\"\n"
             "max_json = \"4KiB\"\nmax_document = \"64KiB\"\n")};
};

std::string text_of(std::string const& method, std::string const& target, std::string const& fields = {},
                    std::string const& body = {}) {
    return method + " " + target + " HTTP/1.1\r\nhost: x\r\n" + fields + "\r\n" + body;
}

TEST_F(HttpServer, KeepsTheConnectionForTheNextRequest) {
    http_client client(service.port());
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(client.exchange("GET", "/healthz").ok());
        EXPECT_EQ(client.exchange("GET", "/nowhere").status, 404);
        EXPECT_EQ(client.exchange("POST", "/v1/fetch", {}, "not json").status, 400);
    }
    auto const last = client.exchange("GET", "/healthz", {{"connection", "close"}});
    EXPECT_EQ(last.header("connection"), "close");
    EXPECT_TRUE(client.wait_for_close());
}

TEST_F(HttpServer, PipelinedRequestsAreAnsweredInTheirOrder) {
    scripted_origin origin;
    origin.on("/slow", script{}.gate("slow").answer(200, "slow"));
    origin.on("/fast", script{}.answer(200, "fast"));
    http_client client(service.port());
    client.send(text_of("GET", raw_target(origin.url("/slow"))) +
                text_of("GET", raw_target(origin.url("/fast"))) +
                text_of("POST", "/v1/fetch", "content-length: 2\r\n", "{}") + text_of("GET", "/healthz"));
    ASSERT_TRUE(origin.wait_at_gate("slow"));
    EXPECT_EQ(origin.requests_seen(), 1u);
    origin.open_gate("slow");

    EXPECT_EQ(client.read().body, "slow");
    EXPECT_EQ(client.read().body, "fast");
    EXPECT_EQ(client.read().status, 400);
    EXPECT_EQ(client.read().body, "{\"status\":\"ok\"}\n");
}

// The second request comes while the first one has been under way for a while and is watched for a hang-up.
TEST_F(HttpServer, RequestSentWhileTheFirstIsSlowWaitsItsTurn) {
    scripted_origin origin;
    origin.on("/slow", script{}.gate("slow").answer(200, "slow"));
    http_client client(service.port());
    client.send(text_of("GET", raw_target(origin.url("/slow"))));
    ASSERT_TRUE(origin.wait_at_gate("slow"));
    std::this_thread::sleep_for(milliseconds{150});  // the watch begins after 100 ms
    client.send(text_of("GET", "/healthz"));
    std::this_thread::sleep_for(milliseconds{50});
    origin.open_gate("slow");

    EXPECT_EQ(client.read().body, "slow");
    EXPECT_TRUE(client.read().ok());
}

TEST_F(HttpServer, ByteByByteIsARequestToo) {
    http_client client(service.port());
    std::string const body = "{\"url\":5}";
    for (char const c :
         text_of("POST", "/v1/fetch", "content-length: 9\r\n", body) + text_of("GET", "/healthz"))
        ASSERT_TRUE(client.send({&c, 1}));

    EXPECT_EQ(client.read().status, 400);
    EXPECT_TRUE(client.read().ok());
}

TEST_F(HttpServer, EmptyLinesBeforeARequestAreSkipped) {
    EXPECT_TRUE(send("\r\n\r\n" + text_of("GET", "/healthz")).ok());
}

TEST_F(HttpServer, ExpectContinueIsAnsweredBeforeTheBody) {
    http_client client(service.port());
    client.send(text_of("POST", "/v1/process?output=text",
                        "content-type: text/html\r\nexpect: 100-continue\r\ncontent-length: 5\r\n"));
    std::string interim(std::string_view("HTTP/1.1 100 Continue\r\n\r\n").size(), '?');
    ASSERT_EQ(::recv(client.descriptor(), interim.data(), interim.size(), MSG_WAITALL),
              static_cast<ssize_t>(interim.size()));
    EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("<p>hi");
    EXPECT_EQ(document(client.read().body)["/output/text"], "hi\n");

    client.send(text_of("POST", "/v1/process", "expect: 100-continue\r\ncontent-length: 100000\r\n"));
    auto const refused = client.read();
    EXPECT_EQ(refused.status, 413);
    EXPECT_TRUE(refused.interim.empty());
    EXPECT_TRUE(client.wait_for_close());

    EXPECT_EQ(send(text_of("POST", "/v1/fetch", "expect: miracles\r\ncontent-length: 2\r\n", "{}")).status,
              417);
}

TEST_F(HttpServer, HeadHasTheHeadOfGetAndNoBody) {
    http_client client(service.port());
    read_options no_body;
    no_body.to_head = true;
    for (auto const* const path : {"/healthz", "/openapi.json", "/"}) {
        auto const head = client.exchange("HEAD", path, {}, {}, no_body);
        EXPECT_EQ(head.status, 200) << path;
        auto const whole = client.exchange("GET", path);
        EXPECT_EQ(head.header("content-length"), std::to_string(whole.body.size()));
        EXPECT_EQ(head.header("content-type"), whole.header("content-type"));
    }
}

TEST_F(HttpServer, UnknownPathsAndWrongMethodsSaySo) {
    auto const unknown = get(service.port(), "/v1/raw/");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.header("content-type"), "application/problem+json");
    EXPECT_EQ(document(unknown.body)["/status"], "404");
    EXPECT_EQ(document(unknown.body)["/title"], "Not Found");
    EXPECT_EQ(document(unknown.body)["/stage"], "absent");

    auto const wrong = get(service.port(), "/v1/fetch");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("allow"), "POST");
    EXPECT_EQ(request(service.port(), "DELETE", "/healthz").header("allow"), "GET, HEAD");
    EXPECT_EQ(request(service.port(), "BREW", "/healthz").status, 405);
    EXPECT_EQ(request(service.port(), "get", "/healthz").status, 405);
}

TEST_F(HttpServer, AmbiguousFramingIsRefusedAndTheConnectionClosed) {
    std::string const smuggled = text_of("GET", "/smuggled");
    for (auto const& fields :
         {"content-length: 2\r\ntransfer-encoding: chunked\r\n",
          "transfer-encoding: chunked\r\ncontent-length: 2\r\n", "content-length: 2\r\ncontent-length: 3\r\n",
          "content-length: 2\r\ncontent-length: 2\r\n", "content-length: +2\r\n", "content-length: 0x2\r\n",
          "content-length: 2,2\r\n", "content-length: -2\r\n", "content-length: 99999999999999999999\r\n",
          "content-length:\r\n", "transfer-encoding: identity, chunked\r\n",
          "transfer-encoding: xchunked\r\n", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
          "content-length : 2\r\n", "transfer-encoding : chunked\r\n"}) {
        http_client client(service.port());
        client.send(text_of("POST", "/v1/fetch", fields, "{}" + smuggled));
        auto const got = client.read();
        EXPECT_TRUE(got.status == 400 || got.status == 501) << got.status << " for " << fields;
        EXPECT_EQ(got.header("content-type"), "application/problem+json");
        EXPECT_TRUE(client.wait_for_close());
        EXPECT_TRUE(client.unread().empty()) << client.unread();
    }
    EXPECT_EQ(metric(service, "fetchd_requests_total{route=\"other\",code=\"404\"}"), -1);
}

TEST_F(HttpServer, BadChunksAreRefused) {
    for (auto const* const body : {"zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n", "2\n{}\r\n0\r\n\r\n",
                                   "2 2\r\n{}\r\n0\r\n\r\n", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"}) {
        http_client client(service.port());
        client.send(text_of("POST", "/v1/fetch", "transfer-encoding: chunked\r\n", body));
        EXPECT_EQ(client.read().status, 400) << body;
        EXPECT_TRUE(client.wait_for_close());
    }
    auto const good = send(text_of("POST", "/v1/fetch", "transfer-encoding: chunked\r\n",
                                   "2;a=\"b\"\r\n{\"\r\n5\r\nx\":1}\r\n0\r\ntrailer: t\r\n\r\n"));
    EXPECT_EQ(good.status, 400);
    EXPECT_TRUE(contains(good.body, "unknown field \\\"x\\\""));
}

TEST_F(HttpServer, WhatIsNotHttpIsRefused) {
    for (auto const* const bad :
         {"nonsense\r\n\r\n", "GET /healthz\r\n\r\n", "GET  /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
          "GET healthz HTTP/1.1\r\nhost: x\r\n\r\n", "GET * HTTP/1.1\r\nhost: x\r\n\r\n",
          "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
          "GET /heal\x01thz HTTP/1.1\r\nhost: x\r\n\r\n", "\x16\x03\x01\x02\x01\r\n\r\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
        auto const got = send(bad);
        EXPECT_TRUE(got.status == 400 || got.status == 505) << got.status << " for " << bad;
    }
    EXPECT_EQ(send("GET / HTTP/2.0\r\nhost: x\r\n\r\n").status, 505);
    using namespace std::string_view_literals;
    EXPECT_EQ(send("GET /healthz HTTP/1.1\r\nhost: x\r\na: b\0c\r\n\r\n"sv).status, 400);
}

TEST_F(HttpServer, OldVersionsAreSpoken) {
    auto const once = send("GET /healthz HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(once.ok());
    EXPECT_EQ(once.header("connection"), "close");

    http_client client(service.port());
    client.send("GET /healthz HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.read().header("connection"), "keep-alive");
    client.send("GET /healthz HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(client.read().ok());
    EXPECT_TRUE(client.wait_for_close());
}

// HTTP/1.0 has no chunks: a body of unknown length ends with the connection.
TEST_F(HttpServer, StreamOfUnknownLengthEndsTheConnectionOfAnOldClient) {
    scripted_origin origin;
    origin.on("/", script{}.send(answer_head(200, {{"transfer-encoding", "chunked"}}) + chunk("some") +
                                 chunk("thing") + chunk("")));
    http_client client(service.port());
    client.send("GET " + raw_target(origin.url()) + " HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");

    auto const got = client.read();

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.header("transfer-encoding"), std::nullopt);
    EXPECT_EQ(got.header("connection"), "close");
    EXPECT_EQ(got.body, "something");
}

TEST_F(HttpServer, AbsoluteFormIsUnderstood) {
    EXPECT_TRUE(send(text_of("GET", service.base_url() + "/healthz")).ok());
    EXPECT_TRUE(contains(send(text_of("GET", "http://x")).body, "fetchd"));
}

TEST_F(HttpServer, SlowHeadIsTimedOutAndSilenceJustClosed) {
    http_client slow(service.port());
    slow.send("GET /healthz HTTP/1.1\r\nho");
    auto const got = slow.read();
    EXPECT_EQ(got.status, 408);
    EXPECT_EQ(got.header("connection"), "close");
    EXPECT_TRUE(slow.wait_for_close());

    http_client slow_body(service.port());
    slow_body.send(text_of("POST", "/v1/fetch", "content-length: 9\r\n", "{\"u"));
    EXPECT_EQ(slow_body.read().status, 408);
    EXPECT_TRUE(slow_body.wait_for_close());
}

TEST_F(HttpServer, IdleConnectionIsClosedWithoutAWord) {
    fetchd_process hasty{with("[server]\nidle_timeout = \"150ms\"\n")};
    http_client never(hasty.port());
    http_client once(hasty.port());
    EXPECT_TRUE(once.exchange("GET", "/healthz").ok());

    EXPECT_TRUE(never.wait_for_close());
    EXPECT_TRUE(once.wait_for_close());
    EXPECT_TRUE(never.unread().empty());
    EXPECT_TRUE(once.unread().empty());
}

TEST_F(HttpServer, LongHeadIs431) {
    EXPECT_EQ(send(text_of("GET", "/healthz", "a: " + std::string(5000, 'x') + "\r\n")).status, 431);
    EXPECT_EQ(send("GET /" + std::string(5000, 'x')).status, 431);
    std::string fields;
    for (int i = 0; i < 200; ++i)
        fields += "a: b\r\n";
    EXPECT_EQ(send(text_of("GET", "/healthz", fields)).status, 431);
}

TEST_F(HttpServer, LongBodyIs413) {
    EXPECT_EQ(post(service.port(), "/v1/fetch", std::string(5000, ' ')).status, 413);
    EXPECT_EQ(post(service.port(), "/v1/process", std::string(65537, ' ')).status, 413);
    EXPECT_EQ(post(service.port(), "/v1/process?output=sha256", std::string(65536, ' ')).status, 200);
    http_client chunked(service.port());
    chunked.send(
        text_of("POST", "/v1/fetch", "transfer-encoding: chunked\r\n", chunk(std::string(5000, ' '))));
    EXPECT_EQ(chunked.read().status, 413);
    // Megabytes on their way do not make the kernel reset the connection before the answer is read.
    EXPECT_EQ(post(service.port(), "/v1/fetch", std::string(3 << 20, ' ')).status, 413);
}

// A body nobody asked for is not read as the next request.
TEST_F(HttpServer, BodyOfAGetIsNotTheNextRequest) {
    http_client client(service.port());
    client.send(text_of("GET", "/healthz", "content-length: 41\r\n", text_of("GET", "/smuggled")));

    EXPECT_TRUE(client.read().ok());
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_TRUE(client.unread().empty());
    EXPECT_EQ(metric(service, "fetchd_requests_total{route=\"other\",code=\"404\"}"), -1);
}

}  // namespace
}  // namespace fetchd::test
