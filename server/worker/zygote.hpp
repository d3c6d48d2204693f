// The process that forks the workers: small, single-threaded, made before main has anything to lose.
//
// main calls start_zygote() before any thread, loop or TLS context exists. The zygote forks one worker for
// every spawn_order, hands its descriptors to main, reaps it and reports how it ended. It decides nothing:
// when to spawn again is the supervisor's business. It ends, and every worker with it, when main's end of
// the link is closed or main dies. It leaves main's process group, so that a ^C reaches main alone.
#pragma once

#include <sys/types.h>

#include "base/config.hpp"
#include "base/failure.hpp"
#include "worker/descriptor.hpp"
#include "worker/sandbox_layers.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::worker {

// Main's end. Hangs up and waits for the zygote (a second at most, then it is killed) when destroyed.
class zygote_link {
  public:
    zygote_link(descriptor socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
    zygote_link(zygote_link&& other) noexcept
        : socket_(std::move(other.socket_)), pid_(std::exchange(other.pid_, -1)), sandbox_(other.sandbox_) {}
    zygote_link& operator=(zygote_link&&) = delete;
    ~zygote_link();

    int socket() const { return socket_.get(); }
    pid_t pid() const { return pid_; }
    // The layers of the sandbox that every worker is in.
    sandbox_report const& sandbox() const { return sandbox_; }
    void hang_up() { socket_.reset(); }  // the zygote and its workers end; does not wait for it

  private:
    friend result<zygote_link> start_zygote(workers_config const&, tasks::registry, layer_set);

    descriptor socket_;
    pid_t pid_;
    sandbox_report sandbox_;
};

// To be called on the main thread: the zygote dies with the thread that made it. The registry must live as
// long as the program. Waits until the zygote has found out about the sandbox, 10 s at most. Fails with
// process.failed when the system will not fork, or the zygote says nothing. Layers are switched off by tests.
result<zygote_link> start_zygote(workers_config const&, tasks::registry, layer_set wanted = layer_set::all());

}  // namespace fetchd::worker
