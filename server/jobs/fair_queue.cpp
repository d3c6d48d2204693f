#include "jobs/fair_queue.hpp"

namespace fetchd::jobs {

struct fair_queue::owner : turn_links<owner> {
    std::string name;
    turn_ring<job> turns;
    std::size_t jobs = 0;
    std::size_t running = 0;
};

struct fair_queue::job : turn_links<job> {
    std::uint64_t number = 0;
    owner* of = nullptr;
    terms agreed;
    turn_ring<lane> turns;
    std::unordered_map<std::uint64_t, std::unique_ptr<lane>> lanes;
    std::size_t running = 0;
    bool waits = false;
    bool gone = false;  // kept only for what still runs of it
};

struct fair_queue::lane : turn_links<lane> {
    std::uint64_t number = 0;
    job* of = nullptr;
    std::size_t at_hand = 0;
    time_point until{};
    bool waits = false;
};

namespace {

// Takes part in the turns exactly while it may go.
template <class T>
void take_part(turn_ring<T>& turns, T& t, bool may_go) {
    if (may_go == t.in_ring())
        return;
    if (may_go)
        turns.join(t);
    else
        turns.leave(t);
}

}  // namespace

fair_queue::fair_queue(std::size_t most_per_owner) : most_per_owner_(most_per_owner) {}
fair_queue::~fair_queue() = default;

void fair_queue::add(std::uint64_t number, terms agreed) {
    auto& j = jobs_[number];
    if (j && !j->gone)
        return;
    if (!j) {
        auto& o = owners_[agreed.owner];
        if (!o) {
            o = std::make_unique<owner>();
            o->name = agreed.owner;
            o->quantum = item_cost;
        }
        ++o->jobs;
        j = std::make_unique<job>();
        j->number = number;
        j->of = o.get();
    }
    j->gone = false;  // come back while something of it still ran
    j->quantum = std::max<std::int64_t>(agreed.quantum, 1);
    j->agreed = std::move(agreed);
    j->waits = j->agreed.not_before > time_point{};
    if (j->waits)
        waiting_jobs_.emplace(j->agreed.not_before, j.get());
}

void fair_queue::remove(std::uint64_t number) {
    auto* const j = find(number);
    if (!j)
        return;
    while (!j->lanes.empty())
        drop(place{number, j->lanes.begin()->first});
    if (j->waits)
        waiting_jobs_.erase({j->agreed.not_before, j});
    j->waits = false;
    j->gone = true;
    if (j->running == 0)
        forget(*j);
}

void fair_queue::pause(std::uint64_t number, bool paused) {
    if (auto* const j = find(number)) {
        j->agreed.paused = paused;
        refresh(*j);
    }
}

void fair_queue::supply(place p, std::size_t items) {
    auto* const j = find(p.job);
    if (!j || j->gone)
        return;
    auto& l = j->lanes[p.lane];
    if (!l) {
        l = std::make_unique<lane>();
        l->number = p.lane;
        l->of = j;
        l->quantum = item_cost;
    }
    l->at_hand += items;
    refresh(*l);
}

void fair_queue::hold(place p, time_point until) {
    auto* const l = find(p);
    if (!l)
        return;
    if (l->waits)
        waiting_lanes_.erase({l->until, l});
    l->until = until;
    l->waits = true;
    waiting_lanes_.emplace(until, l);
    refresh(*l);
}

void fair_queue::drop(place p) {
    auto* const l = find(p);
    if (!l)
        return;
    if (l->waits)
        waiting_lanes_.erase({l->until, l});
    l->at_hand = 0;
    refresh(*l);
    l->of->lanes.erase(p.lane);
}

std::optional<fair_queue::place> fair_queue::next(time_point now) {
    wake(now);
    if (turns_.empty())
        return std::nullopt;
    auto& o = turns_.turn();
    auto& j = o.turns.turn();
    auto& l = j.turns.turn();
    o.credit -= item_cost;
    j.credit -= item_cost;
    l.credit -= item_cost;
    --l.at_hand;
    ++j.running;
    ++o.running;
    auto const picked = place{j.number, l.number};
    refresh(l);
    return picked;
}

void fair_queue::put_back(place p) {
    auto* const j = find(p.job);
    if (!j)
        return;
    j->credit += item_cost;
    j->of->credit += item_cost;
    if (auto* const l = find(p)) {
        l->credit += item_cost;
        ++l->at_hand;
        refresh(*l);
    }
    stop_running(*j);
}

void fair_queue::occupy(place p) {
    put_back(p);
    auto* const j = find(p.job);
    if (!j)
        return;
    ++j->running;
    ++j->of->running;
    refresh(*j);
}

void fair_queue::finished(place p, std::int64_t extra) {
    auto* const j = find(p.job);
    if (!j)
        return;
    auto const cost = std::clamp<std::int64_t>(extra, 0, max_extra);
    charge(j->credit, cost);
    charge(j->of->credit, cost);
    if (auto* const l = find(p))
        charge(l->credit, cost);
    stop_running(*j);
}

std::optional<fair_queue::time_point> fair_queue::wakes() const {
    if (waiting_lanes_.empty() && waiting_jobs_.empty())
        return std::nullopt;
    auto first = time_point::max();
    if (!waiting_lanes_.empty())
        first = waiting_lanes_.begin()->first;
    if (!waiting_jobs_.empty())
        first = std::min(first, waiting_jobs_.begin()->first);
    return first;
}

bool fair_queue::has(std::uint64_t number) const {
    auto const* const j = find(number);
    return j && !j->gone;
}

std::size_t fair_queue::at_hand(place p) const {
    auto const* const l = find(p);
    return l ? l->at_hand : 0;
}

std::size_t fair_queue::running(std::uint64_t number) const {
    auto const* const j = find(number);
    return j ? j->running : 0;
}

std::size_t fair_queue::running_of(std::string const& name) const {
    auto const at = owners_.find(name);
    return at == owners_.end() ? 0 : at->second->running;
}

fair_queue::job* fair_queue::find(std::uint64_t number) const {
    auto const at = jobs_.find(number);
    return at == jobs_.end() ? nullptr : at->second.get();
}

fair_queue::lane* fair_queue::find(place p) const {
    auto const* const j = find(p.job);
    if (!j)
        return nullptr;
    auto const at = j->lanes.find(p.lane);
    return at == j->lanes.end() ? nullptr : at->second.get();
}

void fair_queue::wake(time_point now) {
    while (!waiting_lanes_.empty() && waiting_lanes_.begin()->first <= now) {
        auto& l = *waiting_lanes_.begin()->second;
        waiting_lanes_.erase(waiting_lanes_.begin());
        l.waits = false;
        refresh(l);
    }
    while (!waiting_jobs_.empty() && waiting_jobs_.begin()->first <= now) {
        auto& j = *waiting_jobs_.begin()->second;
        waiting_jobs_.erase(waiting_jobs_.begin());
        j.waits = false;
        refresh(j);
    }
}

void fair_queue::refresh(lane& l) {
    take_part(l.of->turns, l, l.at_hand > 0 && !l.waits);
    refresh(*l.of);
}

void fair_queue::refresh(job& j) {
    take_part(j.of->turns, j,
              !j.turns.empty() && !j.waits && !j.agreed.paused && j.running < j.agreed.most_running);
    refresh(*j.of);
}

void fair_queue::refresh(owner& o) {
    take_part(turns_, o, !o.turns.empty() && o.running < most_per_owner_);
}

void fair_queue::stop_running(job& j) {
    --j.running;
    --j.of->running;
    refresh(j);
    if (j.gone && j.running == 0)
        forget(j);
}

// The last of an owner takes the owner along, and what it owes.
void fair_queue::forget(job& j) {
    auto& o = *j.of;
    jobs_.erase(j.number);
    if (--o.jobs == 0)
        owners_.erase(std::string(o.name));
}

void fair_queue::charge(std::int64_t& credit, std::int64_t cost) {
    credit = std::max(credit - cost, -max_debt);
}

}  // namespace fetchd::jobs
