// A place for files of a test.
#pragma once

#include <string>
#include <vector>

namespace fetchctl_test {

// A folder of its own for each test, removed afterwards.
class scratch_folder {
  public:
    scratch_folder();
    ~scratch_folder();
    scratch_folder(scratch_folder const&) = delete;
    scratch_folder& operator=(scratch_folder const&) = delete;

    std::string path(std::string const& name = "") const { return path_ + "/" + name; }
    std::vector<std::string> names() const;  // sorted, hidden ones too
    std::string read(std::string const& name) const;
    void write(std::string const& name, std::string const& bytes) const;

  private:
    std::string path_;
};

}  // namespace fetchctl_test
