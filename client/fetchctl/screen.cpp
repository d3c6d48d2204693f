#include "fetchctl/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

bool wants_colour() {
    auto const* no = std::getenv("NO_COLOR");
    auto const* term = std::getenv("TERM");
    return !(no && *no) && term && *term && std::string_view(term) != "dumb";
}

// 0, or the error; waits where a descriptor of our caller's does not block.
int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        auto n = ::write(fd, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace

screen::screen(bool quiet)
    : quiet_(quiet),
      out_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      out_colour_(out_is_terminal_ && wants_colour()),
      err_colour_(::isatty(STDERR_FILENO) == 1 && wants_colour()),
      progress_(!quiet && ::isatty(STDERR_FILENO) == 1) {
    auto const* term = std::getenv("TERM");
    if (!term || !*term || std::string_view(term) == "dumb")
        progress_ = false;
}

screen::~screen() {
    clear_line();
}

bool screen::out(std::string_view text) {
    return out_is_terminal_ ? write_out(printable(text, line_ends::keep)) : write_out(text);
}

bool screen::out_painted(std::string_view text) {
    return write_out(text);
}

bool screen::write_out(std::string_view text) {
    std::lock_guard lock(mutex_);
    if (lost_ != exit_code::ok)
        return false;
    clear_line();
    int const failed = write_all(STDOUT_FILENO, text);
    if (failed == 0)
        return true;
    lost_ = failed == EPIPE ? exit_code::reader_gone : exit_code::failed;
    if (failed != EPIPE)
        complain("", std::string("cannot write to standard output: ") + std::strerror(failed), "\x1b[31m");
    return false;
}

void screen::complain(std::string_view word, std::string_view line, char const* colour) {
    clear_line();
    std::string all = err_colour_ ? std::string(colour) + "fetchctl:\x1b[0m " : "fetchctl: ";
    all.append(word).append(printable(line)).append("\n");
    write_all(STDERR_FILENO, all);
}

void screen::note(std::string_view line) {
    std::lock_guard lock(mutex_);
    if (!quiet_)
        complain("note: ", line, "\x1b[33m");
}

void screen::error(std::string_view line) {
    std::lock_guard lock(mutex_);
    complain("", line, "\x1b[31m");
}

void screen::say(std::string_view line) {
    std::lock_guard lock(mutex_);
    if (quiet_)
        return;
    clear_line();
    write_all(STDERR_FILENO, printable(line) + "\n");
}

void screen::progress_line(std::string_view line) {
    draw(printable(line));
}

void screen::progress_painted(std::string_view line) {
    draw(std::string(line));
}

void screen::draw(std::string const& line) {
    std::lock_guard lock(mutex_);
    if (!progress_)
        return;
    write_all(STDERR_FILENO, "\r" + line + "\x1b[K");
    line_shown_ = true;
}

unsigned screen::columns() const {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

void screen::clear_line() {
    if (line_shown_)
        write_all(STDERR_FILENO, "\r\x1b[K");
    line_shown_ = false;
}

exit_code screen::lost() const {
    std::lock_guard lock(mutex_);
    return lost_;
}

}  // namespace fetchctl
