// The head of a request to the API: parsed, and its body's framing decided (RFC 9112 §3, §6.3). No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "http/headers.hpp"
#include "http/url_query.hpp"

namespace fetchd::api {

enum class body_kind : unsigned char { none, length, chunked };

struct request_head {
    std::string method;
    std::string path;   // as sent, without the query
    std::string query;  // without '?'
    bool http11 = true;
    bool keep_alive = false;
    bool expects_continue = false;
    body_kind body = body_kind::none;
    std::uint64_t length = 0;
    headers fields;
};

// A head that cannot be answered as asked: the status and a sentence for the client.
struct refusal {
    int status;
    std::string why;
};

// bytes: a whole head, the empty line included.
boost::system::result<request_head, refusal> parse_request_head(std::string_view bytes);
[[noreturn]] void throw_exception_from_error(refusal const&, boost::source_location const&);

}  // namespace fetchd::api
