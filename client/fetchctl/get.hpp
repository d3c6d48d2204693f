// `fetchctl get`.
#pragma once

#include "fetchctl/interrupt.hpp"
#include "fetchctl/screen.hpp"
#include "fetchctl/settings.hpp"

namespace fetchctl {

exit_code get(command const&, screen&, std::stop_token);

// The same with --raw: bytes are passed on as they arrive, and never held.
exit_code get_raw(settings const&, get_command const&, screen&, std::stop_token);

// One URL a line; blank lines and lines that begin with # are left out. False where there are too many.
constexpr std::size_t most_urls = 100'000;
bool urls_in(std::string_view text, std::vector<std::string>& to);

}  // namespace fetchctl
