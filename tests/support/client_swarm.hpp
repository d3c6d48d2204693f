// Thousands of clients at once, on one thread: each opens a connection, sends the same request, reads the
// answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/patience.hpp"

namespace fetchd::test {

struct swarm_options {
    std::uint16_t port = 0;
    std::size_t clients = 1;
    std::string target = "/";
    milliseconds deadline = patience();
    std::function<void()> all_sent;  // called once, when every client has sent its request
};

struct swarm_result {
    std::map<int, std::size_t> statuses;  // of complete answers
    std::size_t failed = 0;               // refused, cut, malformed
    std::size_t unanswered = 0;           // at the deadline
    std::uint64_t body_bytes = 0;
    std::vector<milliseconds> latencies;  // sorted; from connect to the last byte
    milliseconds elapsed{0};
};

// Answers must have a content-length. Raises the soft descriptor limit of the process.
swarm_result run_swarm(swarm_options const&);

}  // namespace fetchd::test
