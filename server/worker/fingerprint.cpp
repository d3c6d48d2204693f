#include "worker/fingerprint.hpp"

#include <xxhash.h>

#include <algorithm>
#include <new>
#include <random>

namespace fetchd::worker {

fingerprint_secret::fingerprint_secret() {
    std::random_device system;
    std::generate(bytes_.begin(), bytes_.end(), [&] { return static_cast<unsigned char>(system()); });
}

fingerprinter::fingerprinter(fingerprint_secret const& secret) : state_(XXH3_createState()) {
    static_assert(sizeof secret.bytes_ >= XXH3_SECRET_SIZE_MIN);
    if (!state_)
        throw std::bad_alloc();
    XXH3_128bits_reset_withSecret(state_.get(), secret.bytes_.data(), secret.bytes_.size());
}

void fingerprinter::begin_part(std::size_t bytes) {
    auto const size = static_cast<std::uint64_t>(bytes);
    XXH3_128bits_update(state_.get(), &size, sizeof size);
}

void fingerprinter::feed(std::string_view piece) {
    XXH3_128bits_update(state_.get(), piece.data(), piece.size());
}

fingerprint fingerprinter::value() const {
    auto const v = XXH3_128bits_digest(state_.get());
    return {v.low64, v.high64};
}

void fingerprinter::free_state::operator()(XXH3_state_s* s) const {
    XXH3_freeState(s);
}

}  // namespace fetchd::worker
