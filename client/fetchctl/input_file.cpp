#include "fetchctl/input_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fetchctl/words.hpp"

namespace fetchctl {

std::optional<std::string> read_input(std::string const& path, std::size_t limit, std::string& problem) {
    auto const shown = path == "-" ? std::string("standard input") : path;
    int const fd = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string all;
    char buffer[64 * 1024];
    ssize_t n = fd < 0 ? -1 : 0;
    while (fd >= 0 && all.size() <= limit) {
        n = ::read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        all.append(buffer, static_cast<std::size_t>(n));
    }
    if (n < 0)
        problem = "cannot read " + shown + ": " + std::strerror(errno);
    else if (all.size() > limit)
        problem = shown + " is larger than " + bytes_in_words(limit);
    if (fd >= 0)
        ::close(fd);
    return problem.empty() ? std::optional(std::move(all)) : std::nullopt;
}

}  // namespace fetchctl
