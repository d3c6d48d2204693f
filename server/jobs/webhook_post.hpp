// One message on its way to a receiver, through the one guarded door.
//
// Redirects are not followed, nothing is repeated, and of the answer only the head counts: its body is thrown
// away. Loop thread only; the client outlives it.
#pragma once

#include "jobs/delivery.hpp"
#include "net/client.hpp"

namespace fetchd::jobs {

// What webhooks.hpp sends with; tests have their own.
class webhook_door {
  public:
    virtual ~webhook_door() = default;
    // The scope's deadline is that of the whole attempt. now: for a Retry-After that is a date.
    virtual awaitable<delivery_answer> post(url to, headers fields, std::string body, scope&,
                                            unix_ms now) = 0;
};

class webhook_post final : public webhook_door {
  public:
    webhook_post(client& c, config const& settings) : client_(c), settings_(settings) {}

    awaitable<delivery_answer> post(url to, headers fields, std::string body, scope&, unix_ms now) override;

  private:
    client& client_;
    config const& settings_;
};

}  // namespace fetchd::jobs
