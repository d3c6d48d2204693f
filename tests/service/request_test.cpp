// Theme: what the request to the origin says: its method, its fields, its body.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

script text(std::string body = "here", int status = 200) {
    return script{}.answer(status, std::move(body), {{"content-type", "text/plain"}});
}

class Request : public testing::Test {
  protected:
    Request() { origin.otherwise(text()); }

    document ask(std::string_view more, std::string_view target = "/") {
        return fetch(service, origin.url(target), more);
    }
    // The detail of the refusal.
    std::string refusal(std::string_view more) {
        auto const got = post(service.port(), "/v1/fetch", fetch_body(origin.url(), more));
        EXPECT_EQ(got.status, 400) << got.body;
        return document(got.body)["/detail"];
    }

    fetchd_process service;
    scripted_origin origin;
};

TEST_F(Request, AnyMethodArrivesAsItWasNamed) {
    for (auto const* name :
         {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "brew"}) {
        EXPECT_EQ(ask(",\"method\":\"" + std::string(name) + "\"").outcome(), "ok") << name;
        EXPECT_EQ(origin.request(origin.requests_seen() - 1).method, name);
    }
    EXPECT_EQ(origin.connections_opened(), 1u);
}

TEST_F(Request, TextArrivesAsUtf8WithItsLength) {
    EXPECT_EQ(ask(R"(,"method":"POST","body":"gr\u00fc\u00df \u0000\r\n\ud83d\ude00")").outcome(), "ok");

    auto const seen = origin.request(0);
    EXPECT_EQ(seen.body, std::string("gr\xc3\xbc\xc3\x9f \0\r\n\xf0\x9f\x98\x80", 14));
    EXPECT_EQ(seen.header("content-length"), "14");
    EXPECT_EQ(seen.header("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(seen.count("transfer-encoding"), 0u);
}

TEST_F(Request, EveryByteArrivesFromBase64) {
    // All 256 bytes in their order, encoded here by hand: three bytes to four letters.
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes, coded;
    for (unsigned i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    bytes += "ab";  // 258: a whole number of triples
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const at = [&](std::size_t k) { return static_cast<unsigned char>(bytes[i + k]); };
        unsigned const group = at(0) << 16U | at(1) << 8U | at(2);
        for (int shift = 18; shift >= 0; shift -= 6)
            coded += alphabet[group >> shift & 63U];
    }

    EXPECT_EQ(ask(",\"method\":\"PUT\",\"headers\":{\"content-type\":\"image/x\"},\"body_base64\":\"" +
                  coded + "\"")
                  .outcome(),
              "ok");

    EXPECT_EQ(origin.request(0).body, bytes);
    EXPECT_EQ(origin.request(0).header("content-type"), "image/x");
    EXPECT_EQ(origin.request(0).count("content-type"), 1u);
}

TEST_F(Request, EmptyBodySaysThatItIsEmpty) {
    for (auto const* more : {R"(,"method":"POST")", R"(,"method":"PUT","body_base64":"")"}) {
        EXPECT_EQ(ask(more).outcome(), "ok") << more;
        EXPECT_EQ(origin.request(origin.requests_seen() - 1).header("content-length"), "0") << more;
    }
    EXPECT_EQ(ask(R"(,"method":"DELETE")").outcome(), "ok");
    EXPECT_EQ(origin.request(2).count("content-length"), 0u);
}

// The body is in a JSON document, and that has the limit.
TEST_F(Request, BodyIsHeldToTheLimitOfTheDocument) {
    fetchd_process small{with("[server]\nmax_json = \"4KiB\"\n")};
    auto const document_of = [&](std::size_t bytes) {
        auto const frame = fetch_body(origin.url(), R"(,"method":"POST","body":"")").size();
        return fetch_body(origin.url(),
                          R"(,"method":"POST","body":")" + std::string(bytes - frame, 'x') + '"');
    };
    for (std::size_t const good : {4095u, 4096u}) {
        auto const got = post(small.port(), "/v1/fetch", document_of(good));
        EXPECT_EQ(document(got.body).outcome(), "ok");
        EXPECT_GT(origin.request(origin.requests_seen() - 1).body.size(), 4000u);
    }
    EXPECT_EQ(post(small.port(), "/v1/fetch", document_of(4097)).status, 413);
    EXPECT_EQ(origin.requests_seen(), 2u);
}

TEST_F(Request, FieldsArriveInOrderAndSeveralOfOneName) {
    EXPECT_EQ(
        ask(R"(,"headers":{"x-a":["1","2",""],"User-Agent":"me","X-B":"caf\u00e9","x-c":"a\tb"})").outcome(),
        "ok");

    auto const& head = origin.request(0).head;
    EXPECT_TRUE(
        contains(head, "x-a: 1\r\nx-a: 2\r\nx-a: \r\nUser-Agent: me\r\nX-B: caf\xc3\xa9\r\nx-c: a\tb\r\n"));
    EXPECT_EQ(origin.request(0).count("user-agent"), 1u);
}

TEST_F(Request, ForbiddenFieldsAreRefusedByName) {
    for (auto const* name :
         {"Host", "content-length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer",
          "Upgrade", "Proxy-Authorization", "Proxy-Anything", "Expect", "Via", "Date", "Accept-Encoding"})
        EXPECT_EQ(refusal(",\"headers\":{\"" + std::string(name) + "\":\"x\"}"),
                  "headers: \"" + std::string(name) + "\" cannot be set: fetchd sets it itself");
    EXPECT_EQ(origin.connections_opened(), 0u);
}

TEST_F(Request, ForbiddenMethodsAndBodiesAreRefusedByName) {
    EXPECT_EQ(refusal(R"(,"method":"CONNECT")"), "method: CONNECT cannot be asked for");
    EXPECT_EQ(refusal(R"(,"method":"TRACE")"), "method: TRACE cannot be asked for");
    EXPECT_TRUE(
        contains(refusal(R"(,"method":"GET / HTTP/1.1\r\nX: y\r\n\r\n")"), "is not a method of HTTP"));
    EXPECT_TRUE(contains(refusal(R"(,"body":"x")"), "body: GET has none"));
    EXPECT_TRUE(contains(refusal(R"(,"method":"POST","method":"GET")"), "\"method\" is given twice"));
    EXPECT_EQ(origin.connections_opened(), 0u);
}

TEST_F(Request, HeadHasNoBodyAndNoOutput) {
    origin.on("/",
              script{}.send(answer_head(200, {{"content-length", "5000"}, {"content-type", "text/html"}})));

    auto const got = ask(R"(,"method":"HEAD")");

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/status"], "200");
    EXPECT_EQ(got["/bytes/wire"], "0");
    EXPECT_EQ(got["/output"], "{}");
    EXPECT_EQ(ask(R"(,"method":"HEAD")")["/attempts/0/reused"], "true");
}

TEST_F(Request, WhatHasNotChangedIsAnAnswerWithoutOutput) {
    origin.on("/", [](seen_request const& r) {
        return r.header("if-none-match") == "\"v1\"" ? script{}.send(answer_head(304, {{"etag", "\"v1\""}}))
                                                     : text();
    });

    auto const got = ask(R"(,"headers":{"if-none-match":"\"v1\""})");

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/status"], "304");
    EXPECT_EQ(got["/output"], "{}");
    EXPECT_EQ(got["/headers/0/0"], "etag");
    EXPECT_EQ(ask(R"(,"headers":{"if-none-match":"\"v2\""})")["/output/text"], "here");
    EXPECT_TRUE(contains(origin.request(1).head, "Accept-Encoding: gzip, deflate, br, zstd\r\n"));
}

// A part of a compressed body could not be decompressed, so none is asked for.
TEST_F(Request, PartIsAskedForAsItIs) {
    origin.on("/", script{}.answer(206, "here",
                                   {{"content-type", "text/plain"}, {"content-range", "bytes 2-5/9"}}));

    auto const got = ask(R"(,"headers":{"Range":"bytes=2-5"})");

    EXPECT_EQ(got["/status"], "206");
    EXPECT_EQ(got["/output/text"], "here");
    auto const seen = origin.request(0);
    EXPECT_EQ(seen.header("range"), "bytes=2-5");
    EXPECT_EQ(seen.header("accept-encoding"), "identity");
    EXPECT_EQ(seen.count("accept-encoding"), 1u);
}

TEST_F(Request, RawHandsConditionsOn) {
    for (auto const* name :
         {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"}) {
        get(service.port(), raw_target(origin.url()), {{name, "\"v1\""}});
        EXPECT_EQ(origin.request(origin.requests_seen() - 1).header(name), "\"v1\"");
    }
}

TEST_F(Request, WithoutOutputsNothingIsProcessed) {
    origin.on("/", script{}.answer(404, "<h1>Gone", {{"content-type", "text/html"}}));

    auto const got = ask(R"(,"output":[])");

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/status"], "404");
    EXPECT_EQ(got["/bytes/wire"], "8");
    EXPECT_EQ(got["/output"], "{}");
    EXPECT_EQ(got["/charset"], "absent");
    EXPECT_EQ(got["/timings_us/process"], "0");
    // Nor is what could not be: no worker is asked.
    origin.on(
        "/", script{}.answer(200, "\x89PNG", {{"content-type", "image/png"}, {"content-encoding", "magic"}}));
    EXPECT_EQ(ask(R"(,"output":[])").outcome(), "ok");
    EXPECT_EQ(ask("").outcome(), "decode.unsupported_encoding");
}

class RedirectedRequest : public Request {
  protected:
    // POST with a body to a redirect of this status: what comes to its location.
    seen_request after(int status, std::string_view method = "POST") {
        origin.on("/from", script{}.answer(status, "", {{"location", "/to"}}));
        auto const got = ask(",\"method\":\"" + std::string(method) +
                                 "\",\"body\":\"content\",\"headers\":{\"content-type\":\"a/b\","
                                 "\"content-language\":\"de\",\"content-encoding\":\"x\",\"x-mine\":\"1\"}",
                             "/from");
        EXPECT_EQ(got.outcome(), "ok") << status;
        EXPECT_EQ(got.size("/redirects"), 1u);
        return origin.request(origin.requests_seen() - 1);
    }
};

TEST_F(RedirectedRequest, KeepsMethodAndBodyAt307And308) {
    for (int const status : {307, 308})
        for (auto const* method : {"POST", "PUT", "DELETE", "PROPFIND"}) {
            auto const seen = after(status, method);
            EXPECT_EQ(seen.method, method);
            EXPECT_EQ(seen.target, "/to");
            EXPECT_EQ(seen.body, "content");
            EXPECT_EQ(seen.header("content-type"), "a/b");
            EXPECT_EQ(seen.header("x-mine"), "1");
        }
}

TEST_F(RedirectedRequest, BecomesAGetWithoutItsBodyWhereItDoes) {
    auto const expect_get = [&](int status, char const* method) {
        auto const seen = after(status, method);
        EXPECT_EQ(seen.method, "GET") << status << method;
        EXPECT_EQ(seen.body_bytes, 0u);
        for (auto const* name : {"content-length", "content-type", "content-language", "content-encoding"})
            EXPECT_EQ(seen.count(name), 0u) << name;
        EXPECT_EQ(seen.header("x-mine"), "1");
    };
    for (int const status : {301, 302, 303})
        expect_get(status, "POST");
    expect_get(303, "PUT");
    expect_get(303, "DELETE");
}

TEST_F(RedirectedRequest, KeepsOtherMethodsAt301And302) {
    for (int const status : {301, 302}) {
        auto const seen = after(status, "PUT");
        EXPECT_EQ(seen.method, "PUT");
        EXPECT_EQ(seen.body, "content");
    }
}

TEST_F(RedirectedRequest, HeadStaysHeadEverywhere) {
    for (int const status : {301, 302, 303, 307, 308}) {
        origin.on("/from", script{}.answer(status, "", {{"location", "/to"}}));
        EXPECT_EQ(ask(R"(,"method":"HEAD")", "/from").outcome(), "ok");
        EXPECT_EQ(origin.request(origin.requests_seen() - 1).method, "HEAD");
    }
}

TEST(Downgrade, IsRefusedUnlessItIsAllowed) {
    test_ca const ca;
    origin_options behind_tls;
    behind_tls.tls.emplace();
    behind_tls.tls->identity = ca.issue({});
    scripted_origin secure(behind_tls);
    scripted_origin plain;
    plain.on("/", text("plain"));
    secure.on("/", script{}.answer(302, "", {{"location", plain.url()}}));
    fetchd_process service{with("[net]\nca_file = \"" + ca.file() + "\"\n")};

    EXPECT_EQ(fetch(service, secure.url()).outcome(), "head.downgrade_refused");
    EXPECT_EQ(plain.requests_seen(), 0u);
    EXPECT_EQ(fetch(service, secure.url(), R"(,"allow_downgrade":true)")["/output/text"], "plain");
    EXPECT_EQ(get(service.port(), raw_target(secure.url(), "&allow_downgrade=true")).body, "plain");
    EXPECT_EQ(get(service.port(), raw_target(secure.url())).status, 502);
}

}  // namespace
}  // namespace fetchd::test
