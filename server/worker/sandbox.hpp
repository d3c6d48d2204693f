// What zygote and workers give up before the first document: entered in layers, each of which holds alone.
//
// The zygote gives up what can be given up for all workers to come, finds out which layers there are with a
// process that tries them, and forks workers that enter the rest. A layer that is not available is left out;
// one that was and then fails a worker ends it. No layer trusts another: docs/sandbox.md says what each
// stops.
#pragma once

#include <sys/types.h>

#include "base/config.hpp"
#include "worker/sandbox_filter.hpp"
#include "worker/sandbox_layers.hpp"

namespace fetchd::worker {

class sandbox {
  public:
    sandbox(workers_config const&, layer_set wanted);

    // In the zygote, in this order. Afterwards it has no files and no network itself.
    void enter_zygote();
    void probe();  // forks a process that tries what a worker enters
    sandbox_report const& report() const { return report_; }

    // In a worker, with nothing open from `first_free` on that it needs. False: a layer failed that was
    // there.
    [[nodiscard]] bool enter_worker(int first_free);

  private:
    void enter(int first_free, sandbox_report&);

    workers_config settings_;
    sandbox_report report_;
    syscall_filter filter_;
};

// The layers by themselves. All return 0 or errno.
namespace layers {
int own_network();  // in a user namespace of its own, where that is needed for it
int empty_root();   // in a mount namespace of its own
int drop_privileges();
int limits(workers_config const&, int descriptors);
int landlock();
}  // namespace layers

}  // namespace fetchd::worker
