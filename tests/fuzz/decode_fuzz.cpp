// Any bytes under any codings: no crash, no hang, limits kept, and the size of the pieces changes nothing.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/decode.hpp"

namespace {

using namespace fetchd;

constexpr std::string_view stacks[] = {
    "gzip",       "deflate",  "br",           "zstd",
    "gzip, gzip", "br, gzip", "zstd, br, br", "deflate, zstd, gzip, br, zstd"};
constexpr decode_limits limits{1 << 20, 0, 0, 5};

struct outcome {
    std::string plain;
    std::string end;
};

outcome decoded(std::string_view coding, std::string_view body, std::size_t piece) {
    auto made = decoder::create(std::span(&coding, 1), limits);
    outcome seen;
    while (!body.empty()) {
        auto const did = made->write(body.substr(0, piece), [&](std::span<char const> plain) {
            seen.plain.append(plain.data(), plain.size());
        });
        body.remove_prefix(std::min(piece, body.size()));
        if (!did) {
            seen.end = name(did.error().what);
            return seen;
        }
    }
    auto const ended = made->finish();
    seen.end = ended ? "ok" : name(ended.error().what);
    return seen;
}

void require(bool promise) {
    if (!promise)
        std::abort();
}

}  // namespace

// The first byte chooses the codings and the piece size, the others are the body.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 1)
        return 0;
    auto const coding = stacks[data[0] % std::size(stacks)];
    std::size_t const piece = 1 + data[0] / std::size(stacks);
    std::string_view const body(reinterpret_cast<char const*>(data) + 1, size - 1);

    auto const whole = decoded(coding, body, std::max<std::size_t>(1, body.size()));
    auto const pieces = decoded(coding, body, piece);
    require(whole.plain.size() <= limits.output_bytes);
    require((whole.end == "ok") == (pieces.end == "ok"));
    if (whole.end == "ok")
        require(whole.plain == pieces.plain);
    return 0;
}
