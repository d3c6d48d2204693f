#include <algorithm>

#include "fetchctl/job.hpp"
#include "fetchctl/output_file.hpp"
#include "fetchctl/persistence.hpp"
#include "fetchctl/progress.hpp"

namespace fetchctl {
namespace {

std::string format_of(job_export_command const& c) {
    if (!c.format.empty())
        return c.format;
    if (c.save_to.ends_with(".csv"))
        return "csv";
    return c.save_to.ends_with(".warc.gz") || c.save_to.ends_with(".warc") ? "warc" : "ndjson";
}

// Asks until all of it has come. The service makes the file anew each time, so after a break in the middle it
// is begun again, if what came can be taken back.
class exporter {
  public:
    exporter(job_export_command const& c, fetchd::client& service, screen& on, std::stop_token stop)
        : command_(c), service_(service), on_(on), stop_(std::move(stop)) {
        want_ = {c.id, format_of(c), c.outcomes, c.fields, c.formulas};
    }

    exit_code open();  // finds out where to, or why not
    exit_code write_all();

  private:
    bool take(std::string_view bytes);
    bool take_back();
    exit_code gave_up(fetchd::client_error const&);
    exit_code finish(fetchd::export_head const&);

    job_export_command const& command_;
    fetchd::client& service_;
    screen& on_;
    std::stop_token stop_;
    fetchd::export_request want_;
    std::optional<output_file> file_;
    std::uint64_t got_ = 0;   // bytes of this try
    std::uint64_t most_ = 0;  // of any try
    persistence again_;
    std::optional<exit_code> lost_;  // what came could not be written
};

exit_code exporter::open() {
    auto const& to = command_.save_to;
    std::string problem;
    if (to.empty() && want_.format == "warc" && on_.out_is_terminal())
        problem =
            "an archive is nothing for a terminal: write it to a file with -o FILE, or -o - all the same";
    else if (!to.empty() && to != "-")
        file_ = output_file::create(to, problem);
    if (!problem.empty())
        on_.error(problem);
    return problem.empty() ? exit_code::ok : exit_code::usage;
}

bool exporter::take(std::string_view bytes) {
    got_ += bytes.size();
    // Where the service itself cuts it, it does so at the same place every time: that is no progress.
    if (got_ > most_)
        again_.went_well();
    most_ = std::max(most_, got_);
    std::string problem;
    if (file_ ? file_->write(bytes, problem) : on_.out(bytes))
        return true;
    if (!problem.empty())
        on_.error(problem);
    lost_ = file_ ? exit_code::failed : on_.lost();
    return false;
}

bool exporter::take_back() {
    if (got_ > 0 && !(file_ && file_->rewind()))
        return false;
    got_ = 0;
    return true;
}

exit_code exporter::gave_up(fetchd::client_error const& why) {
    auto const code = say_why(on_, command_.id, why);
    if (got_ > 0 && !file_ && code != exit_code::interrupted)
        on_.note("what was printed is a part only; with -o FILE it would have been begun again");
    return code;
}

exit_code exporter::finish(fetchd::export_head const& head) {
    std::string problem;
    if (file_ && !file_->commit(problem)) {
        on_.error(problem);
        return exit_code::failed;
    }
    if (!head.has_ended())
        on_.note("the job has not ended: results to come are not in it");
    return exit_code::ok;
}

exit_code exporter::write_all() {
    fetchd::export_sink sink;
    sink.body = [this](std::string_view bytes) { return take(bytes); };
    while (true) {
        auto const head = service_.export_job(want_, sink);
        if (lost_)
            return *lost_;
        if (head)
            return finish(*head);
        bool const first = !again_.broken();
        auto const pause = again_.after(head.error(), std::chrono::steady_clock::now(), chance());
        if (!pause || !take_back())
            return gave_up(head.error());
        if (first)
            on_.note(head.error().message + ": beginning again");
        if (!wait(stop_, *pause))
            return exit_code::interrupted;
    }
}

}  // namespace

exit_code job_export(command const& all, screen& on, std::stop_token stop) {
    auto const& c = std::get<job_export_command>(all.what);
    progress shown(on, 1);
    auto options = job_client(all.common, stop);
    options.on_bytes = [&](std::size_t n) { shown.add_bytes(n); };
    fetchd::client service(std::move(options));
    exporter it(c, service, on, stop);
    auto const code = it.open();
    return code == exit_code::ok ? it.write_all() : code;
}

}  // namespace fetchctl
