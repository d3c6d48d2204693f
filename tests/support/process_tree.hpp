// What /proc says about a process: its children, descriptors and memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sys/types.h>

namespace fetchd::test {

struct process_info {
    pid_t pid = 0;
    pid_t parent = 0;
    std::string name;                // comm: "fetchd-zygote", "fetchd-worker"
    char state = '?';                // 'Z' for a zombie
    unsigned long long started = 0;  // ticks since boot: pid and this name a process for good
};

// Children and their children, parents before children; zombies left out.
std::vector<process_info> descendants(pid_t root);
bool still_there(process_info const&);
std::size_t open_descriptors(pid_t);
std::size_t resident_bytes(pid_t);
std::size_t thread_count(pid_t);
double cpu_seconds(pid_t);  // user and system, this process only

}  // namespace fetchd::test
