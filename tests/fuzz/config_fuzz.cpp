// Any bytes as the configuration file: problems, or settings that are all within their range and read back
// the same.
#include <cstdint>
#include <cstdlib>

#include "base/config.hpp"

namespace {

void require(bool promise) {
    if (!promise)
        std::abort();
}

}  // namespace

// The first byte chooses whether the text is a file, a flag ("name=value") or a variable.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 1)
        return 0;
    std::string const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const equals = text.find('=');
    auto const value = equals == text.npos ? std::string() : text.substr(equals + 1);
    fetchd::config_sources sources;
    sources.file = "f.toml";
    if (data[0] % 3 == 0)
        sources.file_text = text;
    else if (data[0] % 3 == 1)
        sources.flags.emplace_back(text.substr(0, equals), value);
    else
        sources.environment.emplace_back(text.substr(0, equals), value);
    auto const loaded = fetchd::load_config(sources);
    for (auto const& problem : loaded.problems)
        require(!problem.empty());
    if (!loaded.problems.empty())
        return 0;
    require(loaded.values.problems().empty());
    require(fetchd::needs_restart(loaded.values, loaded.values).empty());
    return 0;
}
