// One JSON-LD text checked by the JSON library, and read for facts on the way. Used by jsonld only.
#pragma once

#include <string>
#include <string_view>

#include "worker/tasks/jsonld.hpp"

namespace fetchd::tasks {

// False where the text is not one JSON value, or nested too deep. Facts already there are not overwritten.
bool read_jsonld(std::string_view json, jsonld_facts& of_work, jsonld_facts& of_other);

}  // namespace fetchd::tasks
