#include "fetchctl/interrupt.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace fetchctl {
namespace {

constexpr int patience_ms = 2'000;

exit_code code_of(int signal) {
    return signal == SIGINT ? exit_code::interrupted : exit_code::terminated;
}

}  // namespace

interrupt::interrupt() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (int s : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&wanted, s);
    pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    signals_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    finished_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { wait(); });
}

interrupt::~interrupt() {
    eventfd_write(finished_, 1);
    thread_.join();
    ::close(signals_);
    ::close(finished_);
}

exit_code interrupt::outcome() const {
    int const signal = signal_;
    return signal == 0 ? exit_code::ok : code_of(signal);
}

void interrupt::wait() {
    for (;;) {
        pollfd watched[] = {{finished_, POLLIN, 0}, {signals_, POLLIN, 0}};
        int const n = ::poll(watched, 2, signal_ == 0 ? -1 : patience_ms);
        if (watched[0].revents != 0)
            return;
        if (n == 0)  // something cannot be stopped: a write to a terminal that is held, for one
            ::_exit(static_cast<int>(code_of(signal_)));
        signalfd_siginfo got{};
        if (n < 0 || ::read(signals_, &got, sizeof got) != static_cast<ssize_t>(sizeof got))
            continue;
        if (signal_ != 0)
            ::_exit(static_cast<int>(code_of(signal_)));
        signal_ = static_cast<int>(got.ssi_signo);
        source_.request_stop();
    }
}

}  // namespace fetchctl
