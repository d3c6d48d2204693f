// GET /v1/jobs/{id}/results: what came of a job's items, in the order in which it was stored.
//
// As NDJSON, as a page of JSON, or as an event stream, by Accept; all three count by the same `seq`, so a
// reader that was cut off goes on after the last line it has. Where retention has deleted results it had
// still to read, it is told so. What all readers hold together is bounded: who comes then is refused, who has
// begun waits. Reads a page at a time and no faster than the client, which is cut when it takes nothing for
// too long: it holds nothing up. Loop thread only.
#pragma once

#include <set>

#include "api/call.hpp"
#include "api/page_budget.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/store.hpp"
#include "loop/bell.hpp"

namespace fetchd::api {

class results_handler {
  public:
    static constexpr std::uint32_t page_results = 1'000;
    static constexpr std::size_t page_bytes = std::size_t{1} << 20U;
    static constexpr std::size_t max_held = std::size_t{64} << 20U;  // by all readers together

    results_handler(executor ex, jobs::store& s, jobs::scheduler& r, timer_wheel& wheel,
                    jobs_config const& settings)
        : executor_(ex), store_(s), scheduler_(r), wheel_(wheel), settings_(settings) {}

    awaitable<void> answer(call&);
    // Whoever follows is sent away with what it has, to come again.
    void drain();

  private:
    enum class form : unsigned char { lines, page, events };
    struct reader;
    awaitable<void> stream(call&, reader&);
    awaitable<bool> send_page(call&, reader&);
    awaitable<bool> wait_for_room(call&, reader&, std::size_t bytes);
    awaitable<bool> wait(call&, reader&);
    awaitable<void> send_whole(call&, reader&);

    executor executor_;
    jobs::store& store_;
    jobs::scheduler& scheduler_;
    timer_wheel& wheel_;
    jobs_config const& settings_;
    page_budget budget_{max_held};
    std::set<bell*> followers_;
    bool draining_ = false;
};

}  // namespace fetchd::api
