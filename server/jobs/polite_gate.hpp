// May an item go now? Asks robots.txt and politeness, and keeps what politeness knows in the store.
//
// An origin that is met for the first time, or again after it was forgotten, is looked up in the store and in
// the DNS first, so that the limits of its address and a back-off of earlier hold from the first request on.
// An origin that cannot be reached for longer than politeness.patience has its items fail until it answers.
// Where a robots.txt cannot be had nothing is fetched (RFC 9309 §2.3.1.4): its items wait, and are skipped
// once that has lasted for longer than robots_patience. Loop thread. Everything it is given outlives it.
#pragma once

#include <unordered_map>

#include "fetch/politeness.hpp"
#include "fetch/robots_rules.hpp"
#include "jobs/errand.hpp"
#include "jobs/store.hpp"
#include "loop/timer_wheel.hpp"

namespace fetchd {
class bell;
}

namespace fetchd::jobs {

// Where an origin will be reached.
class whereabouts {
  public:
    virtual ~whereabouts() = default;
    // Nothing where that is not known: the name does not resolve, none of its addresses may be fetched from,
    // or a proxy finds it.
    virtual awaitable<std::optional<ip_address>> address_of(url target, scope&) = 0;
};

class polite_gate final : public gate {
  public:
    static constexpr std::size_t records_at_once = 1'000;
    static constexpr auto save_every = std::chrono::seconds(1);

    static constexpr auto robots_patience = std::chrono::minutes(30);
    static constexpr std::size_t max_missing = 10'000;  // origins whose patience is remembered

    polite_gate(executor, politeness&, robots_rules&, whereabouts&, store&, timer_wheel&,
                std::function<time_point()> now = clock::now);

    answer ask(manner const&, url const& target, time_point now) override;
    awaitable<void> prepare_for(manner, url target, scope&) override;

    // Takes in what the store has of earlier runs; before anything is asked for.
    awaitable<result<void>> load();
    // From here on what changes is written now and then.
    void keep_saving();
    awaitable<void> save();
    // Whoever waits to go on to this origin may ask again.
    void changed(std::string_view origin);
    // The rule of one host, now.
    awaitable<result<void>> save_rule(std::string host);

  private:
    class polite_turn;
    using said = std::variant<politeness::turn, wait, skip, prepare>;

    said judge(manner const&, url const& target, time_point now, politeness::follower const*);
    said judge_known(manner const&, url const& target, time_point now, politeness::follower const*,
                     std::optional<politeness::wait> const& held);
    awaitable<void> meet(url const& target, scope&);
    std::optional<said> refuse(robots_answer const&, url const& target, time_point now);
    // As soon as it may be, but not after the scope's end: then `held` says when.
    awaitable<result<politeness::turn>> pass(manner const&, url const& target, scope&,
                                             std::optional<time_point>& held);
    // Until then, until something changes at this origin, or until the scope ends.
    awaitable<void> rest(std::string origin, time_point until, scope&);

    executor executor_;
    politeness& politeness_;
    robots_rules& rules_;
    whereabouts& whereabouts_;
    std::unordered_map<std::string, time_point>
        missing_;  // since when an origin has had no robots.txt to give
    std::unordered_multimap<std::string, bell*> resting_;  // by the origin they wait for
    store& store_;
    alarm next_save_;
    std::function<time_point()> now_;
    std::vector<politeness::record> unsaved_;  // taken, and not on disk yet: tried again
    bool saving_ = false;
};

}  // namespace fetchd::jobs
