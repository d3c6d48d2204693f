// GET /healthz, /readyz, /metrics, /openapi.json and /: what the service says about itself.
#pragma once

#include "api/call.hpp"
#include "api/metrics.hpp"
#include "api/openapi.hpp"
#include "loop/lag.hpp"

namespace fetchd::api {

class health_handler {
  public:
    health_handler(metrics const& m, metrics::sources s, lag_watch const& lag, tasks::registry r)
        : metrics_(m), from_(s), lag_(lag), openapi_(openapi_page(r)) {}
    void watch(listener const& front) { front_ = &front; }

    awaitable<void> healthz(call&);  // the process answers
    awaitable<void> readyz(call&);   // it could do its work: loop, workers, pool, not draining
    awaitable<void> metrics_page(call&);
    awaitable<void> openapi(call&);
    awaitable<void> index(call&);

  private:
    metrics const& metrics_;
    metrics::sources from_;
    lag_watch const& lag_;
    std::string const openapi_;
    listener const* front_ = nullptr;
};

}  // namespace fetchd::api
