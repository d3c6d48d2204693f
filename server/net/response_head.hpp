// The head of an origin's answer: parsed, and its body's framing decided (RFC 9112 §6.3). No I/O.
#pragma once

#include <cstdint>
#include <string>

#include "base/failure.hpp"
#include "http/headers.hpp"

namespace fetchd {

enum class framing : unsigned char { none, length, chunked, until_close };

struct response_head {
    int status = 0;
    bool http11 = true;  // or HTTP/1.0
    std::string reason;
    headers fields;
    framing body = framing::none;
    std::uint64_t length = 0;  // where framing is length
    bool keep_alive = false;   // the connection may serve another request after this answer
};

// Where the head ends (just behind the empty line), or npos. Looks from `from` on, so that a head that
// arrives in many pieces is not searched again and again.
std::size_t find_head_end(std::string_view bytes, std::size_t from);

constexpr std::size_t max_response_fields = 500;

// bytes: a whole head, the empty line included. head_request: the answer to HEAD has no body.
result<response_head> parse_response_head(std::string_view bytes, bool head_request);

}  // namespace fetchd
