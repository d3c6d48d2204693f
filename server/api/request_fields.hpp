// Header fields of the request to the origin: which ones a caller may set, and what is sent besides. Pure.
#pragma once

#include <string_view>

#include "http/headers.hpp"

namespace fetchd::api {

// Fields that fetchd sets itself, that are about a connection, or that tell a proxy something.
bool forbidden_field(std::string_view name);

// Those of the client's request that /v1/raw hands on to the origin.
void pass_request_fields(headers const& from, headers& to);

// What a document is asked for with, where the caller has not said otherwise.
void ask_for_document(headers& fields);

}  // namespace fetchd::api
