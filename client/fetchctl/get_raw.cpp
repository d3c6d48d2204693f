#include "fetchctl/delivery.hpp"
#include "fetchctl/get.hpp"
#include "fetchctl/in_order.hpp"
#include "fetchctl/progress.hpp"
#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

// One URL's bytes on their way: to standard output, or to a file that appears when it is whole.
struct raw_outcome {
    exit_code code = exit_code::ok;
    std::string error;  // printed when its turn comes
    std::string note;
};

class raw_get {
  public:
    raw_get(get_command const& c, screen& on, fetchd::client& service)
        : command_(c), screen_(on), service_(service) {}

    raw_outcome fetch(std::string const& url, std::string const& path);  // an empty path is standard output

  private:
    get_command const& command_;
    screen& screen_;
    fetchd::client& service_;
};

raw_outcome raw_get::fetch(std::string const& url, std::string const& path) {
    raw_outcome one;
    std::optional<output_file> file;
    bool wanted = true;  // false: stopped by ourselves, and `one` says why
    auto fail = [&](std::string why) {
        one.code = exit_code::failed;
        one.error = std::move(why);
        return wanted = false;
    };
    fetchd::raw_sink sink;
    sink.head = [&](fetchd::raw_head const& head) {
        auto line = printable(url) + ": the origin answered " + std::to_string(head.status);
        if (head.status >= 400 && command_.print.fail)
            return fail(line);
        one.note = head.status >= 400 ? line : std::string();
        std::string problem;
        if (!path.empty())
            file = output_file::create(path, problem);
        return problem.empty() || fail(problem);
    };
    sink.body = [&](std::string_view bytes) {
        std::string problem;
        if (file)
            return file->write(bytes, problem) || fail(problem);
        if (screen_.out(bytes))
            return true;
        one.code = screen_.lost();
        return wanted = false;
    };
    auto head = service_.raw({url, command_.headers, command_.limits, command_.way}, sink);
    if (!wanted)
        return one;
    if (!head) {
        one.code = code_for(head.error());
        one.error = one.code == exit_code::interrupted ? "" : error_line(url, head.error());
        return one;
    }
    std::string problem;
    if (file && !file->commit(problem))
        fail(problem);
    return one;
}

// Where each URL's bytes go; empty names are standard output.
std::vector<std::string> paths_for(get_command const& c, place where) {
    std::vector<std::string> paths;
    taken_names names;
    for (auto const& url : c.urls)
        paths.push_back(where == place::folder ? path_in(c.print.save_to, names.claim(url, ""))
                        : where == place::file ? c.print.save_to
                                               : "");
    return paths;
}

}  // namespace

exit_code get_raw(settings const& common, get_command const& c, screen& on, std::stop_token stop) {
    std::string problem;
    auto const where = find_place(c.print.save_to, c.urls.size() > 1, problem);
    if (!where) {
        on.error(problem);
        return exit_code::usage;
    }
    auto const paths = paths_for(c, *where);
    // Ended by an interruption, and by ourselves when going on is pointless.
    std::stop_source over;
    std::stop_callback interrupted(stop, [&] { over.request_stop(); });
    progress shown(on, c.urls.size());
    fetchd::client service({.base_url = common.server,
                            .timeout = common.timeout,
                            .user_agent = "fetchctl/" FETCHD_VERSION,
                            .stop = over.get_token(),
                            .on_bytes = [&](std::size_t n) { shown.add_bytes(n); }});
    raw_get getter(c, on, service);
    auto outcome = exit_code::ok;
    auto take = [&](std::size_t, raw_outcome one) {
        shown.one_done();
        if (!one.note.empty())
            on.note(one.note);
        if (!one.error.empty())
            on.error(one.error);
        outcome = worse(outcome, one.code);
        if (!worth_going_on(outcome))
            over.request_stop();
        return worth_going_on(outcome);
    };
    // Streams cannot be told apart on one output: there they come one after another.
    auto work = [&](std::size_t i) { return getter.fetch(c.urls[i], paths[i]); };
    if (*where == place::standard_output)
        for (std::size_t i = 0; i < c.urls.size() && take(i, work(i));)
            ++i;
    else
        in_order<raw_outcome>(c.urls.size(), c.jobs, work, take);
    return outcome;
}

}  // namespace fetchctl
