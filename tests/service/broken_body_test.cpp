// Theme: answers that are broken.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class BrokenBody : public testing::Test {
  protected:
    // What comes of a fetch of these bytes, after which the script says what happens.
    document fetch_of(script what, std::string_view more = {}) {
        origin.on("/", std::move(what));
        return fetch(service, origin.url(), more);
    }
    std::string outcome_of(script what, std::string_view more = {}) {
        return fetch_of(std::move(what), more).outcome();
    }

    fetchd_process service;
    scripted_origin origin;
};

std::string chunked_head() {
    return answer_head(200, {{"content-type", "text/plain"}, {"transfer-encoding", "chunked"}});
}

std::string nine_bytes() {
    return answer_head(200, {{"content-type", "text/plain"}, {"content-length", "9"}});
}

TEST_F(BrokenBody, ShortOfItsLengthIsTruncated) {
    auto const got = fetch_of(script{}.send(nine_bytes() + "half").close());

    EXPECT_EQ(got.outcome(), "body.truncated");
    EXPECT_TRUE(contains(got["/error/message"], "5 bytes missing"));
    EXPECT_EQ(got["/error/retryable"], "true");
    EXPECT_EQ(got["/status"], "200");
    EXPECT_EQ(got["/bytes/wire"], "4");
    EXPECT_EQ(got["/output"], "absent");
}

TEST_F(BrokenBody, ShortOfItsLastChunkIsTruncated) {
    EXPECT_EQ(outcome_of(script{}.send(chunked_head() + chunk("some")).close()), "body.truncated");
    EXPECT_EQ(outcome_of(script{}.send(chunked_head() + "9\r\nhalf").close()), "body.truncated");
}

TEST_F(BrokenBody, BadChunkIsMalformed) {
    for (auto const* const bad : {"zz\r\nbody\r\n", "-1\r\nx\r\n", "4\r\nbodyxx", "ffffffffffffffffff\r\n",
                                  "4 4\r\nbody\r\n", "\r\n4\r\nbody\r\n"})
        EXPECT_EQ(outcome_of(script{}.send(chunked_head() + bad).stall()), "body.malformed") << bad;
}

TEST_F(BrokenBody, ResetInTheMiddleIsReset) {
    origin.on("/", script{}.send(nine_bytes() + "half").gate("reset").reset());
    http_client client(service.port());
    client.send("GET " + raw_target(origin.url()) + " HTTP/1.1\r\nhost: x\r\n\r\n");
    auto raw = client.read_head();
    origin.open_gate("reset");
    client.read_body(raw);

    EXPECT_EQ(raw.end, answer_end::cut);
    EXPECT_TRUE(wait_for_metric(service,
                                "fetchd_fetches_total{outcome=\"failed\",stage=\"body\",code=\"reset\"}", 1));
}

TEST_F(BrokenBody, RawCutsTheClientToo) {
    origin.on("/length", script{}.send(nine_bytes() + "half").close());
    origin.on("/chunks", script{}.send(chunked_head() + chunk("half") + "zz\r\n").stall());

    auto const counted = get(service.port(), raw_target(origin.url("/length")));
    EXPECT_EQ(counted.status, 200);
    EXPECT_EQ(counted.header("content-length"), "9");
    EXPECT_EQ(counted.end, answer_end::cut);
    EXPECT_EQ(counted.body, "half");

    auto const chunked = get(service.port(), raw_target(origin.url("/chunks")));
    EXPECT_EQ(chunked.header("transfer-encoding"), "chunked");
    EXPECT_EQ(chunked.end, answer_end::cut);
    EXPECT_EQ(chunked.body, "half");
}

TEST_F(BrokenBody, LargerThanAllowedIsTooLarge) {
    auto const long_chunk = chunked_head() + chunk(std::string(600, 'x')) + chunk(std::string(600, 'x'));

    EXPECT_EQ(outcome_of(script{}.answer(200, std::string(1001, 'x')), ",\"max_bytes\":1000"),
              "body.too_large");
    EXPECT_EQ(outcome_of(script{}.answer(200, std::string(1000, 'x')), ",\"max_bytes\":1000"), "ok");
    EXPECT_EQ(outcome_of(script{}.send(long_chunk).stall(), ",\"max_bytes\":1000"), "body.too_large");
    EXPECT_EQ(outcome_of(script{}.send(answer_head(200)).send_repeated("x", 1ull << 40).close(),
                         ",\"max_bytes\":1000"),
              "body.too_large");
    auto const huge = answer_head(200, {{"content-length", "9223372036854775807"}});
    EXPECT_EQ(outcome_of(script{}.send(huge).stall()), "body.too_large");
    EXPECT_TRUE(origin.wait_until([](auto const& seen) { return seen.open <= 1; }, "the cut ones closed"));
}

TEST_F(BrokenBody, LimitHoldsForRawWhereItIsAskedFor) {
    auto const long_chunk = chunked_head() + chunk(std::string(600, 'x')) + chunk(std::string(600, 'x'));
    origin.on("/length", script{}.answer(200, std::string(1001, 'x')));
    origin.on("/chunks", script{}.send(long_chunk + chunk("")));

    auto const counted = get(service.port(), raw_target(origin.url("/length"), "&max_bytes=1000"));
    EXPECT_EQ(counted.status, 502);
    EXPECT_EQ(document(counted.body).outcome(), "body.too_large");
    auto const chunked = get(service.port(), raw_target(origin.url("/chunks"), "&max_bytes=1000"));
    EXPECT_EQ(chunked.status, 200);
    EXPECT_EQ(chunked.end, answer_end::cut);
    EXPECT_LE(chunked.body_bytes, 1000u);
    EXPECT_EQ(get(service.port(), raw_target(origin.url("/length"), "&max_bytes=1001")).body_bytes, 1001u);
}

TEST_F(BrokenBody, GarbageInsteadOfHttpIsMalformed) {
    for (auto const* const bad :
         {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "\x16\x03\x01\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\na : b\r\n\r\n",
          "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551616\r\n\r\n",
          "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
          "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", "HTTP/1.1 99 Low\r\n\r\n",
          "HTTP/1.1 1000 High\r\n\r\n", "ICY 200 OK\r\n\r\n"})
        EXPECT_EQ(outcome_of(script{}.send(bad).stall()), "head.malformed") << bad;
}

TEST_F(BrokenBody, HeadThatEndsEarlyIsMalformedAndNoneAtAllIsClosed) {
    EXPECT_EQ(outcome_of(script{}.send("HTTP/1.1 200 OK\r\n").close()), "head.malformed");
    EXPECT_EQ(outcome_of(script{}.close()), "head.closed");
    EXPECT_EQ(outcome_of(script{}.reset()), "head.reset");
}

TEST_F(BrokenBody, HeadWithoutEndIsTooLarge) {
    auto const head = "HTTP/1.1 200 OK\r\nx: ";
    EXPECT_EQ(outcome_of(script{}.send(head).send_repeated("y", 1ull << 40).stall()), "head.too_large");
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2000; ++i)
        many += "x: y\r\n";
    EXPECT_EQ(outcome_of(script{}.send(many + "\r\n").stall()), "head.too_large");
}

TEST_F(BrokenBody, InterimAnswersAreSkippedButNotForEver) {
    std::string const hint = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    auto const good = hint + "HTTP/1.1 100 Continue\r\n\r\n" + nine_bytes() + "nine more";
    auto const got = fetch_of(script{}.send(good));
    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/output/text"], "nine more");

    EXPECT_EQ(outcome_of(script{}.send_repeated(hint, 1ull << 40).stall()), "head.malformed");
}

// Two framings in one answer are what response splitting looks like: chunked counts (RFC 9112 §6.3), and
// nobody else is let onto that connection.
TEST_F(BrokenBody, LengthBesideChunksEndsTheConnection) {
    for (auto const* const both : {"content-length: 3\r\ntransfer-encoding: chunked\r\n",
                                   "transfer-encoding: chunked\r\ncontent-length: 3\r\n"}) {
        origin.on("/", script{}.send("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n" + std::string(both) +
                                     "\r\n" + chunk("all of it") + chunk("")));
        for (int i = 0; i < 2; ++i) {
            auto const got = fetch(service, origin.url());
            EXPECT_EQ(got["/output/text"], "all of it");
            EXPECT_EQ(got["/attempts/0/reused"], "false");
        }
    }
}

TEST_F(BrokenBody, BytesBehindTheAnswerEndTheConnection) {
    origin.on("/", script{}.send(nine_bytes() + "nine more" + nine_bytes() + "smuggled!"));

    for (int i = 0; i < 3; ++i) {
        auto const got = fetch(service, origin.url());
        EXPECT_EQ(got["/output/text"], "nine more");
        EXPECT_EQ(got["/attempts/0/reused"], "false");
    }
}

TEST_F(BrokenBody, HeadAnd304And204HaveNoBodyWhateverTheySay) {
    origin.on("/304", script{}.send(answer_head(304, {{"content-length", "9"}, {"etag", "\"x\""}})));
    origin.on("/204", script{}.send(answer_head(204)));
    origin.on("/head", script{}.answer(200, "nine more"));
    origin.on("/chunks", script{}.send(chunked_head()));
    http_client client(service.port());

    auto const none = client.exchange("GET", raw_target(origin.url("/204")));
    EXPECT_EQ(none.status, 204);
    EXPECT_EQ(none.header("transfer-encoding"), std::nullopt);
    read_options no_body;
    no_body.to_head = true;
    auto const head = client.exchange("HEAD", raw_target(origin.url("/head")), {}, {}, no_body);
    EXPECT_EQ(head.header("content-length"), "9");
    auto const unknown = client.exchange("HEAD", raw_target(origin.url("/chunks")), {}, {}, no_body);
    EXPECT_EQ(unknown.status, 200);
    EXPECT_EQ(unknown.header("content-length"), std::nullopt);
    auto const same =
        client.exchange("GET", raw_target(origin.url("/304")), {{"if-none-match", "\"x\""}}, {}, no_body);
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(origin.request(3).header("if-none-match"), "\"x\"");
    EXPECT_EQ(client.exchange("GET", raw_target(origin.url("/head"))).body, "nine more");
    EXPECT_EQ(origin.connections_opened(), 1u);
}

TEST_F(BrokenBody, WithoutAnyFramingTheBodyEndsWithTheConnection) {
    auto const got =
        fetch_of(script{}.send(answer_head(200, {{"content-type", "text/plain"}}) + "to the end").close());

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/output/text"], "to the end");
}

TEST_F(BrokenBody, CompressedBodyThatIsDamagedFailsInDecoding) {
    EXPECT_EQ(outcome_of(script{}.answer(200, "not gzip", {{"content-encoding", "gzip"}})), "decode.corrupt");
    EXPECT_EQ(outcome_of(script{}.answer(200, "body", {{"content-encoding", "rot13"}})),
              "decode.unsupported_encoding");
}

}  // namespace
}  // namespace fetchd::test
