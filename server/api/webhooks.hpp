// GET /v1/jobs/{id}/webhook and .../webhook/dead, POST .../webhook/replay and .../webhook/enable.
//
// What is told of a receiver never has its secrets in it. Loop thread only.
#pragma once

#include "api/call.hpp"
#include "jobs/webhooks.hpp"

namespace fetchd::api {

class webhook_handler {
  public:
    static constexpr std::uint32_t max_page = 1'000;
    static constexpr std::uint32_t max_counted = 10'000;  // events of a kind; more are "at least so many"
    static constexpr std::size_t max_body = 4'096;

    webhook_handler(jobs::store& s, jobs::webhooks& w, config const& settings)
        : store_(s), webhooks_(w), settings_(settings) {}

    awaitable<void> show(call&);
    awaitable<void> dead(call&);
    awaitable<void> replay(call&);
    awaitable<void> enable(call&);

  private:
    struct target {
        jobs::subscription subscription;
        jobs::receiver receiver;
    };
    awaitable<std::optional<reply>> find(call&, target&);
    awaitable<reply> shown(target const&);
    awaitable<result<std::uint32_t>> count(std::string const& name, jobs::event_state);
    awaitable<result<std::uint64_t>> replay_dead(std::string const& name, std::string const& id);

    jobs::store& store_;
    jobs::webhooks& webhooks_;
    config const& settings_;
};

}  // namespace fetchd::api
