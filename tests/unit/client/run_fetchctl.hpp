// Runs the real fetchctl and tells how it went.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "unit/client/scratch_folder.hpp"

namespace fetchctl_test {

struct run_result {
    int code = -1;  // the exit code; 1000 + N when signal N ended it
    std::string out;
    std::string err;
};

struct run_options {
    std::string input{};
    std::vector<std::string> environment{};  // "NAME=value", over a clean one
    bool err_on_terminal = false;            // standard error is a terminal of its own
    bool out_on_terminal = false;
    bool close_out_early = false;  // nobody reads standard output
};

class running_fetchctl {
  public:
    running_fetchctl(std::vector<std::string> arguments, run_options = {});
    running_fetchctl(running_fetchctl const&) = delete;
    running_fetchctl& operator=(running_fetchctl const&) = delete;
    ~running_fetchctl();

    void signal(int number) const;
    bool wait_for_err(std::string const& text);  // false when standard error ended without it
    run_result wait();                           // collects both outputs until they end

  private:
    run_options options_;
    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
    std::string err_so_far_;
};

run_result run_fetchctl(std::vector<std::string> arguments, run_options = {});

}  // namespace fetchctl_test
