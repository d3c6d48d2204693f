// What service tests ask the service, and how they look into its answers.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "support/fetchd_process.hpp"
#include "support/http_client.hpp"

namespace fetchd::test {

testing::AssertionResult contains(std::string_view text, std::string_view part);

// A JSON document. Where it cannot be parsed, every place in it is "not JSON".
class document {
  public:
    explicit document(std::string const& text);
    ~document();
    document(document&&) noexcept;
    document& operator=(document&&) noexcept;

    // What a JSON pointer leads to: texts as they are, anything else as JSON; "absent" where nothing is.
    std::string operator[](std::string_view pointer) const;
    std::size_t size(std::string_view pointer) const;  // of an array
    double number(std::string_view pointer) const;     // -1 where there is none
    // "ok", or stage and code of the error or problem: "head.timeout".
    std::string outcome() const;

  private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

std::string raw_target(std::string_view url, std::string_view more = {});  // more: "&timeout_ms=9"
std::string read_target(std::string_view url, std::string_view more = {});
std::string fetch_body(std::string_view url, std::string_view more = {});  // more: ",\"timeout_ms\":9"

// POST /v1/fetch; fails the test when the answer is not 200 with a document.
document fetch(fetchd_process const&, std::string_view url, std::string_view more = {});
// GET /v1/read with the whole result document.
document read(fetchd_process const&, std::string_view url, std::string_view more = {});
document process(fetchd_process const&, std::string_view output, std::string_view body,
                 std::string_view content_type = "text/html");

// On a thread of its own.
std::future<answer> later(fetchd_process const&, std::string method, std::string target,
                          std::string body = {});
std::future<answer> get_later(fetchd_process const&, std::string target);
std::future<answer> fetch_later(fetchd_process const&, std::string_view url, std::string_view more = {});

// A line of /metrics by its whole name, labels included; -1 where there is none. Asked on a connection of its
// own, or on this one.
double metric(fetchd_process const&, std::string_view name);
double metric(http_client&, std::string_view name);
// Asks again and again; at the deadline the test fails.
bool wait_for_metric(fetchd_process const&, std::string_view name, double value,
                     milliseconds deadline = patience());
bool wait_for_metric(http_client&, std::string_view name, double value, milliseconds deadline = patience());

bool wait_ready(fetchd_process const&);  // until /readyz says so: it listens before its workers are there

// How much longer than usual things may take here: FETCHD_TEST_SLOWNESS, or what a sanitizer costs.
double slowness();
milliseconds slow(milliseconds usual);
bool long_tests();  // FETCHD_LONG_TESTS=1

// Holds names that begin with "held" in the faulty binary's resolver, until it is opened. Give it to the
// service before it starts; open it before the service ends.
class names_gate {
  public:
    names_gate();
    ~names_gate();
    names_gate(names_gate const&) = delete;
    names_gate& operator=(names_gate const&) = delete;
    std::pair<std::string, std::string> variable() const { return {"NAMES_GATE", path_}; }
    void open();

  private:
    std::string folder_;
    std::string path_;
    int writer_ = -1;
};

process_options with(std::string config);
// The faulty binary.
process_options faulty(std::string config, std::vector<std::pair<std::string, std::string>> environment = {});

}  // namespace fetchd::test
