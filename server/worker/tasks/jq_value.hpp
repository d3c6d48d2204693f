// Values of libjq as JSON text.
#pragma once

#include <cstddef>
#include <string>

extern "C" {
#include <jv.h>
}

namespace fetchd::tasks {

enum class jq_written : unsigned char { whole, too_large, too_deep };

// Appends `value` and lets go of it. Stops where `out` is longer than `size` or the value is nested more than
// `depth` deep. Numbers are written as short as they can be read back; infinite ones as the largest there is,
// and those that are none as null.
jq_written append_value(std::string& out, jv value, std::size_t size, std::size_t depth);

}  // namespace fetchd::tasks
