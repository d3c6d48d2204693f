#include "net/tls_handshake.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "net/tls_words.hpp"

namespace fetchd {
namespace {

int watch_index() {
    static int const index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

// The alert the origin sent (RFC 8446 §6), or nothing where the error is another one.
std::optional<int> alert_of(unsigned long error) {
    auto const reason = ERR_GET_REASON(error);
    if (ERR_GET_LIB(error) != ERR_LIB_SSL || reason < SSL_AD_REASON_OFFSET ||
        reason > SSL_AD_REASON_OFFSET + 255)
        return {};
    return reason - SSL_AD_REASON_OFFSET;
}

std::string alert_words(int alert) {
    // OpenSSL 3.0 has no words for this one of TLS 1.3.
    auto const* const words =
        alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" : SSL_alert_desc_string_long(alert);
    return words + (" (alert " + std::to_string(alert) + ")");
}

std::string reason_words(unsigned long error) {
    auto const* const reason = ERR_reason_error_string(error);
    return reason ? reason : "error " + std::to_string(error);
}

}  // namespace

std::optional<failure> refused_certificate(unsigned long error, client_certificate ours) {
    constexpr int alerts[] = {
        SSL_AD_HANDSHAKE_FAILURE,   SSL_AD_BAD_CERTIFICATE,     SSL_AD_UNSUPPORTED_CERTIFICATE,
        SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN,
        SSL_AD_UNKNOWN_CA,          SSL_AD_ACCESS_DENIED,       SSL_AD_DECRYPT_ERROR,
        SSL_AD_CERTIFICATE_REQUIRED};
    auto const alert = alert_of(error);
    if (!alert || ours == client_certificate::not_asked ||
        std::find(std::begin(alerts), std::end(alerts), *alert) == std::end(alerts))
        return {};
    auto const* const what = ours == client_certificate::missing ? "none is configured for this host: "
                                                                 : "the origin refused the configured one: ";
    return failure(stage::tls, code::client_certificate, what + alert_words(*alert));
}

handshake_watch::handshake_watch(SSL* s, std::string host) : ssl_(s), host_(std::move(host)) {
    SSL_set_ex_data(s, watch_index(), this);
    SSL_set_verify(s, SSL_VERIFY_PEER, note_verdict);
    SSL_set_msg_callback(s, note_message);
    SSL_ctrl(s, SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, this);
}

handshake_watch::~handshake_watch() {
    SSL_set_msg_callback(ssl_, nullptr);
    SSL_set_verify(ssl_, SSL_VERIFY_PEER, nullptr);
    SSL_set_ex_data(ssl_, watch_index(), nullptr);
}

void handshake_watch::note_message(int sent, int, int type, void const* bytes, std::size_t size, SSL*,
                                   void* self) {
    auto& watch = *static_cast<handshake_watch*>(self);
    auto const* const at = static_cast<unsigned char const*>(bytes);
    if (sent)
        return;
    if (type == SSL3_RT_HEADER && !watch.heard_) {
        watch.heard_ = true;
        std::copy_n(at, std::min(size, watch.first_.size()), watch.first_.begin());
    }
    // RFC 5246 §7.4.1.3: type, a length of three bytes, the version.
    if (type == SSL3_RT_HANDSHAKE && size > 5 && at[0] == SSL3_MT_SERVER_HELLO)
        watch.answered_ = at[4] << 8 | at[5];
}

int handshake_watch::note_verdict(int ok, X509_STORE_CTX* context) {
    auto const* const s =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* const watch = static_cast<handshake_watch*>(SSL_get_ex_data(s, watch_index()));
    if (!ok && watch && watch->wrong_certificate_.empty())
        watch->wrong_certificate_ = certificate_words(context, watch->host_);
    return ok;
}

std::string handshake_watch::version_words() const {
    auto const least = static_cast<int>(SSL_ctrl(ssl_, SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nullptr));
    auto const most = static_cast<int>(SSL_ctrl(ssl_, SSL_CTRL_GET_MAX_PROTO_VERSION, 0, nullptr));
    auto const ours = least == most ? tls_version_words(least)
                                    : tls_version_words(least) + " to " + tls_version_words(most);
    if (answered_ == 0)
        return "the origin refuses " + ours;
    return "the origin answers with " + tls_version_words(answered_) + ", allowed is " + ours;
}

// Empty where the origin's first bytes are a record of TLS (RFC 8446 §5.1).
std::string handshake_watch::not_tls() const {
    if (!heard_ || (first_[0] >= SSL3_RT_CHANGE_CIPHER_SPEC && first_[0] <= SSL3_RT_APPLICATION_DATA &&
                    first_[1] == SSL3_VERSION_MAJOR))
        return {};
    if (std::string_view(reinterpret_cast<char const*>(first_.data()), first_.size()) == "HTTP/")
        return "the origin answers in plain HTTP on this port";
    return "what the origin answers is not TLS";
}

failure handshake_watch::why(unsigned long error, client_certificate ours) const {
    if (!wrong_certificate_.empty())
        return {stage::tls, code::bad_certificate, wrong_certificate_};
    if (auto refused = refused_certificate(error, ours))
        return *refused;
    if (auto const alert = alert_of(error)) {
        if (*alert == SSL_AD_PROTOCOL_VERSION)
            return {stage::tls, code::version_refused, version_words()};
        return {stage::tls, code::failed, "the origin refused it: " + alert_words(*alert)};
    }
    auto const reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    if (reason == SSL_R_UNSUPPORTED_PROTOCOL)
        return {stage::tls, code::version_refused, version_words()};
    if (auto words = not_tls(); !words.empty())
        return {stage::tls, code::failed, std::move(words)};
    if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        return {stage::tls, code::failed, "the origin's certificates are larger than allowed"};
    return {stage::tls, code::failed, reason_words(error)};
}

}  // namespace fetchd
