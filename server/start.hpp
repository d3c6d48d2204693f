// From the command line to the exit code: flags, configuration, zygote, service, drain.
#pragma once

#include "worker/tasks/registry.hpp"

namespace fetchd {

// What main() does. The registry is what the workers can do; it must live as long as the program.
// Exit codes: 0 after a drain, 1 stopped at once or failed to start, 2 wrong flags or configuration.
int start(int argc, char** argv, tasks::registry);

}  // namespace fetchd
