// Each coding by itself.
#include <gmock/gmock.h>

#include "support/compress.hpp"
#include "unit/http/decode_transcript.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::test;
using testing::HasSubstr;

class EveryCoding : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Decoder, EveryCoding, testing::ValuesIn(all_codings), [](auto const& instance) {
    std::string name(instance.param);
    std::erase(name, '-');
    return name;
});

TEST_P(EveryCoding, GivesThePlainBytesBack) {
    for (std::size_t const size : {0u, 1u, 100u, 65'536u, 300'000u}) {
        auto const plain = prose(size);
        auto const seen = decoded({GetParam()}, encoded(GetParam(), plain));
        EXPECT_EQ(end_of(seen), "ok");
        EXPECT_EQ(seen.plain, plain);
    }
}

TEST_P(EveryCoding, PieceAndRoomSizesDoNotMatter) {
    auto const plain = prose(20'000);
    auto const body = encoded(GetParam(), plain);
    for (auto const& [piece, room] : {std::pair{1, 1}, {1, 65'536}, {7, 3}, {1 << 20, 1}, {13, 4096}}) {
        auto const seen =
            decoded({GetParam()}, body, {}, static_cast<std::size_t>(piece), static_cast<std::size_t>(room));
        EXPECT_EQ(end_of(seen), "ok") << piece << ' ' << room;
        EXPECT_EQ(seen.plain, plain) << piece << ' ' << room;
        EXPECT_EQ(seen.consumed, body.size());
    }
}

TEST_P(EveryCoding, TruncationAnywhereIsNoticed) {
    auto const plain = prose(500);
    auto const body = encoded(GetParam(), plain);
    for (std::size_t cut = 1; cut < body.size(); ++cut) {
        auto const seen = decoded({GetParam()}, std::string_view(body).substr(0, cut));
        EXPECT_EQ(end_of(seen), "truncated") << cut;
        EXPECT_EQ(seen.plain, plain.substr(0, seen.plain.size())) << cut;
    }
}

TEST_P(EveryCoding, BytesAfterTheEndAreRefused) {
    auto const body = encoded(GetParam(), prose(500));
    for (std::size_t const piece : {1u, 1'000'000u}) {
        for (auto const* after : {"trailing", "\x01\x02\x03\x04\x05\x06\x07\x08"})
            EXPECT_EQ(end_of(decoded({GetParam()}, body + after, {}, piece)), "corrupt") << after;
        EXPECT_NE(end_of(decoded({GetParam()}, body + "x", {}, piece)), "ok");
    }
}

TEST_P(EveryCoding, DamageIsMostlyNoticedAndNeverWorse) {
    // Not every format has a checksum: what must hold is that nothing crashes, hangs or grows.
    auto const plain = prose(4000);
    auto const body = encoded(GetParam(), plain);
    std::mt19937 random(7);
    int refused = 0;
    for (int i = 0; i < 500; ++i) {
        auto damaged = body;
        damaged[random() % damaged.size()] ^= static_cast<char>(1u << random() % 8);
        auto const seen = decoded({GetParam()}, damaged, decode_limits{1 << 20, 0, 0, 5});
        EXPECT_LE(seen.plain.size(), 1u << 20);
        refused += seen.error.has_value();
    }
    EXPECT_GT(refused, 50);
}

TEST_P(EveryCoding, FailureIsFinal) {
    auto made = decoder_for({GetParam()});
    std::string room(100, '\0');
    auto const body = encoded(GetParam(), "short") + "garbage after the end";
    std::span<char const> in(body);
    while (true) {
        auto const did = made->step(in, room);
        if (!did)
            break;
        in = in.subspan(did->consumed);
    }
    EXPECT_EQ(made->step(std::string_view("more"), room).error().what, code::corrupt);
    EXPECT_EQ(made->finish().error().what, code::corrupt);
}

TEST_P(EveryCoding, EmptyBodyIsAnEmptyBody) {
    EXPECT_EQ(end_of(GetParam(), ""), "ok");
}

TEST(Decoder, RandomBytesAreRefusedWhereTheFormatHasAMark) {
    std::mt19937 random(3);
    for (int i = 0; i < 200; ++i) {
        std::string body(1 + random() % 200, '\0');
        std::ranges::generate(body, [&] { return static_cast<char>(random()); });
        for (auto const* coding : {"gzip", "zstd"})
            EXPECT_NE(end_of(coding, body), "ok");
    }
}

TEST(Decoder, IdentityPassesBytesAndCountsThem) {
    for (auto const* value : {"", "identity", "Identity, ,identity", " \t,"}) {
        auto const plain = std::string("plain\0bytes", 11);
        EXPECT_EQ(decoded({value}, plain).plain, plain) << value;
        EXPECT_TRUE(decoder_for({value})->identity());
    }
    EXPECT_EQ(end_of(decoded({}, std::string(100, 'x'), decode_limits{100, 0, 0, 5}, 7)), "ok");
    auto const over = decoded({}, std::string(101, 'x'), decode_limits{100, 0, 0, 5}, 7);
    EXPECT_EQ(end_of(over), "too_large");
    EXPECT_LE(over.plain.size(), 100u);
}

TEST(Decoder, DeflateIsReadWithAndWithoutZlibsWrapping) {
    auto const plain = prose(100'000);
    for (std::size_t const piece : {1u, 1'000'000u}) {
        EXPECT_EQ(decoded({"deflate"}, deflate_encoded(plain), {}, piece).plain, plain);
        EXPECT_EQ(decoded({"deflate"}, raw_deflate_encoded(plain), {}, piece).plain, plain);
        EXPECT_EQ(decoded({"deflate"}, raw_deflate_encoded(plain, 0), {}, piece).plain, plain);
    }
    for (int window = 9; window <= 15; ++window)
        EXPECT_EQ(decoded({"deflate"}, zlib_encoded(plain, window)).plain, plain) << window;
    EXPECT_EQ(end_of("deflate", raw_deflate_encoded("")), "ok");
}

TEST(Decoder, PresetDictionaryIsRefused) {
    EXPECT_EQ(end_of("deflate", std::string("\x78\xbb\x00\x00\x00\x01more", 10)), "corrupt");
}

TEST(Decoder, GzipMembersAreOneBody) {
    auto const body =
        gzip_encoded("one ") + gzip_encoded("") + gzip_encoded("two ") + gzip_encoded(prose(1000));
    for (std::size_t const piece : {1u, 3u, 1'000'000u})
        EXPECT_EQ(decoded({"gzip"}, body, {}, piece).plain, "one two " + prose(1000));
    EXPECT_EQ(end_of("gzip", gzip_encoded("one") + std::string("\x1f")), "truncated");
    EXPECT_EQ(end_of("gzip", gzip_encoded("one") + "\x1fX"), "corrupt");
}

TEST(Decoder, GzipMayBePaddedWithZerosOnly) {
    auto const body = gzip_encoded("text") + std::string(1000, '\0');
    for (std::size_t const piece : {1u, 1'000'000u}) {
        EXPECT_EQ(decoded({"gzip"}, body, {}, piece).plain, "text");
        EXPECT_EQ(end_of(decoded({"gzip"}, body, {}, piece)), "ok");
        EXPECT_EQ(end_of(decoded({"gzip"}, body + "x", {}, piece)), "corrupt");
        EXPECT_EQ(end_of(decoded({"gzip"}, body + gzip_encoded("more"), {}, piece)), "corrupt");
    }
    EXPECT_EQ(end_of("br", br_encoded("text") + std::string(1, '\0')), "corrupt");
    EXPECT_EQ(end_of("deflate", deflate_encoded("text") + std::string(1, '\0')), "corrupt");
}

TEST(Decoder, GzipChecksItsChecksum) {
    auto body = gzip_encoded("text");
    body[body.size() - 6] ^= 1;
    EXPECT_EQ(end_of("gzip", body), "corrupt");
    EXPECT_THAT(decoded({"gzip"}, body).error->message(), HasSubstr("gzip: incorrect data check"));
}

TEST(Decoder, ZstdFramesAreOneBody) {
    std::string const skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
    auto const body = zstd_encoded("one ") + skippable + zstd_encoded("") + zstd_encoded("two");
    for (std::size_t const piece : {1u, 1'000'000u}) {
        EXPECT_EQ(decoded({"zstd"}, body, {}, piece).plain, "one two");
        EXPECT_EQ(end_of(decoded({"zstd"}, body, {}, piece)), "ok");
    }
    EXPECT_EQ(end_of("zstd", zstd_encoded("one") + skippable.substr(0, 9)), "truncated");
}

// A frame of one compressed block: 13 bytes of literals, and then what is given.
std::string zstd_frame_with_sequences(std::string_view sequences) {
    auto const size = 1 + 13 + sequences.size();
    std::string frame("\x28\xb5\x2f\xfd\0\0", 6);
    frame += static_cast<char>((size << 3 & 0xff) | 5);
    frame += static_cast<char>(size >> 5);
    frame += '\0';
    return frame + "\x68Hello World!\n" + std::string(sequences);
}

TEST(Decoder, ZstdBlocksWithoutSequencesEndThere) {
    using namespace std::string_view_literals;
    for (std::size_t const piece : {1u, 2u, 1'000'000u}) {
        auto const of = [&](std::string_view sequences) {
            return decoded({"zstd"}, zstd_frame_with_sequences(sequences), {}, piece);
        };
        EXPECT_EQ(of("\0"sv).plain, "Hello World!\n");
        EXPECT_EQ(of("\x80\0"sv).plain, "Hello World!\n");  // zero, written in two bytes
        EXPECT_EQ(end_of(of("\x80\0"sv)), "ok");
        for (auto const more : {"\0\0"sv, "\0x"sv, "\x80\0\0"sv, "\x80\0\0\0"sv, "\x80"sv, ""sv})
            EXPECT_EQ(end_of(of(more)), "corrupt") << more.size();
        auto const two = zstd_frame_with_sequences("\x80\0"sv) + zstd_frame_with_sequences("\0"sv);
        EXPECT_EQ(decoded({"zstd"}, two, {}, piece).plain, "Hello World!\nHello World!\n");
    }
}

TEST(Decoder, ZstdHuffmanTreesAreReadWhateverTheAlphabet) {
    // The size of the tree's table is worked out before the library sees it: a wrong one would refuse what is
    // right.
    std::mt19937 random(11);
    for (int i = 0; i < 300; ++i) {
        auto const alphabet = 2 + random() % 255;
        auto const skew = 1 + random() % 5;
        std::string plain(50 + random() % 20'000, '\0');
        for (auto& c : plain) {
            auto symbol = random() % alphabet;
            for (unsigned k = 1; k < skew; ++k)
                symbol = std::min<unsigned long>(symbol, random() % alphabet);
            c = static_cast<char>(symbol);
        }
        auto const seen = decoded({"zstd"}, zstd_encoded(plain));
        ASSERT_EQ(end_of(seen), "ok") << alphabet << ' ' << skew;
        ASSERT_EQ(seen.plain, plain);
    }
}

TEST(Decoder, ZstdHuffmanWeightsMustHaveBothTheirStates) {
    using namespace std::string_view_literals;
    // Weights in four bytes: three of table, and a stream of one bit where two states take ten.
    EXPECT_EQ(end_of("zstd", "\x28\xb5\x2f\xfd\0\0\x55\0\0\x72\x80\x01\x04\x20\x7e\x1f\x02\xaa\0"sv),
              "corrupt");
}

TEST(Decoder, ZstdFramesOfOldFormatsAreRefused) {
    for (char version = '\x22'; version <= '\x27'; ++version) {
        auto const magic = std::string(1, version) + "\xb5\x2f\xfd";
        EXPECT_EQ(end_of("zstd", magic), "corrupt");
    }
    EXPECT_EQ(end_of("zstd", "\x28\xb5\x2f\xfd"), "truncated");
}

TEST(Decoder, ZstdHeadersOfEveryShapeAreRead) {
    auto const plain = prose(70'000);
    for (int const checksum : {0, 1})
        for (int const content_size : {0, 1})
            for (std::size_t const size : {0u, 5u, 255u, 256u, 65'535u, 65'792u, 70'000u}) {
                auto const body = zstd_encoded(plain.substr(0, size), 0, checksum, content_size);
                for (std::size_t const piece : {1u, 1'000'000u})
                    EXPECT_EQ(decoded({"zstd"}, body + body, {}, piece).plain,
                              plain.substr(0, size) + plain.substr(0, size));
                auto damaged = body;
                damaged.back() ^= 1;
                if (checksum == 1) {
                    EXPECT_EQ(end_of("zstd", damaged), "corrupt");
                }
            }
}

TEST(Decoder, ZstdWindowsUpTo8MiBAreRead) {
    auto const plain = prose(9 << 20);
    EXPECT_EQ(decoded({"zstd"}, zstd_encoded(plain, 23)).plain, plain);
    auto const seen = decoded({"zstd"}, zstd_encoded(plain, 24));
    EXPECT_EQ(end_of(seen), "too_large");
    EXPECT_THAT(seen.error->message(), HasSubstr("larger than 8 MiB"));
}

TEST(Decoder, BrotliWindowsUpTo16MiBAreRead) {
    auto const plain = prose(100'000);
    EXPECT_EQ(decoded({"br"}, br_encoded(plain, 24)).plain, plain);
    EXPECT_EQ(end_of("br", br_encoded(plain, 26)), "corrupt");  // a large window, which browsers refuse too
}

}  // namespace
