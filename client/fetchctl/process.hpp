// `fetchctl process`.
#pragma once

#include "fetchctl/screen.hpp"
#include "fetchctl/settings.hpp"

namespace fetchctl {

exit_code process(command const&, screen&, std::stop_token);

}  // namespace fetchctl
