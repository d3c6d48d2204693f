// A wait for a time, within the life of an exchange.
#pragma once

#include "loop/scope.hpp"

namespace fetchd {

// Until then, or until the scope ends if that comes first; at once where it has ended. How long it took.
awaitable<clock::duration> wait_until(executor, time_point, scope&);

}  // namespace fetchd
