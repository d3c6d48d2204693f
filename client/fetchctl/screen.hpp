// Standard output and standard error, as one place.
//
// Output is written whole or the loss is remembered; the progress line (standard error, terminals only) steps
// aside for it. Any thread. SIGPIPE must be ignored: a reader that went away is an error code here.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "fetchctl/exit_code.hpp"

namespace fetchctl {

class screen {
  public:
    explicit screen(bool quiet);  // looks at the terminals and at NO_COLOR and TERM
    ~screen();
    screen(screen const&) = delete;
    screen& operator=(screen const&) = delete;

    bool shows_progress() const { return progress_; }
    bool out_is_terminal() const { return out_is_terminal_; }
    bool out_has_colour() const { return out_colour_; }
    bool err_has_colour() const { return err_colour_; }
    unsigned columns() const;  // of the terminal that shows progress

    // Bytes as they are; on a terminal with control characters escaped. False once output is lost.
    bool out(std::string_view text);
    bool out_painted(std::string_view text);  // text of ours, whose escape sequences are meant

    void note(std::string_view line);   // not when quiet
    void error(std::string_view line);  // always; "fetchctl: " goes in front
    void say(std::string_view line);    // not when quiet: how far we are, where no progress is drawn
    void progress_line(std::string_view line);
    void progress_painted(std::string_view line);  // text of ours, at most columns() wide

    exit_code lost() const;  // ok while all output has arrived

  private:
    bool write_out(std::string_view text);
    void draw(std::string const& line);
    void clear_line();
    void complain(std::string_view word, std::string_view line, char const* colour);

    bool quiet_;
    bool out_is_terminal_;
    bool out_colour_;
    bool err_colour_;
    bool progress_;
    mutable std::mutex mutex_;
    bool line_shown_ = false;
    exit_code lost_ = exit_code::ok;
};

}  // namespace fetchctl
