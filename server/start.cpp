#include "start.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/log.hpp"
#include "checked_apart.hpp"
#include "jobs/sqlite/check.hpp"
#include "service.hpp"
#include "worker/zygote.hpp"

extern char** environ;

namespace fetchd {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr std::size_t spare_descriptors = 256;  // listeners, workers, files
constexpr std::streamsize max_file = 1024 * 1024;

struct options {
    std::string file;
    std::vector<std::string> settings;  // "section.key=value"
    bool check = false;
    bool print_defaults = false;
    std::string folder;  // to be checked
};

// The file and the environment as they are now, under the flags as they were given.
config_sources read_sources(options const& o) {
    config_sources sources;
    for (auto** e = environ; *e; ++e) {
        std::string_view const entry(*e);
        auto const equals = entry.find('=');
        // FETCHD_URL is fetchctl's.
        if (entry.starts_with("FETCHD_") && equals != entry.npos && entry.substr(0, equals) != "FETCHD_URL")
            sources.environment.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
    }
    for (auto const& s : o.settings) {
        auto const equals = s.find('=');
        sources.flags.emplace_back(s.substr(0, equals), equals == s.npos ? "" : s.substr(equals + 1));
    }
    sources.file = o.file;
    return sources;
}

loaded_config load_shallow(options const& o) {
    auto sources = read_sources(o);
    if (o.file.empty())
        return load_config(sources);
    std::ifstream file(o.file);
    std::string text(static_cast<std::size_t>(max_file), '\0');
    file.read(text.data(), max_file);
    text.resize(static_cast<std::size_t>(file.gcount()));
    sources.file_text = std::move(text);
    auto loaded = load_config(sources);
    if (!file.is_open() || file.bad())
        loaded.problems.insert(loaded.problems.begin(), o.file + ": cannot be read");
    else if (!file.eof())
        loaded.problems.insert(loaded.problems.begin(), o.file + ": is larger than 1 MiB");
    return loaded;
}

// As many descriptors as we may have: every connection is one. Returns how many that are.
std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

// A client and an origin each: with fewer descriptors, connections fail before the limits refuse them.
void warn_of_few_descriptors(std::size_t have, config const& settings) {
    auto const need = 2 * settings.server.max_connections + spare_descriptors;
    if (have < need)
        log::line(log::level::warn, "few descriptors")
            .kv("limit", have)
            .kv("wanted", need)
            .kv("advice", "raise the hard limit (ulimit -n), or lower server.max_connections");
}

// Blocks of up to a few hundred KiB come and go with every body: kept, not given back to the kernel each
// time.
void settle_allocator() {
    ::mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
}

// With every problem that can be known before the service runs. at_start: before the zygote is forked.
loaded_config load(options const& o, bool at_start) {
    auto loaded = load_shallow(o);
    auto const add = [&loaded](std::vector<std::string> problems) {
        for (auto& p : problems)
            loaded.problems.push_back(std::move(p));
    };
    add(deeper_problems(loaded.values));
    auto const& net = loaded.values.net;
    if (net.ca_file.empty() && net.client_certificates.empty())
        return loaded;
    auto const check = [&loaded] { return tls_problems(loaded.values); };
    add(at_start ? checked_apart("net.ca_file, net.client_certificates", check) : check());
    return loaded;
}

std::optional<int> read_flags(int argc, char** argv, options& o) {
    CLI::App app("fetchd: URLs in, content out. An asynchronous HTTP fetcher service.", "fetchd");
    app.add_option("-c,--config", o.file, "Configuration file (TOML)");
    app.add_option("--set", o.settings, "One setting, as section.key=value; over file and environment")
        ->allow_extra_args(false);
    app.add_flag("--check-config", o.check, "Check the configuration and exit");
    app.add_flag("--print-default-config", o.print_defaults,
                 "Print every setting with its default and meaning");
    auto* const check = app.add_subcommand(
        "check",
        "Say what is damaged in a folder of jobs, while no service uses it; exit code 1 if anything is");
    check->add_option("FOLDER", o.folder, "The folder (jobs.folder)")->required();
    app.set_version_flag("--version", "fetchd " FETCHD_VERSION);
    app.footer(
        "Environment: FETCHD_SECTION_KEY, as FETCHD_LOG_LEVEL=debug or FETCHD_SERVER_LISTEN=0.0.0.0:8484.\n"
        "Signals: TERM drains and ends, a second one ends at once, HUP reloads the configuration.\n"
        "Exit codes: 0 after a drain, 1 stopped at once or could not start, 2 wrong flags or configuration.");
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        return app.exit(e) == 0 ? 0 : exit_usage;
    }
    return {};
}

// One line for each layer of the workers' sandbox that is missing. False: the service must not start so.
bool sandbox_suffices(worker::sandbox_report const& sandbox, bool required) {
    for (auto const l : worker::all_layers)
        if (required && !sandbox.has(l))
            std::fprintf(stderr, "fetchd: sandbox layer missing: %s: %s; advice: %s\n", name_of(l),
                         sandbox.cause(l).c_str(), advice_on(l));
    return !required || sandbox.complete();
}

void warn_of_missing_layers(worker::sandbox_report const& sandbox) {
    for (auto const l : worker::all_layers)
        if (!sandbox.has(l))
            log::line(log::level::warn, "sandbox layer missing")
                .kv("layer", name_of(l))
                .kv("cause", sandbox.cause(l))
                .kv("advice", advice_on(l));
}

int serve(config const& settings, options const& o, tasks::registry r) {
    // Before any thread, loop or TLS context exists (style: Fork).
    auto zygote = worker::start_zygote(settings.workers, r);
    if (!zygote) {
        std::fprintf(stderr, "fetchd: %s\n", zygote.error().message().c_str());
        return exit_failed;
    }
    if (!sandbox_suffices(zygote->sandbox(), settings.processing.require_sandbox))
        return exit_failed;
    settle_allocator();
    auto const descriptors = raise_descriptor_limit();
    log::start(log::parse_level(settings.log.level), log::parse_format(settings.log.format));
    warn_of_few_descriptors(descriptors, settings);
    warn_of_missing_layers(zygote->sandbox());
    int code = exit_failed;
    try {
        service s(settings, std::move(*zygote), r, [o] { return load(o, false); });
        if (auto const opened = s.open())
            code = s.run();
        else
            log::line(log::level::error, "cannot start").kv("cause", opened.error().detail);
        if (s.held_up()) {
            log::stop();
            std::_Exit(code);
        }
    } catch (std::exception const& e) {
        log::line(log::level::error, "cannot start").kv("cause", e.what());
    }
    log::stop();
    return code;
}

int check_folder(std::string const& folder) {
    auto const damage = jobs::check(folder);
    for (auto const& d : damage)
        std::fprintf(stderr, "fetchd: %s\n", d.c_str());
    if (damage.empty())
        std::printf("%s is whole\n", folder.c_str());
    return damage.empty() ? 0 : exit_failed;
}

}  // namespace

int start(int argc, char** argv, tasks::registry r) {
    options o;
    if (auto const done = read_flags(argc, argv, o))
        return *done;
    if (!o.folder.empty())
        return check_folder(o.folder);
    if (o.print_defaults) {
        std::fputs(default_config_text().c_str(), stdout);
        return 0;
    }
    auto const loaded = load(o, true);
    for (auto const& p : loaded.problems)
        std::fprintf(stderr, "fetchd: %s\n", p.c_str());
    if (!loaded.problems.empty())
        return exit_usage;
    if (o.check) {
        std::puts("the configuration is good");
        return 0;
    }
    return serve(loaded.values, o, r);
}

}  // namespace fetchd
