// What a worker that was taken over by its document might try, one system call or a few each.
//
// Made to be harmless where they succeed, as far as that goes: signals are number 0, files are the test's
// own.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <span>
#include <string>
#include <string_view>

namespace fetchd::worker {

// What they try it on.
struct prey {
    std::string folder;  // the test's own; has a file "victim" and nothing else
    pid_t main = 0;
    pid_t zygote = 0;
    unsigned short port = 0;  // somebody listens there on 127.0.0.1

    std::string victim() const { return folder + "/victim"; }
    std::string fresh() const { return folder + "/new"; }
};

// Layers that refuse it alone, seccomp aside, which refuses all of them.
enum held_by : unsigned {
    nothing_else = 0,
    by_landlock = 1,
    by_landlock_scope = 2,  // from ABI 6 on
    by_landlock_net = 4,    // from ABI 4 on
    by_root = 8,
    by_network = 16,
    by_privileges = 32,
    by_limits = 64,
    not_sanitized = 128,  // sanitizers do it themselves
};

struct escape {
    std::string_view name;
    unsigned holds;
    long (*attempt)(prey const&);  // negative, or what came of it
};

// All of them, in groups by what they are after.
std::span<escape const> file_escapes();
std::span<escape const> network_escapes();
std::span<escape const> process_escapes();
std::span<escape const> kernel_escapes();
std::span<escape const> memory_escapes();

// A system call past the C library.
template <class... Arguments>
long sys(long number, Arguments... arguments) {
    return ::syscall(number, arguments...);
}

}  // namespace fetchd::worker
