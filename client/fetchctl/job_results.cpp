#include "fetchctl/job.hpp"
#include "fetchctl/persistence.hpp"
#include "fetchctl/progress.hpp"
#include "fetchctl/results_file.hpp"
#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

using fetchd::trouble;

// Reads on from wherever it was, across broken connections, until there is no more to read.
class results_reader {
  public:
    results_reader(job_results_command const& c, fetchd::client& service, screen& on, std::stop_token stop)
        : command_(c), service_(service), on_(on), stop_(std::move(stop)), left_(c.limit) {
        want_.id = c.id;
        want_.after = c.after;
        want_.follow = c.follow;
        want_.outcomes = c.outcomes;
    }

    exit_code go_on_in_file();  // finds out where, or why not
    exit_code read_all();

  private:
    exit_code check_same_job(results_file const&);
    bool take(std::string_view line, std::uint64_t seq);
    void skip_to(std::uint64_t first_seq);
    exit_code ended(fetchd::results_end const&);

    job_results_command const& command_;
    fetchd::client& service_;
    screen& on_;
    std::stop_token stop_;
    fetchd::results_request want_;
    std::optional<std::uint64_t> left_;
    std::optional<results_file> file_;
    persistence again_;
    std::optional<exit_code> lost_;  // what was read could not be written
    bool gap_ = false;               // not all that was to be read is kept
};

exit_code results_reader::go_on_in_file() {
    if (command_.save_to.empty())
        return exit_code::ok;
    std::string problem;
    file_ = results_file::open(command_.save_to, problem);
    auto code = exit_code::ok;
    if (file_ && file_->last_seq() > 0) {
        code = check_same_job(*file_);
        want_.after = file_->last_seq();
    }
    if (code == exit_code::ok && (!file_ || !file_->cut(problem)))
        on_.error(problem);
    return problem.empty() ? code : exit_code::usage;
}

// The last line of the file must be what this job has under its seq.
exit_code results_reader::check_same_job(results_file const& file) {
    auto const about = service_.find_job(command_.id);
    if (!about)
        return say_why(on_, command_.id, about.error());
    if (file.last_seq() < about->first_seq)
        return exit_code::ok;  // no longer kept: there is no telling
    bool same = false;
    fetchd::result_sink sink;
    sink.line = [&](std::string_view line, std::uint64_t) { return same = line == file.last_line(), true; };
    auto const one = service_.results({.id = command_.id, .after = file.last_seq() - 1, .limit = 1}, sink);
    if (!one)
        return say_why(on_, command_.id, one.error());
    if (!same)
        on_.error(command_.save_to + " holds results of another job: choose another file");
    return same ? exit_code::ok : exit_code::usage;
}

bool results_reader::take(std::string_view line, std::uint64_t seq) {
    again_.went_well();
    if (seq <= want_.after)
        return true;  // a service that repeats itself
    std::string problem;
    if (file_ ? !file_->add(line, problem) : !on_.out(std::string(line) + "\n")) {
        if (!problem.empty())
            on_.error(problem);
        lost_ = file_ ? exit_code::failed : on_.lost();
        return false;
    }
    want_.after = seq;
    if (left_)
        --*left_;
    return true;
}

void results_reader::skip_to(std::uint64_t first_seq) {
    again_.went_well();
    if (first_seq <= want_.after + 1)
        return;
    on_.error(command_.id + ": results " + std::to_string(want_.after + 1) + " to " +
              std::to_string(first_seq - 1) + " are not kept any more");
    want_.after = first_seq - 1;
    gap_ = true;
}

exit_code results_reader::ended(fetchd::results_end const& end) {
    if (!end.about.has_ended() && !command_.limit)
        on_.note("the job has not ended: " + counted(end.about.counts.pending(), "result") +
                 " to come; --follow waits for them");
    return gap_ ? exit_code::failed : exit_code::ok;
}

exit_code results_reader::read_all() {
    fetchd::result_sink sink;
    sink.line = [this](std::string_view line, std::uint64_t seq) { return take(line, seq); };
    sink.alive = [this](std::uint64_t next) {
        again_.went_well();
        want_.after = std::max(want_.after, next);
    };
    sink.gap = [this](std::uint64_t first_seq) { skip_to(first_seq); };
    while (!left_ || *left_ > 0) {
        want_.limit = left_;
        auto const got = service_.results(want_, sink);
        if (lost_)
            return *lost_;
        if (got && (got->end || !want_.follow))
            return ended(*got);
        fetchd::client_error why;  // an end before the end: the service goes down
        why.message = "the service ended the stream";
        why = got ? why : got.error();
        if (got && left_ && *left_ == 0)
            break;
        bool const first = !again_.broken();
        auto const pause = again_.after(why, std::chrono::steady_clock::now(), chance());
        if (!pause)
            return say_why(on_, command_.id, why);
        if (first)
            on_.note(why.message + ": going on behind seq " + std::to_string(want_.after));
        if (!wait(stop_, *pause))
            return exit_code::interrupted;
    }
    return gap_ ? exit_code::failed : exit_code::ok;
}

}  // namespace

exit_code job_results(command const& all, screen& on, std::stop_token stop) {
    auto const& c = std::get<job_results_command>(all.what);
    progress shown(on, 1);
    auto options = job_client(all.common, stop);
    options.on_bytes = [&](std::size_t n) { shown.add_bytes(n); };
    fetchd::client service(std::move(options));
    results_reader reader(c, service, on, stop);
    auto const code = reader.go_on_in_file();
    return code == exit_code::ok ? reader.read_all() : code;
}

}  // namespace fetchctl
