// An origin for thousands of connections: one thread, one epoll, every request answered after its delay.
//
// For load tests and benchmarks; for exact bytes at exact moments see scripted_origin. Keeps connections
// alive and answers pipelined requests in order. Knows requests without a body or with a content-length;
// anything else ends the connection. Needs no test framework.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "support/patience.hpp"

namespace fetchd::test {

struct slow_answer {
    std::string bytes;  // head and body; for HEAD the origin sends the head only
    milliseconds delay{0};
    bool close = false;
};

struct slow_request {
    std::string_view method;
    std::string_view target;
    std::string_view head;  // all of it, without the empty line
};

struct slow_origin_options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    milliseconds delay{0};
    std::string body = "slow\n";
    std::string content_type = "text/plain";
    // Instead of the fixed answer. Called on the origin's thread; must not block.
    std::function<slow_answer(slow_request const&)> choose;
};

struct slow_origin_counts {
    std::size_t opened = 0;
    std::size_t open = 0;
    std::size_t most_open = 0;
    std::uint64_t requests = 0;
    std::uint64_t answered = 0;
};

class slow_origin {
  public:
    // Raises the soft descriptor limit of the process to the hard one. Throws std::system_error.
    explicit slow_origin(slow_origin_options options = {});
    ~slow_origin();
    slow_origin(slow_origin const&) = delete;
    slow_origin& operator=(slow_origin const&) = delete;

    std::uint16_t port() const;
    std::string url(std::string_view target = "/") const;
    slow_origin_counts counts() const;
    bool wait_until(std::function<bool(slow_origin_counts const&)> predicate,
                    milliseconds deadline = patience());

  private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

// "HTTP/1.1 200 OK", content-type, content-length, body.
std::string whole_answer(std::string_view content_type, std::string_view body);

}  // namespace fetchd::test
