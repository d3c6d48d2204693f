// What a submission is made of: URLs of the command line, files, standard input, one after another.
//
// Read once, in pieces, whatever its size; what has been handed out is kept in a temporary file without a
// name, so that the same bytes can be sent again when the connection breaks. Where none can be made, or the
// disk is full, everything works but that.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "fetchctl/url_lines.hpp"

namespace fetchctl {

class submission_source {
  public:
    // An input with "://" in it is a URL, "-" standard input, anything else a file; none: standard input.
    submission_source(std::vector<std::string> inputs, std::stop_token);
    ~submission_source();
    submission_source(submission_source const&) = delete;
    submission_source& operator=(submission_source const&) = delete;

    // As fetchd::job_submission::read. While an input is silent, blanks between lines keep the connection.
    std::optional<std::size_t> read(char* to, std::size_t room);

    bool rewind();  // from the first byte again; false where it was not kept

    std::string const& problem() const { return problem_; }  // why read() gave up; empty: told to stop
    std::uint64_t urls() const { return lines_.urls(); }

  private:
    bool fill();  // puts something into ready_, or says why not
    bool open_next();
    bool take_bytes();
    void keep(std::string_view bytes);
    bool fail(std::string why);

    std::vector<std::string> inputs_;
    std::stop_token stop_;
    url_lines lines_;
    std::string ready_;       // whole lines, not handed out yet
    std::size_t used_ = 0;    // of ready_
    std::size_t next_ = 0;    // input to open
    int fd_ = -1;             // of the one that is read
    int kept_fd_ = -1;        // what was handed out
    std::int64_t kept_ = 0;   // bytes of it
    std::int64_t again_ = 0;  // handed out again up to here
    std::string problem_;
};

}  // namespace fetchctl
