// Lists of URLs, as people keep them, to the NDJSON of a submission. Pure.
//
// A line is a URL, or JSON (an object with "url", or a string), which is passed on as it is. Blank lines and
// lines that begin with # become empty ones, so that "line 7" means the same to the service and to the
// reader. A line is at most max_line bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fetchctl {

class url_lines {
  public:
    static constexpr std::size_t max_line = 64 * 1024;  // the service takes no longer ones

    // Appends the lines that are complete with these bytes. False: a line is too long.
    bool feed(std::string_view bytes, std::string& to);
    // The input is over, perhaps in the middle of a line; another may follow.
    void finish(std::string& to);

    std::uint64_t lines() const { return lines_; }  // complete ones
    std::uint64_t urls() const { return urls_; }

  private:
    void line(std::string_view text, std::string& to);

    std::string begun_;
    std::uint64_t lines_ = 0;
    std::uint64_t urls_ = 0;
    bool at_start_ = true;  // of an input: where a byte order mark may stand
};

}  // namespace fetchctl
