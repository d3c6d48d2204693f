// What every route that fetches begins with: is there room, and who asks.
#pragma once

#include <optional>
#include <string>

#include "api/call.hpp"
#include "fetch/fetcher.hpp"

namespace fetchd::api {

// A place among the fetches. Nothing where there is none, or where the request was found wrong before: then
// the call has been answered.
awaitable<std::optional<fetcher::ticket>> admit(call&, fetcher&, std::optional<reply> const& refused);

// What tells this caller from every other one: the Authorization field, or the address where there is none.
// Opaque and of a fixed size; it holds no credentials.
std::string caller_of(call const&);

}  // namespace fetchd::api
