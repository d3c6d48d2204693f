// The command `fetchctl`: reads the command line, does one thing, and says by its exit code how that went.

#include <csignal>
#include <exception>

#include "fetchctl/command_line.hpp"
#include "fetchctl/get.hpp"
#include "fetchctl/job.hpp"
#include "fetchctl/process.hpp"
#include "fetchctl/status.hpp"

namespace fetchctl {
namespace {

using action = exit_code (*)(command const&, screen&, std::stop_token);

struct action_for {
    action operator()(status_command const&) const { return status; }
    action operator()(get_command const&) const { return get; }
    action operator()(process_command const&) const { return process; }
    action operator()(job_submit_command const&) const { return job_submit; }
    action operator()(job_watch_command const&) const { return job_watch; }
    action operator()(job_results_command const&) const { return job_results; }
    action operator()(job_export_command const&) const { return job_export; }
    action operator()(job_steer_command const&) const { return job_steer; }
    action operator()(job_list_command const&) const { return job_list; }
};

exit_code run(command const& c, screen& on, std::stop_token stop) {
    return std::visit(action_for(), c.what)(c, on, std::move(stop));
}

exit_code run_line(int argc, char const* const* argv) {
    auto line = parse_command_line(argc, argv);
    screen on(line.to_do && line.to_do->common.quiet);
    if (!line.to_do) {
        if (line.code == exit_code::ok)
            on.out(line.text);
        else
            on.error(line.text);
        return worse(line.code, on.lost());
    }
    interrupt watch;  // before any other thread
    auto code = run(*line.to_do, on, watch.token());
    code = worse(code, on.lost());
    return watch.outcome() == exit_code::ok ? code : watch.outcome();
}

}  // namespace
}  // namespace fetchctl

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return static_cast<int>(fetchctl::run_line(argc, argv));
    } catch (std::exception const& e) {
        fetchctl::screen(false).error(std::string("unexpected: ") + e.what());
        return static_cast<int>(fetchctl::exit_code::failed);
    }
}
