#include "net/tls_words.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "net/ip_address.hpp"
#include "net/openssl_owned.hpp"

namespace fetchd {
namespace {

constexpr std::size_t max_name = 80;  // of a text the origin chose
constexpr std::size_t max_names = 4;

std::string bounded(std::string_view text) {
    std::string out(text.substr(0, max_name));
    for (char& c : out)
        c = c > ' ' && c <= '~' ? c : c == ' ' ? ' ' : '?';
    return text.size() > max_name ? out + "..." : out;
}

// RFC 2253 form, which escapes what is not printable ASCII.
std::string name_words(X509_NAME const* name) {
    bio_ptr const bio(BIO_new(BIO_s_mem()));
    if (!bio || !name || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0)
        return "?";
    char text[4 * max_name];
    auto const n = BIO_read(bio.get(), text, sizeof text);
    return n > 0 ? bounded({text, static_cast<std::size_t>(n)}) : "without a name";
}

std::string_view text_of(ASN1_STRING const* s) {
    return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(s)),
            static_cast<std::size_t>(ASN1_STRING_length(s))};
}

std::string alternative_name(GENERAL_NAME const* name) {
    int kind = 0;
    auto const* const value = GENERAL_NAME_get0_value(name, &kind);
    if (kind == GEN_DNS)
        return bounded(text_of(static_cast<ASN1_STRING const*>(value)));
    if (kind != GEN_IPADD)
        return {};
    auto const bytes = text_of(static_cast<ASN1_STRING const*>(value));
    std::array<std::uint8_t, 16> v6{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), v6.size()), v6.begin());
    if (bytes.size() == 16)
        return ip_address::from_v6(v6).text();
    if (bytes.size() == 4)
        return ip_address::from_v4(std::uint32_t{v6[0]} << 24U | std::uint32_t{v6[1]} << 16U |
                                   std::uint32_t{v6[2]} << 8U | v6[3])
            .text();
    return "?";
}

// "a.test, *.b.test and 7 more"
std::string names_of(X509* cert) {
    auto* const all =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr));
    auto const* const list = reinterpret_cast<OPENSSL_STACK const*>(all);
    std::string out;
    std::size_t count = 0;
    for (int i = 0; i < OPENSSL_sk_num(list); ++i) {
        auto const name = alternative_name(static_cast<GENERAL_NAME const*>(OPENSSL_sk_value(list, i)));
        if (!name.empty() && ++count <= max_names)
            out += (out.empty() ? "" : ", ") + name;
    }
    GENERAL_NAMES_free(all);
    if (count > max_names)
        out += " and " + std::to_string(count - max_names) + " more";
    return out;
}

std::string wrong_name(X509* cert, std::string_view host) {
    auto const names = names_of(cert);
    return "the certificate is for " + (names.empty() ? "no host name or address" : names) + ", not for " +
           bounded(host);
}

std::string key_words(X509* cert) {
    auto* const key = X509_get0_pubkey(cert);
    if (!key)
        return "unreadable";
    auto const* const type = EVP_PKEY_get0_type_name(key);
    return (type ? std::string(type) : "?") + " " + std::to_string(EVP_PKEY_get_bits(key)) + " bits";
}

// Which certificate of the chain: the origin's own is at depth 0.
std::string whose(X509* cert, int depth) {
    return depth == 0 ? "the certificate" : "the authority " + name_words(X509_get_subject_name(cert));
}

}  // namespace

std::string tls_version_words(int version) {
    switch (version) {
        case SSL3_VERSION:
            return "SSL 3";
        case TLS1_VERSION:
            return "TLS 1.0";
        case TLS1_1_VERSION:
            return "TLS 1.1";
        case TLS1_2_VERSION:
            return "TLS 1.2";
        case TLS1_3_VERSION:
            return "TLS 1.3";
        default:
            return "an unknown version (" + std::to_string(version) + ")";
    }
}

std::string time_words(ASN1_TIME const* time) {
    std::tm parts{};
    char text[64];
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
        return "an unreadable time";
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts)};
}

std::string certificate_words(X509_STORE_CTX* context, std::string_view host) {
    auto const error = X509_STORE_CTX_get_error(context);
    auto* const cert = X509_STORE_CTX_get_current_cert(context);
    if (!cert)
        return X509_verify_cert_error_string(error);
    auto const depth = X509_STORE_CTX_get_error_depth(context);
    auto const issuer = [cert] { return name_words(X509_get_issuer_name(cert)); };
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return whose(cert, depth) + " expired on " + time_words(X509_get0_notAfter(cert));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return whose(cert, depth) + " is not valid before " + time_words(X509_get0_notBefore(cert));
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return wrong_name(cert, host);
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "the certificate is self-signed: net.ca_file may name it";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return whose(cert, depth) + " is not trusted: net.ca_file may name it";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "the issuer of " + whose(cert, depth) + " is neither trusted nor sent along: " + issuer();
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL:
            return "the key of " + whose(cert, depth) + " is too weak: " + key_words(cert);
        case X509_V_ERR_CA_MD_TOO_WEAK:
            return "the signature of " + whose(cert, depth) +
                   " is made with a broken hash: " + OBJ_nid2ln(X509_get_signature_nid(cert));
        case X509_V_ERR_INVALID_PURPOSE:
            return whose(cert, depth) + " is not meant for this: " + X509_verify_cert_error_string(error);
        default:
            return whose(cert, depth) + ": " + X509_verify_cert_error_string(error);
    }
}

}  // namespace fetchd
