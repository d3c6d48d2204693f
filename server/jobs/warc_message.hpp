// HTTP messages as an archive keeps them: whole, and framed as what is kept of them says. Pure.
#pragma once

#include <string>

#include "jobs/archived.hpp"

namespace fetchd::jobs {

// Status line and fields, to the empty line. The body that follows is the exchange's, as it is: what says
// otherwise (Transfer-Encoding, Trailer, a Content-Length of other bytes, the Content-Encoding of a decoded
// body) has its name changed to X-Archive-Orig-*, and Content-Length says what there is.
// No value can end a line: control characters become spaces, and fields without a valid name are left out.
std::string archived_response_head(archived_exchange const&);

// The request, without a body and without credentials (Authorization, Cookie). Empty where it is not known.
std::string archived_request(archived_exchange const&);

// A value as it may stand in a line.
std::string one_line(std::string_view);

}  // namespace fetchd::jobs
