// application/x-www-form-urlencoded (URL standard §5.1): the parameters in a query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace fetchd {

struct query_pair {
    std::string name;
    std::string value;

    bool operator==(query_pair const&) const = default;
};

struct query_limits {
    std::size_t bytes = 64 * 1024;  // of the query as written
    std::size_t pairs = 128;
};

// Names and values in their order, '+' read as a space, percent-decoded, and made valid UTF-8 (U+FFFD for
// what is not). `query` comes without its '?'. Fails with (admission, bad_url) over a limit.
result<std::vector<query_pair>> parse_query(std::string_view query, query_limits const& limits = {});

// Well-formed text as it is; each maximal ill-formed part replaced by U+FFFD (Encoding standard, UTF-8
// decode).
std::string to_valid_utf8(std::string text);

}  // namespace fetchd
