// Names that stand twice in one object of a JSON text: parsers keep one of the two and say nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fetchd::api {

// The first such name, or nothing. json: a text that has been parsed without an error.
std::optional<std::string> repeated_key(std::string_view json);

}  // namespace fetchd::api
