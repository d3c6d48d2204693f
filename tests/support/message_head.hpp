// The fields of an HTTP message, read the same way by the tests' client and by their origin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/script.hpp"

namespace fetchd::test {

// lines: fields, each ended by CRLF, and the empty line after them. False where one has no colon.
bool parse_fields(std::string_view lines, header_list& into);

std::optional<std::string> find_field(header_list const&, std::string_view name);  // the first, in any case
std::size_t count_fields(header_list const&, std::string_view name);

// The number a text begins with: a Content-Length, or the size of a chunk with its extensions behind it.
std::optional<std::uint64_t> leading_number(std::string_view text, int base);

}  // namespace fetchd::test
