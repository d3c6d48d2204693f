// Calls of the service whose answer is held in memory. Private to the library.
#pragma once

#include "library/problem.hpp"
#include "library/transport.hpp"

namespace fetchd {
inline namespace client_v1 {

constexpr std::size_t max_problem = 64 * 1024;

struct whole_answer {
    incoming head;
    std::string body;

    bool good() const { return head.status >= 200 && head.status <= 299; }
};

// At most client_options::max_answer bytes.
answer<whole_answer> ask(transport&, outgoing const&);

client_error refusal_of(whole_answer const&);
client_error too_large(std::size_t limit);

struct client::state {
    explicit state(client_options options) : service(std::move(options)) {}
    transport service;
};

}  // namespace client_v1
}  // namespace fetchd
