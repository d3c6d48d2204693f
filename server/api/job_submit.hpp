// POST /v1/jobs: many URLs taken in, and answered for once all of them are on disk.
//
// The body is read as it comes: what it costs in memory does not grow with it. Nothing of it is seen or run
// before the commit, and a submission that breaks off leaves nothing. Loop thread only.
#pragma once

#include "api/call.hpp"
#include "api/schema.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/store.hpp"

namespace fetchd::api {

class submission;

class submit_handler {
  public:
    static constexpr std::size_t max_at_once = 64;
    static constexpr std::size_t batch_items = 2'000;                  // stored together
    static constexpr std::size_t batch_bytes = std::size_t{1} << 20U;  // of the body; one item always goes
    static constexpr std::size_t max_json = std::size_t{16} << 20U;    // of the JSON form, which is held
    static constexpr std::size_t max_key = 255;                        // bytes of an Idempotency-Key
    static constexpr auto key_time = std::chrono::hours(24);

    submit_handler(jobs::store& s, jobs::scheduler& r, schema_limits const& limits, config const& settings)
        : store_(s), scheduler_(r), limits_(limits), settings_(settings) {}

    awaitable<void> answer(call&);

  private:
    struct course;
    awaitable<std::optional<reply>> submit(call&, jobs::committed&);
    awaitable<std::optional<reply>> take(call&, course&);
    awaitable<std::optional<reply>> take_body(call&, course&);
    awaitable<std::optional<reply>> store_items(course&);
    awaitable<std::optional<reply>> store_batch(course&, std::vector<jobs::item_draft>);
    time_point patience() const { return clock::now() + settings_.server.idle_timeout; }
    awaitable<std::optional<reply>> begin(course&);
    awaitable<std::optional<reply>> keep_receiver(course&);
    awaitable<void> abandon(course&);
    awaitable<reply> replay(call&, course&, jobs::first_answer const&);

    jobs::store& store_;
    jobs::scheduler& scheduler_;
    schema_limits const limits_;
    config const& settings_;
    std::size_t at_once_ = 0;
};

}  // namespace fetchd::api
