// One body through the decoder, and what came of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>

#include "http/decode.hpp"

namespace fetchd::test {

constexpr std::string_view all_codings[] = {"gzip", "x-gzip", "deflate", "br", "zstd"};

struct outcome {
    std::string plain;
    std::optional<failure> error;
    std::size_t consumed = 0;
};

inline result<decoder> decoder_for(std::initializer_list<std::string_view> fields,
                                   decode_limits limits = {}) {
    return decoder::create(std::span(fields.begin(), fields.size()), limits);
}

// Steps through body in pieces of `piece` bytes into rooms of `room` bytes, up to the end or the first
// failure.
inline outcome decoded(std::initializer_list<std::string_view> fields, std::string_view body,
                       decode_limits limits = {}, std::size_t piece = 1 << 20, std::size_t room = 64 << 10) {
    outcome seen;
    auto made = decoder_for(fields, limits);
    if (!made) {
        seen.error = made.error();
        return seen;
    }
    std::string buffer(room, '\0');
    while (!body.empty() && !seen.error) {
        auto const given = body.substr(0, piece);
        std::span<char const> in(given);
        for (bool starved = false; !starved && !seen.error;) {
            auto const did = made->step(in, buffer);
            if (!did) {
                seen.error = did.error();
                break;
            }
            EXPECT_LE(did->produced, room);
            seen.plain.append(buffer, 0, did->produced);
            seen.consumed += did->consumed;
            in = in.subspan(did->consumed);
            starved = did->starved;
        }
        body.remove_prefix(given.size());
    }
    if (!seen.error)
        if (auto const ended = made->finish(); !ended)
            seen.error = ended.error();
    EXPECT_EQ(seen.plain.size(),
              made->bytes_out() - (seen.error ? made->bytes_out() - seen.plain.size() : 0));
    return seen;
}

// "ok", or the code of the failure.
inline std::string_view end_of(outcome const& seen) {
    if (!seen.error)
        return "ok";
    EXPECT_EQ(seen.error->where, stage::decode);
    return name(seen.error->what);
}

inline std::string_view end_of(std::string_view coding, std::string_view body) {
    return end_of(decoded({coding}, body));
}

inline std::string prose(std::size_t bytes, unsigned seed = 1) {
    std::mt19937 random(seed);
    constexpr std::string_view words[] = {"fetch ",    "origin ", "redirect ",
                                          "frontier ", "lease ",  "deadline\n"};
    std::string text;
    while (text.size() < bytes) {
        text += words[random() % std::size(words)];
        text += std::to_string(random() % 1000);
    }
    text.resize(bytes);
    return text;
}

}  // namespace fetchd::test
