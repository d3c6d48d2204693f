// A folder for one test, gone with everything in it when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace fetchd::jobs::test {

class temporary_folder {
  public:
    temporary_folder() : path_((std::filesystem::temp_directory_path() / "fetchd-store-XXXXXX").string()) {
        if (!::mkdtemp(path_.data()))
            throw std::runtime_error("mkdtemp");
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;

    std::string const& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace fetchd::jobs::test
