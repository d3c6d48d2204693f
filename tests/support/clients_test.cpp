#include <gmock/gmock.h>

#include "support/client_swarm.hpp"
#include "support/http_client.hpp"
#include "support/scripted_origin.hpp"
#include "support/slow_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

TEST(SlowOrigin, AnswersManyAfterTheDelayAndKeepsConnections) {
    slow_origin_options slow;
    slow.delay = milliseconds{300};
    slow.body = "late";
    slow_origin origin(slow);
    swarm_options swarm;
    swarm.port = origin.port();
    swarm.clients = 2000;

    auto const result = run_swarm(swarm);

    EXPECT_EQ(result.statuses.at(200), 2000u);
    EXPECT_EQ(result.body_bytes, 4u * 2000u);
    EXPECT_GE(result.latencies.front().count(), 300);
    EXPECT_EQ(origin.counts().requests, 2000u);
    EXPECT_TRUE(origin.wait_until([](auto const& counts) { return counts.open == 0; }));
}

TEST(SlowOrigin, AnswersPipelinedRequestsInOrder) {
    slow_origin_options options;
    options.choose = [](slow_request const& request) {
        return slow_answer{whole_answer("text/plain", request.target), milliseconds{0}, false};
    };
    slow_origin origin(options);
    http_client client(origin.port());
    client.send(
        "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\n\r\n");

    EXPECT_EQ(client.read().body, "/1");
    EXPECT_EQ(client.read().body, "/2");
    EXPECT_EQ(client.read().body, "/3");
    EXPECT_EQ(client.exchange("HEAD", "/four").header("content-length"), "5");
    EXPECT_EQ(origin.counts().opened, 1u);
}

TEST(HttpClient, SaysHowAnAnswerEnded) {
    scripted_origin origin;
    origin.on("/to-end", script{}.send("HTTP/1.0 200 OK\r\n\r\nall of it").close());
    origin.on("/garbage", script{}.send("garbage\r\n\r\n").close());
    origin.on("/stall", script{}.send(answer_head(200, {{"content-length", "2"}}) + "1").stall());
    origin.on("/chunk",
              script{}.send(answer_head(200, {{"transfer-encoding", "chunked"}}) + chunk("ab")).close());
    origin.on("/bad-chunk", script{}.send(answer_head(200, {{"transfer-encoding", "chunked"}}) + "zz\r\n"));
    read_options soon;
    soon.deadline = milliseconds{50};

    EXPECT_EQ(get(origin.port(), "/to-end").body, "all of it");
    EXPECT_EQ(get(origin.port(), "/garbage").end, answer_end::malformed);
    EXPECT_EQ(get(origin.port(), "/stall", {}, soon).end, answer_end::timed_out);
    EXPECT_EQ(get(origin.port(), "/chunk").end, answer_end::cut);
    EXPECT_EQ(get(origin.port(), "/bad-chunk").end, answer_end::malformed);
    EXPECT_EQ(get(refusing_port().port(), "/").end, answer_end::no_answer);
}

TEST(HttpClient, EncodesForAQueryValue) {
    EXPECT_EQ(percent_encode("http://a:1/b?c=d&e#f \xff"), "http%3A%2F%2Fa%3A1%2Fb%3Fc%3Dd%26e%23f%20%FF");
}

}  // namespace
}  // namespace fetchd::test
