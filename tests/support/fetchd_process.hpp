// The real binary as a child process, with a configuration of the test's own.
//
// Started on a free port of 127.0.0.1 with loopback allowed to be fetched and nothing retried, unless the
// configuration says otherwise. The destructor ends it and its workers by pid, and fails the test when it
// ended badly, when a sanitizer spoke, or when processes were left; when the test has failed its log is
// printed. Start it on the thread that runs the test: the kernel kills it when that thread ends.
//
//   fetchd_process service{{.config = "[fetch]\ntotal_timeout = \"2s\"\n"}};
//   auto page = get(service.port(), "/v1/read?url=" + percent_encode(origin.url("/page")));
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/patience.hpp"
#include "support/process_tree.hpp"

namespace fetchd::test {

struct process_options {
    std::string config;                  // TOML
    std::vector<std::string> arguments;  // after --config FILE
    std::vector<std::pair<std::string, std::string>>
        environment;     // beside ours; our FETCHD_* are not passed on
    std::string binary;  // empty: $FETCHD_BINARY, or bin/fetchd of this build
    bool wait_listening = true;
    milliseconds children_end_within{5000};  // of the service's own end, or the test fails
    bool expect_clean = true;                // an abnormal end or a nonzero exit code fails the test
};

class fetchd_process {
  public:
    explicit fetchd_process(process_options options = {});
    ~fetchd_process();
    fetchd_process(fetchd_process const&) = delete;
    fetchd_process& operator=(fetchd_process const&) = delete;

    pid_t pid() const;
    std::uint16_t port() const;                  // of the first listener; 0 when it never listened
    std::string base_url() const;                // http://127.0.0.1:PORT
    std::string folder() const;                  // temporary, removed with the object
    void write_config(std::string const& toml);  // completed as at the start; for signal(SIGHUP)

    std::string log() const;     // stderr so far
    std::string output() const;  // stdout so far
    std::size_t count_log(std::string_view text) const;
    bool wait_for_log(std::string_view text, std::size_t times = 1, milliseconds deadline = patience());

    void signal(int number) const;
    // The exit code, or 128 + signal. Fails the test when it does not end in time.
    std::optional<int> wait_exit(milliseconds deadline = patience());
    bool running() const;

    std::size_t descriptors() const { return open_descriptors(pid()); }
    std::size_t resident() const { return resident_bytes(pid()); }
    std::vector<process_info> children() const { return descendants(pid()); }
    std::vector<process_info> workers() const;   // comm fetchd-worker
    std::optional<process_info> zygote() const;  // comm fetchd-zygote

  private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

// Where this build puts a program: built_program("fetchd-faulty"), for process_options::binary or
// child_process.
std::string built_program(std::string const& name);

// The text with server.listen = 127.0.0.1:0, egress.allow = loopback and fetch.retries = 0 added where it
// does not set them.
std::string completed_config(std::string toml);

}  // namespace fetchd::test
