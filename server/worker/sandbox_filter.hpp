// The system calls a worker may make. All others kill the process.
//
// Built once, by libseccomp, before the workers are forked; loaded by each worker as the last thing before
// its first document. The list is short because tasks are pure functions: memory, the clock, the doorbell,
// and the ways to end. docs/sandbox.md names it.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <vector>

namespace fetchd::worker {

class syscall_filter {
  public:
    // 0 or errno.
    int build();
    // For the calling process. Returns errno; afterwards there is no way back.
    int load();

  private:
    std::vector<sock_filter> program_;
};

}  // namespace fetchd::worker
