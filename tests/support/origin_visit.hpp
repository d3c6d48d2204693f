// One connection of a scripted origin from accept to close: reads requests, does what their scripts say.
//
// Runs on its own thread. Writes what it sees into the origin's record, under the origin's mutex.
#pragma once

#include <cstddef>
#include <string>

#include "support/origin_state.hpp"

namespace fetchd::test {

class origin_visit {
  public:
    origin_visit(origin_state& origin, origin_wire& wire, tls_side const* tls, std::size_t number)
        : origin_(origin), wire_(wire), tls_(tls), number_(number) {}
    void run();

  private:
    enum class after { go_on, ended };

    bool secure();
    bool read_request_head(seen_request&);
    bool read_request_body(seen_request&);
    bool read_counted(seen_request&, std::uint64_t bytes);
    bool read_chunked(seen_request&);
    bool read_line(std::string& line);
    bool fill();
    void keep_body(seen_request&, std::size_t bytes);
    after serve_one();
    after play(script const&, seen_request*);
    after play(step const&, seen_request*);
    bool send(std::string_view bytes);
    bool send_repeated(std::string const& block, std::uint64_t total);
    bool drip(std::string const& bytes, milliseconds between);
    after wait_at_gate(std::string const& name);
    after pause(milliseconds how_long);
    after stall();
    after client_went();
    void publish(seen_request&);
    void end(ending how);

    origin_state& origin_;
    origin_wire& wire_;
    tls_side const* tls_;
    std::size_t number_;
    std::string buffer_;
    ending end_ = ending::open;
};

}  // namespace fetchd::test
