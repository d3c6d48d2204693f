// `fetchctl status`.
#pragma once

#include "fetchctl/screen.hpp"
#include "fetchctl/settings.hpp"
#include "fetchctl/show.hpp"

namespace fetchctl {

exit_code status(command const&, screen&, std::stop_token);

// The table, escaped for terminals. Pure.
std::string status_text(std::string_view server, fetchd::service_status const&, palette);

// One line: {"ready":true,"readiness":{...},"metrics":{"fetchd_...":1}}; readiness as the service sent it.
std::string status_json(fetchd::service_status const&);

}  // namespace fetchctl
