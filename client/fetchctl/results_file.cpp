#include "fetchctl/results_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace fetchctl {
namespace {

constexpr std::string_view start = "{\"seq\":";
constexpr std::int64_t block = 64 * 1024;

std::string cannot(char const* verb, std::string const& path) {
    return std::string("cannot ") + verb + " " + path + ": " + std::strerror(errno);
}

std::uint64_t seq_of(std::string_view line) {
    std::uint64_t seq = 0;
    if (line.starts_with(start))
        std::from_chars(line.data() + start.size(), line.data() + line.size(), seq);
    return seq;
}

bool read_at(int fd, std::int64_t from, std::int64_t to, std::string& bytes) {
    bytes.resize(static_cast<std::size_t>(to - from));
    for (std::size_t have = 0; have < bytes.size();) {
        auto const n = ::pread(fd, bytes.data() + have, bytes.size() - have, from + static_cast<off_t>(have));
        if (n <= 0)
            return false;
        have += static_cast<std::size_t>(n);
    }
    return true;
}

// Behind the last line end before `end`, or 0; nothing when it cannot be read.
std::optional<std::int64_t> begin_of_line(int fd, std::int64_t end) {
    std::string bytes;
    while (end > 0) {
        auto const from = std::max<std::int64_t>(0, end - block);
        if (!read_at(fd, from, end, bytes))
            return std::nullopt;
        if (auto const at = bytes.rfind('\n'); at != bytes.npos)
            return from + static_cast<std::int64_t>(at) + 1;
        end = from;
    }
    return 0;
}

}  // namespace

results_file::results_file(results_file&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      whole_(other.whole_),
      last_seq_(other.last_seq_),
      last_line_(std::move(other.last_line_)) {}

results_file& results_file::operator=(results_file&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    std::swap(whole_, other.whole_);
    std::swap(last_seq_, other.last_seq_);
    std::swap(last_line_, other.last_line_);
    return *this;
}

results_file::~results_file() {
    if (fd_ >= 0)
        ::close(fd_);
}

std::optional<results_file> results_file::open(std::string path, std::string& problem) {
    struct stat there {};
    bool const plain = ::stat(path.c_str(), &there) != 0 || S_ISREG(there.st_mode);
    int const fd = plain ? ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)
                         : ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    results_file file(fd, std::move(path));
    if (fd < 0) {
        problem = cannot("write", file.path_);
        return std::nullopt;
    }
    if (plain && ::flock(fd, LOCK_EX | LOCK_NB) != 0)
        problem = "another process writes " + file.path_;
    if (plain && problem.empty())
        file.look(problem);
    return problem.empty() ? std::optional(std::move(file)) : std::nullopt;
}

bool results_file::look(std::string& problem) {
    auto const size = ::lseek(fd_, 0, SEEK_END);
    auto const whole = begin_of_line(fd_, size);
    auto const last = whole && *whole > 0 ? begin_of_line(fd_, *whole - 1) : whole;
    std::string cut_off;
    if (!whole || !last || !read_at(fd_, *last, std::max(*last, *whole - 1), last_line_) ||
        !read_at(fd_, *whole, std::min<std::int64_t>(size, *whole + std::ssize(start)), cut_off)) {
        problem = cannot("read", path_);
        return false;
    }
    whole_ = *whole;
    last_seq_ = seq_of(last_line_);
    // Nothing but results is ever cut or gone on with.
    if ((*whole > 0 && last_seq_ == 0) || !start.starts_with(cut_off))
        problem = path_ + " holds something else than results: choose another file";
    return problem.empty();
}

bool results_file::cut(std::string& problem) {
    if (whole_ && ::ftruncate(fd_, *whole_) != 0)
        problem = cannot("write", path_);
    last_line_.clear();
    return problem.empty();
}

bool results_file::add(std::string_view line, std::string& problem) {
    buffer_.assign(line).append("\n");
    std::string_view left = buffer_;
    while (!left.empty()) {
        auto const n = ::write(fd_, left.data(), left.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            problem = cannot("write", path_);
            return false;
        }
        left.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace fetchctl
