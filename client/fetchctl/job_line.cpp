#include "fetchctl/job_line.hpp"

#include <CLI/CLI.hpp>

namespace fetchctl {
namespace {

constexpr auto examples = R"(Examples:
  id=$(fetchctl job submit urls.txt)                    one URL or JSON object a line
  crawl | fetchctl job submit --label run=7 --watch     from a pipe, and look on
  fetchctl job watch $id
  fetchctl job results --follow -o results.ndjson $id   again after an interruption: goes on where it was
  fetchctl job export -o pages.csv --fields url,status,output.metadata.title $id
  fetchctl job cancel $id)";

void describe_submit(CLI::App& job, job_line& l) {
    auto& c = *job.add_subcommand("submit", "Hand over URLs; prints the id of the job")->fallthrough();
    c.add_option("INPUT", l.submit.inputs,
                 "URLs, or files with a URL or a JSON object a line; - or nothing is standard input");
    c.add_option("--output", l.submit.options.defaults.outputs, "What to make of each document")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...")
        ->check(CLI::Validator(check_output_name, "", "output"));
    c.add_option("--option", l.options_as_written, "Set an option of an output, as markdown.links=drop")
        ->type_name("OUTPUT.OPTION=VALUE")
        ->allow_extra_args(false);
    c.add_option("--priority", l.priority, "Before jobs of a lower one")
        ->check(CLI::Range(-9, 9))
        ->type_name("-9..9");
    c.add_option("--concurrency", l.concurrency, "Fetches of this job at a time")
        ->check(CLI::Range(1, 10'000))
        ->type_name("N");
    c.add_option("--deadline", l.deadline_s, "What is not fetched after so many seconds fails")
        ->check(CLI::Range(0.001, 366 * 86400.0))
        ->type_name("SECONDS");
    c.add_option("--label", l.labels, "A word of yours to know the job by; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    c.add_flag("--deduplicate", l.submit.options.deduplicate, "Fetch a URL that is there twice only once");
    c.add_flag("--archive", l.submit.options.archive, "Keep requests and bodies, for an export as WARC");
    c.add_flag("!--no-robots", l.submit.options.robots, "Leave robots.txt aside");
    c.add_option("--idempotency-key", l.submit.key,
                 "The same lines under the same key make no second job: for a submission sent again")
        ->check([](std::string const& key) {
            bool const plain =
                std::all_of(key.begin(), key.end(), [](char each) { return each > 0x20 && each < 0x7f; });
            return plain && !key.empty() && key.size() <= 255
                       ? std::string()
                       : std::string("want 1 to 255 letters, digits, signs");
        })
        ->type_name("KEY");
    c.add_flag("--watch", l.submit.watch, "Then watch it until it has ended");
}

void describe_results(CLI::App& job, job_line& l) {
    auto& c = *job.add_subcommand("results", "Print results, one JSON document a line")->fallthrough();
    c.add_option("ID", l.results.id, "The job")->required();
    auto* const file =
        c.add_option("-o", l.results.save_to, "Append to this file; goes on behind what is in it")
            ->type_name("FILE");
    c.add_flag("-f,--follow", l.results.follow, "Wait for those to come, until the job has ended");
    c.add_option("--after", l.results.after, "Those behind this seq")->type_name("SEQ")->excludes(file);
    c.add_option("--limit", l.limit, "At most so many")->check(CLI::PositiveNumber)->type_name("N");
    c.add_option("--outcome", l.results.outcomes, "Only these: ok, failed, skipped; several with commas")
        ->type_name("NAME,...");
}

void describe_export(CLI::App& job, job_line& l) {
    auto& c = *job.add_subcommand("export", "Write the results there are as a file: NDJSON, CSV or WARC")
                   ->fallthrough();
    c.add_option("ID", l.to_export.id, "The job")->required();
    c.add_option("--format", l.to_export.format, "By default what the name of FILE ends in, or else ndjson")
        ->check(CLI::IsMember({"ndjson", "csv", "warc"}))
        ->type_name("NAME");
    c.add_option("-o", l.to_export.save_to, "Write to this file, which appears when it is whole")
        ->type_name("FILE");
    c.add_option("--outcome", l.to_export.outcomes, "Only these: ok, failed, skipped; several with commas")
        ->type_name("NAME,...");
    c.add_option("--fields", l.to_export.fields,
                 "Only these members of each result, as url,status,output.text; not of an archive")
        ->type_name("NAME,...");
    c.add_option("--formulas", l.to_export.formulas,
                 "Of CSV: whether texts that a spreadsheet would run get an apostrophe in front; by default "
                 "defused")
        ->check(CLI::IsMember({"defused", "as_it_is"}))
        ->type_name("HOW");
}

void describe_list(CLI::App& job, job_line& l) {
    auto& c = *job.add_subcommand("list", "List jobs, the newest first")->fallthrough();
    c.add_option("--state", l.list.state, "Only those")
        ->check(CLI::IsMember({"active", "paused", "cancelling", "cancelled", "finished"}))
        ->type_name("STATE");
    c.add_option("--limit", l.list.limit, "At most so many")->check(CLI::Range(1, 10'000))->type_name("N");
    c.add_flag("--json", l.list.json, "One JSON document a line");
}

void describe_steering(CLI::App& job, job_line& l) {
    using verb = job_steer_command::verb;
    struct entry {
        char const* name;
        verb how;
        char const* says;
    };
    constexpr entry all[] = {{"status", verb::status, "Say how far jobs are"},
                             {"pause", verb::pause, "Begin nothing more of jobs for now"},
                             {"resume", verb::resume, "Go on with jobs that were paused"},
                             {"cancel", verb::cancel, "End jobs; results they have are kept"}};
    for (auto const& e : all) {
        auto& c = *job.add_subcommand(e.name, e.says)->fallthrough();
        c.add_option("ID", l.steer.ids, "The jobs")->required();
        c.add_flag("--json", l.steer.json, "One JSON document a line");
        c.callback([&l, how = e.how] { l.steer.how = how; });
    }
}

// "name=value"; the value may be empty.
void take_labels(job_line& l, std::string& problem) {
    for (auto const& written : l.labels) {
        auto const equals = written.find('=');
        if (equals == 0 || equals == written.npos)
            problem = "--label \"" + written + "\": want NAME=VALUE";
        else
            l.submit.options.labels.emplace_back(written.substr(0, equals), written.substr(equals + 1));
    }
}

void take_submit(CLI::App const& c, job_line& l, std::string& problem) {
    auto& options = l.submit.options;
    options.defaults.options = options_of(l.options_as_written, problem);
    take_labels(l, problem);
    if (c.count("--priority"))
        options.priority = l.priority;
    if (c.count("--concurrency"))
        options.concurrency = l.concurrency;
    options.deadline = std::chrono::milliseconds(static_cast<std::int64_t>(l.deadline_s * 1000));
}

}  // namespace

std::string check_output_name(std::string const& name) {
    bool const good = !name.empty() && name.size() <= 64 &&
                      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos;
    return good ? std::string()
                : "\"" + name + "\" is not the name of an output, as markdown, text, links or metadata";
}

std::vector<fetchd::output_option> options_of(std::vector<std::string> const& all, std::string& problem) {
    std::vector<fetchd::output_option> options;
    for (auto const& written : all) {
        auto const equals = written.find('=');
        auto const dot = written.find('.');
        if (equals == written.npos || dot > equals || dot == 0 || dot + 1 == equals)
            problem = "\"" + written + "\" is no option: want it as markdown.links=drop";
        else
            options.push_back({written.substr(0, dot), written.substr(dot + 1, equals - dot - 1),
                               written.substr(equals + 1)});
    }
    return options;
}

void describe_jobs(CLI::App& app, job_line& l) {
    auto& job = *app.add_subcommand("job", "Hand over many URLs at once, and read the results when they come")
                     ->fallthrough();
    job.require_subcommand(1);
    job.footer(examples);
    describe_submit(job, l);
    auto& watch = *job.add_subcommand("watch", "Show how a job goes until it has ended; 0: all succeeded")
                       ->fallthrough();
    watch.add_option("ID", l.watch.id, "The job")->required();
    describe_results(job, l);
    describe_export(job, l);
    describe_list(job, l);
    describe_steering(job, l);
}

void take_job(CLI::App const& job, job_line& l, decltype(command::what)& into, std::string& problem) {
    auto const said = [&](char const* name) { return job.got_subcommand(name); };
    if (said("submit")) {
        take_submit(*job.get_subcommand("submit"), l, problem);
        into = l.submit;
    } else if (said("watch")) {
        into = l.watch;
    } else if (said("results")) {
        if (l.limit > 0)
            l.results.limit = l.limit;
        into = l.results;
    } else if (said("export")) {
        into = l.to_export;
    } else if (said("list")) {
        into = l.list;
    } else {
        into = l.steer;
    }
}

}  // namespace fetchctl
