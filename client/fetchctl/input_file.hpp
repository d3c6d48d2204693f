// Reads a whole file, within a limit.
#pragma once

#include <optional>
#include <string>

namespace fetchctl {

// "-" is standard input. Empty with the reason in `problem`: missing, not readable, larger than `limit`
// bytes.
std::optional<std::string> read_input(std::string const& path, std::size_t limit, std::string& problem);

}  // namespace fetchctl
