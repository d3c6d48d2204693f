#include "api/request_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace fetchd;
using namespace fetchd::api;
using namespace std::string_literals;

// A request line and fields, as "GET / HTTP/1.1|Host: a": every "|" ends a line.
std::string lines(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2)
        text.replace(at, 1, "\r\n");
    return text + "\r\n\r\n";
}

request_head read(std::string const& text) {
    auto head = parse_request_head(lines(text));
    EXPECT_TRUE(head) << text << ": " << (head ? "" : head.error().why);
    return head ? std::move(*head) : request_head{};
}

// 0 when the head is good, else the status of the refusal.
int refused(std::string const& text) {
    auto const head = parse_request_head(lines(text));
    if (head)
        return 0;
    EXPECT_NE(head.error().why, "") << text;
    return head.error().status;
}

TEST(RequestHead, ReadsMethodPathQueryAndFields) {
    auto const head = read("GET /v1/raw?url=http%3A//a.test/&x HTTP/1.1|Host: here|Accept: */*|X-A:b  ");
    EXPECT_EQ(head.method, "GET");
    EXPECT_EQ(head.path, "/v1/raw");
    EXPECT_EQ(head.query, "url=http%3A//a.test/&x");
    EXPECT_TRUE(head.http11);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_EQ(head.body, body_kind::none);
    EXPECT_EQ(head.fields.size(), 3U);
    EXPECT_EQ(head.fields.get("x-a"), "b");
}

TEST(RequestHead, KeepsTheConnectionAsTheVersionSays) {
    EXPECT_FALSE(read("GET / HTTP/1.1|Host: a|Connection: close").keep_alive);
    EXPECT_FALSE(read("GET / HTTP/1.1|Host: a|Connection: x, Close").keep_alive);
    EXPECT_FALSE(read("GET / HTTP/1.0").keep_alive);
    EXPECT_TRUE(read("GET / HTTP/1.0|Connection: keep-alive").keep_alive);
    EXPECT_FALSE(read("GET / HTTP/1.0").http11);
}

TEST(RequestHead, TargetIsAPathOrAnAbsoluteUrl) {
    EXPECT_EQ(read("GET http://here.test:8484/v1/raw?a=b HTTP/1.1|Host: a").path, "/v1/raw");
    EXPECT_EQ(read("GET http://here.test:8484/v1/raw?a=b HTTP/1.1|Host: a").query, "a=b");
    EXPECT_EQ(read("GET http://here.test HTTP/1.1|Host: a").path, "/");
    EXPECT_EQ(read("GET /? HTTP/1.1|Host: a").query, "");
    EXPECT_EQ(read("GET /a?b?c HTTP/1.1|Host: a").query, "b?c");
    EXPECT_EQ(read("GET //a HTTP/1.1|Host: a").path, "//a");
    for (auto const* target : {"*", "here.test:80", "a", "https://here.test/", "ftp://a/", "?a"})
        EXPECT_EQ(refused("GET "s + target + " HTTP/1.1|Host: a"), 400) << target;
}

TEST(RequestHead, NeedsExactlyOneHost) {
    EXPECT_EQ(refused("GET / HTTP/1.1"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1|Host: a|Host: a"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1|Host: a|host: b"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1|Host:"), 0);
    EXPECT_EQ(refused("GET / HTTP/1.0"), 0);
}

TEST(RequestHead, ReadsTheFramingOfTheBody) {
    auto const with_length = read("POST / HTTP/1.1|Host: a|Content-Length: 5");
    EXPECT_EQ(with_length.body, body_kind::length);
    EXPECT_EQ(with_length.length, 5U);
    EXPECT_EQ(read("POST / HTTP/1.1|Host: a|Content-Length: 0").body, body_kind::none);
    EXPECT_EQ(read("POST / HTTP/1.1|Host: a").body, body_kind::none);
    EXPECT_EQ(read("POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked").body, body_kind::chunked);
    EXPECT_EQ(read("POST / HTTP/1.1|Host: a|transfer-encoding: CHUNKED").body, body_kind::chunked);
    EXPECT_EQ(read("GET / HTTP/1.1|Host: a|Content-Length: 3").body, body_kind::length) << "GET too";
    EXPECT_EQ(read("POST / HTTP/1.1|Host: a|Content-Length: 9223372036854775807").length, INT64_MAX);
}

TEST(RequestHead, RefusesFramingThatCouldSmuggleARequest) {
    for (auto const* fields :
         {"Content-Length: 5|Transfer-Encoding: chunked", "Transfer-Encoding: chunked|Content-Length: 5",
          "Content-Length: 5|Content-Length: 5", "Content-Length: 5|Content-Length: 6",
          "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: -1", "Content-Length: 0x5",
          "Content-Length: 5a", "Content-Length:", "Content-Length: 1 2",
          "Content-Length: 9223372036854775808", "Content-Length: 18446744073709551616",
          "Content-Length: 99999999999999999999999999999999", "Content-Length : 5"})
        EXPECT_EQ(refused("POST / HTTP/1.1|Host: a|"s + fields), 400) << fields;
    EXPECT_EQ(refused("POST / HTTP/1.0|Transfer-Encoding: chunked"), 400);
}

TEST(RequestHead, KnowsNoOtherTransferCoding) {
    for (auto const* coding : {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity",
                               "xchunked", "chunked;q=1", ""}) {
        auto const status = refused("POST / HTTP/1.1|Host: a|Transfer-Encoding: "s + coding);
        EXPECT_TRUE(status == 501 || status == 400) << coding << ": " << status;
    }
    auto const twice =
        refused("POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Transfer-Encoding: chunked");
    EXPECT_TRUE(twice == 501 || twice == 400) << twice;
}

TEST(RequestHead, UnderstandsOneExpectation) {
    EXPECT_TRUE(read("POST / HTTP/1.1|Host: a|Content-Length: 1|Expect: 100-continue").expects_continue);
    EXPECT_TRUE(
        read("POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Expect: 100-CONTINUE").expects_continue);
    EXPECT_FALSE(read("POST / HTTP/1.1|Host: a|Expect: 100-continue").expects_continue)
        << "no body to wait for";
    EXPECT_FALSE(read("POST / HTTP/1.0|Content-Length: 1|Expect: 100-continue").expects_continue);
    EXPECT_EQ(refused("POST / HTTP/1.1|Host: a|Content-Length: 1|Expect: 200-ok"), 417);
}

TEST(RequestHead, SpeaksTwoVersions) {
    EXPECT_EQ(refused("GET / HTTP/2.0|Host: a"), 505);
    EXPECT_EQ(refused("GET / HTTP/1.2|Host: a"), 505);
    EXPECT_EQ(refused("GET / HTTP/0.9|Host: a"), 505);
    EXPECT_EQ(refused("GET / http/1.1|Host: a"), 505);
}

TEST(RequestHead, RefusesWhatIsNotHttp) {
    for (auto const* text :
         {"", "GET", "GET /", "GET / HTTP/1.1 |Host: a", "GET  / HTTP/1.1|Host: a", " GET / HTTP/1.1|Host: a",
          "G(T / HTTP/1.1|Host: a", "GET / HTTP/1.1|Host: a|no colon", "GET / HTTP/1.1|Host: a|: empty",
          "GET / HTTP/1.1|Host: a|bad name: x", "GET / HTTP/1.1|Host: a|x: \x01",
          "GET /\x01 HTTP/1.1|Host: a", "GET / HTTP/1.1|Host: a|x: a\nb: c",
          "GET / HTTP/1.1|Host: a|x: a\rb: c", "\x16\x03\x01"}) {
        auto const status = refused(text);
        EXPECT_TRUE(status == 400 || status == 505) << text << ": " << status;
    }
    EXPECT_EQ(refused("GET / HTTP/1.1|Host: a|x: a\0b"s), 400);
    EXPECT_EQ(refused("GET /\0 HTTP/1.1|Host: a"s), 400);
    EXPECT_EQ(refused(std::string(100'000, 'x')), 400);
}

TEST(RequestHead, CountsItsFields) {
    auto const with = [](int n) {
        std::string text = "GET / HTTP/1.1|Host: a";
        for (int i = 1; i < n; ++i)
            text += "|x-" + std::to_string(i) + ": y";
        return text;
    };
    EXPECT_EQ(refused(with(99)), 0);
    EXPECT_EQ(refused(with(100)), 0);
    EXPECT_EQ(refused(with(101)), 431);
    EXPECT_EQ(refused(with(5000)), 431);
}

TEST(RequestHead, WithoutItsEndIsRefused) {
    EXPECT_FALSE(parse_request_head("GET / HTTP/1.1\r\nHost: a\r\n"));
    EXPECT_FALSE(parse_request_head("GET / HTTP/1.1\r\nHost: a\n\n"));
    EXPECT_FALSE(parse_request_head(""));
}

}  // namespace
