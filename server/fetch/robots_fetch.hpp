// Fetches robots.txt through the one guarded door, as politely as everything else: each request takes a turn.
// The first one does not wait for it: who wants the file is told when to come again.
//
// At most 5 redirects, each a request of its own; no more is read than what counts (robots::max_bytes). The
// file is asked for without a content coding, and its rules are picked out piece by piece as it comes; of an
// origin that compresses it all the same, somebody else decodes it: nothing is decompressed on the loop. Loop
// thread only; everything given outlives it.
#pragma once

#include "fetch/politeness.hpp"
#include "fetch/robots_rules.hpp"
#include "net/client.hpp"

namespace fetchd {

class robots_fetch final : public robots_source {
  public:
    static constexpr std::size_t max_redirects = 5;      // RFC 9309 §2.3.1.2
    static constexpr milliseconds longest_wait{30'000};  // for a turn after a redirect

    // What is left of a body without its content codings, given as its lines of Content-Encoding; fails where
    // that cannot be had.
    using decoder = std::function<awaitable<result<std::string>>(std::string body,
                                                                 std::vector<std::string> codings, scope&)>;

    robots_fetch(client&, politeness&, phase_limits const&, decoder);

    awaitable<robots_reply> fetch(url file, std::string user_agent, std::string product_token,
                                  scope&) override;

    std::optional<time_point> held_until(url const& file) override;

    void configure(phase_limits const& limits) { limits_ = limits; }

  private:
    struct visit;
    awaitable<std::optional<robots_reply>> take_turn(visit&, milliseconds longest);
    awaitable<void> ask(visit&);
    awaitable<robots_reply> read(visit&);
    awaitable<robots_reply> read_coded(visit&, std::vector<std::string> codings);

    client& client_;
    politeness& politeness_;
    phase_limits limits_;
    decoder const decode_;
};

// What one request, answered or not, means to politeness. asked_for: its Retry-After.
politeness::outcome outcome_of(attempt const&, std::optional<milliseconds> asked_for = {});

}  // namespace fetchd
