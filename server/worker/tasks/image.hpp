// Images as tasks give them. docs/image.md says what is read of them.
#pragma once

#include "worker/tasks/context.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks {

// The headers of the image that the document is, by its bytes alone. process.unsupported_type: it is none;
// process.bad_document: a damaged one.
result<image::facts> image_facts_of(context const&);

}  // namespace fetchd::tasks
