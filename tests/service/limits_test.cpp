// Theme: what an answer may have, at one less than its limit, at it, and at one more.
#include <gtest/gtest.h>

#include <algorithm>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class Limits : public testing::Test {
  protected:
    std::string outcome_of(script what, std::string_view more = {}) {
        origin.on("/", std::move(what));
        return fetch(service, origin.url(), more).outcome();
    }

    fetchd_process service;
    scripted_origin origin;
};

// A head of exactly so many bytes.
std::string head_of(std::size_t bytes) {
    std::string const begin = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: ";
    return begin + std::string(bytes - begin.size() - 4, 'x') + "\r\n\r\n";
}

TEST_F(Limits, HeadOf128KiB) {
    constexpr std::size_t most = 128 * 1024;
    EXPECT_EQ(outcome_of(script{}.send(head_of(most - 1))), "ok");
    EXPECT_EQ(outcome_of(script{}.send(head_of(most))), "ok");
    EXPECT_EQ(outcome_of(script{}.send(head_of(most + 1))), "head.too_large");
}

TEST_F(Limits, HeadOf500Fields) {
    auto const with_fields = [](int n) {
        std::string head = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n";
        for (int i = 1; i < n; ++i)
            head += "x: y\r\n";
        return script{}.send(head + "\r\n");
    };
    EXPECT_EQ(outcome_of(with_fields(499)), "ok");
    EXPECT_EQ(outcome_of(with_fields(500)), "ok");
    EXPECT_EQ(outcome_of(with_fields(501)), "head.too_large");
}

TEST_F(Limits, TenInterimAnswers) {
    auto const with_interim = [](int n) {
        std::string all;
        for (int i = 0; i < n; ++i)
            all += "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
        return script{}.send(all).answer(200, "");
    };
    EXPECT_EQ(outcome_of(with_interim(9)), "ok");
    EXPECT_EQ(outcome_of(with_interim(10)), "ok");
    EXPECT_EQ(outcome_of(with_interim(11)), "head.malformed");
}

TEST_F(Limits, TrailersOf8KiB) {
    auto const with_trailers = [](std::size_t bytes) {
        auto const trailers = "t: " + std::string(bytes - 5, 'x') + "\r\n";
        return script{}.send(answer_head(200, {{"transfer-encoding", "chunked"}}) + "1\r\nx\r\n0\r\n" +
                             trailers + "\r\n");
    };
    constexpr std::size_t most = 8 * 1024;
    EXPECT_EQ(outcome_of(with_trailers(most - 1)), "ok");
    EXPECT_EQ(outcome_of(with_trailers(most)), "ok");
    EXPECT_EQ(outcome_of(with_trailers(most + 1)), "body.malformed");
}

TEST_F(Limits, ChunkExtensionsOf16KiB) {
    auto const with_extension = [](std::size_t bytes) {
        return script{}.send(answer_head(200, {{"transfer-encoding", "chunked"}}) + "1;" +
                             std::string(bytes, 'e') + "\r\nx\r\n0\r\n\r\n");
    };
    constexpr std::size_t most = 16 * 1024;
    EXPECT_EQ(outcome_of(with_extension(most - 1)), "ok");
    EXPECT_EQ(outcome_of(with_extension(most)), "ok");
    EXPECT_EQ(outcome_of(with_extension(most + 1)), "body.malformed");
}

TEST_F(Limits, TenRedirectsAndTwentyWhereAsked) {
    origin.on("/0", script{}.answer(200, ""));
    for (int i = 1; i <= 21; ++i)
        origin.on("/" + std::to_string(i),
                  script{}.answer(302, "", {{"location", "/" + std::to_string(i - 1)}}));
    auto const after = [&](int hops, std::string_view more = {}) {
        return fetch(service, origin.url("/" + std::to_string(hops)), more).outcome();
    };
    EXPECT_EQ(after(9), "ok");
    EXPECT_EQ(after(10), "ok");
    EXPECT_EQ(after(11), "head.too_many_redirects");
    EXPECT_EQ(after(19, ",\"max_redirects\":20"), "ok");
    EXPECT_EQ(after(20, ",\"max_redirects\":20"), "ok");
    EXPECT_EQ(after(21, ",\"max_redirects\":20"), "head.too_many_redirects");
    EXPECT_EQ(post(service.port(), "/v1/fetch", fetch_body(origin.url(), ",\"max_redirects\":21")).status,
              400);
}

// The first fifty of an answer are read; the others are not an error, they are only not kept.
TEST_F(Limits, FiftyCookiesOfOneAnswer) {
    for (int const n : {49, 50, 51}) {
        header_list fields;
        for (int i = 1; i <= n; ++i)
            fields.emplace_back("set-cookie", "c" + std::to_string(i) + "=v");
        origin.on("/set", script{}.answer(200, "", fields));
        origin.on("/get", script{}.answer(200, ""));
        auto const session = ",\"session\":\"s" + std::to_string(n) + "\"";
        EXPECT_EQ(fetch(service, origin.url("/set"), session).outcome(), "ok");
        EXPECT_EQ(fetch(service, origin.url("/get"), session).outcome(), "ok");

        auto const sent = origin.request(origin.requests_seen() - 1).header("cookie").value_or("");
        EXPECT_EQ(std::count(sent.begin(), sent.end(), '='), std::min(n, 50));
    }
}

}  // namespace
}  // namespace fetchd::test
