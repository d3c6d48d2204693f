#include "http/url_idna.hpp"

#include <unicode/uidna.h>

namespace fetchd {
namespace {

// Punycode takes quadratic time, and no name of this length can be resolved.
constexpr std::size_t max_domain = 2048;

constexpr std::uint32_t tolerated = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                    UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                    UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

UIDNA const* idna() {
    static UIDNA const* const opened = [] {
        auto error = U_ZERO_ERROR;
        auto* const made =
            uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                UIDNA_NONTRANSITIONAL_TO_UNICODE,
                            &error);
        return U_SUCCESS(error) ? made : nullptr;
    }();
    return opened;
}

}  // namespace

std::string_view domain_to_ascii(std::string_view domain, std::string& out) {
    if (domain.size() > max_domain)
        return "the host is too long";
    if (!prepare_idna())
        return "international host names cannot be read: the ICU data is missing";
    auto begin = out.size();
    // An ASCII form is hardly ever twice as long as its UTF-8; where it is, ICU says how much it needs.
    auto capacity = static_cast<std::int32_t>(2 * domain.size() + 64);
    for (int attempt = 0; attempt < 2; ++attempt) {
        out.resize(begin + static_cast<std::size_t>(capacity));
        UIDNAInfo info = UIDNA_INFO_INITIALIZER;
        auto error = U_ZERO_ERROR;
        auto length = uidna_nameToASCII_UTF8(idna(), domain.data(), static_cast<std::int32_t>(domain.size()),
                                             out.data() + begin, capacity, &info, &error);
        if (error == U_BUFFER_OVERFLOW_ERROR) {
            capacity = length + 1;
            continue;
        }
        if (U_FAILURE(error) || (info.errors & ~tolerated) != 0)
            break;
        out.resize(begin + static_cast<std::size_t>(length));
        return {};
    }
    return "the host is not a valid international domain name (UTS 46)";
}

bool prepare_idna() {
    return idna() != nullptr;
}

}  // namespace fetchd
