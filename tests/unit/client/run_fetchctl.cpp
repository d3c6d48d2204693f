#include "unit/client/run_fetchctl.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace fetchctl_test {
namespace {

struct two_ends {
    int ours = -1;
    int theirs = -1;
};

two_ends make_pipe(bool terminal) {
    two_ends e;
    int fds[2];
    if (terminal ? ::openpty(&e.ours, &e.theirs, nullptr, nullptr, nullptr) != 0
                 : ::pipe2(fds, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    if (!terminal)
        e = {fds[0], fds[1]};
    for (int fd : {e.ours, e.theirs})
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return e;
}

int input_file(std::string const& bytes) {
    auto* file = std::tmpfile();
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::rewind(file);
    int fd = ::fcntl(::fileno(file), F_DUPFD_CLOEXEC, 0);
    std::fclose(file);
    return fd;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& t : texts)
        all.push_back(t.data());
    all.push_back(nullptr);
    return all;
}

}  // namespace

running_fetchctl::running_fetchctl(std::vector<std::string> arguments, run_options options)
    : options_(std::move(options)) {
    arguments.insert(arguments.begin(), FETCHCTL_PATH);
    auto environment = options_.environment;
    environment.emplace_back("TERM=xterm");
    auto argv = pointers(arguments);
    auto envp = pointers(environment);
    auto const out = make_pipe(options_.out_on_terminal);
    auto const err = make_pipe(options_.err_on_terminal);
    int const in = input_file(options_.input);
    if (options_.close_out_early)
        ::close(out.ours);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(in, 0);
        ::dup2(out.theirs, 1);
        ::dup2(err.theirs, 2);
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    for (int fd : {in, out.theirs, err.theirs})
        ::close(fd);
    out_ = options_.close_out_early ? -1 : out.ours;
    err_ = err.ours;
}

running_fetchctl::~running_fetchctl() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        wait();
    }
}

void running_fetchctl::signal(int number) const {
    ::kill(pid_, number);
}

bool running_fetchctl::wait_for_err(std::string const& text) {
    char buffer[16 * 1024];
    while (err_so_far_.find(text) == std::string::npos) {
        auto n = ::read(err_, buffer, sizeof buffer);
        if (n <= 0)
            return false;
        err_so_far_.append(buffer, static_cast<std::size_t>(n));
    }
    return true;
}

run_result running_fetchctl::wait() {
    run_result result;
    result.err = std::move(err_so_far_);
    std::string* texts[] = {&result.out, &result.err};
    pollfd open[] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
    while (open[0].fd >= 0 || open[1].fd >= 0) {
        ::poll(open, 2, -1);
        for (int i = 0; i < 2; ++i) {
            if (open[i].fd < 0 || open[i].revents == 0)
                continue;
            char buffer[16 * 1024];
            auto n = ::read(open[i].fd, buffer, sizeof buffer);  // a terminal ends with EIO
            if (n > 0)
                texts[i]->append(buffer, static_cast<std::size_t>(n));
            else
                ::close(std::exchange(open[i].fd, -1));
        }
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return result;
}

run_result run_fetchctl(std::vector<std::string> arguments, run_options options) {
    return running_fetchctl(std::move(arguments), std::move(options)).wait();
}

}  // namespace fetchctl_test
