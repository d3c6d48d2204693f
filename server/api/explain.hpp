// POST /v1/explain: how a fetch would be judged, without fetching.
#pragma once

#include "api/call.hpp"
#include "api/schema.hpp"
#include "fetch/fetcher.hpp"

namespace fetchd::api {

class explain_handler {
  public:
    explain_handler(fetcher const& f, client& out, timer_wheel& wheel, tasks::registry r,
                    server_config const& s)
        : fetcher_(f), out_(out), wheel_(wheel), tasks_(r), settings_(s) {}

    // Takes what POST /v1/fetch takes. Resolves the name; nothing else leaves the service.
    awaitable<void> explain(call&);

  private:
    struct findings;
    reply explanation(findings const&) const;
    awaitable<void> look_at_proxy(findings&, scope&);

    fetcher const& fetcher_;
    client& out_;
    timer_wheel& wheel_;
    tasks::registry tasks_;
    server_config const& settings_;
};

}  // namespace fetchd::api
