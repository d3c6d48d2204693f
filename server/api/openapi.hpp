// The document at /openapi.json: openapi.json, and what the registry of tasks knows better: the outputs,
// their options and their media types.
#pragma once

#include <string>

#include "worker/tasks/registry.hpp"

namespace fetchd::api {

std::string openapi_page(tasks::registry);

}  // namespace fetchd::api
