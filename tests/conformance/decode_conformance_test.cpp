// Holds the content decoders against files compressed by others, and against bombs of every kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "http/decode.hpp"
#include "support/compress.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::test;
namespace fs = std::filesystem;

fs::path const corpora = fs::path(FETCHD_SOURCE_DIR) / "../shared/corpora";

std::string content(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t resident_bytes() {
    std::size_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

struct outcome {
    std::string plain;  // left out where keep is false
    std::uint64_t produced = 0;
    std::uint64_t consumed = 0;
    std::optional<failure> error;
    std::size_t grown = 0;  // most memory seen above that at the start
};

outcome decoded(std::string_view coding, std::string_view body, std::size_t piece, decode_limits limits,
                bool keep = true) {
    outcome seen;
    auto const before = resident_bytes();
    auto made = decoder::create(std::span(&coding, 1), limits);
    if (!made)
        seen.error = made.error();
    while (!body.empty() && !seen.error) {
        auto const did = made->write(body.substr(0, piece), [&](std::span<char const> plain) {
            if (keep)
                seen.plain.append(plain.data(), plain.size());
            seen.produced += plain.size();
            if (!keep)
                seen.grown = std::max(seen.grown, resident_bytes() - std::min(before, resident_bytes()));
        });
        if (!did)
            seen.error = did.error();
        body.remove_prefix(std::min(piece, body.size()));
    }
    if (!seen.error)
        if (auto const ended = made->finish(); !ended)
            seen.error = ended.error();
    if (made)
        seen.consumed = made->bytes_in();
    return seen;
}

constexpr decode_limits generous{64 << 20, 0, 0, 5};

std::string decoded_whole(std::string_view body) {
    std::string plain(4 << 20, '\0');
    auto const size = ::ZSTD_decompress(plain.data(), plain.size(), body.data(), body.size());
    EXPECT_FALSE(::ZSTD_isError(size)) << ::ZSTD_getErrorName(size);
    plain.resize(::ZSTD_isError(size) ? 0 : size);
    return plain;
}

TEST(BrotliCorpus, EveryFileComesOutByteForByte) {
    auto const folder = corpora / "brotli";
    if (!fs::exists(folder))
        GTEST_SKIP() << "no test data at " << folder;
    int files = 0;
    for (auto const& entry : fs::directory_iterator(folder)) {
        auto const name = entry.path().filename().string();
        auto const mark = name.find(".compressed");
        if (mark == std::string::npos)
            continue;
        ++files;
        auto const plain = content(folder / name.substr(0, mark));
        auto const body = content(entry.path());
        for (std::size_t const piece : {std::size_t{1}, std::size_t{4096}, body.size()}) {
            auto const seen = decoded("br", body, piece, generous);
            EXPECT_FALSE(seen.error) << name << ": " << seen.error->message();
            EXPECT_TRUE(seen.plain == plain) << name << " in pieces of " << piece;
        }
        // And without its last byte it is not taken for whole; the shortest, cut, would be an empty body.
        auto const cut = decoded("br", std::string_view(body).substr(0, body.size() - 1), 4096, generous);
        EXPECT_EQ(cut.error.has_value(), body.size() > 1) << name;
        EXPECT_TRUE(decoded("br", body + "x", 4096, generous).error) << name;
    }
    EXPECT_GE(files, 40);
    std::printf("%d files\n", files);
}

TEST(ZstdCorpus, GoldenFilesComeOutByteForByte) {
    auto const folder = corpora / "zstd/golden-decompression";
    if (!fs::exists(folder))
        GTEST_SKIP() << "no test data at " << folder;
    // Without plain files beside them: small ones as the format says, the others as the library decodes them
    // whole.
    std::map<std::string, std::string> const known = {{"empty-block.zst", ""},
                                                      {"rle-first-block.zst", std::string(1 << 20, '\0')},
                                                      {"zeroSeq_2B.zst", "Hello World!\n"}};
    int files = 0;
    for (auto const& entry : fs::directory_iterator(folder)) {
        ++files;
        auto const body = content(entry.path());
        auto const by_hand = known.find(entry.path().filename());
        std::string const plain = by_hand != known.end() ? by_hand->second : decoded_whole(body);
        for (std::size_t const piece : {std::size_t{1}, body.size()}) {
            auto const seen = decoded("zstd", body, piece, generous);
            EXPECT_FALSE(seen.error) << entry.path() << ": " << seen.error->message();
            EXPECT_TRUE(seen.plain == plain) << entry.path();
        }
    }
    EXPECT_GE(files, 4);
}

// libzstd before 1.5.6 reads an offset of zero as one (zstd pull request 3937). Nothing but decoding the
// sequences a second time would show it, and what comes out is bounded and always the same.
bool passes_with_this_library(std::string const& name) {
    return name == "off0.bin.zst" && ::ZSTD_versionNumber() < 10506;
}

TEST(ZstdCorpus, FaultyFilesAreRefused) {
    auto const folder = corpora / "zstd/golden-decompression-errors";
    if (!fs::exists(folder))
        GTEST_SKIP() << "no test data at " << folder;
    int files = 0;
    int refused = 0;
    for (auto const& entry : fs::directory_iterator(folder)) {
        ++files;
        auto const body = content(entry.path());
        auto const name = entry.path().filename().string();
        for (std::size_t const piece : {std::size_t{1}, body.size()}) {
            auto const seen = decoded("zstd", body, piece, generous);
            EXPECT_NE(seen.error.has_value(), passes_with_this_library(name)) << name;
            if (seen.error) {
                EXPECT_EQ(seen.error->what, code::corrupt) << name;
            }
            refused += seen.error.has_value();
        }
    }
    EXPECT_GE(files, 3);
    std::printf("%d of %d refused\n", refused / 2, files);
}

// 64 MiB of zeros in each coding, alone and inside each coding again: 30 bombs.
class Bombs : public testing::Test {
  protected:
    static constexpr std::size_t plain_size = 64 << 20;
    static constexpr std::string_view codings[] = {"gzip", "deflate", "raw", "br", "zstd"};

    static std::string encode(std::string_view coding, std::string_view plain) {
        return coding == "raw" ? raw_deflate_encoded(plain) : encoded(coding, plain);
    }
    static std::string name_of(std::string_view coding) {
        return std::string(coding == "raw" ? "deflate" : coding);
    }

    static std::map<std::string, std::string> make() {
        std::map<std::string, std::string> singles;
        {
            std::string const zeros(plain_size, '\0');
            for (auto const coding : codings)
                singles[std::string(coding)] = encode(coding, zeros);
        }
        std::map<std::string, std::string> all;  // by Content-Encoding and a note
        for (auto const& [inner, body] : singles) {
            all[name_of(inner) + ";" + inner] = body;
            for (auto const outer : codings)
                all[name_of(inner) + ", " + name_of(outer) + ";" + inner + std::string(outer)] =
                    encode(outer, body);
        }
        return all;
    }
};

TEST_F(Bombs, StopWithinOneMegabyteOfTheLimit) {
    constexpr std::uint64_t mebibyte = 1 << 20;
    constexpr std::size_t memory = 48 << 20;  // windows of two layers and our buffers, not what comes out
    auto const bombs = make();
    EXPECT_EQ(bombs.size(), 30u);
    std::size_t most_grown = 0;
    for (auto const& [name, body] : bombs) {
        auto const coding = name.substr(0, name.find(';'));
        ASSERT_LT(body.size(), 1u << 20) << name;

        auto const by_ratio = decoded(coding, body, 1500, decode_limits{}, false);
        ASSERT_TRUE(by_ratio.error) << name;
        EXPECT_EQ(by_ratio.error->what, code::too_large) << name;
        EXPECT_LE(by_ratio.produced,
                  std::max(decode_limits{}.ratio_floor, 200 * by_ratio.consumed) + mebibyte)
            << name;

        auto const by_size = decoded(coding, body, 1 << 20, decode_limits{8 << 20, 0, 0, 5}, false);
        ASSERT_TRUE(by_size.error) << name;
        EXPECT_EQ(by_size.error->what, code::too_large) << name;
        EXPECT_LE(by_size.produced, 8u << 20) << name;
        EXPECT_GT(by_size.produced, 7u << 20) << name;

        EXPECT_LT(by_ratio.grown, memory) << name;
        EXPECT_LT(by_size.grown, memory) << name;
        most_grown = std::max({most_grown, by_ratio.grown, by_size.grown});
    }
    std::printf("%zu bombs, memory grew by at most %zu KiB\n", bombs.size(), most_grown >> 10);
}

TEST_F(Bombs, ComeOutWholeAndFlatWhereTheLimitsAllowThem) {
    for (auto const* coding : {"gzip", "br", "zstd"}) {
        auto const body = encode(coding, std::string(plain_size, '\0'));
        auto const seen = decoded(coding, body, 1 << 20, decode_limits{plain_size, 0, 0, 5}, false);
        EXPECT_FALSE(seen.error) << coding;
        EXPECT_EQ(seen.produced, plain_size) << coding;
        EXPECT_LT(seen.grown, 48u << 20) << coding;
    }
}

TEST_F(Bombs, DoNotHideInALayerThatWritesNothing) {
    // The outer layer expands without end into empty streams of the inner one, which give no byte at all.
    auto const many = [](std::string const& unit) {
        std::string out;
        while (out.size() < plain_size)
            out += unit;
        return out;
    };
    for (auto const* outer : {"gzip", "br", "zstd"}) {
        for (auto const* inner : {"gzip", "zstd"}) {
            auto const body = encode(outer, many(encode(inner, "")));
            auto const coding = std::string(inner) + ", " + outer;
            auto const seen = decoded(coding, body, 1 << 20, decode_limits{1 << 20, 0, 0, 5}, false);
            ASSERT_TRUE(seen.error) << coding;
            EXPECT_EQ(seen.error->what, code::too_large) << coding;
        }
    }
}

}  // namespace
