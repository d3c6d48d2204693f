#include "fetchctl/process.hpp"

#include "fetchctl/content_type.hpp"
#include "fetchctl/delivery.hpp"
#include "fetchctl/input_file.hpp"
#include "fetchctl/progress.hpp"

namespace fetchctl {
namespace {

// Far above what a service takes by default; it has the last word, with a 413.
constexpr std::size_t max_document = std::size_t(1) << 30;

}  // namespace

exit_code process(command const& all, screen& on, std::stop_token stop) {
    auto const& c = std::get<process_command>(all.what);
    std::string problem;
    auto const bytes = read_input(c.file, max_document, problem);
    if (!bytes) {
        on.error(problem);
        return exit_code::usage;
    }
    auto kind = guess_content(c.file, *bytes);
    if (!c.type.empty())
        kind.type = c.type;
    if (!c.encoding.empty())
        kind.encoding = c.encoding == "identity" ? "" : c.encoding;

    delivery to(on, c.print, false);
    if (!to.open())
        return exit_code::usage;
    progress shown(on, 1);
    fetchd::client service({.base_url = all.common.server,
                            .timeout = all.common.timeout,
                            .user_agent = "fetchctl/" FETCHD_VERSION,
                            .stop = stop,
                            .on_bytes = [&](std::size_t n) { shown.add_bytes(n); }});
    auto outcome = to.accept(
        c.file == "-" ? "standard input" : c.file,
        service.process({*bytes, kind.type, kind.encoding, c.base_url, c.print.wanted(), c.print.options}));
    bool const whole = outcome == exit_code::ok || (c.print.json && outcome == exit_code::failed);
    return worse(outcome, to.finish(whole));
}

}  // namespace fetchctl
