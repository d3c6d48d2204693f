#include "unit/client/scratch_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace fetchctl_test {

scratch_folder::scratch_folder() {
    auto name = (std::filesystem::temp_directory_path() / "fetchctl-test-XXXXXX").string();
    if (!::mkdtemp(name.data()))
        throw std::runtime_error("no scratch folder");
    path_ = name;
}

scratch_folder::~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> scratch_folder::names() const {
    std::vector<std::string> all;
    for (auto const& entry : std::filesystem::directory_iterator(path_))
        all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
}

std::string scratch_folder::read(std::string const& name) const {
    std::ifstream file(path(name), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

void scratch_folder::write(std::string const& name, std::string const& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
}

}  // namespace fetchctl_test
