#include <unistd.h>

#include "fetchctl/job.hpp"
#include "fetchctl/persistence.hpp"
#include "fetchctl/progress.hpp"
#include "fetchctl/submission_source.hpp"
#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

// The same lines under the same key, until there is an answer: the service makes one job of them.
fetchd::answer<fetchd::job> submit_surely(fetchd::client& service, fetchd::job_submission s,
                                          submission_source& source, screen& on,
                                          std::stop_token const& stop) {
    progress shown(on, 1);
    s.read = [&](char* to, std::size_t room) {
        auto const n = source.read(to, room);
        shown.add_bytes(n.value_or(0));
        return n;
    };
    persistence again;
    while (true) {
        auto made = service.submit(s);
        if (made || !source.problem().empty())
            return made;
        auto const pause = again.after(made.error(), std::chrono::steady_clock::now(), chance());
        if (!pause || !source.rewind())
            return made;
        on.note(made.error().message + ": sending it again");
        if (!wait(stop, *pause))
            return made;
    }
}

bool may_have_arrived(fetchd::client_error const& e) {
    using enum fetchd::trouble;
    return e.what == no_answer || e.what == broken_answer || e.what == cancelled;
}

}  // namespace

exit_code job_submit(command const& all, screen& on, std::stop_token stop) {
    auto const& c = std::get<job_submit_command>(all.what);
    if (c.inputs.empty() && ::isatty(STDIN_FILENO) == 1)
        on.note("reading URLs from the terminal, one a line; Ctrl-D ends them");
    submission_source source(c.inputs, stop);
    fetchd::client service(job_client(all.common, stop));
    auto const key = c.key.empty() ? fetchd::new_idempotency_key() : c.key;
    auto const made = submit_surely(service, {c.options, {}, key}, source, on, stop);
    if (!source.problem().empty()) {
        on.error(source.problem() + "; no job was made");
        return exit_code::usage;
    }
    if (!made && may_have_arrived(made.error()))
        on.note("the service may have taken it all the same; sent again with --idempotency-key " + key +
                " it is still one job");
    if (!made)
        return say_why(on, "", made.error());
    on.out(printable(made->id) + "\n");
    return c.watch ? watch_until_end(service, made->id, on, stop) : exit_code::ok;
}

}  // namespace fetchctl
