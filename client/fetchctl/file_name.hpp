// Names for the files of `-o FOLDER`.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace fetchctl {

// "https://example.com/a/b?c" -> "example.com_a_b_c.md": letters, digits, dot, dash and underscore only, no
// dot in front, at most 120 bytes. Never empty, never a path.
std::string file_name_for(std::string_view url, std::string_view extension);

// The extension for one output: "md" for markdown, "txt" for text, ...
std::string_view extension_for(std::string_view output);

// Two URLs never share a file: the second gets "-2". Compares without case, for file systems that do.
class taken_names {
  public:
    std::string claim(std::string_view url, std::string_view extension);

  private:
    std::set<std::string, std::less<>> taken_;
};

}  // namespace fetchctl
