#include <cerrno>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client_swarm.hpp"
#include "support/http_client.hpp"
#include "support/process_tree.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

using testing::ElementsAre;

TEST(ScriptedOrigin, AnswersAndRemembersTheRequest) {
    scripted_origin origin;
    origin.on("/a", script{}.answer(200, "hello", {{"x-one", "1"}}));
    http_client client(origin.port());

    auto const first = client.exchange("POST", "/a?q=1", {{"X-Sent", "yes"}}, "body");
    auto const second = client.exchange("GET", "/none");

    EXPECT_TRUE(first.ok());
    EXPECT_EQ(first.body, "hello");
    EXPECT_EQ(first.header("X-One"), "1");
    EXPECT_EQ(second.status, 404);
    auto const seen = origin.record();
    ASSERT_EQ(seen.requests.size(), 2u);
    EXPECT_EQ(seen.requests[0].target, "/a?q=1");
    EXPECT_EQ(seen.requests[0].body, "body");
    EXPECT_EQ(seen.requests[0].header("x-sent"), "yes");
    EXPECT_TRUE(seen.requests[0].head.starts_with("POST /a?q=1 HTTP/1.1\r\nhost: 127.0.0.1:"));
    EXPECT_EQ(seen.connections.size(), 1u);
    EXPECT_THAT(seen.connections[0].requests, ElementsAre(0, 1));
}

TEST(ScriptedOrigin, WholeTargetWinsOverPathAndScriptsComeInTurn) {
    scripted_origin origin;
    origin.on("/a", {script{}.answer(200, "first"), script{}.answer(200, "then")});
    origin.on("/a?b", [](seen_request const& r) { return script{}.answer(201, r.method); });

    EXPECT_EQ(get(origin.port(), "/a?x").body, "first");
    EXPECT_EQ(get(origin.port(), "/a?b").body, "GET");
    EXPECT_EQ(get(origin.port(), "/a").body, "then");
    EXPECT_EQ(get(origin.port(), "/a").body, "then");
    EXPECT_EQ(origin.requests_seen("/a"), 2u);
}

TEST(ScriptedOrigin, HeadAnswerHasNoBody) {
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "hello"));
    http_client client(origin.port());

    auto const head = client.exchange("HEAD", "/");
    auto const after = client.exchange("GET", "/");

    EXPECT_EQ(head.header("content-length"), "5");
    EXPECT_EQ(head.body_bytes, 0u);
    EXPECT_EQ(after.body, "hello");
}

TEST(ScriptedOrigin, CutsWhereTheScriptSays) {
    scripted_origin origin;
    auto const half = answer_head(200, {{"content-length", "9"}}) + "half";
    origin.on("/close", script{}.send(half).close());
    origin.on("/reset", script{}.send(half).gate("read").reset());
    origin.on("/none", script{}.close());

    EXPECT_EQ(get(origin.port(), "/close").end, answer_end::cut);
    EXPECT_EQ(get(origin.port(), "/none").end, answer_end::no_answer);

    http_client client(origin.port());
    std::string pieces;
    read_options watching;
    watching.sink = [&](std::string_view piece) {
        pieces += piece;
        if (pieces == "half")
            origin.open_gate("read");
    };
    auto const reset = client.exchange("GET", "/reset", {}, {}, watching);
    EXPECT_EQ(reset.end, answer_end::cut);
    EXPECT_EQ(pieces, "half");
    EXPECT_TRUE(client.was_reset());
    EXPECT_TRUE(origin.wait_for_closed(3));
    EXPECT_EQ(origin.record().connections[0].end, ending::by_script);
}

TEST(ScriptedOrigin, ResetIsSeenAsReset) {
    scripted_origin origin;
    origin.on_accept(script{}.reset());
    http_client client(origin.port());
    EXPECT_TRUE(origin.wait_for_closed(1));

    char byte = 0;
    EXPECT_EQ(::recv(client.descriptor(), &byte, 1, 0), -1);
    EXPECT_EQ(errno, ECONNRESET);
}

TEST(ScriptedOrigin, GateHoldsUntilOpened) {
    scripted_origin origin;
    origin.on("/", script{}.gate("go").answer(200, "went"));
    http_client one(origin.port());
    http_client two(origin.port());
    one.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    two.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    ASSERT_TRUE(origin.wait_at_gate("go", 2));
    EXPECT_EQ(origin.record().connections[0].sent, 0u);

    origin.let_through("go");
    ASSERT_TRUE(
        origin.wait_until([](auto const& seen) { return seen.waiting_gate.at("go") == 1; }, "one at gate"));
    origin.open_gate("go");

    EXPECT_EQ(one.read().body, "went");
    EXPECT_EQ(two.read().body, "went");
}

TEST(ScriptedOrigin, SeesTheClientLeaveWhileItStalls) {
    scripted_origin origin;
    origin.on("/stall", script{}.stall());
    origin.on("/gate", script{}.gate("never"));
    http_client one(origin.port());
    http_client two(origin.port());
    one.send("GET /stall HTTP/1.1\r\nhost: x\r\n\r\n");
    two.send("GET /gate HTTP/1.1\r\nhost: x\r\n\r\n");
    ASSERT_TRUE(origin.wait_for_requests(2));

    one.close();
    two.reset();

    ASSERT_TRUE(origin.wait_for_closed(2));
    auto const seen = origin.record();
    EXPECT_EQ(seen.open, 0u);
    auto const end_of = [&](char const* target) {
        for (auto const& r : seen.requests)
            if (r.target == target)
                return seen.connections[r.connection].end;
        return ending::open;
    };
    EXPECT_EQ(end_of("/stall"), ending::by_client);
    EXPECT_EQ(end_of("/gate"), ending::client_reset);
}

TEST(ScriptedOrigin, ClosesAnIdleConnectionWhenTold) {
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "x").gate("idle over").close());
    http_client client(origin.port());
    EXPECT_TRUE(client.exchange("GET", "/").ok());

    origin.open_gate("idle over");

    EXPECT_TRUE(client.wait_for_close());
}

TEST(ScriptedOrigin, StreamsGigabytesFromOneBuffer) {
    constexpr std::uint64_t total = (1ull << 30) + 7;
    scripted_origin origin;
    origin.on("/", script{}
                       .send(answer_head(200, {{"content-length", std::to_string(total)}}))
                       .send_repeated("0123456789", total));
    auto const before = resident_bytes(getpid());
    read_options count_only;
    count_only.keep = 3;

    auto const got = get(origin.port(), "/", {}, count_only);

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.body_bytes, total);
    EXPECT_EQ(got.body, "012");
    EXPECT_LT(resident_bytes(getpid()), before + (64u << 20));
}

TEST(ScriptedOrigin, DripsAndSpeaksChunks) {
    scripted_origin origin;
    auto const framed =
        answer_head(200, {{"transfer-encoding", "chunked"}}) + chunk("one ") + chunk("two") + chunk("");
    origin.on("/", script{}.drip(framed));
    http_client client(origin.port());

    auto const got = client.exchange("GET", "/");
    auto const again = client.exchange("GET", "/");

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.body, "one two");
    EXPECT_EQ(again.body, "one two");
}

TEST(ScriptedOrigin, ReadsChunkedRequestsAndContinues) {
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "ok"));
    http_client client(origin.port());
    client.send("PUT / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n");
    client.send(chunk("abc") + chunk("def") + chunk(""));

    auto const got = client.read();

    EXPECT_THAT(got.interim, ElementsAre(100));
    EXPECT_EQ(got.body, "ok");
    EXPECT_EQ(origin.request(0).body, "abcdef");
}

TEST(ScriptedOrigin, AnswersAtTheHeadWithoutReadingTheBody) {
    scripted_origin origin;
    origin.on("/", script{}.at_head().answer(413, "too much").gate("read it").read_body());
    http_client client(origin.port());
    client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n");
    EXPECT_EQ(client.read().status, 413);
    EXPECT_EQ(origin.request(0).body_bytes, 0u);

    client.send("late");
    origin.open_gate("read it");

    EXPECT_TRUE(
        origin.wait_until([](auto const& seen) { return seen.requests[0].body == "late"; }, "the body"));
}

TEST(ScriptedOrigin, KeepsWhatIsNotARequest) {
    scripted_origin origin;
    http_client client(origin.port());
    client.send("not http at all\r\n\r\n");

    ASSERT_TRUE(origin.wait_for_closed(1));
    auto const seen = origin.record().connections[0];
    EXPECT_EQ(seen.end, ending::bad_request);
    EXPECT_EQ(seen.unparsed, "not http at all\r\n\r\n");
}

TEST(ScriptedOrigin, ListensOnSeveralAddressesWithOnePort) {
    origin_options options;
    options.listen = {"127.0.0.1", "127.0.0.2"};
    scripted_origin origin(options);
    origin.on("/", script{}.answer(200, "here"));
    http_client other(origin.port(), "127.0.0.2");

    EXPECT_EQ(other.exchange("GET", "/").body, "here");
    EXPECT_EQ(origin.record().connections[0].local, "127.0.0.2:" + std::to_string(origin.port()));
}

TEST(ScriptedOrigin, StopsListeningAndClosesAll) {
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "x"));
    http_client client(origin.port());
    EXPECT_TRUE(client.exchange("GET", "/").ok());

    origin.stop_listening();
    origin.close_all();

    EXPECT_TRUE(client.wait_for_close());
    EXPECT_FALSE(http_client(origin.port()).connected());
    EXPECT_TRUE(origin.wait_for_none_open());
}

TEST(ScriptedOrigin, EndsWhileASenderIsBlocked) {
    auto const head = answer_head(200);
    std::optional<http_client> client;
    {
        // Buffers smaller than the first block: it is never sent whole, so the sender is blocked.
        origin_options small;
        small.send_buffer = 8 * 1024;
        scripted_origin origin(small);
        origin.on("/", script{}.send(head).send_repeated("x", 1ull << 40));
        client.emplace(origin.port(), "127.0.0.1", 8 * 1024);
        client->send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        EXPECT_EQ(client->read_head().status, 200);
        char first = 0;
        EXPECT_EQ(::recv(client->descriptor(), &first, 1, MSG_PEEK), 1);
        EXPECT_LE(origin.record().connections[0].sent, head.size());
    }
    answer rest;
    client->read_body(rest);
    EXPECT_GT(rest.body_bytes, 0u);
    EXPECT_LT(rest.body_bytes, 256u * 1024u);
}

TEST(ScriptedOrigin, WaitThatPassesItsDeadlineFailsTheTest) {
    scripted_origin origin;
    EXPECT_NONFATAL_FAILURE(origin.wait_for_requests(1, milliseconds{1}), "for 1 requests; saw 0 requests");
}

TEST(ScriptedOrigin, HoldsManyConnections) {
    constexpr std::size_t many = 1000;
    scripted_origin origin;
    origin.on("/", script{}.gate("all here").answer(200, "x"));
    swarm_options options;
    options.port = origin.port();
    options.clients = many;
    std::thread opener([&] {
        if (origin.wait_at_gate("all here", many))
            origin.open_gate("all here");
    });

    auto const result = run_swarm(options);
    opener.join();

    EXPECT_EQ(result.statuses.at(200), many);
    EXPECT_EQ(origin.record().most_open, many);
}

TEST(Unreachable, RefusesOrHangs) {
    refusing_port refusing;
    EXPECT_FALSE(http_client(refusing.port()).connected());

    deaf_listener deaf;
    int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(deaf.port());
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&where), sizeof where), -1);
    pollfd on{socket, POLLOUT, 0};
    EXPECT_EQ(::poll(&on, 1, 200), 0);
    ::close(socket);
}

}  // namespace
}  // namespace fetchd::test
