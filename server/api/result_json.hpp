// A result as the one JSON document it is everywhere (docs/api.md).
#pragma once

#include <string>

#include "fetch/fetch.hpp"

namespace fetchd::api {

// One line, with a line feed at its end. The output is put in as it is: the supervisor has checked it.
std::string result_json(fetch_result const&);

// The same but for the output, which has its place between the two.
struct text_around {
    std::string before;
    std::string after;
};
text_around result_json_around(fetch_result const&);

// Its members without braces and output, the number of the job's item first: what is stored of it.
std::string result_members(fetch_result const&, std::int64_t item, bool skipped);

// "request":{"method":"GET","headers":[["name","value"],...]}: a member of a result that is archived.
std::string request_member(asked_request const&);

}  // namespace fetchd::api
