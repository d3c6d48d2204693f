// What a process gives up by itself: its network, its files, its privileges, what it may use.
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "worker/area.hpp"
#include "worker/sandbox.hpp"
#include "worker/sanitizers.hpp"

namespace fetchd::worker {
namespace {

int error_of(int result) {
    return result == 0 ? 0 : errno;
}

// As root at once; anybody else in a user namespace, in which they may. That one has no other user than the
// one we are, and stays when the second part fails.
int leave_namespaces(int kinds) {
    if (::unshare(kinds) == 0)
        return 0;
    return error_of(errno == EPERM ? ::unshare(CLONE_NEWUSER | kinds) : -1);
}

// pivot_root(".", "."): the old root lies over the new one then, and is taken off (pivot_root(2)).
int enter_root(char const* folder) {
    if (::chdir(folder) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 || ::umount2(".", MNT_DETACH) != 0)
        return errno;
    return error_of(::chdir("/"));
}

int drop_bounding_set() {
    for (unsigned long c = 0; ::prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; ++c)
        if (::prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0)
            return errno;
    return 0;
}

bool may_drop_bounding_set() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3]{};
    return ::syscall(SYS_capget, &header, have) == 0 && (have[0].effective & (1U << CAP_SETPCAP)) != 0;
}

int drop_capabilities() {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct const none[_LINUX_CAPABILITY_U32S_3]{};
    return error_of(static_cast<int>(::syscall(SYS_capset, &header, none)));
}

}  // namespace

int layers::own_network() {
    return leave_namespaces(CLONE_NEWNET | CLONE_NEWIPC);
}

int layers::empty_root() {
    if (auto const error = leave_namespaces(CLONE_NEWNS))
        return error;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return errno;
    // Over a folder that is everywhere; nothing is to be found there afterwards.
    constexpr auto place = "/proc";
    constexpr auto kind = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (::mount("none", place, "tmpfs", kind, "size=4k,nr_inodes=1") != 0)
        return errno;
    return enter_root(place);
}

int layers::drop_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return errno;
    // Without capabilities and no way to new ones the bounding set bounds nothing: where it cannot be
    // emptied, it need not be.
    auto const bounding = may_drop_bounding_set() ? drop_bounding_set() : 0;
    if (auto const error = drop_capabilities())
        return error;
    if (bounding != 0)
        return bounding;
    return error_of(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

int layers::limits(workers_config const& settings, int descriptors) {
    auto const cpu =
        static_cast<rlim_t>(std::chrono::duration_cast<std::chrono::seconds>(settings.cpu_limit).count());
    struct {
        int what;
        rlim_t value;
    } const all[] = {
        {RLIMIT_CPU, cpu},
        {RLIMIT_CORE, 0},
        {RLIMIT_NPROC, 0},
        {RLIMIT_NOFILE, static_cast<rlim_t>(sanitized ? 64 : descriptors)},
        {RLIMIT_MEMLOCK, 0},
        {RLIMIT_MSGQUEUE, 0},
        {RLIMIT_NICE, 0},
        {RLIMIT_RTPRIO, 0},
        // Last; not with a sanitizer, whose reports may go to a file, and whose shadow memory takes
        // terabytes.
        {sanitized ? -1 : RLIMIT_FSIZE, 0},
        {sanitized ? -1 : RLIMIT_AS, settings.memory + area_shape::of(settings).whole()},
    };
    for (auto const& [what, value] : all) {
        rlimit const r{value, value};
        if (what >= 0 && ::setrlimit(static_cast<decltype(RLIMIT_AS)>(what), &r) != 0)
            return errno;
    }
    return 0;
}

}  // namespace fetchd::worker
