// What a service answers about jobs, and fetchctl run against it.
#pragma once

#include <atomic>

#include "unit/client/run_fetchctl.hpp"
#include "unit/client/scripted_service.hpp"

namespace fetchctl_test {

constexpr auto json = "application/json";
constexpr auto ndjson = "application/x-ndjson";
constexpr auto problem_json = "application/problem+json";
constexpr auto finished = "Fetchd-Job-State: finished\r\n";

inline std::string job(std::string const& id, std::string const& state, int accepted, int succeeded,
                       int failed) {
    auto n = [](int i) { return std::to_string(i); };
    return R"({"id":")" + id + R"(","state":")" + state + R"(","counts":{"accepted":)" + n(accepted) +
           R"(,"queued":)" + n(accepted - succeeded - failed) + R"(,"succeeded":)" + n(succeeded) +
           R"(,"failed":)" + n(failed) + R"(},"first_seq":1,"last_seq":)" + n(succeeded + failed) + "}";
}

inline std::string line(int seq) {
    return "{\"seq\":" + std::to_string(seq) + ",\"url\":\"http://a/\"}\n";
}

inline std::string end(bool over, int next) {
    return std::string("{\"end\":") + (over ? "true" : "false") + ",\"next\":" + std::to_string(next) +
           ",\"job\":" + job("j-1", over ? "finished" : "active", 3, 3, 0) + "}\n";
}

// The answer, its connection broken after so many bytes of the body.
inline std::string broken(std::string const& body, std::size_t after, std::string const& more_headers = "") {
    auto whole = reply(200, ndjson, body, more_headers);
    return whole.substr(0, whole.size() - body.size() + after);
}

inline std::string key_of(request const& r) {
    auto const at = r.head.find("Idempotency-Key: ");
    return r.head.substr(at, r.head.find("\r\n", at) - at);
}

inline std::vector<std::string> targets(scripted_service const& service) {
    std::vector<std::string> all;
    for (auto const& r : service.seen())
        all.push_back(r.target);
    return all;
}

// Gives the next of these for each request, the last one for all that come after.
inline scripted_service in_turn(std::vector<std::string> answers) {
    auto turn = std::make_shared<std::atomic<std::size_t>>(0);
    return scripted_service([turn, answers = std::move(answers)](request const&) {
        return answers[std::min(turn->fetch_add(1), answers.size() - 1)];
    });
}

inline run_result run(scripted_service const& service, std::vector<std::string> arguments,
                      run_options options = {}) {
    options.environment.push_back("FETCHD_URL=" + service.url());
    arguments.insert(arguments.begin(), "job");
    return run_fetchctl(std::move(arguments), std::move(options));
}

}  // namespace fetchctl_test
