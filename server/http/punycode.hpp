// Punycode (RFC 3492), the one direction that is needed here.
#pragma once

#include <string>
#include <string_view>

namespace fetchd {

// Appends the Punycode of `label`, without "xn--", to `out`. Takes quadratic time: the caller bounds the
// length, which has to stay under 2^11 for the arithmetic not to overflow.
void append_punycode(std::string& out, std::u32string_view label);

}  // namespace fetchd
