// A file of results that grows, and is gone on with after an interruption.
//
// What is in it decides where: the seq of its last whole line. A line that was cut off is taken away before
// anything is written. One process at a time; a pipe or a device is written without looking at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetchctl {

class results_file {
  public:
    // Errors are a sentence: there is something else in it, another process writes it, ... Changes nothing.
    static std::optional<results_file> open(std::string path, std::string& problem);

    results_file(results_file&&) noexcept;
    results_file& operator=(results_file&&) noexcept;
    ~results_file();

    std::uint64_t last_seq() const { return last_seq_; }         // 0: there is none
    std::string const& last_line() const { return last_line_; }  // without its end

    bool cut(std::string& problem);  // once, before the first line is added
    bool add(std::string_view line, std::string& problem);

  private:
    results_file(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
    bool look(std::string& problem);

    int fd_;
    std::string path_;
    std::optional<std::int64_t> whole_;  // bytes of whole lines, where it is a plain file
    std::uint64_t last_seq_ = 0;
    std::string last_line_;
    std::string buffer_;
};

}  // namespace fetchctl
