// The command `fetchctl`: reads the command line, does one thing, and says by its exit code how that went.

#include <csignal>
#include <exception>

#include "fetchctl/command_line.hpp"
#include "fetchctl/get.hpp"
#include "fetchctl/process.hpp"
#include "fetchctl/status.hpp"

namespace fetchctl {
namespace {

exit_code run(command const& c, screen& on, std::stop_token stop) {
    if (std::holds_alternative<get_command>(c.what))
        return get(c, on, stop);
    if (std::holds_alternative<process_command>(c.what))
        return process(c, on, stop);
    return status(c, on, stop);
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
