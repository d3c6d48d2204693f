#include "fetchctl/job.hpp"
#include "fetchctl/job_text.hpp"
#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

using verb = job_steer_command::verb;

constexpr unsigned most_on_a_page = 100;

fetchd::answer<fetchd::job> steer(fetchd::client& service, verb how, std::string const& id) {
    switch (how) {
        case verb::pause:
            return service.pause_job(id);
        case verb::resume:
            return service.resume_job(id);
        case verb::cancel:
            return service.cancel_job(id);
        case verb::status:
            break;
    }
    return service.find_job(id);
}

}  // namespace

exit_code job_steer(command const& all, screen& on, std::stop_token stop) {
    auto const& c = std::get<job_steer_command>(all.what);
    fetchd::client service(job_client(all.common, stop));
    auto outcome = exit_code::ok;
    for (auto const& id : c.ids) {
        auto const j = steer(service, c.how, id);
        if (!j) {
            outcome = worse(outcome, say_why(on, id, j.error()));
            if (!worth_going_on(outcome))
                break;
        } else if (c.json) {
            on.out(j->json + "\n");
        } else if (c.how == verb::status) {
            on.out_painted(job_details(*j, palette{on.out_has_colour()}));
        } else {
            on.out(printable(j->id) + " " + printable(j->state) + "\n");
        }
    }
    return outcome;
}

exit_code job_list(command const& all, screen& on, std::stop_token stop) {
    auto const& c = std::get<job_list_command>(all.what);
    fetchd::client service(job_client(all.common, stop));
    std::vector<fetchd::job> jobs;
    std::string after;
    while (jobs.size() < c.limit) {
        auto const left = static_cast<unsigned>(c.limit - jobs.size());
        auto page = service.list_jobs(std::min(left, most_on_a_page), after, c.state);
        if (!page)
            return say_why(on, "", page.error());
        std::move(page->jobs.begin(), page->jobs.end(), std::back_inserter(jobs));
        after = page->next;
        if (after.empty())
            break;
    }
    if (!c.json)
        on.out_painted(job_table(jobs, palette{on.out_has_colour()}));
    for (auto const& j : jobs)
        if (c.json)
            on.out(j.json + "\n");
    return exit_code::ok;
}

}  // namespace fetchctl
