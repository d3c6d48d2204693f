#include "jobs/sqlite/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdio>

#include "worker/descriptor.hpp"

namespace fetchd::jobs {
namespace {

using worker::descriptor;

constexpr int safely = O_CLOEXEC | O_NOFOLLOW;

}  // namespace

int files::write(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
}

int files::sync(int fd) {
    return ::fsync(fd) == 0 ? 0 : errno;
}

int files::write_new(std::string const& path, std::string_view bytes) {
    descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | safely, 0600));
    if (!file)
        return errno;
    auto error = write(file.get(), bytes);
    if (!error)
        error = sync(file.get());
    if (error)
        ::unlink(path.c_str());
    return error;
}

int files::rename(std::string const& from, std::string const& to) {
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

int files::remove(std::string const& path) {
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

int files::make_folder(std::string const& path) {
    return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

int files::sync_folder(std::string const& path) {
    descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | safely));
    return folder ? sync(folder.get()) : errno;
}

int files::read(std::string const& path, std::size_t most, std::string& out) {
    out.clear();
    descriptor file(::open(path.c_str(), O_RDONLY | safely | O_NONBLOCK));
    if (!file)
        return errno;
    struct stat about {};
    if (::fstat(file.get(), &about) != 0)
        return errno;
    if (!S_ISREG(about.st_mode))
        return EINVAL;
    if (about.st_size < 0 || static_cast<std::uint64_t>(about.st_size) > most)
        return EFBIG;
    out.resize(static_cast<std::size_t>(about.st_size));
    std::size_t done = 0;
    while (done < out.size()) {
        auto const n = ::read(file.get(), out.data() + done, out.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            break;
        done += static_cast<std::size_t>(n);
    }
    out.resize(done);
    return 0;
}

std::uint64_t files::room(std::string const& folder) {
    struct statvfs about {};
    if (::statvfs(folder.c_str(), &about) != 0)
        return UINT64_MAX;  // what cannot be known is found out by writing
    return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

}  // namespace fetchd::jobs
