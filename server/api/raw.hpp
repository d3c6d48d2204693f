// GET /v1/raw: the origin's answer streamed through, status, header fields and body.
#pragma once

#include "api/call.hpp"
#include "api/schema.hpp"
#include "fetch/fetcher.hpp"

namespace fetchd::api {

class raw_handler {
  public:
    raw_handler(fetcher& f, timer_wheel& wheel, tasks::registry r) : fetcher_(f), wheel_(wheel), tasks_(r) {}
    awaitable<void> answer(call&);

  private:
    awaitable<void> fetch(call&, fetch_request const&, scope&, fetch_result&);
    awaitable<void> relay(call&, response&, std::uint64_t most, scope&, fetch_result&);

    fetcher& fetcher_;
    timer_wheel& wheel_;
    tasks::registry tasks_;
};

}  // namespace fetchd::api
