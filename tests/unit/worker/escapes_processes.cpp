#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <ctime>

#include "unit/worker/escapes.hpp"

namespace fetchd::worker {
namespace {

long child_or(long pid) {
    if (pid == 0)
        sys(SYS_exit_group, 0);
    return pid;
}

long run_a_program(int call) {
    char const* const argv[] = {"/bin/true", nullptr};
    char const* const none[] = {nullptr};
    return call == SYS_execve ? sys(SYS_execve, argv[0], argv, none)
                              : sys(SYS_execveat, -100, argv[0], argv, none, 0);
}

long read_memory_of(pid_t pid, int call) {
    char mine[8];
    iovec const local{mine, sizeof mine};
    iovec const remote{const_cast<char*>("x"), 1};  // the same address: both were forked
    return sys(call, pid, &local, 1, &remote, 1, 0);
}

long limit_of(pid_t pid, int what, rlim_t value) {
    rlimit const r{value, value};
    return sys(SYS_prlimit64, pid, what, &r, nullptr);
}

constexpr escape all[] = {
    {"execve", by_landlock | by_root, [](prey const&) { return run_a_program(SYS_execve); }},
    {"execveat", by_landlock | by_root, [](prey const&) { return run_a_program(SYS_execveat); }},
    {"fork", nothing_else, [](prey const&) { return child_or(sys(SYS_fork)); }},
    {"clone", nothing_else,
     [](prey const&) { return child_or(sys(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)); }},
    {"clone into namespaces", by_privileges,
     [](prey const&) {
         return child_or(
             sys(SYS_clone, SIGCHLD | CLONE_NEWNET | CLONE_NEWNS, nullptr, nullptr, nullptr, nullptr));
     }},
    {"clone3", nothing_else,
     [](prey const&) {
         clone_args a{};
         a.exit_signal = SIGCHLD;
         return child_or(sys(SYS_clone3, &a, sizeof a));
     }},
    {"unshare the user namespace", nothing_else, [](prey const&) { return sys(SYS_unshare, CLONE_NEWUSER); }},
    {"unshare the network", by_privileges, [](prey const&) { return sys(SYS_unshare, CLONE_NEWNET); }},
    {"setns", by_privileges | by_limits,
     [](prey const& p) { return sys(SYS_setns, sys(SYS_pidfd_open, p.main, 0), CLONE_NEWNET); }},
    {"be traced", nothing_else, [](prey const&) { return sys(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0); }},
    {"trace main", by_landlock, [](prey const& p) { return sys(SYS_ptrace, PTRACE_SEIZE, p.main, 0, 0); }},
    {"trace the zygote", by_privileges | by_landlock,
     [](prey const& p) { return sys(SYS_ptrace, PTRACE_SEIZE, p.zygote, 0, 0); }},
    {"read the memory of main", by_landlock,
     [](prey const& p) { return read_memory_of(p.main, SYS_process_vm_readv); }},
    {"write the memory of the zygote", by_privileges | by_landlock,
     [](prey const& p) { return read_memory_of(p.zygote, SYS_process_vm_writev); }},
    {"signal main", by_landlock_scope, [](prey const& p) { return sys(SYS_kill, p.main, 0); }},
    {"signal the zygote", by_landlock_scope, [](prey const& p) { return sys(SYS_kill, p.zygote, 0); }},
    {"signal everybody", nothing_else, [](prey const&) { return sys(SYS_kill, -1, 0); }},
    {"signal a thread of main", by_landlock_scope,
     [](prey const& p) { return sys(SYS_tgkill, p.main, p.main, 0); }},
    {"abort main", by_landlock_scope,
     [](prey const& p) { return sys(SYS_tgkill, p.zygote, p.main, SIGABRT); }},
    {"tkill the zygote", by_landlock_scope, [](prey const& p) { return sys(SYS_tkill, p.zygote, 0); }},
    {"queue a signal", by_landlock_scope,
     [](prey const& p) {
         siginfo_t info{};
         info.si_code = SI_QUEUE;
         return sys(SYS_rt_sigqueueinfo, p.main, 0, &info);
     }},
    {"pidfd_open main", by_limits, [](prey const& p) { return sys(SYS_pidfd_open, p.main, 0); }},
    {"pidfd_send_signal", by_landlock_scope | by_limits,
     [](prey const& p) { return sys(SYS_pidfd_send_signal, sys(SYS_pidfd_open, p.main, 0), 0, nullptr, 0); }},
    {"take a descriptor of main", by_landlock | by_limits,
     [](prey const& p) { return sys(SYS_pidfd_getfd, sys(SYS_pidfd_open, p.main, 0), 1, 0); }},
    {"set the limits of main", nothing_else, [](prey const& p) { return limit_of(p.main, RLIMIT_CORE, 0); }},
    {"raise a limit of its own", by_limits, [](prey const&) { return limit_of(0, RLIMIT_NOFILE, 1 << 10U); }},
    {"raise the priority of main", by_privileges,
     [](prey const& p) { return sys(SYS_setpriority, PRIO_PROCESS, p.main, -5); }},
    {"bind main to a processor", nothing_else,
     [](prey const& p) {
         unsigned long const cpus = 1;
         return sys(SYS_sched_setaffinity, p.main, sizeof cpus, &cpus);
     }},
    {"run in real time", by_privileges,
     [](prey const&) {
         sched_param const p{1};
         return sys(SYS_sched_setscheduler, 0, SCHED_FIFO, &p);
     }},
    {"set the I/O priority of main", by_privileges,
     [](prey const& p) { return sys(SYS_ioprio_set, 1, p.main, 1 << 13U); }},
    {"move the pages of main", by_landlock,
     [](prey const& p) { return sys(SYS_move_pages, p.main, 0, nullptr, nullptr, nullptr, 0); }},
    {"compare itself with main", by_landlock,
     [](prey const& p) { return sys(SYS_kcmp, ::getpid(), p.main, 0, 0, 0); }},
    {"leave its process group", nothing_else, [](prey const&) { return sys(SYS_setpgid, 0, 0); }},
    {"leave its session", nothing_else, [](prey const&) { return sys(SYS_setsid); }},
    {"timer that signals", nothing_else,
     [](prey const&) {
         sigevent e{};
         e.sigev_notify = SIGEV_SIGNAL;
         e.sigev_signo = SIGURG;
         int timer = 0;
         return sys(SYS_timer_create, CLOCK_MONOTONIC, &e, &timer);
     }},
    {"interval timer", nothing_else,
     [](prey const&) {
         itimerval const none{};
         return sys(SYS_setitimer, ITIMER_REAL, &none, nullptr);
     }},
    {"catch a signal", not_sanitized,
     [](prey const&) {
         char action[64]{};
         return sys(SYS_rt_sigaction, SIGSYS, action, nullptr, 8);
     }},
    {"wait for children of the zygote", nothing_else,
     [](prey const&) { return sys(SYS_wait4, -1, nullptr, 1, nullptr); }},
};

}  // namespace

std::span<escape const> process_escapes() {
    return all;
}

}  // namespace fetchd::worker
