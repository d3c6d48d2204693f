#include "service/error_rows.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>

namespace fetchd::test {
namespace {

bool writing() {
    return std::getenv("FETCHD_WRITE_GOLDEN") != nullptr;
}

bool is_number(std::string const& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// Outputs are a list.
std::string json_value(std::string const& name, std::string const& value) {
    if (is_number(value))
        return value;
    return name == "output" ? "[\"" + value + "\"]" : "\"" + value + "\"";
}

std::string without_ports(std::string const& message) {
    static std::regex const port("(port |[0-9]:)[0-9]{2,5}\\b");
    return std::regex_replace(message, port, "$1N");
}

std::string quoted(std::string const& text) {
    std::string out = "\"";
    for (char const c : text)
        (c == '"' || c == '\\' ? out += '\\' : out) += c;
    return out + '"';
}

// The whole object, so that nothing else is in it.
std::string error_object(document const& d, std::string const& place) {
    return "{\"stage\":" + quoted(d[place + "/stage"]) + ",\"code\":" + quoted(d[place + "/code"]) +
           ",\"message\":" + quoted(d[place + "/message"]) + ",\"retryable\":" + d[place + "/retryable"] +
           "}";
}

row_key row_of(std::string_view line) {
    auto const first = line.find(' ');
    auto const second = line.find(' ', first + 1);
    if (second == line.npos)
        return {};
    return {std::string(line.substr(0, first)), std::string(line.substr(first + 1, second - first - 1))};
}

row_key row_of(failure_kind const& kind) {
    return {std::string(name(kind.where)), std::string(name(kind.what))};
}

failure_kind const& kind_of(stage where, code what) {
    return failure(where, what).kind();
}

bool only_in_units(row_key const& row) {
    auto const all = unit_rows();
    return std::ranges::any_of(all,
                               [&](auto const& u) { return u.stage == row.first && u.code == row.second; });
}

// As the table has it, for those nobody is told of.
std::string untold(failure_kind const& kind) {
    auto const row = row_of(kind);
    bool const retryable = failure(kind.where, kind.what).retryable();
    return row.first + " " + row.second + " - " + (retryable ? "true " : "false ") +
           std::string(kind.sentence);
}

// Lines of rows that are no more go, those of other stages stay.
void write_golden(std::map<row_key, std::string> lines) {
    std::ofstream file(golden_path());
    for (auto const& kind : all_failure_kinds())
        if (auto const& line = only_in_units(row_of(kind)) ? untold(kind) : lines[row_of(kind)];
            !line.empty())
            file << line << "\n";
}

}  // namespace

std::string question::json() const {
    std::string more;
    for (auto const& [name, value] : options) {
        auto const dot = name.find('.');
        if (dot == name.npos)
            more += ",\"" + name + "\":" + json_value(name, value);
        else  // "jq.filter"
            more += ",\"options\":{\"" + name.substr(0, dot) + "\":{\"" + name.substr(dot + 1) +
                    "\":" + json_value(name, value) + "}}";
    }
    return fetch_body(url, more);
}

std::string question::target() const {
    std::string more;
    for (auto const& [name, value] : options)
        more += "&" + name + "=" + percent_encode(value);
    return read_target(url, more);
}

answers ask_both(fetchd_process const& service, question const& q) {
    return {later(service, "POST", "/v1/fetch", q.json()), get_later(service, q.target())};
}

std::vector<unit_row> unit_rows() {
    return {
        {"request", "failed", "no error but a reset can be made on the loopback while it is written",
         "/tests/unit/net/exchange_test.cpp", "TEST(IoFailure, OfARequest)"},
        {"admission", "timeout", "a result of a job", "/tests/unit/jobs/scheduler_test.cpp",
         "TEST_F(Scheduler, ItemsAfterTheDeadlineFailWithoutBeingFetched)"},
        {"admission", "held", "a job's item is tried again instead",
         "/tests/unit/jobs/polite_gate_redirect_test.cpp",
         "TEST_F(PoliteGate, ARedirectThatMayNotBeFollowedInTimeSaysWhen)"},
        {"connect", "circuit_open", "a result of a job, not an answer",
         "/tests/service/job_politeness_test.cpp", "TEST_F(JobPoliteness, ItemsOfAHostThatIsDownEnd)"},
        {"robots", "refused", "a result of a job, not an answer", "/tests/service/job_politeness_test.cpp",
         "TEST_F(JobPoliteness, WhatRobotsTxtForbidsIsSkipped)"},
        {"robots", "unreachable", "a result of a job, after half an hour",
         "/tests/unit/jobs/polite_gate_test.cpp",
         "TEST_F(PoliteGate, SkipsWhereRobotsTxtCannotBeHadForLong)"},
        {"store", "corrupt", "a part of a result", "/tests/unit/jobs/store_results_test.cpp",
         "TEST_F(Results, ADamagedObjectIsReportedAndNeverServed)"},
        {"store", "failed", "no disk fails here", "/tests/unit/jobs/store_fault_test.cpp",
         "TEST_P(StoreFaults, LoseNothingAcknowledgedAndKeepNothingRefused)"},
        {"store", "overloaded", "the disk is faster than one client",
         "/tests/unit/jobs/store_sharing_test.cpp", "TEST_F(Store, AFullQueueRefusesAtOnce)"},
        {"store", "too_large", "its detail is how much room is left", "/tests/unit/jobs/store_fault_test.cpp",
         "TEST(StoreRoom, IsKeptForResults)"}};
}

std::string golden_path() {
    return FETCHD_SOURCE_DIR "/tests/service/errors.golden";
}

std::map<row_key, std::string> golden_lines() {
    std::map<row_key, std::string> lines;
    std::ifstream file(golden_path());
    for (std::string line; std::getline(file, line);)
        lines[row_of(line)] = line;
    return lines;
}

stage_rows::stage_rows(stage where) : stage_(where), golden_(golden_lines()) {}

void stage_rows::ask(fetchd_process const& service, code what, question const& q) {
    SCOPED_TRACE(q.target());
    expect(what, ask_both(service, q));
}

void stage_rows::expect(code what, answers both) {
    auto const whole = both.whole.get();
    expect(what, whole, both.plain.get());
}

// What is wrong with the request itself, or with its moment, is a problem both ways.
void stage_rows::expect(code what, answer const& whole, answer const& plain) {
    expect_plain(what, plain);
    if (whole.status == 200)
        expect_whole(what, whole);
    else
        expect_plain(what, whole);
}

void stage_rows::expect_whole(code what, answer const& got) {
    EXPECT_EQ(got.status, 200) << got.body;
    document const d(got.body);
    EXPECT_EQ(d["/outcome"], "failed");
    EXPECT_EQ(d["/output"], "absent");
    EXPECT_EQ(d["/error"], error_object(d, "/error"));
    auto const told = seen_.find(what);
    auto const status = told == seen_.end() ? "-" : std::to_string(kind_of(stage_, what).status);
    see(what, status, d, "/error", "/message");
}

void stage_rows::expect_plain(code what, answer const& got) {
    document const d(got.body);
    EXPECT_EQ(got.header("content-type"), "application/problem+json");
    EXPECT_EQ(d["/type"], "about:blank");
    EXPECT_EQ(d["/title"], got.reason);
    EXPECT_EQ(d["/status"], std::to_string(got.status));
    EXPECT_EQ(got.header("retry-after").has_value(), got.status == 503);
    see(what, std::to_string(got.status), d, "", "/detail");
}

void stage_rows::expect_cancelled(fetchd_process& service) {
    auto const where = std::string(name(stage_));
    EXPECT_TRUE(wait_for_metric(
        service, "fetchd_fetches_total{outcome=\"failed\",stage=\"" + where + "\",code=\"cancelled\"}", 1));
    EXPECT_TRUE(service.wait_for_log("stage=" + where + " code=cancelled advice=cancelled"));
    see(code::cancelled, untold(kind_of(stage_, code::cancelled)));
}

void stage_rows::see(code what, std::string const& status, document const& d, std::string_view place,
                     std::string_view message) {
    auto const at = std::string(place);
    see(what, d[at + "/stage"] + " " + d[at + "/code"] + " " + status + " " + d[at + "/retryable"] + " " +
                  without_ports(d[at + std::string(message)]));
}

void stage_rows::see(code what, std::string line) {
    auto const row = row_of(kind_of(stage_, what));
    EXPECT_EQ(row_of(line), row) << line;
    auto const [first, fresh] = seen_.emplace(what, line);
    EXPECT_EQ(first->second, line) << "told one way, and told another";
    if (!fresh || writing())
        return;
    auto const golden = golden_.find(row);
    EXPECT_EQ(line, golden == golden_.end() ? "absent from " + golden_path() : golden->second);
}

void stage_rows::done() const {
    auto lines = golden_lines();
    for (auto const& kind : all_failure_kinds()) {
        if (kind.where != stage_ || only_in_units(row_of(kind)))
            continue;
        auto const seen = seen_.find(kind.what);
        EXPECT_NE(seen, seen_.end()) << name(kind.where) << "." << name(kind.what) << " has no test";
        if (seen != seen_.end())
            lines[row_of(kind)] = seen->second;
    }
    if (writing())
        write_golden(std::move(lines));
}

}  // namespace fetchd::test
