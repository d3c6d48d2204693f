#include "worker/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <exception>
#include <new>
#include <string>

#include "worker/frame.hpp"
#include "worker/sanitizers.hpp"

namespace fetchd::worker {
namespace {

[[noreturn]] void leave(int status) {
    ::_exit(status);
}

// An allocation that failed where nothing can be caught: say so by the exit code, not by SIGABRT.
[[noreturn]] void on_terminate() {
    try {
        if (auto const e = std::current_exception())
            std::rethrow_exception(e);
    } catch (std::bad_alloc const&) {
        leave(exit_codes::out_of_memory);
    } catch (...) {
    }
    std::abort();
}

void restore_signals() {
    for (int s = 1; s < NSIG; ++s)
        ::signal(s, SIG_DFL);  // fails for those that cannot be changed, which is well
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void take_place(descriptor& bell) {
    // First out of the way, then into place: another could lie there.
    auto const aside = ::fcntl(bell.get(), F_DUPFD_CLOEXEC, 16);
    if (aside < 0 || ::dup2(aside, worker_descriptors::bell) < 0)
        leave(exit_codes::no_sandbox);
    bell.release();  // closed by number, with all others
}

// The zygote's standard input is nothing at all.
void silence() {
    if constexpr (!sanitized)  // their reports go to standard error
        ::dup2(STDIN_FILENO, STDERR_FILENO);
}

std::uint64_t cpu_us() {
    timespec t{};
    // There is one thread; the process's own clock only ticks once there is an RLIMIT_CPU.
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_nsec) / 1000;
}

struct answer {
    answer_head head;
    std::string output;
};

answer failed(stage where, code what, std::string detail) {
    answer a;
    a.head.ok = false;
    a.head.where = where;
    a.head.what = what;
    a.head.detail = std::move(detail);
    return a;
}

answer answer_of(result<tasks::outcome> done) {
    if (!done)
        return failed(done.error().where, done.error().what, std::move(done.error().detail));
    answer a;
    a.head.made_by = std::move(done->made_by);
    a.head.output_type = std::move(done->output_type);
    a.head.content_type = std::move(done->content_type);
    a.head.content_type_source = std::move(done->content_type_source);
    a.head.charset = std::move(done->charset);
    a.head.charset_source = std::move(done->charset_source);
    a.head.decoded_bytes = done->decoded_bytes;
    a.output = std::move(done->output);
    return a;
}

class worker {
  public:
    worker(area shared, tasks::registry registry) : shared_(std::move(shared)), registry_(registry) {}

    [[noreturn]] void run() {
        auto& words = shared_.control();
        ring();  // ready
        for (std::uint32_t done = 0;;) {
            auto const posted = wait_for_other_than(done);
            words.started.store(posted, std::memory_order_release);
            visit(posted);
            done = posted;
        }
    }

  private:
    std::uint32_t wait_for_other_than(std::uint32_t done) {
        auto& words = shared_.control();
        for (;;) {
            words.asleep.store(1, std::memory_order_seq_cst);
            auto const posted = words.posted.load(std::memory_order_seq_cst);
            if (posted != done) {
                words.asleep.store(0, std::memory_order_relaxed);
                return posted;
            }
            futex_wait(words.posted, done);
        }
    }

    void visit(std::uint32_t sequence) {
        auto const before = cpu_us();
        auto const in = read_frame(shared_.request(), {request_limits::head, ~std::size_t{0} / 2});
        if (!in || in->first.sequence != sequence)
            leave(exit_codes::bad_request);
        auto a = perform(*in);
        a.head.cpu_us = cpu_us() - before;
        reply(sequence, a);
    }

    answer perform(frame const& in) {
        try {
            auto const request = decode_request(in.head);
            if (!request)
                leave(exit_codes::bad_request);
            std::string_view const body(shared_.request().data() + payload_offset(in.head.size()),
                                        in.first.payload_bytes);
            return answer_of(tasks::perform(registry_, *request, body));
        } catch (std::bad_alloc const&) {
            return failed(stage::process, code::failed, std::string(out_of_memory));
        } catch (std::exception const& e) {
            return failed(stage::process, code::failed, e.what());
        }
    }

    void reply(std::uint32_t sequence, answer const& a) {
        auto const head = encode(a.head);
        auto const part = shared_.answer();
        if (!fits(part.size(), head.size(), a.output.size()))
            return reply(sequence, failed(stage::process, code::output_too_large, {}));
        std::memcpy(part.data() + payload_offset(head.size()), a.output.data(), a.output.size());
        write_frame(part, sequence, head, a.output.size());
        std::atomic_thread_fence(std::memory_order_seq_cst);
        ring();
    }

    static void ring() {
        std::uint64_t const one = 1;
        if (::write(worker_descriptors::bell, &one, sizeof one) != sizeof one)
            leave(exit_codes::bad_request);
    }

    area shared_;
    tasks::registry registry_;
};

}  // namespace

void run_worker(birthright mine, workers_config const& settings, tasks::registry registry, sandbox& box,
                pid_t zygote) {
    ::prctl(PR_SET_NAME, "fetchd-worker");
    restore_signals();
    std::set_terminate(on_terminate);
    auto shared = area::map(std::move(mine.area), area_shape::of(settings));
    if (!shared)
        leave(exit_codes::no_sandbox);
    take_place(mine.bell);
    silence();
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != zygote)
        leave(exit_codes::no_sandbox);
    if (!box.enter_worker(worker_descriptors::bell + 1))
        leave(exit_codes::no_sandbox);
    worker(std::move(*shared), registry).run();
}

}  // namespace fetchd::worker
