// Starts a coroutine nobody waits for. What it throws is logged, never swallowed.
#pragma once

#include "loop/types.hpp"

namespace fetchd {

// `name` must be a literal: it is kept until the coroutine ends.
void spawn_logged(executor ex, char const* name, awaitable<void> work);

}  // namespace fetchd
