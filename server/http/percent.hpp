// Percent-encoding (URL standard §1.3): the sets of bytes that have to be escaped, and both directions.
//
// Pure functions over bytes; input need not be valid UTF-8, and bytes above 0x7E are always escaped as they
// are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fetchd {

// Each set is one bit of a table row; they are named as in the standard.
enum class percent_set : std::uint8_t {
    c0_control = 1,
    fragment = 2,
    query = 4,
    special_query = 8,
    path = 16,
    userinfo = 32,
    component = 64,
};

bool needs_percent(unsigned char byte, percent_set set);

// Appends `text` to `out`, escaping the bytes of `set`. A '%' is never escaped: what is escaped already
// stays.
void append_percent_encoded(std::string& out, std::string_view text, percent_set set);

// As encodeURIComponent does, '%' included: the result is safe as one value of a query.
std::string percent_encode_component(std::string_view text);

// Every %XX becomes its byte; a '%' without two hex digits stays. The result may hold any byte.
std::string percent_decode(std::string_view text);

// -1 where `c` is no hexadecimal digit.
int hex_value(char c);

}  // namespace fetchd
