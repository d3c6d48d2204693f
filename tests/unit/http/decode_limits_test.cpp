// Layers, limits, and how much one step does.
#include <gmock/gmock.h>

#include "support/compress.hpp"
#include "unit/http/decode_transcript.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::test;
using testing::HasSubstr;

TEST(Decoder, LayersAreUndoneInReverseOrderOverAllFields) {
    auto const plain = prose(50'000);
    auto const body = zstd_encoded(br_encoded(deflate_encoded(gzip_encoded(plain))));
    for (std::size_t const piece : {1u, 1000u, 1'000'000u}) {
        EXPECT_EQ(decoded({"gzip, deflate", "BR", " identity ,\tZstd "}, body, {}, piece).plain, plain);
        EXPECT_EQ(end_of(decoded({"gzip, deflate, br, zstd"}, body, {}, piece)), "ok");
    }
    EXPECT_EQ(end_of(decoded({"zstd, br, deflate, gzip"}, body)), "corrupt");
    EXPECT_EQ(end_of(decoded({"gzip, deflate, br, zstd"}, body.substr(0, body.size() - 1))), "truncated");
    auto const inner_cut = gzip_encoded(gzip_encoded(plain).substr(0, 100));
    EXPECT_EQ(end_of(decoded({"gzip, gzip"}, inner_cut)), "truncated");
    EXPECT_EQ(end_of(decoded({"gzip, br"}, br_encoded(gzip_encoded(plain) + "x"))), "corrupt");
}

TEST(Decoder, FiveLayersAreReadAndSixRefused) {
    std::string body = "text";
    for (int i = 0; i < 5; ++i)
        body = gzip_encoded(body);
    EXPECT_EQ(decoded({"gzip,gzip,gzip", "gzip,gzip"}, body).plain, "text");
    auto const six = decoded({"gzip,gzip,gzip", "gzip,gzip,gzip"}, gzip_encoded(body));
    EXPECT_EQ(end_of(six), "too_many_layers");
    std::string many;
    for (int i = 0; i < 100'000; ++i)
        many += "gzip,";
    EXPECT_EQ(end_of(decoded({many}, body)), "too_many_layers");
    EXPECT_EQ(end_of(decoded({"gzip, identity, identity, gzip, identity, identity"},
                             gzip_encoded(gzip_encoded("a")))),
              "ok");
}

TEST(Decoder, UnknownCodingsAreRefusedByName) {
    for (auto const* value : {"compress", "gzip, x-unknown", "gzip;q=1", "gzip br", "\"gzip\"", "none", "*"})
        EXPECT_EQ(end_of(decoded({value}, "")), "unsupported_encoding") << value;
    EXPECT_EQ(decoded({"x-Unknown"}, "").error->detail, "\"x-unknown\"");
    EXPECT_EQ(decoded({"a\"\x01\xff" + std::string(500, 'b')}, "").error->detail,
              "\"a???" + std::string(36, 'b') + "\"");
}

TEST(Decoder, OutputLimitIsExact) {
    for (auto const coding : all_codings) {
        auto const body = encoded(coding, prose(10'000));
        EXPECT_EQ(end_of(decoded({coding}, body, decode_limits{10'000, 0, 0, 5})), "ok");
        auto const over = decoded({coding}, body, decode_limits{9'999, 0, 0, 5}, 1 << 20, 100);
        EXPECT_EQ(end_of(over), "too_large");
        EXPECT_LE(over.plain.size(), 9'999u);
        EXPECT_EQ(end_of(decoded({coding}, body, decode_limits{0, 0, 0, 5})), "too_large");
        EXPECT_EQ(end_of(decoded({coding}, body, decode_limits{UINT64_MAX, 0, 0, 5})), "ok");
    }
}

TEST(Decoder, RatioIsAskedOnlyPastItsFloor) {
    auto const body = gzip_encoded(std::string(1 << 20, 'z'));
    EXPECT_EQ(end_of(decoded({"gzip"}, body, decode_limits{64 << 20, 100, 1 << 20, 5})), "ok");
    EXPECT_EQ(end_of(decoded({"gzip"}, body, decode_limits{64 << 20, 100, (1 << 20) - 1, 5})), "too_large");
    EXPECT_EQ(end_of(decoded({"gzip"}, body, decode_limits{64 << 20, 1100, 0, 5})), "ok");
    EXPECT_EQ(end_of(decoded({"gzip"}, body, decode_limits{64 << 20, 0, 0, 5})), "ok");
    EXPECT_THAT(decoded({"gzip"}, body, decode_limits{64 << 20, 100, 0, 5}).error->message(),
                HasSubstr("100 times"));
}

TEST(Decoder, WriteHandsPiecesToItsSink) {
    auto const plain = prose(300'000);
    auto const body = gzip_encoded(plain);
    auto made = decoder_for({"gzip"});
    std::string seen;
    auto const sink = [&](std::span<char const> piece) {
        EXPECT_LE(piece.size(), 64u << 10);
        seen.append(piece.data(), piece.size());
    };
    auto const half = std::string_view(body).substr(0, body.size() / 2);
    EXPECT_TRUE(made->write(half, sink));
    EXPECT_EQ(made->finish().error().what, code::truncated);

    made = decoder_for({"gzip"});
    seen.clear();
    EXPECT_TRUE(made->write(half, sink));
    EXPECT_TRUE(made->write(std::string_view(body).substr(half.size()), sink));
    EXPECT_TRUE(made->finish());
    EXPECT_EQ(seen, plain);
    EXPECT_EQ(made->bytes_in(), body.size());
    EXPECT_EQ(made->bytes_out(), plain.size());
    EXPECT_EQ(made->write(std::string_view("x"), sink).error().what, code::corrupt);
}

TEST(Decoder, OneStepDoesABoundedAmountOfWork) {
    // 30 MB of skippable zstd frames inside a small gzip: much to read and nothing to write.
    std::string frame("\x50\x2a\x4d\x18\0\0\x01\0", 8);
    frame += std::string(65'536, '\0');
    std::string inner;
    while (inner.size() < 30'000'000)
        inner += frame;
    auto const body = gzip_encoded(inner);
    auto made = decoder_for({"zstd, gzip"}, decode_limits{64 << 20, 0, 0, 5});
    std::string room(1000, '\0');
    std::span<char const> in(body);
    int steps = 0;
    for (bool starved = false; !starved; ++steps) {
        auto const did = made->step(in, room);
        ASSERT_TRUE(did);
        in = in.subspan(did->consumed);
        starved = did->starved;
    }
    EXPECT_GE(steps, 28);
    EXPECT_TRUE(made->finish());
    EXPECT_EQ(made->bytes_out(), 0u);
    // Under the usual limits it counts as what it is.
    EXPECT_EQ(end_of(decoded({"zstd, gzip"}, body)), "too_large");
}

}  // namespace
