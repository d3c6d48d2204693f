#include "support/fetchd_process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/child_process.hpp"
#include "support/socket.hpp"

extern char** environ;

namespace fetchd::test {
namespace {

std::string binary_path(std::string const& asked) {
    if (!asked.empty())
        return asked;
    char const* given = std::getenv("FETCHD_BINARY");
    return given ? given : built_program("fetchd");
}

std::vector<std::string> environment_with(std::vector<std::pair<std::string, std::string>> const& more) {
    std::vector<std::string> out;
    for (char** each = environ; *each; ++each)
        if (!std::string_view(*each).starts_with("FETCHD_"))
            out.emplace_back(*each);
    for (auto const& [name, value] : more)
        out.push_back(name + "=" + value);
    return out;
}

std::size_t occurrences(std::string_view in, std::string_view text) {
    std::size_t n = 0;
    for (auto at = in.find(text); at != in.npos; at = in.find(text, at + text.size()))
        ++n;
    return n;
}

// Of the first whole line that says it listens, in either log format.
std::uint16_t listening_port(std::string_view log) {
    for (std::string_view const key : {"listening address=", "\"event\":\"listening\",\"address\":"}) {
        auto const at = log.find(key);
        auto const end = at == log.npos ? at : log.find('\n', at);
        if (end == log.npos)
            continue;
        auto const line = log.substr(at + key.size(), end - at - key.size());
        auto const address = line.substr(0, line.find_first_of(" ,}", 1));
        auto const colon = address.rfind(':');
        if (colon != address.npos)
            return static_cast<std::uint16_t>(std::strtoul(address.data() + colon + 1, nullptr, 10));
    }
    return 0;
}

char const* sanitizer_word(std::string_view log) {
    for (char const* word :
         {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", ": runtime error: "})
        if (log.find(word) != log.npos)
            return word;
    return nullptr;
}

// The process is not our child, so only a pidfd can say when it ends.
bool wait_gone(process_info const& who, test_clock::time_point until) {
    int const pidfd = static_cast<int>(syscall(SYS_pidfd_open, who.pid, 0));
    if (pidfd < 0)
        return true;
    bool gone = !still_there(who);
    if (!gone) {
        auto const left = std::chrono::ceil<milliseconds>(until - test_clock::now()).count();
        pollfd on{pidfd, POLLIN, 0};
        gone = ::poll(&on, 1, static_cast<int>(std::max<std::int64_t>(0, left))) == 1 || !still_there(who);
    }
    ::close(pidfd);
    return gone;
}

// Where a section's header line ends, or nothing. Text only: the configuration may be wrong on purpose.
std::optional<std::size_t> section_start(std::string const& toml, std::string const& name) {
    auto const header = "[" + name + "]";
    for (auto at = toml.find(header); at != toml.npos; at = toml.find(header, at + 1))
        if (at == 0 || toml[at - 1] == '\n')
            return std::min(toml.size(), toml.find('\n', at));
    return {};
}

void add_unless_set(std::string& toml, std::string const& section, std::string const& key,
                    std::string const& value) {
    if (toml.find(section + "." + key) != toml.npos)
        return;
    auto const start = section_start(toml, section);
    if (!start) {
        toml += "\n[" + section + "]\n" + key + " = " + value + "\n";
        return;
    }
    auto const body = std::string_view(toml).substr(*start, toml.find("\n[", *start) - *start);
    if (body.find("\n" + key + " ") == body.npos && body.find("\n" + key + "=") == body.npos)
        toml.insert(*start, "\n" + key + " = " + value);
}

}  // namespace

std::string built_program(std::string const& name) {
    return std::string(FETCHD_PROGRAMS) + "/" + name;
}

std::string completed_config(std::string toml) {
    add_unless_set(toml, "server", "listen", "[\"127.0.0.1:0\"]");
    add_unless_set(toml, "fetch", "retries", "0");
    add_unless_set(toml, "egress", "allow", "[\"127.0.0.0/8\", \"::1/128\"]");
    return toml;
}

struct fetchd_process::inner {
    process_options options;
    std::string folder;
    std::unique_ptr<child_process> child;
    std::uint16_t port = 0;
    std::vector<process_info> family;  // every child seen so far

    explicit inner(process_options given) : options(std::move(given)) {
        char path[] = "/tmp/fetchd-test-XXXXXX";
        if (!mkdtemp(path))
            throw_errno("mkdtemp");
        folder = path;
    }
    ~inner() {
        child.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    std::string config_file() const { return folder + "/fetchd.toml"; }
    void write_config(std::string const& toml) const {
        // By rename, so that a reload never reads half of it.
        std::ofstream(config_file() + ".new") << completed_config(toml);
        std::filesystem::rename(config_file() + ".new", config_file());
    }
    void remember_family() {
        for (auto const& each : descendants(child->pid())) {
            auto const same = [&](auto const& known) {
                return known.pid == each.pid && known.started == each.started;
            };
            if (std::none_of(family.begin(), family.end(), same))
                family.push_back(each);
        }
    }
    void end();
    void check_end();
    void check_family();
};

// TERM, then TERM again (which asks for an end at once), then KILL.
void fetchd_process::inner::end() {
    if (!child->running())
        return;
    remember_family();
    for (int const number : {SIGTERM, SIGTERM}) {
        child->signal(number);
        if (child->wait_exit(milliseconds{3000}))
            return;
    }
    ADD_FAILURE() << "fetchd did not end after two SIGTERM";
    child->signal(SIGKILL);
    child->wait_exit(patience());
}

void fetchd_process::inner::check_end() {
    auto const code = child->wait_exit(patience());
    if (options.expect_clean && code != 0)
        ADD_FAILURE() << "fetchd ended with " << (code ? std::to_string(*code) : std::string("nothing"));
    if (char const* word = sanitizer_word(child->errors()))
        ADD_FAILURE() << "fetchd's log says " << word;
}

void fetchd_process::inner::check_family() {
    auto const until = test_clock::now() + options.children_end_within;
    for (auto const& each : family)
        if (!wait_gone(each, until)) {
            ADD_FAILURE() << "fetchd left " << each.name << " pid " << each.pid;
            ::kill(each.pid, SIGKILL);
        }
}

fetchd_process::fetchd_process(process_options options)
    : inner_(std::make_unique<inner>(std::move(options))) {
    ignore_broken_pipes();
    auto& in = *inner_;
    in.write_config(in.options.config);
    std::vector<std::string> arguments{binary_path(in.options.binary), "--config", in.config_file()};
    arguments.insert(arguments.end(), in.options.arguments.begin(), in.options.arguments.end());
    in.child = std::make_unique<child_process>(arguments, environment_with(in.options.environment));
    if (!in.options.wait_listening)
        return;
    auto const listens = [&in](std::string const& log) { return (in.port = listening_port(log)) != 0; };
    if (!in.child->wait_errors(listens, patience()))
        ADD_FAILURE() << arguments[0] << " does not listen";
    else
        in.remember_family();
}

fetchd_process::~fetchd_process() {
    inner_->end();
    inner_->check_end();
    inner_->check_family();
    if (testing::Test::HasFailure())
        std::cerr << "--- fetchd's log\n" << inner_->child->errors() << "--- end of fetchd's log\n";
}

pid_t fetchd_process::pid() const {
    return inner_->child->pid();
}

std::uint16_t fetchd_process::port() const {
    if (inner_->port == 0)
        inner_->port = listening_port(log());
    return inner_->port;
}

std::string fetchd_process::base_url() const {
    return "http://127.0.0.1:" + std::to_string(port());
}

std::string fetchd_process::folder() const {
    return inner_->folder;
}

void fetchd_process::write_config(std::string const& toml) {
    inner_->write_config(toml);
}

std::string fetchd_process::log() const {
    return inner_->child->errors();
}

std::string fetchd_process::output() const {
    return inner_->child->output();
}

std::size_t fetchd_process::count_log(std::string_view text) const {
    return occurrences(log(), text);
}

bool fetchd_process::wait_for_log(std::string_view text, std::size_t times, milliseconds deadline) {
    auto const said = [&](std::string const& log) { return occurrences(log, text) >= times; };
    if (inner_->child->wait_errors(said, deadline))
        return true;
    ADD_FAILURE() << "fetchd did not log \"" << text << "\" " << times << " times";
    return false;
}

void fetchd_process::signal(int number) const {
    inner_->remember_family();
    inner_->child->signal(number);
}

std::optional<int> fetchd_process::wait_exit(milliseconds deadline) {
    if (running())
        inner_->remember_family();
    auto const code = inner_->child->wait_exit(deadline);
    if (!code)
        ADD_FAILURE() << "fetchd did not end within " << deadline.count() << " ms";
    return code;
}

bool fetchd_process::running() const {
    return inner_->child->running();
}

std::vector<process_info> fetchd_process::workers() const {
    auto all = children();
    std::erase_if(all, [](auto const& each) { return each.name != "fetchd-worker"; });
    return all;
}

std::optional<process_info> fetchd_process::zygote() const {
    for (auto const& each : children())
        if (each.name == "fetchd-zygote")
            return each;
    return {};
}

}  // namespace fetchd::test
