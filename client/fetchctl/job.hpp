// `fetchctl job ...`: jobs are handed over, watched, read, exported and steered.
#pragma once

#include "fetchctl/screen.hpp"
#include "fetchctl/settings.hpp"

namespace fetchctl {

exit_code job_submit(command const&, screen&, std::stop_token);
exit_code job_watch(command const&, screen&, std::stop_token);
exit_code job_results(command const&, screen&, std::stop_token);
exit_code job_export(command const&, screen&, std::stop_token);
exit_code job_steer(command const&, screen&, std::stop_token);  // status, pause, resume, cancel
exit_code job_list(command const&, screen&, std::stop_token);

// Until the job has ended: ok where all of it succeeded.
exit_code watch_until_end(fetchd::client&, std::string const& id, screen&, std::stop_token);

// With a limit of its own for calls that are quick, unless the command line has one.
fetchd::client_options job_client(settings const&, std::stop_token);

// Says what went wrong, unless it was told to stop.
exit_code say_why(screen&, std::string_view subject, fetchd::client_error const&);

}  // namespace fetchctl
