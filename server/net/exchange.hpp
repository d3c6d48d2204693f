// A request sent on a connection and the head of its answer read from it.
//
// Loop thread only. After a failure the connection must be closed. Interim answers (1xx) are read past.
#pragma once

#include "loop/scope.hpp"
#include "net/connection.hpp"
#include "net/response_head.hpp"

namespace fetchd {

constexpr int max_interim = 10;  // 1xx answers before the real one

struct head_limits {
    std::size_t bytes;
    milliseconds first_byte;  // from here, the request still to be sent, to the end of the head
};

// head_request: the answer has no body, whatever it says (HEAD; CONNECT).
awaitable<result<response_head>> exchange(connection&, std::string request, bool head_request,
                                          head_limits const&, scope&);

// What the connection's error means at this stage.
failure io_failure(stage where, error_code);

}  // namespace fetchd
