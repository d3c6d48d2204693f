// One child process with its two output streams collected.
//
// Killed by the kernel when the thread that started it ends. Members may be called from any thread, but for
// wait_exit, which belongs to one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "support/patience.hpp"

namespace fetchd::test {

class child_process {
  public:
    // arguments[0] is the path of the program. Throws std::system_error.
    child_process(std::vector<std::string> arguments, std::vector<std::string> environment);
    ~child_process();  // SIGKILL to this pid when it still runs
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number) const;  // nothing when it has been waited for
    bool running() const;
    // The exit code, or 128 + signal; with it, all that the process wrote has been collected.
    std::optional<int> wait_exit(milliseconds deadline);
    std::string output() const;
    std::string errors() const;
    // Until the stream's text satisfies the predicate. False at the deadline, or when no more will come.
    template <class Predicate>
    bool wait_output(Predicate predicate, milliseconds deadline) {
        return wait_text(output_, predicate, deadline);
    }
    template <class Predicate>
    bool wait_errors(Predicate predicate, milliseconds deadline) {
        return wait_text(errors_, predicate, deadline);
    }

  private:
    void collect();
    void ring();
    template <class Predicate>
    bool wait_text(std::string const& text, Predicate predicate, milliseconds deadline) {
        std::unique_lock lock(mutex_);
        bool found = false;
        changed_.wait_for(lock, deadline, [&] { return (found = predicate(text)) || drained_; });
        return found;
    }

    pid_t pid_ = -1;
    int pidfd_ = -1;
    int streams_[2] = {-1, -1};  // stdout, stderr
    int bell_ = -1;
    std::optional<int> code_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string output_;
    std::string errors_;
    bool drained_ = false;   // all that the process wrote before its end is here
    bool stopping_ = false;  // the collector ends, whoever still holds the streams
    std::thread collector_;
};

}  // namespace fetchd::test
