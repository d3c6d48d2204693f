#include "api/admission.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "api/problem.hpp"

namespace fetchd::api {
namespace {

// Sessions outlive requests, and credentials should not: a digest tells callers apart as well.
std::string digest(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("no SHA-256");
    return {reinterpret_cast<char const*>(bytes.data()), size};
}

}  // namespace

awaitable<std::optional<fetcher::ticket>> admit(call& c, fetcher& fetches,
                                                std::optional<reply> const& refused) {
    std::optional<fetcher::ticket> place;
    if (refused) {
        co_await c.send(*refused);
        co_return place;
    }
    auto admitted = fetches.admit();
    if (admitted) {
        place.emplace(std::move(*admitted));
    } else {
        auto const full = problem(admitted.error());
        co_await c.send(full);
    }
    co_return place;
}

std::string caller_of(call const& c) {
    if (auto const key = c.head.fields.find("Authorization"))
        return digest("key " + std::string(*key));
    return digest("address " + c.client_address());
}

}  // namespace fetchd::api
