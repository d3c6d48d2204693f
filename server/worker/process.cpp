#include "worker/process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "worker/child.hpp"

namespace fetchd::worker {

process::process(executor ex, timer_wheel& wheel, birth b, events e)
    : due(wheel, [this] { events_.due(*this); }),
      birth_(std::move(b)),
      bell_(ex, birth_.bell.release()),
      events_(std::move(e)) {}

void process::listen() {
    bell_.async_wait(asio::posix::descriptor_base::wait_read, [self = shared_from_this()](error_code ec) {
        if (ec || self->doing == state::dead)
            return;
        bool const rung = self->take_ring();
        self->listen();
        if (rung)
            self->events_.ring(*self);
    });
}

bool process::take_ring() {
    if (!bell_.is_open())
        return false;
    std::uint64_t count = 0;
    iovec into{&count, sizeof count};
    // Not read(): the worker shares the open file and may have cleared O_NONBLOCK.
    auto n = ::preadv2(bell_.native_handle(), &into, 1, -1, RWF_NOWAIT);
    while (n < 0 && errno == EINTR)
        n = ::preadv2(bell_.native_handle(), &into, 1, -1, RWF_NOWAIT);
    return n == sizeof count;
}

void process::post(std::string_view head, std::size_t body_bytes) {
    ++sequence_;
    write_frame(shared().request(), sequence_, head, body_bytes);
    auto& words = shared().control();
    words.posted.store(sequence_, std::memory_order_seq_cst);
    if (words.asleep.exchange(0, std::memory_order_seq_cst) != 0)
        futex_wake(words.posted);
}

bool process::started() const {
    return shared().control().started.load(std::memory_order_acquire) == sequence_;
}

bool process::gone() const {
    pollfd ended{birth_.pidfd.get(), POLLIN, 0};
    return ::poll(&ended, 1, 0) == 1;
}

void send_signal(descriptor const& pidfd, int number) {
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0);
}

void process::signal(int number) {
    send_signal(birth_.pidfd, number);
}

void process::close() {
    doing = state::dead;
    due.disarm();
    // Not bell_.close(): that leaves it to close() to end the watch on the eventfd, which the worker, perhaps
    // still alive, keeps open.
    ::close(bell_.release());
}

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) {
        auto const* const name = ::sigabbrev_np(WTERMSIG(status));
        return name ? std::string("killed by SIG") + name
                    : "killed by signal " + std::to_string(WTERMSIG(status));
    }
    if (WEXITSTATUS(status) == exit_codes::out_of_memory)
        return "out of memory";
    return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace fetchd::worker
