// A file that appears under its name only when it is whole.
//
// Written next to its place under a temporary name, and renamed by commit(); destroyed without it, nothing is
// left and what was there before is untouched. What is not a plain file (a pipe, /dev/null) is written
// directly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fetchctl {

class output_file {
  public:
    // Errors are a sentence: "cannot write out/a.md: No space left on device".
    static std::optional<output_file> create(std::string path, std::string& problem);

    output_file(output_file&&) noexcept;
    output_file& operator=(output_file&&) noexcept;
    ~output_file();

    bool write(std::string_view bytes, std::string& problem);
    bool rewind();  // takes all of it back; false where that cannot be: it was written directly
    bool commit(std::string& problem);

  private:
    output_file(int fd, std::string path, std::string temporary);

    int fd_;
    std::string path_;
    std::string temporary_;  // empty: written directly
};

// Whole or not at all; false with the reason.
bool write_file(std::string const& path, std::string_view bytes, std::string& problem);

}  // namespace fetchctl
