#include <algorithm>
#include <utility>

#include "fetchctl/job.hpp"
#include "fetchctl/job_text.hpp"
#include "fetchctl/persistence.hpp"

namespace fetchctl {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds between_looks = 500ms;         // where a person looks at a bar
constexpr std::chrono::milliseconds between_quiet_looks = 1000ms;  // where nobody does
constexpr auto between_lines = 10s;

// How far the job is, wherever that is shown.
class watcher {
  public:
    explicit watcher(screen& on) : on_(on) {}

    void show(fetchd::job const& j) {
        auto const now = std::chrono::steady_clock::now();
        pace_.look(now, j.counts.settled());
        if (on_.shows_progress()) {
            on_.progress_painted(job_bar(j, pace_, on_.columns(), palette{on_.err_has_colour()}));
        } else if (!told_ || now - *told_ >= between_lines) {
            on_.say(job_progress(j, pace_));
            told_ = now;
        }
    }
    // Quick jobs are not waited for; long ones are not asked for more often than is of use.
    std::chrono::milliseconds pause() {
        auto const most = on_.shows_progress() ? between_looks : between_quiet_looks;
        return std::min(most, std::exchange(pause_, std::min(most, pause_ * 2)));
    }

  private:
    screen& on_;
    pace pace_;
    std::chrono::milliseconds pause_ = 50ms;
    std::optional<std::chrono::steady_clock::time_point> told_;
};

exit_code finished(fetchd::job const& j, screen& on) {
    on.say(job_summary(j));
    return j.all_succeeded() ? exit_code::ok : exit_code::failed;
}

}  // namespace

fetchd::client_options job_client(settings const& common, std::stop_token stop) {
    auto const timeout = common.timeout.count() > 0 ? common.timeout : std::chrono::milliseconds(30s);
    return {.base_url = common.server,
            .timeout = timeout,
            .user_agent = "fetchctl/" FETCHD_VERSION,
            .stop = std::move(stop)};
}

exit_code say_why(screen& on, std::string_view subject, fetchd::client_error const& e) {
    if (e.what != fetchd::trouble::cancelled)
        on.error(error_line(subject, e));
    return code_for(e);
}

exit_code watch_until_end(fetchd::client& service, std::string const& id, screen& on, std::stop_token stop) {
    watcher shown(on);
    persistence again;
    while (true) {
        auto const j = service.find_job(id);
        auto pause = shown.pause();
        if (j) {
            again.went_well();
            if (j->has_ended())
                return finished(*j, on);
            shown.show(*j);
        } else {
            bool const first = !again.broken();
            auto const next = again.after(j.error(), std::chrono::steady_clock::now(), chance());
            if (!next)
                return say_why(on, id, j.error());
            if (first)
                on.note(j.error().message + ": trying again");
            pause = *next;
        }
        if (!wait(stop, pause)) {
            on.note("the job goes on without you; to come back: fetchctl job watch " + id);
            return exit_code::interrupted;
        }
    }
}

exit_code job_watch(command const& all, screen& on, std::stop_token stop) {
    fetchd::client service(job_client(all.common, stop));
    return watch_until_end(service, std::get<job_watch_command>(all.what).id, on, stop);
}

}  // namespace fetchctl
