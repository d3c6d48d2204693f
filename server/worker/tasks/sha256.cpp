// The SHA-256 of the body without its content codings, in lower-case hex.
#include <openssl/evp.h>

#include <array>

#include "worker/tasks/context.hpp"

namespace fetchd::tasks {
namespace {

result<void> run(context& visit, std::string& out) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    auto const bytes = visit.bytes();
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        return failure{stage::process, code::failed, "sha256"};
    for (unsigned i = 0; i < length; ++i) {
        out += "0123456789abcdef"[digest[i] >> 4U];
        out += "0123456789abcdef"[digest[i] & 15U];
    }
    return {};
}

}  // namespace

extern entry const sha256_task;  // registry.cpp
entry const sha256_task{"sha256",
                        output_kind::text,
                        run,
                        "text/plain; charset=utf-8",
                        {},
                        nullptr,
                        "The SHA-256 of the bytes, without their content codings."};

}  // namespace fetchd::tasks
