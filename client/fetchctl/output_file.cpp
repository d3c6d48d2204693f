#include "fetchctl/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace fetchctl {
namespace {

std::string cannot_write(std::string const& path) {
    return "cannot write " + path + ": " + std::strerror(errno);
}

// Where a link points to, so that the link stays and its target is replaced.
std::string behind_links(std::string const& path) {
    char* whole = ::realpath(path.c_str(), nullptr);
    if (!whole)
        return path;
    std::string target = whole;
    std::free(whole);
    return target;
}

std::string temporary_beside(std::string const& path) {
    static std::atomic<unsigned> counter{0};
    auto const slash = path.rfind('/');
    auto const folder = slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
    return folder + ".fetchctl-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".part";
}

}  // namespace

output_file::output_file(int fd, std::string path, std::string temporary)
    : fd_(fd), path_(std::move(path)), temporary_(std::move(temporary)) {}

output_file::output_file(output_file&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

output_file& output_file::operator=(output_file&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    std::swap(temporary_, other.temporary_);
    return *this;
}

output_file::~output_file() {
    if (fd_ >= 0)
        ::close(fd_);
    if (!temporary_.empty())
        ::unlink(temporary_.c_str());
}

std::optional<output_file> output_file::create(std::string path, std::string& problem) {
    struct stat there {};
    bool const exists = ::stat(path.c_str(), &there) == 0;
    if (exists && S_ISDIR(there.st_mode)) {
        problem = "cannot write " + path + ": it is a folder";
        return std::nullopt;
    }
    if (exists && !S_ISREG(there.st_mode)) {
        int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) {
            problem = cannot_write(path);
            return std::nullopt;
        }
        return output_file(fd, std::move(path), {});
    }
    auto const target = exists ? behind_links(path) : path;
    auto const temporary = temporary_beside(target);
    int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        problem = cannot_write(path);
        return std::nullopt;
    }
    if (exists)  // best effort: the new content keeps the old file's mode
        [[maybe_unused]]
        auto ignored = ::fchmod(fd, there.st_mode & 07777);
    return output_file(fd, target, temporary);
}

bool output_file::write(std::string_view bytes, std::string& problem) {
    while (!bytes.empty()) {
        auto n = ::write(fd_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            problem = cannot_write(path_);
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool output_file::rewind() {
    return !temporary_.empty() && ::ftruncate(fd_, 0) == 0 && ::lseek(fd_, 0, SEEK_SET) == 0;
}

bool output_file::commit(std::string& problem) {
    bool const closed = ::close(std::exchange(fd_, -1)) == 0;
    if (!closed || (!temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0)) {
        problem = cannot_write(path_);
        return false;
    }
    temporary_.clear();
    return true;
}

bool write_file(std::string const& path, std::string_view bytes, std::string& problem) {
    auto file = output_file::create(path, problem);
    return file && file->write(bytes, problem) && file->commit(problem);
}

}  // namespace fetchctl
