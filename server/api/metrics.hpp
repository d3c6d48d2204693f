// What the service counts, as Prometheus text. Reads the counters where they are kept; counts only requests
// and loop lag itself. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "api/listener.hpp"
#include "api/metrics_jobs.hpp"
#include "base/histogram.hpp"
#include "fetch/fetcher.hpp"
#include "net/connection_pool.hpp"
#include "net/dns.hpp"
#include "offload/pool.hpp"
#include "worker/supervisor.hpp"

namespace fetchd::api {

class metrics {
  public:
    struct sources {
        fetcher const& fetches;
        worker::supervisor const& workers;
        offload_pool const& pool;
        dns const& names;
        connection_pool const& connections;
        tls_context const& tls;
        std::function<std::optional<jobs_numbers>()> jobs{};  // nothing where there are none
    };

    explicit metrics(sources s) : from_(s) {}

    // One request was answered with this status. route must be a literal.
    void answered(std::string_view route, int status, clock::duration took);
    void lag(clock::duration late) { lag_.observe(std::chrono::duration<double>(late).count()); }

    std::string text(listener::numbers const&) const;

  private:
    sources from_;
    std::map<std::pair<std::string_view, int>, std::uint64_t> requests_;
    seconds_histogram duration_ = make_seconds_histogram();
    seconds_histogram lag_ = make_seconds_histogram();
};

}  // namespace fetchd::api
