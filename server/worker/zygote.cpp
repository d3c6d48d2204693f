#include "worker/zygote.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "worker/child.hpp"
#include "worker/frame.hpp"
#include "worker/packet.hpp"

namespace fetchd::worker {
namespace {

constexpr std::size_t max_workers = 1024;  // of all generations, alive or dying

descriptor pidfd_of(pid_t pid) {
    return descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

std::uint64_t microseconds(timeval const& t) {
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_usec);
}

class zygote {
  public:
    zygote(descriptor link, descriptor children, workers_config const& settings, tasks::registry registry,
           sandbox box)
        : link_(std::move(link)),
          children_(std::move(children)),
          settings_(settings),
          registry_(registry),
          box_(std::move(box)) {}

    [[noreturn]] void run() {
        if (!send_packet(link_.get(), bytes_of(box_.report()), {}, wait_mode::yes))
            end();
        for (;;) {
            pollfd waits[] = {{link_.get(), POLLIN, 0}, {children_.get(), POLLIN, 0}};
            if (::poll(waits, 2, -1) < 0 && errno != EINTR)
                end();
            if (waits[1].revents != 0)
                reap();
            if (waits[0].revents != 0)
                obey();
        }
    }

  private:
    struct child {
        pid_t pid;
        std::uint32_t slot;
        std::uint64_t generation;
    };

    void obey() {
        auto const p = receive_packet(link_.get(), wait_mode::no);
        if (p.what == packet::state::none)
            return;
        auto const order = decode_order(p.bytes);
        if (p.what != packet::state::arrived || !order)
            end();  // main is gone, or no longer makes sense
        spawn(*order);
    }

    void spawn(spawn_order const& order) {
        auto fail = [&](int error) {
            zygote_report r;
            r.what = zygote_report::event::failed;
            r.slot = order.slot;
            r.generation = order.generation;
            r.status = error;
            report(r, {});
        };
        if (children_alive_.size() >= max_workers)
            return fail(EAGAIN);
        auto bell = descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        auto shared = area::make(area_shape::of(settings_));
        if (!bell || !shared)
            return fail(errno);

        auto const self = ::getpid();
        auto const pid = ::fork();
        if (pid == 0)
            run_worker({std::move(*shared), std::move(bell)}, settings_, registry_, box_, self);
        if (pid < 0)
            return fail(errno);
        // Nobody else can reap the child, so its number cannot mean another process yet.
        auto const pidfd = pidfd_of(pid);
        children_alive_.push_back({pid, order.slot, order.generation});
        if (!pidfd) {
            fail(errno);
            ::kill(pid, SIGKILL);
            return;
        }
        zygote_report r;
        r.slot = order.slot;
        r.generation = order.generation;
        r.pid = pid;
        int const passed[] = {shared->get(), bell.get(), pidfd.get()};
        report(r, passed);
    }

    void reap() {
        signalfd_siginfo ignored;
        while (::read(children_.get(), &ignored, sizeof ignored) > 0) {
        }
        for (;;) {
            int status = 0;
            rusage used{};
            auto const pid = ::wait4(-1, &status, WNOHANG, &used);
            if (pid <= 0)
                return;
            auto const at = std::find_if(children_alive_.begin(), children_alive_.end(),
                                         [&](child const& c) { return c.pid == pid; });
            if (at == children_alive_.end())
                continue;
            zygote_report r;
            r.what = zygote_report::event::exited;
            r.slot = at->slot;
            r.generation = at->generation;
            r.pid = pid;
            r.status = status;
            r.cpu_us = microseconds(used.ru_utime) + microseconds(used.ru_stime);
            r.max_rss_kib = static_cast<std::uint64_t>(used.ru_maxrss);
            children_alive_.erase(at);
            report(r, {});
        }
    }

    void report(zygote_report const& r, std::span<int const> descriptors) {
        if (!send_packet(link_.get(), bytes_of(r), descriptors, wait_mode::yes))
            end();
    }

    [[noreturn]] void end() {
        for (auto const& c : children_alive_)
            ::kill(c.pid, SIGKILL);
        while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
        }
        ::_exit(0);
    }

    descriptor link_;
    descriptor children_;
    workers_config const settings_;
    tasks::registry registry_;
    sandbox box_;
    std::vector<child> children_alive_;
};

void ignore_the_terminal() {
    ::setpgid(0, 0);
    for (int const s : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT})
        ::signal(s, SIG_IGN);
}

// Keeps standard error and `link`; everything else main had open is none of the zygote's business.
descriptor close_the_rest(descriptor link) {
    constexpr int place = 3;
    auto const aside = ::fcntl(link.get(), F_DUPFD_CLOEXEC, 16);
    ::dup3(aside, place, O_CLOEXEC);
    ::close_range(place + 1, ~0U, 0);
    link.release();  // closed or replaced above
    auto null = descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null)
        null.reset(::memfd_create("null", MFD_CLOEXEC));
    if (::dup2(null.get(), STDIN_FILENO) < 0 || ::dup2(null.get(), STDOUT_FILENO) < 0)
        ::_exit(1);
    return descriptor(place);
}

// Settings, credentials among them, may have come by it. One time zone for all: tasks are pure.
void forget_environment() {
    for (auto** entry = environ; *entry; ++entry)
        ::explicit_bzero(*entry, std::strlen(*entry));
    ::clearenv();
    ::setenv("TZ", "UTC0", 1);
}

[[noreturn]] void be_zygote(descriptor link, pid_t main, workers_config const& settings,
                            tasks::registry registry, layer_set wanted) {
    ::prctl(PR_SET_NAME, "fetchd-zygote");
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != main)
        ::_exit(1);
    ignore_the_terminal();
    link = close_the_rest(std::move(link));
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &chld, nullptr);
    ::signal(SIGCHLD, SIG_DFL);  // an inherited SIG_IGN would reap for us
    auto children = descriptor(::signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!children)
        ::_exit(1);
    forget_environment();
    tasks::prepare();
    sandbox box(settings, wanted);
    box.enter_zygote();
    // Once more: who changes credentials may lose it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != main)
        ::_exit(1);
    box.probe();
    zygote(std::move(link), std::move(children), settings, registry, std::move(box)).run();
}

std::optional<sandbox_report> hear_of_sandbox(descriptor const& link) {
    constexpr int patience_ms = 10'000;
    pollfd wait{link.get(), POLLIN, 0};
    auto woken = ::poll(&wait, 1, patience_ms);
    while (woken < 0 && errno == EINTR)
        woken = ::poll(&wait, 1, patience_ms);
    if (woken != 1)
        return std::nullopt;
    auto const p = receive_packet(link.get(), wait_mode::no);
    return p.what == packet::state::arrived ? decode_sandbox_report(p.bytes) : std::nullopt;
}

}  // namespace

result<zygote_link> start_zygote(workers_config const& settings, tasks::registry registry, layer_set wanted) {
    auto system_failure = [](char const* what) {
        return failure(stage::process, code::failed, std::string(what) + ": " + std::strerror(errno));
    };
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return system_failure("socketpair");
    auto mains = descriptor(pair[0]);
    auto zygotes = descriptor(pair[1]);
    auto const main = ::getpid();
    auto const pid = ::fork();
    if (pid < 0)
        return system_failure("fork");
    if (pid == 0)
        be_zygote(std::move(zygotes), main, settings, registry, wanted);
    zygotes.reset();  // so that its end is seen
    zygote_link link(std::move(mains), pid);
    auto const report = hear_of_sandbox(link.socket_);
    if (!report)
        return failure(stage::process, code::failed, "the process that forks the workers does not start");
    link.sandbox_ = *report;
    return link;
}

zygote_link::~zygote_link() {
    hang_up();
    if (pid_ <= 0)
        return;
    auto const pidfd = pidfd_of(pid_);
    pollfd wait{pidfd.get(), POLLIN, 0};
    constexpr int patience_ms = 1000;
    if (!pidfd || ::poll(&wait, 1, patience_ms) != 1)
        ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace fetchd::worker
