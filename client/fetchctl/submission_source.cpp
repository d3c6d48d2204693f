#include "fetchctl/submission_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace fetchctl {
namespace {

constexpr int look_ms = 200;        // between two looks at the stop token
constexpr int looks_to_speak = 25;  // the service takes a minute of silence for a dead client

std::string shown(std::string const& input) {
    return input == "-" ? "standard input" : input;
}

int nameless_file() {
    std::error_code none;
    auto const folder = std::filesystem::temp_directory_path(none);
    return none ? -1 : ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
}

}  // namespace

submission_source::submission_source(std::vector<std::string> inputs, std::stop_token stop)
    : inputs_(std::move(inputs)), stop_(std::move(stop)), kept_fd_(nameless_file()) {
    if (inputs_.empty())
        inputs_.emplace_back("-");
}

submission_source::~submission_source() {
    for (int fd : {fd_, kept_fd_})
        if (fd >= 0)
            ::close(fd);
}

bool submission_source::fail(std::string why) {
    problem_ = std::move(why);
    return false;
}

std::optional<std::size_t> submission_source::read(char* to, std::size_t room) {
    if (again_ < kept_) {
        auto const want = std::min(room, static_cast<std::size_t>(kept_ - again_));
        auto const n = ::pread(kept_fd_, to, want, again_);
        if (n <= 0) {
            fail(std::string("cannot read what was sent before: ") + std::strerror(errno));
            return std::nullopt;
        }
        again_ += n;
        return static_cast<std::size_t>(n);
    }
    if (used_ == ready_.size() && !fill())
        return std::nullopt;
    auto const n = ready_.copy(to, room, used_);
    keep({to, n});
    used_ += n;
    return n;
}

bool submission_source::rewind() {
    again_ = 0;
    return kept_fd_ >= 0;
}

void submission_source::keep(std::string_view bytes) {
    while (kept_fd_ >= 0 && !bytes.empty()) {
        auto const n = ::pwrite(kept_fd_, bytes.data(), bytes.size(), kept_);
        if (n <= 0) {
            ::close(std::exchange(kept_fd_, -1));
            kept_ = 0;
            break;
        }
        kept_ += n;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    again_ = kept_;
}

// Something, or nothing at the end of all inputs.
bool submission_source::fill() {
    ready_.clear();
    used_ = 0;
    while (ready_.empty()) {
        if (fd_ < 0 && next_ == inputs_.size())
            return true;
        if (!(fd_ < 0 ? open_next() : take_bytes()))
            return false;
    }
    return true;
}

bool submission_source::open_next() {
    auto const& input = inputs_[next_++];
    if (input.find("://") != input.npos) {
        if (!lines_.feed(input, ready_))
            return fail("a URL is longer than " + std::to_string(url_lines::max_line) + " bytes");
        lines_.finish(ready_);
        return true;
    }
    fd_ = input == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                       : ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
    return fd_ >= 0 || fail("cannot read " + shown(input) + ": " + std::strerror(errno));
}

bool submission_source::take_bytes() {
    auto const& input = inputs_[next_ - 1];
    pollfd ready{fd_, POLLIN, 0};
    for (int look = 0; ::poll(&ready, 1, look_ms) == 0;) {
        if (stop_.stop_requested())
            return false;
        if (++look == looks_to_speak) {
            ready_ = " ";
            return true;
        }
    }
    if (stop_.stop_requested())
        return false;
    char buffer[64 * 1024];
    auto const n = ::read(fd_, buffer, sizeof buffer);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ||
               fail("cannot read " + shown(input) + ": " + std::strerror(errno));
    if (n == 0) {
        ::close(std::exchange(fd_, -1));
        lines_.finish(ready_);
        return true;
    }
    return lines_.feed({buffer, static_cast<std::size_t>(n)}, ready_) ||
           fail(shown(input) + ": line " + std::to_string(lines_.lines() + 1) + " is longer than " +
                std::to_string(url_lines::max_line) + " bytes");
}

}  // namespace fetchctl
