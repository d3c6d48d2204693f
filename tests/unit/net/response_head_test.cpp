#include "net/response_head.hpp"

#include <gtest/gtest.h>

namespace {

using namespace fetchd;
using namespace std::string_literals;

// A status line and fields, as "HTTP/1.1 200 OK|A: b": every "|" ends a line.
std::string lines(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2)
        text.replace(at, 1, "\r\n");
    return text + "\r\n\r\n";
}

// How the body is framed and whether the connection may be kept, as "length 5 keep" or "close"; or the
// failure's code.
std::string framed(std::string const& text, bool head_request = false) {
    auto const head = parse_response_head(lines(text), head_request);
    if (!head)
        return std::string(name(head.error().what));
    constexpr std::string_view names[] = {"none", "length", "chunked", "until_close"};
    auto said = std::string(names[static_cast<int>(head->body)]);
    if (head->body == framing::length)
        said += " " + std::to_string(head->length);
    return said + (head->keep_alive ? " keep" : " close");
}

TEST(ResponseHead, ReadsStatusReasonAndFields) {
    auto const head = parse_response_head(lines("HTTP/1.1 404 Not Found|A: 1|b:2  |a:"), false);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 404);
    EXPECT_EQ(head->reason, "Not Found");
    ASSERT_EQ(head->fields.size(), 3U);
    EXPECT_EQ(head->fields.get("B"), "2");
    EXPECT_EQ(head->fields.get("a"), "1") << "fields of one name keep their order (RFC 9110 §5.3)";
    EXPECT_EQ(head->fields.count("A"), 2U);
}

// RFC 9112 §6.3, rule by rule.
TEST(ResponseHead, FramesTheBody) {
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Content-Length: 5"), "length 5 keep");
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Content-Length: 0"), "length 0 keep");
    EXPECT_EQ(framed("HTTP/1.1 200 OK|content-length: 007"), "length 7 keep");
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Transfer-Encoding: chunked"), "chunked keep");
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Transfer-Encoding: CHUNKED"), "chunked keep");
    EXPECT_EQ(framed("HTTP/1.1 200 OK"), "until_close close");
    EXPECT_EQ(framed("HTTP/1.1 500 No|Content-Length: 9223372036854775807"),
              "length 9223372036854775807 keep");
}

TEST(ResponseHead, SomeAnswersHaveNoBody) {
    for (auto const* status : {"204 No Content", "304 Not Modified", "100 Continue", "103 Early Hints"}) {
        EXPECT_EQ(framed("HTTP/1.1 "s + status), "none keep") << status;
        EXPECT_EQ(framed("HTTP/1.1 "s + status + "|Content-Length: 5"), "none keep") << status;
        EXPECT_EQ(framed("HTTP/1.1 "s + status + "|Transfer-Encoding: chunked"), "none keep") << status;
    }
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Content-Length: 5", true), "none keep");
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Transfer-Encoding: chunked", true), "none keep");
    EXPECT_EQ(framed("HTTP/1.1 200 OK", true), "none keep");
    EXPECT_EQ(parse_response_head(lines("HTTP/1.1 200 OK|Content-Length: 5"), true)->length, 5U)
        << "what GET would have brought";
}

TEST(ResponseHead, ClosesWhereTheAnswerSaysSo) {
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Content-Length: 5|Connection: close"), "length 5 close");
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Content-Length: 5|Connection: x, CLOSE"), "length 5 close");
    EXPECT_EQ(framed("HTTP/1.0 200 OK|Content-Length: 5"), "length 5 close");
    EXPECT_EQ(framed("HTTP/1.0 200 OK|Content-Length: 5|Connection: keep-alive"), "length 5 keep");
    EXPECT_EQ(framed("HTTP/1.0 200 OK"), "until_close close");
    EXPECT_EQ(framed("HTTP/1.0 200 OK|Connection: keep-alive"), "until_close close");
    EXPECT_EQ(framed("HTTP/1.1 204 No|Connection: close"), "none close");
}

// RFC 9112 §6.1: a 1.0 answer with a transfer coding is faulty; the connection ends after it.
TEST(ResponseHead, ChunkedFromAnOldServerIsNotReused) {
    auto const said = framed("HTTP/1.0 200 OK|Transfer-Encoding: chunked|Connection: keep-alive");
    EXPECT_TRUE(said == "chunked close" || said == "malformed") << said;
}

// Both: an attempt at smuggling, or a mistake. Never the length, and never a connection to be used again.
TEST(ResponseHead, LengthBesideATransferCodingIsNotBelieved) {
    for (auto const* fields :
         {"Content-Length: 5|Transfer-Encoding: chunked", "Transfer-Encoding: chunked|Content-Length: 5"}) {
        auto const said = framed("HTTP/1.1 200 OK|"s + fields);
        EXPECT_TRUE(said == "chunked close" || said == "malformed") << said;
    }
}

TEST(ResponseHead, RefusesAmbiguousLengths) {
    for (auto const* fields :
         {"Content-Length: 5|Content-Length: 6", "Content-Length: 5|Content-Length: 5",
          "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: -5", "Content-Length: 0x5",
          "Content-Length: 5 5", "Content-Length: 5;", "Content-Length:", "Content-Length: five",
          "Content-Length: 9223372036854775808", "Content-Length: 18446744073709551616",
          "Content-Length: 99999999999999999999999999"})
        EXPECT_EQ(framed("HTTP/1.1 200 OK|"s + fields), "malformed") << fields;
}

TEST(ResponseHead, RefusesTransferCodingsItDoesNotKnow) {
    for (auto const* coding : {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity",
                               "xchunked", "chunked;a=b", ""})
        EXPECT_EQ(framed("HTTP/1.1 200 OK|Transfer-Encoding: "s + coding), "malformed") << coding;
    EXPECT_EQ(framed("HTTP/1.1 200 OK|Transfer-Encoding: chunked|Transfer-Encoding: chunked"), "malformed");
}

TEST(ResponseHead, RefusesWhatIsNotHttp) {
    for (auto const* text : {"",
                             "HTTP/1.1",
                             "HTTP/1.1 20 OK",
                             "HTTP/1.1 2000 OK",
                             "HTTP/1.1 abc OK",
                             "HTTP/2.0 200 OK",
                             "HTTP/1.2 200 OK",
                             "http/1.1 200 OK",
                             "ICY 200 OK",
                             " HTTP/1.1 200 OK",
                             "HTTP/1.1  200 OK",
                             "HTTP/1.1 200 OK|no colon",
                             "HTTP/1.1 200 OK|: x",
                             "HTTP/1.1 200 OK|a b: x",
                             "HTTP/1.1 200 OK|a : x",
                             "HTTP/1.1 200 OK|a: \x01",
                             "HTTP/1.1 200 OK|a: b\n c: d",
                             "HTTP/1.1 200OK",
                             "HTTP/1.1x200 OK",
                             "HTTP/1.1 2x0 OK",
                             "HTTP/1.1 20x OK",
                             "HTTP/1.1 200 OK|a: \x7f",
                             "HTTP/1.1 200 OK|a: b|\tfolded",
                             "HTTP/1.1 099 OK",
                             "HTTP/1.1 200 O\x01K",
                             "HTTP/1.1 200 OK|a: b| folded",
                             "HTTP/1.1 200 OK|a: b\rc: d",
                             "SSH-2.0-OpenSSH_9.2",
                             "<html>"})
        EXPECT_EQ(framed(text), "malformed") << text;
    EXPECT_EQ(framed("HTTP/1.1 200 OK|a: b\0c"s), "malformed");
    EXPECT_EQ(framed(std::string(200'000, 'x')), "malformed");
    EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\nA: b\r\n", false)) << "the end is missing";
    EXPECT_FALSE(parse_response_head("", false));
}

// What real servers send and nobody is hurt by; who writes so is not trusted with a second request, where
// line ends are at stake (docs/http1-responses.md).
TEST(ResponseHead, HarmlessSloppinessIsRead) {
    EXPECT_EQ(framed("HTTP/1.1 204"), "none keep");
    EXPECT_EQ(framed("HTTP/1.1 204 "), "none keep");
    EXPECT_EQ(framed("HTTP/1.1 204 No|a: b\nc: d"), "none close");
    EXPECT_EQ(framed("HTTP/1.1 204 No|a: b\tc"), "none keep");
    EXPECT_EQ(framed("|HTTP/1.1 204 No"), "none close") << "an empty line too many from the answer before";
    EXPECT_EQ(framed("||HTTP/1.1 204 No"), "malformed");
    auto const head = parse_response_head("HTTP/1.1 200\nContent-Length: 5\n\n", false);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->reason, "");
    EXPECT_EQ(head->length, 5U);
    EXPECT_FALSE(head->keep_alive);
}

TEST(ResponseHead, BytesBeyondAsciiPass) {
    auto const head = parse_response_head(lines("HTTP/1.1 200 OK|A: caf\xe9|B: \xe2\x82\xac"), false);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->fields.get("a"), "caf\xe9");
    EXPECT_EQ(head->fields.get("b"), "\xe2\x82\xac");
}

TEST(ResponseHead, CountsItsFields) {
    auto const with = [](std::size_t n) {
        auto text = "HTTP/1.1 204 No"s;
        for (std::size_t i = 0; i < n; ++i)
            text += "|x: y";
        return text;
    };
    EXPECT_EQ(framed(with(max_response_fields - 1)), "none keep");
    EXPECT_EQ(framed(with(max_response_fields)), "none keep");
    EXPECT_EQ(framed(with(max_response_fields + 1)), "too_large");
}

TEST(HeadEnd, IsBehindTheEmptyLineHoweverItArrives) {
    auto const bytes = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\n"s;
    auto const end = bytes.find("body");
    EXPECT_EQ(find_head_end(bytes, 0), end);
    for (std::size_t first = 0; first <= bytes.size(); ++first) {
        auto const found = find_head_end(bytes.substr(0, first), 0);
        EXPECT_EQ(found, first >= end ? end : bytes.npos);
        auto const resumed = first < end ? find_head_end(bytes, first) : end;
        EXPECT_EQ(resumed, end) << "the rest came after " << first;
    }
}

TEST(HeadEnd, LinesMayEndInABareLineFeed) {
    EXPECT_EQ(find_head_end("A: b\n\nbody", 0), 6U);
    EXPECT_EQ(find_head_end("A: b\n\r\nbody", 0), 7U);
    EXPECT_EQ(find_head_end("A: b\r\n\nbody", 0), 7U);
    EXPECT_EQ(find_head_end("A: b\nc: d\n", 0), std::string_view::npos);
}

TEST(HeadEnd, ByteByByte) {
    auto const bytes = "A: b\r\n\r\r\n\r\n"s;
    std::size_t searched = 0;
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        EXPECT_EQ(find_head_end(std::string_view(bytes).substr(0, n), searched), bytes.npos);
        searched = n;
    }
    EXPECT_EQ(find_head_end(bytes, searched), bytes.size());
    EXPECT_EQ(find_head_end("", 0), std::string::npos);
    EXPECT_EQ(find_head_end("\n\n", 0), 2U);
}

}  // namespace
