// Landlock: denies every right the kernel knows and grants none. The numbers are the kernel's; the headers
// of the system we are built on may know fewer of them.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "worker/descriptor.hpp"
#include "worker/sandbox.hpp"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

namespace fetchd::worker {
namespace {

// struct landlock_ruleset_attr of ABI 6; what an older kernel does not know it takes when it is zero.
struct ruleset {
    std::uint64_t handled_access_fs = 0;
    std::uint64_t handled_access_net = 0;
    std::uint64_t scoped = 0;
};

constexpr unsigned ask_version = 1;  // LANDLOCK_CREATE_RULESET_VERSION

std::uint64_t first_bits(unsigned n) {
    return (std::uint64_t{1} << n) - 1;
}

ruleset everything(int abi) {
    ruleset r;
    // Execute to make symbolic links; with 2 refer, 3 truncate, 5 ioctl on devices.
    r.handled_access_fs = first_bits(abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13);
    if (abi >= 4)
        r.handled_access_net = first_bits(2);  // bind and connect, TCP
    if (abi >= 6)
        r.scoped = first_bits(2);  // abstract Unix sockets, signals
    return r;
}

}  // namespace

int layers::landlock() {
    auto const abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
    if (abi < 1)
        return abi < 0 ? errno : ENOSYS;
    auto const all = everything(static_cast<int>(abi));
    auto const fd = descriptor(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0)));
    if (!fd)
        return errno;
    return ::syscall(SYS_landlock_restrict_self, fd.get(), 0) == 0 ? 0 : errno;
}

}  // namespace fetchd::worker
