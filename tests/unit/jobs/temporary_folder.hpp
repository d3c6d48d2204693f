// A folder for one test, gone with everything in it when the test ends. In memory where the system has such a
// place: killing a process loses nothing there either, and thousands of syncs take no time.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace fetchd::jobs::test {

class temporary_folder {
  public:
    temporary_folder() : path_(place() + "/fetchd-store-XXXXXX") {
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
    static std::string place() {
        return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path().string();
    }

    std::string path_;
};

}  // namespace fetchd::jobs::test
