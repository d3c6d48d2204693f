// What a redirect asks for (RFC 9110 §15.4, Fetch standard "HTTP-redirect fetch"). No I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "http/headers.hpp"
#include "http/url.hpp"

namespace fetchd {

struct redirect {
    url to;
    bool drop_body = false;     // the request becomes a GET without its body
    bool cross_origin = false;  // credentials must not follow
};

// Nothing when the answer is not a redirect to follow: another status, or no Location.
// Fails with bad_location, or with downgrade_refused (https to http) unless that is allowed.
result<std::optional<redirect>> next_hop(int status, headers const& answer, url const& from,
                                         std::string_view method, bool allow_downgrade = false);

// Fields that a caller gave for one origin and that no other may see.
void drop_credentials(headers&);

// Fields about a body that is no longer sent (Fetch standard, "request-body-header name").
void drop_body_fields(headers&);

}  // namespace fetchd
