// May an item go now? Asks politeness, and keeps what politeness knows in the store.
//
// Loop thread. Everything it is given outlives it.
#pragma once

#include "fetch/politeness.hpp"
#include "jobs/errand.hpp"
#include "jobs/store.hpp"
#include "loop/timer_wheel.hpp"

namespace fetchd::jobs {

class polite_gate final : public gate {
  public:
    static constexpr std::size_t records_at_once = 1'000;
    static constexpr auto save_every = std::chrono::seconds(1);
    static constexpr auto record_time = std::chrono::hours(24 * 30);

    polite_gate(executor, politeness&, store&, timer_wheel&);

    answer ask(job const&, leased_item const&, url const& target, time_point now) override;
    awaitable<void> prepare_for(std::shared_ptr<job const>, url target, scope&) override;

    // Takes in what the store has of earlier runs; before anything is asked for.
    awaitable<result<void>> load();
    // From here on what changes is written now and then.
    void keep_saving();
    awaitable<void> save();

  private:
    executor executor_;
    politeness& politeness_;
    store& store_;
    alarm next_save_;
    std::vector<politeness::record> unsaved_;  // taken, and not on disk yet: tried again
    bool saving_ = false;
};

}  // namespace fetchd::jobs
