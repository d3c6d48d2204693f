// The members of a JSON object that asks for one fetch, each to its place: those of POST /v1/fetch, and of
// the items of a job.
#pragma once

#include <boost/json/fwd.hpp>

#include "api/schema_fields.hpp"

namespace fetchd::api {

class member_reader {
  public:
    explicit member_reader(schema_limits const& limits) : options_(limits) {}

    // Each name at most once. Gives the answer to send when the value is not acceptable.
    std::optional<reply> take(std::string_view name, boost::json::value const&);

    // Checks what only all members together tell. Ends its use.
    std::optional<reply> finish(asked& into);

  private:
    option_reader options_;
    std::string method_ = "GET";
    std::optional<std::string> text_;   // body
    std::optional<std::string> bytes_;  // body_base64
};

}  // namespace fetchd::api
