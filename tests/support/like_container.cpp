#include "support/like_container.hpp"

#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace fetchd::test {
namespace {

constexpr unsigned kept[] = {CAP_AUDIT_WRITE, CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FOWNER,    CAP_FSETID,
                             CAP_KILL,        CAP_MKNOD,   CAP_NET_BIND_SERVICE, CAP_NET_RAW,   CAP_SETFCAP,
                             CAP_SETGID,      CAP_SETPCAP, CAP_SETUID,           CAP_SYS_CHROOT};

bool drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3]{};
    if (::syscall(SYS_capget, &header, have) != 0)
        return false;
    unsigned mask = 0;
    for (auto const c : kept)
        mask |= 1U << c;
    for (unsigned long c = 0; ::prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; ++c)
        if ((c >= 32 || (mask & (1U << c)) == 0) && (have[0].effective & (1U << CAP_SETPCAP)) != 0)
            ::prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
        have[i].effective &= i == 0 ? mask : 0;
        have[i].permitted &= i == 0 ? mask : 0;
        have[i].inheritable = 0;
    }
    return ::syscall(SYS_capset, &header, have) == 0;
}

}  // namespace

bool restrict_like_container() {
    if (!drop_capabilities() || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    std::unique_ptr<void, void (*)(scmp_filter_ctx)> const filter(::seccomp_init(SCMP_ACT_ALLOW),
                                                                  ::seccomp_release);
    constexpr auto refuse = SCMP_ACT_ERRNO(EPERM);
    bool good = filter != nullptr;
    for (int const call :
         {SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
          SCMP_SYS(bpf), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(userfaultfd),
          SCMP_SYS(perf_event_open), SCMP_SYS(io_uring_setup)})
        good = good && ::seccomp_rule_add(filter.get(), refuse, call, 0) == 0;
    constexpr unsigned long namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                         CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;
    for (unsigned bit = 0; bit < 32; ++bit)
        if (auto const kind = 1UL << bit; (namespaces & kind) != 0)
            good = good && ::seccomp_rule_add(filter.get(), refuse, SCMP_SYS(clone), 1,
                                              SCMP_A0(SCMP_CMP_MASKED_EQ, kind, kind)) == 0;
    good = good && ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    return good && ::seccomp_load(filter.get()) == 0;
}

}  // namespace fetchd::test
