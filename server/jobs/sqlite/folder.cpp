#include "jobs/sqlite/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace fetchd::jobs {
namespace {

failure cannot(std::string const& path, std::string const& why) {
    return failure(stage::store, code::failed, path + ": " + why);
}

std::string words(int error) {
    return std::generic_category().message(error);
}

}  // namespace

result<data_folder> data_folder::own(std::string path) {
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return cannot(path, words(errno));
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0)
        return cannot(path, words(errno));
    if (!S_ISDIR(about.st_mode))
        return cannot(path, "is no folder");
    if (about.st_uid != ::geteuid())
        return cannot(path, "belongs to another user");
    // What others can write cannot be trusted, and what others can read is our users' business.
    if ((about.st_mode & 077U) != 0 && ::chmod(path.c_str(), 0700) != 0)
        return cannot(path, words(errno));
    auto const name = path + "/lock";
    worker::descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock)
        return cannot(name, words(errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return cannot(path, errno == EWOULDBLOCK ? "another process uses this folder" : words(errno));
    return data_folder(std::move(path), std::move(lock));
}

}  // namespace fetchd::jobs
