#include "fetchctl/command_line.hpp"

#include <CLI/CLI.hpp>
#include <sstream>

#include "fetchctl/job_line.hpp"

namespace fetchctl {
namespace {

constexpr auto epilogue = R"(Examples:
  fetchctl get https://example.com/                     the page as Markdown
  fetchctl get --details https://example.com/           with status, timing and metadata
  fetchctl get --json - < urls.txt > results.ndjson     one result document a line
  fetchctl get --raw -o logo.png https://example.com/logo.png
  fetchctl get -j 8 -o pages/ https://a.test/ https://b.test/
  fetchctl process --base https://example.com/ saved.html
  fetchctl job submit --watch urls.txt                  thousands or millions at once: fetchctl job --help
  fetchctl --quiet status                               as a health check

Exit codes:
  0  all is well             3  the service cannot be reached
  1  a fetch failed          4  the service refused the request
  2  wrong usage             5  the service is overloaded or not ready
  130 interrupted, 141 nobody reads the output any more, 143 terminated

Environment: FETCHD_URL is the default of --server; NO_COLOR turns colours off.)";

// What CLI11 fills in; becomes a command when the line makes sense.
struct line {
    settings common;
    double timeout_s = 0;
    get_command get;
    process_command process;
    status_command status;
    job_line job;
    std::vector<std::string> headers;
    std::uint64_t max_bytes = 0;
    unsigned max_redirects = 0;
    unsigned retries = 0;
    std::uint64_t min_speed = 0;
    double connect_timeout_s = 0;
};

void add_print_options(CLI::App& to, print_options& o) {
    to.add_flag("--json", o.json, "One result document a line, failed ones too");
    to.add_flag("--details", o.details, "Status, redirects, timing and metadata in front of each document");
    to.add_option("--output", o.outputs,
                  "What to make of each document, by default what suits its type (Markdown of a page); "
                  "several with commas")
        ->delimiter(',')
        ->allow_extra_args(false)  // or it would swallow the URL behind it
        ->type_name("NAME,...")
        ->check(CLI::Validator(check_output_name, "", "output"));
    to.add_option("--option", o.options_as_written,
                  "Set an option of an output, as markdown.links=drop; may be repeated")
        ->type_name("OUTPUT.OPTION=VALUE")
        ->allow_extra_args(false);
    to.add_flag("--fail", o.fail, "Count an origin's answer of 400 or above as a failed fetch");
    to.add_option("-o", o.save_to,
                  "Write to this file, or a file for each document into this folder (FOLDER/)")
        ->type_name("FILE");
}

// In curl's words, where curl has one.
void describe_way(CLI::App& c, line& l) {
    c.add_option("-x,--proxy", l.get.way.proxy, "Fetch through http://host:port or socks5://host:port")
        ->type_name("URL");
    c.add_option("--session", l.get.way.session, "Keep cookies under this name, and send them")
        ->type_name("NAME");
    c.add_option("--retry", l.retries, "Tries after the first one")->check(CLI::Range(0, 10))->type_name("N");
    c.add_option("--connect-timeout", l.connect_timeout_s, "Seconds for the connection to one address")
        ->check(CLI::Range(0.001, 86400.0))
        ->type_name("SECONDS");
    c.add_option("-Y,--speed-limit", l.min_speed, "Bytes of the body a second at least; 0: any")
        ->type_name("BYTES");
}

void describe_sending(CLI::App& c, line& l) {
    auto* const raw = c.get_option("--raw");
    raw->excludes(
        c.add_option("-X,--request", l.get.method, "The method, by default GET")->type_name("METHOD"));
    auto* const data = c.add_option("-d,--data", l.get.data,
                                    "Send this with POST, or the file's content (@FILE) without line ends; "
                                    "joined by & where repeated")
                           ->type_name("TEXT")
                           ->allow_extra_args(false);
    raw->excludes(data);
    auto* const as_is = c.add_option_function<std::vector<std::string>>(
        "--data-binary",
        [&l](std::vector<std::string> const& pieces) {
            l.get.data = pieces;
            l.get.data_as_is = true;
        },
        "The same, and files as they are");
    as_is->type_name("TEXT")->allow_extra_args(false)->excludes(data);
    raw->excludes(as_is);
}

void describe_get(CLI::App& app, line& l) {
    auto& c = *app.add_subcommand("get", "Fetch URLs and print what is in them")->fallthrough();
    c.add_option("URL", l.get.urls, "What to fetch; - reads URLs from standard input, one a line")
        ->required();
    add_print_options(c, l.get.print);
    auto* raw = c.add_flag("--raw", l.get.raw, "The origin's bytes as they are, streamed");
    for (auto const* other : {"--json", "--details", "--output"})
        raw->excludes(c.get_option(other));
    c.add_option("-j,--jobs", l.get.jobs, "Fetches at a time")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    c.add_option("-H,--header", l.headers, "Send this to the origin, as \"name: value\"; may be repeated")
        ->type_name("HEADER")
        ->allow_extra_args(false);
    c.add_option("--max-bytes", l.max_bytes, "The largest body to accept")
        ->check(CLI::NonNegativeNumber)
        ->type_name("BYTES");
    c.add_option("--max-redirects", l.max_redirects, "How many redirects to follow")
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
    describe_way(c, l);
    describe_sending(c, l);
}

void describe_process(CLI::App& app, line& l) {
    auto& c =
        *app.add_subcommand("process", "Make the same of a file, without fetching anything")->fallthrough();
    c.add_option("FILE", l.process.file, "The document; - is standard input")->required();
    add_print_options(c, l.process.print);
    c.add_option("--type", l.process.type,
                 "Content type; by default guessed from the name and the first bytes");
    c.add_option("--encoding", l.process.encoding, "Content coding: gzip, br, zstd, deflate or identity");
    c.add_option("--base", l.process.base_url, "The URL that relative links are resolved against");
}

void describe(CLI::App& app, line& l) {
    app.set_version_flag("-V,--version", "fetchctl " FETCHD_VERSION, "Print the version and leave");
    app.set_help_flag("-h,--help", "Print this help and leave");
    app.footer(epilogue);
    app.require_subcommand(1);
    app.add_option("-s,--server", l.common.server, "Where fetchd listens")
        ->type_name("URL")
        ->envname("FETCHD_URL")
        ->default_str("http://127.0.0.1:8484");
    app.add_option("--timeout", l.timeout_s, "Seconds for one fetch; by default the service's own limit")
        ->check(CLI::Range(0.001, 86400.0))
        ->type_name("SECONDS");
    app.add_flag("-q,--quiet", l.common.quiet,
                 "No progress line, no notes, no table; errors are still printed");
    describe_get(app, l);
    describe_process(app, l);
    describe_jobs(app, l.job);
    auto& status =
        *app.add_subcommand("status", "Say whether the service is ready; as exit code too")->fallthrough();
    status.add_flag("--json", l.status.json, "As one line of JSON");
}

// "name: value" to a pair; sets `problem` where it is none.
void take_headers(line& l, std::string& problem) {
    for (auto const& text : l.headers) {
        auto const colon = text.find(':');
        if (colon == 0 || colon == std::string::npos) {
            problem = "--header \"" + text + "\": want \"name: value\"";
            return;
        }
        auto const value = text.find_first_not_of(" \t", colon + 1);
        l.get.headers.emplace_back(text.substr(0, colon),
                                   value == std::string::npos ? "" : text.substr(value));
    }
}

std::string finish(CLI::App const& app, line& l) {
    if (l.common.server.empty())
        l.common.server = fetchd::client_options().base_url;
    std::string problem = fetchd::client_options{.base_url = l.common.server}.problem();
    l.common.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(l.timeout_s * 1000));
    take_headers(l, problem);
    auto const& get = *app.get_subcommand("get");
    if (get.count("--max-bytes"))
        l.get.limits.max_bytes = l.max_bytes;
    if (get.count("--max-redirects"))
        l.get.limits.max_redirects = l.max_redirects;
    if (get.count("--retry"))
        l.get.limits.retries = l.retries;
    if (get.count("--speed-limit"))
        l.get.limits.min_speed = l.min_speed;
    l.get.limits.connect_timeout =
        std::chrono::milliseconds(static_cast<std::int64_t>(l.connect_timeout_s * 1000));
    for (auto* print : {&l.get.print, &l.process.print}) {
        print->options = options_of(print->options_as_written, problem);
        if (print->details && print->outputs.empty())
            print->outputs = {"markdown"};
        if (print->json && print->details)
            problem = "--json prints all there is: leave out --details";
    }
    return problem;
}

}  // namespace

parsed_line parse_command_line(int argc, char const* const* argv) {
    CLI::App app("Fetches pages through a fetchd service and prints them as Markdown.", "fetchctl");
    line l;
    describe(app, l);
    parsed_line result;
    auto wrong = [&](std::string const& why) {
        result.code = exit_code::usage;
        result.text = why + ". Try: fetchctl --help";
        return result;
    };
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        if (e.get_exit_code() != 0)
            return wrong(e.what());
        std::ostringstream out;
        app.exit(e, out, out);
        result.text = out.str();
        return result;
    }
    command c{{}, {}};
    auto problem = finish(app, l);
    if (app.got_subcommand("job"))
        take_job(*app.get_subcommand("job"), l.job, c.what, problem);
    if (!problem.empty())
        return wrong(problem);
    c.common = l.common;
    if (app.got_subcommand("get"))
        c.what = l.get;
    else if (app.got_subcommand("process"))
        c.what = l.process;
    else if (app.got_subcommand("status"))
        c.what = l.status;
    result.to_do = std::move(c);
    return result;
}

}  // namespace fetchctl
