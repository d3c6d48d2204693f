#include "http/chunked.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace {

using fetchd::chunked_reader;
using namespace std::string_view_literals;
using state = chunked_reader::state;

struct outcome {
    std::string body;
    state end;
    std::string problem;
    std::size_t consumed;

    friend bool operator==(outcome const&, outcome const&) = default;
};

// As a caller does it: reads until nothing is consumed and nothing is given, then brings more bytes.
outcome read_in(std::string_view all, std::size_t piece) {
    chunked_reader reader;
    outcome seen{{}, state::more, {}, 0};
    for (std::size_t at = 0; at < all.size() && reader.status() == state::more; at += piece) {
        auto bytes = all.substr(at, piece);
        while (!bytes.empty() && reader.status() == state::more) {
            auto const step = reader.read(bytes);
            EXPECT_LE(step.consumed, bytes.size());
            EXPECT_TRUE(step.consumed > 0 || !step.data.empty()) << "no progress";
            seen.body += step.data;
            seen.consumed += step.consumed;
            bytes.remove_prefix(step.consumed);
        }
    }
    seen.end = reader.status();
    seen.problem = reader.problem();
    return seen;
}

outcome read_all(std::string_view all) {
    return read_in(all, std::max<std::size_t>(all.size(), 1));
}

TEST(Chunked, GivesThePayload) {
    auto const seen = read_all("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    EXPECT_EQ(seen.end, state::done);
    EXPECT_EQ(seen.body, "hello world");
}

TEST(Chunked, LeavesWhatFollowsAlone) {
    auto const seen = read_all("1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 OK");
    EXPECT_EQ(seen.end, state::done);
    EXPECT_EQ(seen.consumed, "1\r\nx\r\n0\r\n\r\n"sv.size());
    chunked_reader reader;
    (void)reader.read("0\r\n\r\n");
    EXPECT_EQ(reader.read("5\r\n").consumed, 0U) << "done is done";
}

TEST(Chunked, ReadsWhatTheGrammarAllows) {
    for (auto const good :
         {"0\r\n\r\n"sv, "000\r\n\r\n"sv, "1\r\nx\r\n0\r\n\r\n"sv, "0001\r\nx\r\n0\r\n\r\n"sv,
          "0000000000000001\r\nx\r\n0\r\n\r\n"sv, "a\r\n0123456789\r\n0\r\n\r\n"sv,
          "A\r\n0123456789\r\n0\r\n\r\n"sv, "1;ext\r\nx\r\n0;last=\"a;b\"\r\n\r\n"sv,
          "1 \r\nx\r\n0\r\n\r\n"sv, "1 \t \r\nx\r\n0\r\n\r\n"sv, "1\t;a=b\r\nx\r\n0\r\n\r\n"sv,
          "2\r\n\r\n\r\n0\r\n\r\n"sv, "0\r\nTrailer: x\r\n\r\n"sv, "0\r\na: 1\r\nb: 2\r\n\r\n"sv,
          "1\r\n\0\r\n0\r\n\r\n"sv})
        EXPECT_EQ(read_all(good).end, state::done) << good;
}

TEST(Chunked, RefusesEverythingElse) {
    for (auto const bad : {"\r\n"sv,
                           "\n"sv,
                           "x\r\n"sv,
                           " 1\r\nx\r\n"sv,
                           "-1\r\n"sv,
                           "+1\r\n"sv,
                           "0x1\r\n"sv,
                           "1\nx\r\n"sv,
                           "1\rx"sv,
                           "1\r\r\n"sv,
                           "1x\r\n"sv,
                           "1 x\r\n"sv,
                           "1 1\r\n"sv,
                           "1\t=\r\n"sv,
                           "1\0\r\n"sv,
                           "\0"sv,
                           ";a\r\n"sv,
                           "1;a\nb"sv,
                           "1;a\0b"sv,
                           "1;\r;\n"sv,
                           "1\r\nxy\r\n"sv,
                           "1\r\nx\n"sv,
                           "1\r\nx\r\r"sv,
                           "1\r\nx0\r\n"sv,
                           "1\r\n\r\n0"sv,
                           "0\r\n\n"sv,
                           "0\r\n\r\r"sv,
                           "0\r\na\nb"sv,
                           "0\r\na: \0\r\n"sv,
                           "0\r\na\rb"sv,
                           "HTTP/1.1 200 OK\r\n"sv,
                           "5\r\nhello\r\n\r\n"sv,
                           "G\r\n"sv,
                           "1.0\r\n"sv,
                           "1,1\r\n"sv,
                           "\xef\xbc\x91\r\n"sv}) {
        auto const seen = read_all(bad);
        EXPECT_EQ(seen.end, state::malformed) << bad;
        EXPECT_NE(seen.problem, "") << bad;
    }
}

TEST(Chunked, WantsMoreUntilTheLastLineFeed) {
    auto const whole = "5;x\r\nhello\r\n0\r\na: b\r\n\r\n"sv;
    for (std::size_t n = 0; n < whole.size(); ++n)
        EXPECT_EQ(read_all(whole.substr(0, n)).end, state::more) << n;
    EXPECT_EQ(read_all(whole).end, state::done);
}

TEST(Chunked, PayloadIsGivenBeforeItsChunkIsWhole) {
    chunked_reader reader;
    auto const step = reader.read("ffff\r\nsome of it");
    EXPECT_EQ(step.data, "some of it");
    EXPECT_EQ(step.consumed, "ffff\r\nsome of it"sv.size());
}

TEST(Chunked, SizesUpToTheLimitAndNoOverflow) {
    for (auto const* good : {"7fffffffffffffff\r\n", "0fffffffffffffff\r\n", "7FFFFFFFFFFFFFFF\r\n"}) {
        auto const seen = read_all(std::string(good) + "x");
        EXPECT_EQ(seen.end, state::more) << good;
        EXPECT_EQ(seen.body, "x") << good;
    }
    for (auto const* bad : {"8000000000000000\r\n", "ffffffffffffffff\r\n", "10000000000000000\r\n",
                            "00000000000000001\r\n", "fffffffffffffffffffffffffffffff1\r\n"})
        EXPECT_EQ(read_all(std::string(bad) + "x").end, state::malformed) << bad;
    EXPECT_EQ(read_all(std::string(1'000'000, '0')).end, state::malformed);
}

TEST(Chunked, ExtensionsOfTheWholeBodyAreBounded) {
    auto const limit = chunked_reader::max_extensions;
    auto const body = [](std::size_t bytes) { return "1;" + std::string(bytes, 'e') + "\r\nx\r\n0\r\n\r\n"; };
    EXPECT_EQ(read_all(body(limit - 1)).end, state::done);
    EXPECT_EQ(read_all(body(limit)).end, state::done);
    EXPECT_EQ(read_all(body(limit + 1)).end, state::malformed);

    std::string many;
    for (std::size_t i = 0; i < limit / 64; ++i)
        many += "1;" + std::string(64, 'e') + "\r\nx\r\n";
    EXPECT_EQ(read_all(many + "0\r\n\r\n").end, state::done);
    EXPECT_EQ(read_all(many + "0;ab\r\n\r\n").end, state::malformed);
}

// White space passes for an extension. The first one of each line is not counted.
TEST(Chunked, SpaceBehindTheSizeIsBoundedToo) {
    auto const limit = chunked_reader::max_extensions;
    auto const body = [](std::size_t spaces) {
        return "1" + std::string(spaces, ' ') + "\r\nx\r\n0\r\n\r\n";
    };
    EXPECT_EQ(read_all(body(limit)).end, state::done);
    EXPECT_EQ(read_all(body(limit + 1)).end, state::done);
    EXPECT_EQ(read_all(body(limit + 2)).end, state::malformed);
}

TEST(Chunked, TrailersAreBounded) {
    auto const limit = chunked_reader::max_trailers;
    // The lines with their ends count, the empty one behind them does not.
    auto const body = [](std::size_t bytes) { return "0\r\n" + std::string(bytes - 2, 't') + "\r\n\r\n"; };
    EXPECT_EQ(read_all(body(limit - 1)).end, state::done);
    EXPECT_EQ(read_all(body(limit)).end, state::done);
    EXPECT_EQ(read_all(body(limit + 1)).end, state::malformed);
    std::string many = "0\r\n";
    for (std::size_t i = 0; i < limit / 8; ++i)
        many += "abc: d\r\n";
    EXPECT_EQ(read_all(many + "\r\n").end, state::done);
    EXPECT_EQ(read_all(many + "a:b\r\n\r\n").end, state::malformed);
}

TEST(Chunked, PiecesOfAnySizeReadTheSame) {
    std::mt19937 random(7);
    auto const alphabet = "0123456789abcfF\r\n\r\n\r\n;= x"sv;
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        if (random() % 2)
            text = "3;q\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nt: u\r\n\r\n";
        auto const changes = random() % 4;
        for (unsigned i = 0; i < changes; ++i)
            text.insert(random() % (text.size() + 1), 1, alphabet[random() % alphabet.size()]);
        auto const whole = read_all(text);
        for (std::size_t const piece : {1U, 2U, 3U, 7U})
            EXPECT_EQ(read_in(text, piece), whole) << text;
    }
}

}  // namespace
