// The command line: what may be said, and what it means.
#pragma once

#include <optional>
#include <string>

#include "fetchctl/exit_code.hpp"
#include "fetchctl/settings.hpp"

namespace fetchctl {

struct parsed_line {
    std::optional<command> to_do;  // empty: print the text and leave
    std::string text;              // help, version or what is wrong
    exit_code code = exit_code::ok;
};

// Reads the environment for FETCHD_URL only. Writes nothing.
parsed_line parse_command_line(int argc, char const* const* argv);

}  // namespace fetchctl
