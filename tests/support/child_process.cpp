#include "support/child_process.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/socket.hpp"

namespace fetchd::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

// In the child, between fork and exec: only what may be called after a fork of a threaded process.
[[noreturn]] void become(char** arguments, char** environment, int output, int errors, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    for (int number = 1; number < 32; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execve(arguments[0], arguments, environment);
    constexpr char message[] = "exec failed\n";
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(127);
}

}  // namespace

child_process::child_process(std::vector<std::string> arguments, std::vector<std::string> environment) {
    auto const argument_pointers = pointers(arguments);
    auto const environment_pointers = pointers(environment);
    int out[2];
    int err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
        throw_errno("pipe2");
    auto const parent = getpid();
    pid_ = fork();
    if (pid_ == 0)
        become(const_cast<char**>(argument_pointers.data()), const_cast<char**>(environment_pointers.data()),
               out[1], err[1], parent);
    ::close(out[1]);
    ::close(err[1]);
    if (pid_ < 0)
        throw_errno("fork");
    streams_[0] = out[0];
    streams_[1] = err[0];
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    bell_ = eventfd(0, EFD_CLOEXEC);
    if (pidfd_ < 0 || bell_ < 0)
        throw_errno("pidfd_open");
    collector_ = std::thread([this] { collect(); });
}

child_process::~child_process() {
    if (!code_) {
        signal(SIGKILL);
        wait_exit(patience());
    }
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ring();
    collector_.join();
    for (int const each : {pidfd_, bell_, streams_[0], streams_[1]})
        ::close(each);
}

void child_process::signal(int number) const {
    if (!code_)
        ::kill(pid_, number);
}

bool child_process::running() const {
    pollfd on{pidfd_, POLLIN, 0};
    return !code_ && ::poll(&on, 1, 0) == 0;
}

std::optional<int> child_process::wait_exit(milliseconds deadline) {
    if (code_)
        return code_;
    pollfd on{pidfd_, POLLIN, 0};
    auto const until = test_clock::now() + deadline;
    int n = 0;
    do {
        auto const left = std::chrono::ceil<milliseconds>(until - test_clock::now()).count();
        n = ::poll(&on, 1, static_cast<int>(left > 0 ? left : 0));
    } while (n < 0 && errno == EINTR);
    if (n <= 0)
        return {};
    int status = 0;
    if (waitpid(pid_, &status, 0) != pid_)
        throw_errno("waitpid");
    ring();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience(), [this] { return drained_; });
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return code_;
}

std::string child_process::output() const {
    std::lock_guard lock(mutex_);
    return output_;
}

std::string child_process::errors() const {
    std::lock_guard lock(mutex_);
    return errors_;
}

void child_process::ring() {
    std::uint64_t const one = 1;
    (void)!::write(bell_, &one, sizeof one);
}

// The bell rings when the process has ended: one pass more that finds nothing, and all it wrote is here. Its
// children may hold the streams open and write on, so collecting ends only with them or with the destructor.
void child_process::collect() {
    pollfd on[3] = {{streams_[0], POLLIN, 0}, {streams_[1], POLLIN, 0}, {bell_, POLLIN, 0}};
    std::string* const into[2] = {&output_, &errors_};
    char bytes[16 * 1024];
    while (on[0].fd >= 0 || on[1].fd >= 0) {
        if (::poll(on, 3, -1) < 0)
            continue;
        bool got = false;
        for (int i = 0; i < 2; ++i) {
            if (on[i].fd < 0 || !on[i].revents)
                continue;
            auto const n = ::read(on[i].fd, bytes, sizeof bytes);
            if (n <= 0) {
                on[i].fd = -1;  // poll passes over it; closed by the destructor
                continue;
            }
            got = true;
            std::lock_guard lock(mutex_);
            into[i]->append(bytes, static_cast<std::size_t>(n));
            changed_.notify_all();
        }
        if (!on[2].revents || got)
            continue;
        std::uint64_t rung = 0;
        (void)!::read(bell_, &rung, sizeof rung);
        std::lock_guard lock(mutex_);
        drained_ = true;
        changed_.notify_all();
        if (stopping_)
            return;
    }
    std::lock_guard lock(mutex_);
    drained_ = true;
    changed_.notify_all();
}

}  // namespace fetchd::test
