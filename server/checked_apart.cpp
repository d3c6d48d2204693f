#include "checked_apart.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace fetchd {
namespace {

// In the child. What was found, each with a zero byte after it.
[[noreturn]] void check_and_exit(int out, std::function<std::vector<std::string>()> const& check) {
    std::string all;
    try {
        for (auto const& problem : check())
            all += problem + '\0';
    } catch (...) {
        ::_exit(1);
    }
    for (std::size_t at = 0; at < all.size();) {
        auto const n = ::write(out, all.data() + at, all.size() - at);
        if (n < 0 && errno != EINTR)
            ::_exit(1);
        at += n < 0 ? 0 : static_cast<std::size_t>(n);
    }
    ::_exit(0);
}

std::string read_to_end(int in) {
    std::string all;
    char bytes[4096];
    for (;;) {
        auto const n = ::read(in, bytes, sizeof bytes);
        if (n > 0)
            all.append(bytes, static_cast<std::size_t>(n));
        else if (n == 0 || errno != EINTR)
            return all;
    }
}

bool ended_well(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    for (auto end = text.find('\0'); end != text.npos; end = text.find('\0')) {
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return parts;
}

}  // namespace

std::vector<std::string> checked_apart(std::string const& what,
                                       std::function<std::vector<std::string>()> const& check) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return {what + ": cannot be checked: no pipe"};
    auto const child = ::fork();
    if (child == 0)
        check_and_exit(ends[1], check);
    ::close(ends[1]);
    auto problems = split(child < 0 ? std::string() : read_to_end(ends[0]));
    ::close(ends[0]);
    if (child < 0 || !ended_well(child))
        problems.push_back(what + ": cannot be checked: no process, or it ended badly");
    return problems;
}

}  // namespace fetchd
