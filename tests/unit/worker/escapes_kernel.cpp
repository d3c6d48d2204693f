#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timex.h>

#include "unit/worker/escapes.hpp"

namespace fetchd::worker {
namespace {

long all_capabilities(prey const&) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3];
    for (auto& part : all)
        part = {~0U, ~0U, 0};
    return sys(SYS_capset, &header, all);
}

// The same call by its number in the 32-bit table, where 5 is open.
long open_by_int_80(prey const&) {
#if defined(__x86_64__) && !defined(__clang__)
    long result = -1;
    char const* const path = "/etc/passwd";
    asm volatile("int $0x80" : "=a"(result) : "a"(5L), "b"(path), "c"(0L), "d"(0L) : "memory");
    return result;
#else
    return -1;
#endif
}

constexpr long x32 = 0x40000000;

constexpr escape all[] = {
    {"io_uring_setup", by_limits,
     [](prey const&) {
         char parameters[256]{};
         return sys(SYS_io_uring_setup, 1, parameters);
     }},
    {"userfaultfd", by_limits, [](prey const&) { return sys(SYS_userfaultfd, 1); }},
    {"bpf", by_privileges | by_limits,
     [](prey const&) {
         bpf_attr a{};
         a.map_type = BPF_MAP_TYPE_ARRAY;
         a.key_size = a.value_size = 4;
         a.max_entries = 1;
         return sys(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a);
     }},
    {"perf_event_open", by_limits,
     [](prey const&) {
         perf_event_attr a{};
         a.type = PERF_TYPE_SOFTWARE;
         a.size = sizeof a;
         a.exclude_kernel = 1;
         return sys(SYS_perf_event_open, &a, 0, -1, -1, 0);
     }},
    {"add_key", nothing_else, [](prey const&) { return sys(SYS_add_key, "user", "x", "x", 1, -2); }},
    {"request_key", nothing_else, [](prey const&) { return sys(SYS_request_key, "user", "x", nullptr, -2); }},
    {"keyctl", nothing_else, [](prey const&) { return sys(SYS_keyctl, 0, -3, 1); }},
    {"init_module", by_privileges, [](prey const&) { return sys(SYS_init_module, "x", 1, ""); }},
    {"finit_module", by_privileges, [](prey const&) { return sys(SYS_finit_module, 3, "", 0); }},
    {"delete_module", by_privileges, [](prey const&) { return sys(SYS_delete_module, "x", O_NONBLOCK); }},
    {"kexec_load", by_privileges, [](prey const&) { return sys(SYS_kexec_load, 0, 0, nullptr, 0); }},
    {"kexec_file_load", by_privileges, [](prey const&) { return sys(SYS_kexec_file_load, 3, 3, 0, "", 0); }},
    {"reboot", by_privileges,  // if it must be, let it switch off what Ctrl-Alt-Del does
     [](prey const&) { return sys(SYS_reboot, 0xfee1dead, 672274793, 0, nullptr); }},
    {"read the kernel's log", by_privileges,
     [](prey const&) {
         char text[16];
         return sys(SYS_syslog, 2, text, 0);
     }},
    {"iopl", by_privileges, [](prey const&) { return sys(SYS_iopl, 3); }},
    {"ioperm", by_privileges, [](prey const&) { return sys(SYS_ioperm, 0x80, 1, 1); }},
    {"modify_ldt", nothing_else,
     [](prey const&) {
         char entry[16]{};
         return sys(SYS_modify_ldt, 1, entry, sizeof entry);
     }},
    {"personality", nothing_else, [](prey const&) { return sys(SYS_personality, 0x0400000); }},
    {"set the clock", by_privileges, [](prey const&) { return sys(SYS_settimeofday, nullptr, nullptr); }},
    {"bend the clock", by_privileges,
     [](prey const&) {
         timex t{};
         t.modes = ADJ_TICK;
         t.tick = 10'000;
         return sys(SYS_adjtimex, &t);
     }},
    {"setuid", nothing_else, [](prey const&) { return sys(SYS_setuid, ::getuid()); }},
    {"become root or nobody", by_privileges,
     [](prey const&) { return sys(SYS_setresuid, 65534 - ::getuid(), 1, 1); }},
    {"setgroups", by_privileges, [](prey const&) { return sys(SYS_setgroups, 0, nullptr); }},
    {"capset", by_privileges, all_capabilities},
    {"take back no_new_privs", by_privileges,
     [](prey const&) { return sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0); }},
    {"be dumpable again", nothing_else,
     [](prey const&) { return sys(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }},
    {"outlive the zygote", nothing_else,
     [](prey const&) { return sys(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0); }},
    {"load another filter", nothing_else,
     [](prey const&) { return sys(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, "\0\0\0"); }},
    {"ask for Landlock", nothing_else, [](prey const&) { return sys(444, nullptr, 0, 1); }},
    {"arch_prctl", nothing_else,
     [](prey const&) {
         unsigned long base = 0;
         return sys(SYS_arch_prctl, 0x1003, &base);
     }},
    {"uname", nothing_else,
     [](prey const&) {
         char names[512];
         return sys(SYS_uname, names);
     }},
    {"sysinfo", nothing_else,
     [](prey const&) {
         char info[256];
         return sys(SYS_sysinfo, info);
     }},
    {"open by the 32-bit table", by_landlock | by_root | by_limits, open_by_int_80},
    {"open by the x32 table", by_landlock | by_root | by_limits,
     [](prey const&) { return sys(x32 | SYS_open, "/etc/passwd", O_RDONLY); }},
    {"a call there is not", nothing_else,  // what would it return but ENOSYS
     [](prey const&) { return sys(9999); }},
};

}  // namespace

std::span<escape const> kernel_escapes() {
    return all;
}

}  // namespace fetchd::worker
