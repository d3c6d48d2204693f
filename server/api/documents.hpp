// GET /v1/read, POST /v1/fetch, POST /v1/process: documents made into what was asked for.
#pragma once

#include "api/call.hpp"
#include "api/schema.hpp"
#include "fetch/fetcher.hpp"

namespace fetchd::api {

class document_handler {
  public:
    document_handler(fetcher& f, timer_wheel& wheel, tasks::registry r, server_config const& s)
        : fetcher_(f), wheel_(wheel), tasks_(r), settings_(s) {}
    awaitable<void> read(call&);
    awaitable<void> fetch(call&);
    awaitable<void> process(call&);

  private:
    awaitable<void> run(call&, std::optional<reply> refused, asked);
    schema_limits limits() const { return {fetcher_.settings(), fetcher_.limits(), tasks_}; }
    time_point body_deadline() const { return clock::now() + settings_.head_timeout; }

    fetcher& fetcher_;
    timer_wheel& wheel_;
    tasks::registry tasks_;
    server_config const& settings_;
};

}  // namespace fetchd::api
