// Signatures of webhooks as Standard Webhooks 1.0 has them: HMAC-SHA256 over "id.timestamp.body".
//
// Pure; the time is given. A secret is a value that nobody prints: it has no text but what it was made from.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/headers.hpp"

namespace fetchd {

class webhook_secret {
  public:
    static constexpr std::size_t min_bytes = 24;
    static constexpr std::size_t max_bytes = 64;

    // "whsec_" and the key in base64. Nothing where it is anything else.
    static std::optional<webhook_secret> parse(std::string_view text);

    // "v1,<base64>" for one message.
    std::string sign(std::string_view id, std::chrono::sys_seconds at, std::string_view body) const;

  private:
    explicit webhook_secret(std::string key) : key_(std::move(key)) {}
    std::string key_;
};

// webhook-id, webhook-timestamp and webhook-signature, the last with one signature for each secret: while a
// secret is replaced by another one, receivers know either. id: without a full stop.
void sign_webhook(headers& fields, std::span<webhook_secret const> secrets, std::string_view id,
                  std::chrono::sys_seconds at, std::string_view body);

// What a receiver does: true where one of the signatures was made with the secret, and the timestamp is not
// further from `now` than the tolerance, either way. Takes as long for a wrong signature as for a right one.
bool verify_webhook(headers const& fields, webhook_secret const&, std::string_view body,
                    std::chrono::sys_seconds now, std::chrono::seconds tolerance = std::chrono::minutes(5));

}  // namespace fetchd
