// The part of the command line that is about jobs.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fetchctl/settings.hpp"

namespace fetchctl {

// What CLI11 fills in.
struct job_line {
    job_submit_command submit;
    std::vector<std::string> options_as_written;  // "markdown.links=drop"
    std::vector<std::string> labels;              // "name=value"
    int priority = 0;
    unsigned concurrency = 0;
    double deadline_s = 0;
    job_watch_command watch;
    job_results_command results;
    std::uint64_t limit = 0;
    job_export_command to_export;
    job_steer_command steer;
    job_list_command list;
};

void describe_jobs(CLI::App&, job_line&);

// Where `job` was said: puts the command there; sets `problem` where it makes no sense.
void take_job(CLI::App const& job, job_line&, decltype(command::what)& into, std::string& problem);

// "markdown.links=drop", taken apart; sets `problem` where one is none.
std::vector<fetchd::output_option> options_of(std::vector<std::string> const& written, std::string& problem);

// What is wrong with the name of an output; empty: nothing.
std::string check_output_name(std::string const& name);

}  // namespace fetchctl
