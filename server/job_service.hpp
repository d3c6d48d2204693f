// Jobs, wired: the store, who runs what is in it, and their part of the API.
//
// Without jobs.folder there is none of it, and its routes say so. Made and destroyed on the thread of the
// loop; open() blocks and comes before the loop runs.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "api/metrics_jobs.hpp"
#include "api/router.hpp"
#include "base/config.hpp"
#include "fetch/fetcher.hpp"

namespace fetchd {

class job_service {
  public:
    // settings: the service's own, as they are now.
    job_service(executor, timer_wheel&, client&, fetcher&, config const& settings, tasks::registry);
    ~job_service();

    result<void> open();
    void add_routes(api::router&);
    std::optional<api::jobs_numbers> numbers() const;
    void start();
    void configure();
    void close();  // before the loop is taken down: ends the threads that would post to it
    // Nothing new begins; what runs may finish until then. `done` is called when all has come to rest.
    void drain(time_point limit, std::function<void()> done);

  private:
    struct parts;
    awaitable<void> answer(api::call&, awaitable<void> (*handle)(parts&, api::call&));

    executor executor_;
    timer_wheel& wheel_;
    client& client_;
    fetcher& fetcher_;
    config const& settings_;
    tasks::registry tasks_;
    std::unique_ptr<parts> parts_;  // none without a folder
};

}  // namespace fetchd
