// Theme: compressed answers of every kind, and those that are made to hurt.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/compress.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

constexpr std::string_view codings[] = {"gzip", "deflate", "raw deflate", "br", "zstd"};

std::string coded(std::string_view coding, std::string_view plain) {
    return coding == "raw deflate" ? raw_deflate_encoded(plain) : encoded(coding, plain);
}

// What the field calls it.
std::string named(std::string_view coding) {
    return std::string(coding == "raw deflate" ? "deflate" : coding);
}

TEST(Decode, AnswersOfEveryStatusAreDecompressed) {
    fetchd_process service;
    scripted_origin origin;
    for (auto const coding : codings)
        for (int const status : {200, 203, 302, 404, 500}) {
            origin.on("/", script{}.answer(status, coded(coding, "plain"),
                                           {{"content-type", "text/plain"},
                                            {"content-encoding", named(coding)},
                                            {"location", "/elsewhere"}}));
            auto const got = fetch(service, origin.url(), ",\"max_redirects\":0");
            EXPECT_EQ(got["/output/text"], "plain") << coding << " " << status;
            EXPECT_EQ(got["/status"], std::to_string(status));
            EXPECT_EQ(got["/bytes/decoded"], "5");
        }
}

TEST(Decode, LayersAreCountedOverAllLinesOfTheField) {
    fetchd_process service;
    scripted_origin origin;
    auto const layers = [&](std::size_t n) {
        header_list fields{{"content-type", "text/plain"}};
        std::string body = "plain";
        for (std::size_t i = 0; i < n; ++i) {
            body = coded(codings[i % 5], body);
            fields.emplace_back("content-encoding", named(codings[i % 5]));
        }
        origin.on("/", script{}.answer(200, body, fields));
        return fetch(service, origin.url());
    };
    EXPECT_EQ(layers(4)["/output/text"], "plain");
    EXPECT_EQ(layers(5)["/output/text"], "plain");
    EXPECT_EQ(layers(6).outcome(), "decode.too_many_layers");
}

TEST(Decode, CutAndTrailingBytesAreFound) {
    fetchd_process service;
    scripted_origin origin;
    std::string plain;  // nothing in it repeats soon, so that a cut takes some of it
    for (int i = 0; i < 1000; ++i)
        plain += std::to_string(i * 7919) + " ";
    for (auto const coding : codings) {
        auto const answer = [&](std::string body) {
            origin.on("/",
                      script{}.answer(200, std::move(body),
                                      {{"content-type", "text/plain"}, {"content-encoding", named(coding)}}));
            return fetch(service, origin.url()).outcome();
        };
        auto const whole = coded(coding, plain);
        EXPECT_EQ(answer(whole), "ok") << coding;
        EXPECT_EQ(answer(whole.substr(0, whole.size() / 2)), "decode.truncated") << coding;
        EXPECT_EQ(answer(whole + "garbage"), "decode.corrupt") << coding;
    }
}

// 16 MiB of zeros in each coding, alone and inside each coding again.
TEST(Decode, ThirtyBombsLeaveTheMainProcessAsItWas) {
    fetchd_process service{with("[fetch]\nmax_decoded = \"1MiB\"\n")};
    scripted_origin origin;
    std::string const zeros(16U << 20U, '\0');
    std::size_t number = 0;
    auto const add = [&](std::string body, header_list fields) {
        fields.emplace_back("content-type", "text/plain");
        origin.on("/" + std::to_string(number++), script{}.answer(200, std::move(body), fields));
    };
    for (auto const inner : codings) {
        auto const bomb = coded(inner, zeros);
        add(bomb, {{"content-encoding", named(inner)}});
        for (auto const outer : codings)
            add(coded(outer, bomb), {{"content-encoding", named(inner) + ", " + named(outer)}});
    }
    ASSERT_EQ(number, 30U);
    origin.on("/warm", script{}.answer(200, "up", {{"content-type", "text/plain"}}));
    EXPECT_EQ(fetch(service, origin.url("/warm")).outcome(), "ok");

    auto const before = service.resident();
    for (std::size_t i = 0; i < number; ++i)
        EXPECT_EQ(fetch(service, origin.url("/" + std::to_string(i))).outcome(), "decode.too_large") << i;

    auto const allowed = slowness() == 1 ? 2U << 20U : 64U << 20U;  // a sanitizer keeps what is freed
    EXPECT_LT(service.resident(), before + allowed);
    EXPECT_EQ(metric(service, "fetchd_workers_crashed_total"), 0);
}

}  // namespace
}  // namespace fetchd::test
