// The options of a fetch, as the members of a JSON body and as the parameters of a query. Private to the
// library.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "fetchd/client.hpp"

namespace fetchd {
inline namespace client_v1 {

// timeout: what counts in place of limits.timeout; 0: none.
std::string as_json(fetch_request const&, std::chrono::milliseconds timeout);
void add_members(boost::json::object& to, fetch_request const&,
                 std::chrono::milliseconds timeout);  // without url
std::string as_query(fetch_limits const&, fetch_way const&, std::chrono::milliseconds timeout);

}  // namespace client_v1
}  // namespace fetchd
