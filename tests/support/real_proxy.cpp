#include "support/real_proxy.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/child_process.hpp"
#include "support/http_client.hpp"
#include "support/socket.hpp"

namespace fetchd::test {
namespace {

struct account {
    std::string user;
    std::string password;
    bool wanted() const { return !user.empty(); }
};

std::string path_of(proxy_program which) {
    switch (which) {
        case proxy_program::tinyproxy:
            return "/usr/bin/tinyproxy";
        case proxy_program::squid:
            return "/usr/sbin/squid";
        case proxy_program::microsocks:
            return "/usr/bin/microsocks";
        case proxy_program::dante:
            return "/usr/sbin/danted";
    }
    return {};
}

std::string write_file(std::string const& path, std::string const& text) {
    std::ofstream(path) << text;
    return path;
}

std::string tinyproxy_config(std::string const& port, account const& who) {
    std::string text = "Listen 127.0.0.1\nPort " + port + "\nAllow 127.0.0.1\nMaxClients 100\nTimeout 60\n" +
                       "LogLevel Connect\n";
    if (who.wanted())
        text += "BasicAuth " + who.user + " " + who.password + "\n";
    return text;
}

// Started by root it becomes another user, who must be able to read the passwords.
std::string squid_config(std::string const& port, std::string const& folder, account const& who) {
    std::string text = "http_port 127.0.0.1:" + port + "\npid_filename " + folder + "/pid\n" +
                       "access_log none\ncache_log /dev/null\ncache deny all\nshutdown_lifetime 0 seconds\n" +
                       "max_filedescriptors 1024\npinger_enable off\ncoredump_dir " + folder + "\n";
    if (!who.wanted())
        return text + "http_access allow all\n";
    ::chmod(folder.c_str(), 0755);
    auto const passwords = write_file(folder + "/passwords", who.user + ":" + who.password + "\n");
    auto const check = write_file(folder + "/check",
                                  "#!/bin/sh\n# Asked \"user password\" a line, percent-encoded.\n"
                                  "while read -r user password; do\n"
                                  "    if grep -qxF \"$user:$password\" " +
                                      passwords + "; then echo OK; else echo ERR; fi\ndone\n");
    ::chmod(check.c_str(), 0755);
    return text + "auth_param basic program " + check + "\nauth_param basic children 1 startup=1 idle=1\n" +
           "acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n";
}

// Of its shared memory, which it makes in any case and leaves behind when it is killed.
std::string squid_name(std::uint16_t port) {
    return "fetchdtest" + std::to_string(port);
}

void remove_squid_memory(std::uint16_t port) {
    for (auto const* const part : {"metadata", "queues", "readers"})
        ::shm_unlink(("/" + squid_name(port) + "-cf__" + part + ".shm").c_str());
}

std::string dante_config(std::string const& port) {
    return "logoutput: stderr\ninternal: 127.0.0.1 port = " + port +
           "\nexternal: 127.0.0.1\nclientmethod: none\nsocksmethod: none\n"
           "client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\n"
           "socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect\n  log: connect error }\n";
}

std::vector<std::string> command(proxy_program which, std::uint16_t number, std::string const& folder,
                                 account const& who) {
    auto const path = path_of(which);
    auto const port = std::to_string(number);
    auto const config = folder + "/config";
    switch (which) {
        case proxy_program::tinyproxy:
            return {path, "-d", "-c", write_file(config, tinyproxy_config(port, who))};
        case proxy_program::squid:
            return {path, "-N",
                    "-n", squid_name(number),
                    "-f", write_file(config, squid_config(port, folder, who))};
        case proxy_program::dante:
            return {path, "-f", write_file(config, dante_config(port)), "-p", folder + "/pid"};
        case proxy_program::microsocks:
            break;
    }
    if (!who.wanted())
        return {path, "-i", "127.0.0.1", "-p", port};
    return {path, "-i", "127.0.0.1", "-p", port, "-u", who.user, "-P", who.password};
}

// Free a moment ago: none of these programs can be told to choose one and say which.
std::uint16_t free_port() {
    int const socket = bound_socket(make_endpoint("127.0.0.1", 0));
    auto const port = local_endpoint(socket).port();
    ::close(socket);
    return port;
}

}  // namespace

std::string_view name(proxy_program which) {
    constexpr std::string_view names[] = {"tinyproxy", "squid", "microsocks", "dante"};
    return names[static_cast<std::size_t>(which)];
}

void PrintTo(proxy_program which, std::ostream* out) {
    *out << name(which);
}

bool speaks_socks(proxy_program which) {
    return which == proxy_program::microsocks || which == proxy_program::dante;
}

bool takes_credentials(proxy_program which) {
    return which != proxy_program::dante;
}

struct real_proxy::inner {
    proxy_program which;
    account who;
    std::string folder;
    std::uint16_t port = 0;
    std::unique_ptr<child_process> child;

    inner(proxy_program program, account asked) : which(program), who(std::move(asked)) {
        char path[] = "/tmp/fetchd-proxy-XXXXXX";
        if (!::mkdtemp(path))
            throw_errno("mkdtemp");
        folder = path;
    }
    ~inner() {
        stop();
        child.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    // Dante is a family of processes that its first one ends; squid takes two seconds to say goodbye.
    void stop() {
        if (!child)
            return;
        child->signal(which == proxy_program::dante ? SIGTERM : SIGKILL);
        child->wait_exit(patience());
        if (which == proxy_program::squid)
            remove_squid_memory(port);
        // The last of Dante's processes may outlive its first one for a moment, and they all listen.
        auto const until = test_clock::now() + patience();
        while (http_client(port).connected() && test_clock::now() < until)
            ::poll(nullptr, 0, 1);
    }

    // False when it ended instead: somebody else has the port by now.
    bool start() {
        port = free_port();
        child = std::make_unique<child_process>(command(which, port, folder, who),
                                                std::vector<std::string>{"PATH=/usr/bin:/bin"});
        auto const until = test_clock::now() + patience();
        while (test_clock::now() < until) {
            if (child->wait_exit(milliseconds{5}))
                return false;
            if (http_client(port).connected())
                return child->running();
        }
        return false;
    }
};

real_proxy::real_proxy(proxy_program which, std::string user, std::string password)
    : inner_(std::make_unique<inner>(which, account{std::move(user), std::move(password)})) {
    for (int tries = 0; tries < 3; ++tries)
        if (inner_->start())
            return;
    throw std::runtime_error(std::string(name(which)) + " does not listen: " + log());
}

real_proxy::~real_proxy() = default;

bool real_proxy::installed(proxy_program which) {
    return ::access(path_of(which).c_str(), X_OK) == 0;
}

std::uint16_t real_proxy::port() const {
    return inner_->port;
}

std::string real_proxy::text() const {
    return (speaks_socks(inner_->which) ? "socks5://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(port());
}

std::string real_proxy::url() const {
    return inner_->who.wanted() ? url_as(inner_->who.user, inner_->who.password) : text();
}

std::string real_proxy::url_as(std::string_view user, std::string_view password) const {
    auto url = text();
    return url.insert(url.find("//") + 2, percent_encode(user) + ":" + percent_encode(password) + "@");
}

std::string real_proxy::log() const {
    return inner_->child->output() + inner_->child->errors();
}

bool real_proxy::wait_for_log(std::string_view text) {
    auto const has = [&](std::string const& all) { return all.find(text) != all.npos; };
    // Each program uses one of its streams, and the other one says nothing.
    bool const on_output = inner_->which == proxy_program::tinyproxy;
    return on_output ? inner_->child->wait_output(has, patience())
                     : inner_->child->wait_errors(has, patience());
}

void real_proxy::stop() {
    inner_->stop();
}

}  // namespace fetchd::test
