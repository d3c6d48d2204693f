#include "http/standard_webhooks.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>

#include "http/base64.hpp"

namespace fetchd {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view signature_prefix = "v1,";

std::string unix_text(std::chrono::sys_seconds at) {
    return std::to_string(at.time_since_epoch().count());
}

std::string signature(std::string_view key, std::string_view id, std::string_view timestamp,
                      std::string_view body) {
    std::string message;
    message.reserve(id.size() + timestamp.size() + body.size() + 2);
    message.append(id).append(".").append(timestamp).append(".").append(body);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<unsigned char const*>(message.data()), message.size(), digest, &size);
    return std::string(signature_prefix) + base64_encode({reinterpret_cast<char const*>(digest), size});
}

bool same_secretly(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::chrono::sys_seconds> parse_timestamp(std::string_view text) {
    std::int64_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr std::int64_t most = std::int64_t{1} << 40U;
    if (ec != std::errc{} || end != text.data() + text.size() || value < 0 || value > most)
        return {};
    return std::chrono::sys_seconds(std::chrono::seconds(value));
}

}  // namespace

std::optional<webhook_secret> webhook_secret::parse(std::string_view text) {
    if (!text.starts_with(secret_prefix))
        return {};
    auto key = base64_decode(text.substr(secret_prefix.size()));
    if (!key || key->size() < min_bytes || key->size() > max_bytes)
        return {};
    return webhook_secret(std::move(*key));
}

std::string webhook_secret::sign(std::string_view id, std::chrono::sys_seconds at,
                                 std::string_view body) const {
    return signature(key_, id, unix_text(at), body);
}

void sign_webhook(headers& fields, std::span<webhook_secret const> secrets, std::string_view id,
                  std::chrono::sys_seconds at, std::string_view body) {
    std::string signatures;
    for (auto const& secret : secrets)
        signatures.append(signatures.empty() ? "" : " ").append(secret.sign(id, at, body));
    fields.set("webhook-id", id);
    fields.set("webhook-timestamp", unix_text(at));
    fields.set("webhook-signature", signatures);
}

bool verify_webhook(headers const& fields, webhook_secret const& secret, std::string_view body,
                    std::chrono::sys_seconds now, std::chrono::seconds tolerance) {
    auto const id = fields.get("webhook-id");
    auto const at = parse_timestamp(fields.get("webhook-timestamp"));
    if (id.empty() || !at || *at < now - tolerance || *at > now + tolerance)
        return false;
    auto const wanted = secret.sign(id, *at, body);
    bool found = false;
    auto rest = fields.get("webhook-signature");
    while (!rest.empty()) {
        auto const space = std::min(rest.find(' '), rest.size());
        found |= same_secretly(rest.substr(0, space), wanted);
        rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    return found;
}

}  // namespace fetchd
