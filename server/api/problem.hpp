// Errors of the API as application/problem+json (RFC 9457).
#pragma once

#include "api/call.hpp"
#include "base/failure.hpp"

namespace fetchd::api {

// An error of the request itself, or of this service.
reply problem(int status, std::string_view detail);

// A failure that is the whole answer: its stage, code and whether to try again are members of the problem.
// Overload and not-ready carry Retry-After.
reply problem(failure const&);

// The same problem, said of one place of the request: "line 17: want a URL".
reply problem_at(std::string_view place, reply problem);

}  // namespace fetchd::api
