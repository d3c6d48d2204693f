// Reads jobs out of what the service sends. Private to the library, pure.
#pragma once

#include "fetchd/job.hpp"
#include "library/fields.hpp"

namespace fetchd {
inline namespace client_v1 {

// Sets `problem` where it is none.
job job_in(boost::json::object const&, std::string& problem);

client_error not_a_job(std::string const& why);

}  // namespace client_v1
}  // namespace fetchd
