// The task `hash`: {"sha256", "xxh3", "simhash"} of a document: the first two of its bytes without their
// content codings, the last one of the text a reader sees, null where there is none.
#include <openssl/evp.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "base/json_object.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/simhash.hpp"
#include "worker/tasks/text.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t max_text = std::size_t{16} << 20U;  // bytes that count for the SimHash

std::string hex(std::uint64_t value) {
    std::string out(16, '0');
    for (auto at = out.size(); at > 0; value >>= 4U)
        out[--at] = "0123456789abcdef"[value & 15U];
    return out;
}

result<std::string> sha256_of(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        return failure{stage::process, code::failed, "sha256"};
    std::string out;
    for (unsigned i = 0; i < length; ++i) {
        out += "0123456789abcdef"[digest[i] >> 4U];
        out += "0123456789abcdef"[digest[i] & 15U];
    }
    return out;
}

// Nothing for documents without text, and those whose text cannot be read: the other numbers stand.
std::optional<std::uint64_t> simhash_of(context& visit) {
    if (visit.kind() == media_kind::html) {
        auto const page = visit.document();
        if (!page)
            return std::nullopt;
        std::string text;
        write_text({(*page)->root(), max_text}, text);
        return simhash(utf8::prefix(text, max_text));
    }
    if (visit.kind() != media_kind::text)
        return std::nullopt;
    auto const text = visit.text();
    return text ? simhash(utf8::prefix(*text, max_text)) : std::nullopt;
}

result<void> run(context& visit, std::string& out) {
    auto const sha256 = sha256_of(visit.bytes());
    if (!sha256)
        return sha256.error();
    json_text::object object(out);
    object.text("sha256", *sha256);
    object.text("xxh3", hex(XXH3_64bits(visit.bytes().data(), visit.bytes().size())));
    if (auto const words = simhash_of(visit))
        object.text("simhash", hex(*words));
    else
        object.name("simhash") += "null";
    object.close();
    return {};
}

}  // namespace

extern entry const hash_task;  // registry.cpp
entry const hash_task{"hash",
                      output_kind::json,
                      run,
                      "application/json",
                      {},
                      nullptr,
                      "SHA-256 and XXH3 of the bytes, and the SimHash of the visible text.",
                      "hash.md"};

}  // namespace fetchd::tasks
