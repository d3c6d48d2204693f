// Reads the TOML of a configuration file into named raw values. Pure: the text is given.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/setting.hpp"

namespace fetchd {

// Calls take("local.toml:3", "section.key", value) for every value; adds to problems what is not TOML, or not
// of the shape [section] key = value.
void read_config_file(
    std::string const& file, std::string const& text, std::vector<std::string>& problems,
    std::function<void(std::string const&, std::string const&, raw_value const&)> const& take);

}  // namespace fetchd
