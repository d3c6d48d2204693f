// A data folder, owned: nobody else's process has it open as long as this object lives.
//
// Made with mode 0700 where it is not there, and given that mode where it is; one of another user is refused.
// The lock ends with the process, however it ends.
#pragma once

#include <string>

#include "base/failure.hpp"
#include "worker/descriptor.hpp"

namespace fetchd::jobs {

class data_folder {
  public:
    static result<data_folder> own(std::string path);

    std::string const& path() const { return path_; }
    std::string database() const { return path_ + "/jobs.db"; }
    std::string objects() const { return path_ + "/objects"; }

  private:
    data_folder(std::string path, worker::descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string path_;
    worker::descriptor lock_;
};

}  // namespace fetchd::jobs
