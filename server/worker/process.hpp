// Main's view of one worker process: its descriptors, what it is doing, and its end.
//
// Loop thread only. Kept by shared_ptr: whoever awaits something of it holds it, so its memory stays mapped
// though the process dies. Main never waits for anything the worker can hold up: the bell is read without
// blocking whatever flags the worker sets on it, and the worker is woken through a futex.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "loop/timer_wheel.hpp"
#include "worker/area.hpp"
#include "worker/descriptor.hpp"
#include "worker/fingerprint.hpp"
#include "worker/frame.hpp"

namespace fetchd::worker {

struct task;

struct birth {
    area shared;
    descriptor bell;
    descriptor pidfd;
    pid_t pid = -1;
    std::size_t slot = 0;
    std::uint64_t generation = 0;
};

class process : public std::enable_shared_from_this<process> {
  public:
    enum class state {
        starting,   // it has not rung yet to say that it is in its sandbox
        idle,       // nothing to do
        held,       // a task is putting its document in place
        running,    // the document was posted
        answered,   // the task is copying the answer
        tidied,     // the memory of a large document is given back
        abandoned,  // running for nobody: given a moment to finish
        retiring,   // it has served for long enough: its successor is awaited
        condemned,  // signalled: its end is awaited
        ended,      // of itself, as was found out before the zygote said so
        dead,
    };

    // Called on the loop, until close().
    struct events {
        std::function<void(process&)> ring;  // the bell was rung
        std::function<void(process&)> due;   // the time set by due.arm() has come
    };
    process(executor, timer_wheel&, birth, events);

    state doing = state::starting;
    task* current = nullptr;  // held, running, answered
    std::uint64_t served = 0;
    time_point posted{};        // the last document
    clock::duration worked{0};  // at least the processor time it took
    std::string origin;         // of the document last posted
    fingerprint print;          // and what it was
    alarm due;                  // the end of the time it has for what it is doing

    std::size_t slot() const { return birth_.slot; }
    std::uint64_t generation() const { return birth_.generation; }
    pid_t pid() const { return birth_.pid; }
    area const& shared() const { return birth_.shared; }
    std::uint32_t sequence() const { return sequence_; }

    void listen();
    bool take_ring();  // is there a ring not yet heard?

    // Starts the visit whose body is in place.
    void post(std::string_view head, std::size_t body_bytes);
    bool started() const;  // did it take up what was posted? The worker's word only.
    bool gone() const;     // has it ended, though nobody has said so yet? The kernel's word.

    void signal(int number);
    void close();                                          // no more events
    area take_area() { return std::move(birth_.shared); }  // from one that is dead

  private:
    birth birth_;
    asio::posix::basic_stream_descriptor<executor> bell_;
    events events_;
    std::uint32_t sequence_ = 0;
};

void send_signal(descriptor const& pidfd, int number);

// "killed by SIGSEGV", "exit code 3", "out of memory"
std::string how_it_ended(int wait_status);

}  // namespace fetchd::worker
