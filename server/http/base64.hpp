// Base64 with the standard alphabet and padding (RFC 4648 §4), both directions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fetchd {

std::string base64_encode(std::string_view bytes);

// Strict: nothing but the alphabet, always padded, the unused last bits zero (§3.5), no line ends. So every
// text it takes is the one that base64_encode writes. Nothing where it is anything else.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace fetchd
