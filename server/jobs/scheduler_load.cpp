// The scheduler's dealings with the store: what it takes from there, how jobs come and go, and its end.
#include "base/log.hpp"
#include "jobs/scheduler.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::uint32_t jobs_in_a_page = 256;
constexpr auto house_period = std::chrono::seconds(1);
constexpr auto stale_period = std::chrono::minutes(1);
constexpr auto soon = std::chrono::minutes(1);  // a job that begins later is not kept in memory
constexpr milliseconds first_wait{100};
constexpr milliseconds longest_wait{10'000};
// How long a commit may be held up before a lease ends, on top of all that has a limit of its own.
constexpr auto lease_slack = std::chrono::minutes(30);

}  // namespace

void scheduler::start() {
    scan_all();
    ++coroutines_;
    spawn_logged(ex_, "load", load());
}

awaitable<void> scheduler::load() {
    while (!stopping_) {
        bool idle = true;
        if (auto wants = window_.take_wants(); !wants.empty()) {
            co_await load_items(std::move(wants));
            idle = false;
        }
        if (auto const want = window_.take_page_want(); want && !stopping_) {
            co_await load_lanes(*want);
            idle = false;
        }
        if (scanning_ && !stopping_) {
            co_await load_jobs();
            idle = false;
        }
        if (idle)
            co_await load_bell_.wait();
    }
    step_out();
}

awaitable<void> scheduler::load_items(std::vector<lease_want> wants) {
    auto const asked = now();
    auto const until = asked + window::max_at_hand + stale_period + limits_.longest_fetch + lease_slack;
    auto items = co_await store_.lease(wants, asked, until);
    if (!items) {
        window_.not_leased(wants);
        co_await store_failed(items.error());
        co_return;
    }
    store_failures_ = 0;
    give_back(window_.leased(wants, std::move(*items), now()));
    poke();
}

awaitable<void> scheduler::load_lanes(window::page_want want) {
    auto const asked = now();
    auto const ready_at = want.everything ? never - 1 : border_.out(asked);
    auto page = co_await store_.lanes(want.job, want.after, want.limit, ready_at);
    if (!page) {
        window_.not_paged(want);
        co_await store_failed(page.error());
        co_return;
    }
    store_failures_ = 0;
    bool const nothing = page->ready.empty() && !page->next && page->soonest == never;
    window_.paged(want, std::move(*page), now());
    poke();
    // Nothing there and nothing in memory: it ought to have ended, and the store knows.
    auto const* j = window_.find(want.job);
    if (!nothing || !j || !j->lanes.empty() || !j->idle() || j->retrying > 0)
        co_return;
    auto about = co_await store_.find(want.job);
    auto* const still = window_.find(want.job);
    if (!still)
        co_return;
    if (about ? about->state != job_state::active : about.error().what == code::not_found)
        leave(*still);
    else if (about)
        still->pending = about->counts.pending();
}

awaitable<void> scheduler::load_jobs() {
    auto const after = scan_after_;
    auto page = co_await store_.unfinished(after, jobs_in_a_page);
    if (!page) {
        co_await store_failed(page.error());
        co_return;
    }
    store_failures_ = 0;
    if (scan_after_ != after)  // meanwhile somebody wants to begin elsewhere
        co_return;
    for (auto const& found : *page) {
        scan_after_ = found.key;
        consider(found);
    }
    if (page->size() < jobs_in_a_page || (!scan_everything_ && hungry_.empty())) {
        scanning_ = scan_everything_ = false;
        hungry_.clear();
    }
    poke();
}

// Waits; what failed is made again by whoever asked for it.
awaitable<void> scheduler::store_failed(failure const& why) {
    if (store_failures_++ == 0)
        log::line(log::level::warn, "jobs cannot be read").kv("cause", why.message());
    auto const wait = first_wait * (1U << std::min<std::size_t>(store_failures_ - 1, 10));
    auto const until = now() + std::min<milliseconds>(wait, longest_wait);
    while (!stopping_ && now() < until) {
        load_alarm_.arm(until);
        co_await load_bell_.wait();
    }
}

// Takes a job into the window, or remembers that it is there.
void scheduler::consider(job const& found) {
    auto const& owner = found.draft.owner;
    if (stopping_ || found.state != job_state::active || found.counts.pending() == 0 ||
        window_.find(found.key))
        return;
    auto const start = border_.in(found.draft.not_before);
    if (start > now() + soon && start < border_.in(found.draft.deadline)) {
        rescan_at_ = std::min(rescan_at_, start - soon);
    } else if (window_.has_room(owner)) {
        window_.add(found, now());
    } else {
        auto& first = more_of_.try_emplace(owner, found.key).first->second;
        first = std::min(first, found.key);
        hungry_.erase(owner);
        return;
    }
    if (!house_alarm_.armed())
        house_alarm_.arm(now() + house_period);
}

void scheduler::scan_all() {
    rescan_at_ = time_point::max();
    more_of_.clear();
    scan_after_ = 0;
    scanning_ = scan_everything_ = true;
    load_bell_.ring();
}

// Every job of this owner before the first one that was left out is in the window, or over.
void scheduler::scan_for(std::string const& owner) {
    auto const left_out = more_of_.extract(owner);
    if (left_out.empty())
        return;
    auto const after = left_out.mapped() - 1;
    scan_after_ = scanning_ ? std::min(scan_after_, after) : after;
    scanning_ = true;
    hungry_.insert(owner);
    load_bell_.ring();
}

void scheduler::arrived(job const& about) {
    consider(about);
    poke();
}

awaitable<result<job>> scheduler::pause(job_key key) {
    auto about = co_await store_.pause(key);
    auto* const j = window_.find(key);
    if (about && about->state == job_state::paused && j) {
        window_.pause(*j, true);
        clear(*j);
        leave_if_idle(*j);
    }
    co_return about;
}

awaitable<result<job>> scheduler::resume(job_key key) {
    auto about = co_await store_.resume(key);
    if (!about || about->state != job_state::active)
        co_return about;
    if (auto* const j = window_.find(key))
        window_.pause(*j, false);
    else
        consider(*about);
    poke();
    co_return about;
}

awaitable<result<job>> scheduler::cancel(job_key key) {
    auto about = co_await store_.cancel(key);
    auto* const j = window_.find(key);
    if (!about || !j || (about->state != job_state::cancelling && about->state != job_state::cancelled))
        co_return about;
    j->cancelled = true;
    for (auto& life : j->flights)
        life.end(code::cancelled);
    leave(*j);
    co_return about;
}

void scheduler::clear(window::job& j) {
    give_back(window_.clear(j));
}

void scheduler::leave(window::job& j) {
    j.leaving = true;
    clear(j);
    leave_if_idle(j);
}

// A job that is over or paused stays until nothing of it runs any more.
void scheduler::leave_if_idle(window::job& j) {
    if ((!j.leaving && !j.paused) || !j.idle())
        return;
    auto const owner = j.about->draft.owner;
    clear(j);
    window_.forget(j);
    if (window_.jobs_of(owner) * 2 <= limits_.held.jobs_per_owner && window_.has_room(owner))
        scan_for(owner);
}

void scheduler::keep_house() {
    if (stopping_)
        return;
    auto const t = now();
    for (auto& away : window_.make_room(t)) {
        ++coroutines_;
        spawn_logged(ex_, "put off", put_off(std::move(away)));
    }
    if (t >= next_stale_) {
        next_stale_ = t + stale_period;
        give_back(window_.stale(t));
    }
    if (rescan_at_ <= t)
        scan_all();
    if (window_.count().jobs > 0 || rescan_at_ != time_point::max())
        house_alarm_.arm(t + house_period);
    poke();
}

// Where this fails the lane only comes back sooner.
awaitable<void> scheduler::put_off(window::put_off away) {
    give_back(away.items);
    auto const until = border_.out(away.until);
    co_await store_.put_off(static_cast<job_key>(away.at.job), static_cast<lane_key>(away.at.lane), until);
    step_out();
}

void scheduler::give_back(std::vector<item_ref> const& items) {
    for (std::size_t i = 0; i < items.size(); i += store::max_batch_items) {
        auto const from = items.begin() + static_cast<std::ptrdiff_t>(i);
        auto const n = std::min(store::max_batch_items, items.size() - i);
        store_.give_back(std::vector<item_ref>(from, from + static_cast<std::ptrdiff_t>(n)), now());
    }
}

void scheduler::step_out() {
    --coroutines_;
    if (stopping_)
        gone_bell_.ring();
}

awaitable<void> scheduler::drain(time_point limit) {
    stopping_ = true;
    turn_alarm_.disarm();
    house_alarm_.disarm();
    load_bell_.ring();
    for (auto& life : preparations_)
        life.end(code::cancelled);
    alarm over(wheel_, [this] { gone_bell_.ring(); });
    over.arm(limit);
    while ((coroutines_ > 0 || settler_.held() > 0) && now() < limit)
        co_await gone_bell_.wait();
    giving_up_ = true;
    for (auto& [key, j] : window_.jobs())
        for (auto& life : j->flights)
            life.end(code::cancelled);
    while (coroutines_ > 0)
        co_await gone_bell_.wait();
    co_await settler_.stop();
    for (auto& [key, j] : window_.jobs())
        clear(*j);
}

}  // namespace fetchd::jobs
