// What the command line asked for, as plain values.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fetchd/client.hpp"

namespace fetchctl {

struct settings {
    std::string server;
    std::chrono::milliseconds timeout{0};  // 0: the service's own
    bool quiet = false;
};

// How documents are printed, and where.
struct print_options {
    bool json = false;
    bool details = false;
    bool fail = false;                            // an origin's 4xx and 5xx are failures
    std::vector<std::string> outputs;             // empty: what suits the type of the document
    std::vector<std::string> options_as_written;  // "markdown.links=drop"
    std::vector<fetchd::output_option> options;   // the same, taken apart
    std::string save_to;                          // a file or a folder; empty: standard output

    // What the service is asked for: --details shows metadata, without it being printed as an output.
    std::vector<std::string> wanted() const {
        auto all = outputs;
        if (details && all.empty())
            all.emplace_back("markdown");
        if (details && std::find(all.begin(), all.end(), "metadata") == all.end())
            all.push_back("metadata");
        return all;
    }
};

struct get_command {
    std::vector<std::string> urls;  // "-": read them from standard input
    bool raw = false;
    unsigned jobs = 4;
    fetchd::header_list headers;
    fetchd::fetch_limits limits;
    fetchd::fetch_way way;
    std::string method;                 // empty: GET, or POST where there is data
    std::vector<std::string> data;      // pieces of the body, or @ and the name of a file
    bool data_as_is = false;            // else line ends of files are left out
    std::optional<std::string> body{};  // made of the data
    print_options print;
};

struct process_command {
    std::string file;  // "-": standard input
    std::string type;
    std::string encoding;
    std::string base_url;
    print_options print;
};

struct status_command {
    bool json = false;
};

struct job_submit_command {
    std::vector<std::string> inputs;  // URLs, files of them, or "-"; empty: standard input
    fetchd::job_options options;
    std::string key;  // of idempotency; empty: a new one
    bool watch = false;
};

struct job_watch_command {
    std::string id;
};

struct job_results_command {
    std::string id;
    std::string save_to;  // empty: standard output
    std::uint64_t after = 0;
    std::optional<std::uint64_t> limit;
    bool follow = false;
    std::string outcomes;  // "ok,failed"
};

struct job_export_command {
    std::string id;
    std::string format;   // empty: what the file's name says
    std::string save_to;  // empty or "-": standard output
    std::string outcomes;
    std::string fields;
    std::string formulas;
};

struct job_steer_command {
    enum class verb { status, pause, resume, cancel };
    verb how = verb::status;
    std::vector<std::string> ids;
    bool json = false;
};

struct job_list_command {
    std::string state;
    unsigned limit = 50;
    bool json = false;
};

struct command {
    settings common;
    std::variant<status_command, get_command, process_command, job_submit_command, job_watch_command,
                 job_results_command, job_export_command, job_steer_command, job_list_command>
        what;
};

}  // namespace fetchctl
