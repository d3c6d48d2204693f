#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <ctime>

#include "unit/worker/escapes.hpp"

namespace fetchd::worker {
namespace {

constexpr std::size_t page = 4096;
constexpr auto nowhere = MAP_PRIVATE | MAP_ANONYMOUS;

long map(int prot, int flags, int fd = -1) {
    return sys(SYS_mmap, nullptr, page, prot, flags, fd, 0);
}

long new_program(prey const&) {
    auto const fd = sys(SYS_memfd_create, "program", 0);
    if (sys(SYS_write, fd, "#!/bin/true\n", 12) != 12)
        return -1;
    char const* const none[] = {nullptr};
    return sys(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH);
}

// Is there anything beside what it was given?
long read_descriptors(prey const&) {
    char byte = 0;
    for (int fd = 0; fd < 1024; ++fd)
        if (auto const got = sys(SYS_pread64, fd, &byte, 1, 0); got > 0)
            return fd;
    return -1;
}

constexpr escape all[] = {
    {"map code", nothing_else, [](prey const&) { return map(PROT_READ | PROT_EXEC, nowhere); }},
    {"map a descriptor", nothing_else, [](prey const&) { return map(PROT_READ, MAP_SHARED, 0); }},
    {"turn data into code", nothing_else,
     [](prey const&) {
         auto const at = map(PROT_READ | PROT_WRITE, nowhere);
         return sys(SYS_mprotect, at, page, PROT_READ | PROT_EXEC);
     }},
    {"turn data into code with a key", nothing_else,
     [](prey const&) {
         auto const at = map(PROT_READ | PROT_WRITE, nowhere);
         return sys(SYS_pkey_mprotect, at, page, PROT_READ | PROT_EXEC, -1);
     }},
    {"make code writable", nothing_else,
     [](prey const&) {
         auto const code = reinterpret_cast<unsigned long>(&read_descriptors) / page * page;
         return sys(SYS_mprotect, code, page, PROT_READ | PROT_WRITE | PROT_EXEC);
     }},
    {"memfd_create", by_limits, [](prey const&) { return sys(SYS_memfd_create, "x", 0); }},
    {"run a program from memory", by_limits, new_program},
    {"memfd_secret", by_limits, [](prey const&) { return sys(447, 0); }},
    {"lock memory", by_limits,
     [](prey const&) {
         auto const at = map(PROT_READ | PROT_WRITE, nowhere);
         return sys(SYS_mlock, at, page);
     }},
    {"shmget", nothing_else, [](prey const&) { return sys(SYS_shmget, 0, page, 01600); }},
    {"semget", nothing_else, [](prey const&) { return sys(SYS_semget, 0, 1, 01600); }},
    {"msgget", nothing_else, [](prey const&) { return sys(SYS_msgget, 0, 01600); }},
    {"mq_open", by_limits,
     [](prey const&) { return sys(SYS_mq_open, "fetchd-escape", O_CREAT | O_RDWR, 0600, nullptr); }},
    {"read inherited descriptors", nothing_else, read_descriptors},
    {"read standard input", nothing_else,
     [](prey const&) {
         char byte;
         return sys(SYS_read, 0, &byte, 1);
     }},
    {"write to standard error", not_sanitized, [](prey const&) { return sys(SYS_write, 2, "x", 1); }},
    {"write to any other", by_limits | not_sanitized,
     [](prey const&) {
         for (int fd = 4; fd < 1024; ++fd)
             if (sys(SYS_write, fd, "x", 1) > 0)
                 return 1L;
         return -1L;
     }},
    {"dup", by_limits, [](prey const&) { return sys(SYS_dup, 3); }},
    {"dup2 over another", by_limits, [](prey const&) { return sys(SYS_dup2, 3, 9); }},
    {"dup3", by_limits, [](prey const&) { return sys(SYS_dup3, 3, 9, 0); }},
    {"fcntl F_DUPFD", by_limits, [](prey const&) { return sys(SYS_fcntl, 3, F_DUPFD, 4); }},
    {"let the doorbell block", nothing_else, [](prey const&) { return sys(SYS_fcntl, 3, F_SETFL, 0); }},
    {"ioctl on a terminal", nothing_else, [](prey const&) { return sys(SYS_ioctl, 0, TIOCSTI, "x"); }},
    {"pipe", by_limits | not_sanitized,
     [](prey const&) {
         int ends[2];
         return sys(SYS_pipe2, ends, 0);
     }},
    {"splice", nothing_else, [](prey const&) { return sys(SYS_splice, 0, nullptr, 3, nullptr, 8, 0); }},
    {"vmsplice", nothing_else,
     [](prey const&) {
         iovec const v{const_cast<char*>("x"), 1};
         return sys(SYS_vmsplice, 1, &v, 1, 0);
     }},
    {"sendfile", nothing_else, [](prey const&) { return sys(SYS_sendfile, 1, 0, nullptr, 8); }},
    {"copy_file_range", nothing_else,
     [](prey const&) { return sys(SYS_copy_file_range, 0, nullptr, 1, nullptr, 8, 0); }},
    {"eventfd", by_limits, [](prey const&) { return sys(SYS_eventfd2, 0, 0); }},
    {"epoll", by_limits, [](prey const&) { return sys(SYS_epoll_create1, 0); }},
    {"timerfd", by_limits, [](prey const&) { return sys(SYS_timerfd_create, CLOCK_MONOTONIC, 0); }},
    {"signalfd", by_limits,
     [](prey const&) {
         unsigned long const all_signals = ~0UL;
         return sys(SYS_signalfd4, -1, &all_signals, 8, 0);
     }},
    {"poll", nothing_else, [](prey const&) { return sys(SYS_poll, nullptr, 0, 0); }},
};

}  // namespace

std::span<escape const> memory_escapes() {
    return all;
}

}  // namespace fetchd::worker
