#include "worker/sandbox.hpp"

#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <new>

namespace fetchd::worker {
namespace {

// Memory of which two processes see the same.
class shared_report {
  public:
    shared_report() {
        auto* const at = ::mmap(nullptr, sizeof(sandbox_report), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at != MAP_FAILED)
            report_ = new (at) sandbox_report();
    }
    ~shared_report() {
        if (report_)
            ::munmap(report_, sizeof(sandbox_report));
    }
    shared_report(shared_report const&) = delete;
    shared_report& operator=(shared_report const&) = delete;
    explicit operator bool() const { return report_ != nullptr; }
    sandbox_report& operator*() const { return *report_; }

  private:
    sandbox_report* report_ = nullptr;
};

}  // namespace

sandbox::sandbox(workers_config const& settings, layer_set wanted) : settings_(settings) {
    for (auto const l : all_layers)
        report_[l] = wanted.has(l) ? sandbox_report::in_force : sandbox_report::switched_off;
}

void sandbox::enter_zygote() {
    report_.step(layer::network_namespace, [] { return layers::own_network(); });
    report_.step(layer::empty_root, [] { return layers::empty_root(); });
    report_.step(layer::privileges, [] { return layers::drop_privileges(); });
    report_.step(layer::seccomp, [&] { return filter_.build(); });
}

void sandbox::enter(int first_free, sandbox_report& now) {
    now.step(layer::landlock, [] { return layers::landlock(); });
    ::close_range(static_cast<unsigned>(first_free), ~0U, 0);
    now.step(layer::limits, [&] { return layers::limits(settings_, first_free); });
    now.step(layer::seccomp, [&] { return filter_.load(); });
}

void sandbox::probe() {
    shared_report tried;
    auto const pid = tried ? ::fork() : -1;
    if (pid == 0) {
        *tried = report_;
        enter(STDERR_FILENO + 1, *tried);
        ::_exit(0);
    }
    int status = 0;
    if (pid < 0 || ::waitpid(pid, &status, 0) != pid) {
        for (auto const l : {layer::limits, layer::landlock, layer::seccomp})
            report_.step(l, [] { return EAGAIN; });
        return;
    }
    report_ = *tried;
    if (status != 0)  // killed for what it may do
        report_.step(layer::seccomp, [] { return ENOSYS; });
}

bool sandbox::enter_worker(int first_free) {
    auto now = report_;
    enter(first_free, now);
    return now.state == report_.state;
}

}  // namespace fetchd::worker
