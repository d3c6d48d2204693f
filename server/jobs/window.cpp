#include "jobs/window.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::uint32_t page_size = 256;
constexpr std::size_t lanes_at_once = 256;  // in one lease
constexpr std::size_t items_at_once = 1024;
constexpr auto shortest_pass = std::chrono::seconds(1);
constexpr milliseconds short_batch{250};
constexpr milliseconds long_batch{2000};
constexpr milliseconds quiet_at_first{5000};
constexpr milliseconds quiet_at_most{60'000};

// Each step of priority is worth four times the turns: a higher one goes first for all that can be seen, and
// a lower one still moves.
std::int64_t quantum_of(int priority) {
    auto quantum = fair_queue::item_cost;
    for (int p = std::clamp(priority, -3, 3); p != 0; p += p < 0 ? 1 : -1)
        quantum = p < 0 ? quantum / 4 : quantum * 4;
    return quantum;
}

// Nobody fills the last sixteenth, so that another's first item finds room at once; and so it is with the
// jobs of one owner.
std::size_t all_but_a_sixteenth(std::size_t running) {
    return std::max<std::size_t>(1, running - running / 16);
}

}  // namespace

window::window(window_limits const& limits, border const& b)
    : limits_(limits), border_(b), queue_(all_but_a_sixteenth(limits.running)) {}

bool window::has_room(std::string const& owner) const {
    auto const mine = jobs_of(owner);
    return (mine < always && jobs_.size() < 2 * limits_.jobs) ||
           (mine < limits_.jobs_per_owner && jobs_.size() < limits_.jobs);
}

std::size_t window::jobs_of(std::string const& owner) const {
    auto const at = of_owner_.find(owner);
    return at == of_owner_.end() ? 0 : at->second;
}

window::job& window::add(jobs::job const& about, time_point now) {
    auto& held = jobs_[about.key];
    held = std::make_unique<job>();
    auto& j = *held;
    j.about = std::make_shared<jobs::job const>(about);
    j.deadline = border_.in(about.draft.deadline);
    j.pending = about.counts.pending();
    ++of_owner_[about.draft.owner];
    fair_queue::terms t;
    t.owner = about.draft.owner;
    t.quantum = quantum_of(about.draft.priority);
    t.most_running = all_but_a_sixteenth(all_but_a_sixteenth(limits_.running));
    if (about.draft.concurrency != 0)
        t.most_running = std::min<std::size_t>(t.most_running, about.draft.concurrency);
    // What is past its deadline is settled at once, whatever it would have waited for.
    if (auto const start = std::min(border_.in(about.draft.not_before), j.deadline); start > now)
        t.not_before = start;
    queue_.add(static_cast<std::uint64_t>(about.key), std::move(t));
    look(j);
    return j;
}

window::job* window::find(job_key key) {
    auto const at = jobs_.find(key);
    return at == jobs_.end() ? nullptr : at->second.get();
}

window::lane* window::find(place p) {
    auto* const j = find(static_cast<job_key>(p.job));
    if (!j)
        return nullptr;
    auto const at = j->lanes.find(static_cast<lane_key>(p.lane));
    return at == j->lanes.end() ? nullptr : &at->second;
}

window::place window::place_of(job_key j, lane_key l) {
    return {static_cast<std::uint64_t>(j), static_cast<std::uint64_t>(l)};
}

std::vector<item_ref> window::clear(job& j) {
    std::vector<item_ref> back;
    while (!j.lanes.empty()) {
        auto& l = j.lanes.begin()->second;
        give_up_items(l, back);
        drop(l);
    }
    j.passing = true;
    j.cursor = before_all_lanes;
    j.soonest = never;
    return back;
}

void window::pause(job& j, bool paused) {
    j.paused = paused;
    queue_.pause(static_cast<std::uint64_t>(j.about->key), paused);
    if (!paused)  // it may have come in while the store had it paused: then nothing was found
        pass_over(j);
}

void window::forget(job& j) {
    clear(j);
    queue_.remove(static_cast<std::uint64_t>(j.about->key));
    auto const owner = of_owner_.find(j.about->draft.owner);
    if (--owner->second == 0)
        of_owner_.erase(owner);
    jobs_.erase(j.about->key);
}

std::size_t window::quota() const {
    if (lanes_ >= limits_.lanes)
        return always;
    auto const share = limits_.lanes / std::max<std::size_t>(jobs_.size(), 1);
    return std::max(always, std::min(share, limits_.lanes_per_job));
}

// Not for every single lane that ends: a page costs the same for one lane as for many.
bool window::wants_page(job const& j) const {
    return j.passing && !j.asked && !j.paused && !j.leaving && j.lanes.size() * 4 < quota() * 3;
}

void window::look(job& j) {
    if (j.searching || !wants_page(j))
        return;
    j.searching = true;
    searching_.push_back(j.about->key);
}

void window::feed(lane& l) {
    if (l.hungry || l.asked || !l.more || l.at_hand() > l.batch / 2)
        return;
    l.hungry = true;
    hungry_.push_back(l.at);
}

std::vector<lease_want> window::take_wants() {
    std::vector<lease_want> wants;
    auto const used = items_ + on_the_way_;
    auto budget = std::min(items_at_once, used < limits_.items ? limits_.items - used : 0);
    while (!hungry_.empty() && wants.size() < lanes_at_once) {
        auto* const l = find(hungry_.front());
        hungry_.pop_front();
        if (!l || !l->hungry)
            continue;
        l->hungry = false;
        auto const room = l->batch - std::min<std::size_t>(l->at_hand(), l->batch);
        auto const count = std::max<std::size_t>(l->at_hand() == 0, std::min(room, budget));
        if (count == 0)
            continue;  // it asks again with its next item
        budget -= std::min(budget, count);
        l->asked = true;
        l->expected = count;
        on_the_way_ += count;
        lease_want want;
        want.job = static_cast<job_key>(l->at.job);
        want.lane = static_cast<lane_key>(l->at.lane);
        want.count = static_cast<std::uint32_t>(count);
        wants.push_back(want);
    }
    return wants;
}

std::optional<window::page_want> window::take_page_want() {
    while (!searching_.empty()) {
        auto* const j = find(searching_.front());
        searching_.pop_front();
        if (!j)
            continue;
        j->searching = false;
        if (!wants_page(*j))
            continue;
        j->asked = true;
        auto const room = std::min<std::size_t>(page_size, quota() - j->lanes.size());
        return page_want{j->about->key, j->cursor, static_cast<std::uint32_t>(room), j->everything};
    }
    return std::nullopt;
}

// A batch is to last for longer than a lease takes, and not for so long that it only takes up room.
void window::fit_batch(lane& l, time_point now) {
    auto const lasted = now - std::exchange(l.leased, now);
    if (lasted < short_batch)
        l.batch = std::min(l.batch * 2, max_batch);
    else if (lasted > long_batch && lasted != now.time_since_epoch())
        l.batch = std::max(l.batch / 2, 1U);
}

std::vector<item_ref> window::leased(std::vector<lease_want> const& wants, std::vector<leased_item> items,
                                     time_point now) {
    std::vector<item_ref> back;
    for (auto& item : items) {
        auto const at = place_of(item.ref.job, item.ref.lane);
        auto* const l = find(at);
        if (!l || !l->asked || l->expected == 0) {
            back.push_back(item.ref);
            continue;
        }
        --l->expected;
        l->items.erase(l->items.begin(), l->items.begin() + static_cast<std::ptrdiff_t>(l->first));
        l->first = 0;
        l->items.push_back({std::move(item), now});
        ++items_;
        queue_.supply(at, 1);
    }
    for (auto const& want : wants) {
        on_the_way_ -= want.count;
        auto* const l = find(place_of(want.job, want.lane));
        if (!l || !l->asked)
            continue;
        l->asked = false;
        l->more = l->expected == 0;
        if (l->expected < want.count)
            find(want.job)->quiet = quiet_at_first;
        fit_batch(*l, now);
        feed(*l);
        drop_if_empty(*l);
    }
    return back;
}

void window::not_leased(std::vector<lease_want> const& wants) {
    for (auto const& want : wants) {
        on_the_way_ -= want.count;
        auto* const l = find(place_of(want.job, want.lane));
        if (!l || !l->asked)
            continue;
        l->asked = false;
        feed(*l);
    }
}

void window::paged(page_want const& want, lane_page page, time_point now) {
    auto* const j = find(want.job);
    if (!j || !j->asked)
        return;
    j->asked = false;
    if (j->cursor != want.after || j->leaving || j->paused)
        return look(*j);
    j->soonest = std::min(j->soonest, page.soonest);
    for (auto& found : page.ready)
        feed(open(*j, found.key, std::move(found.origin)));
    if (page.next)
        j->cursor = *page.next;
    else
        end_pass(*j, now);
    look(*j);
}

void window::not_paged(page_want const& want) {
    if (auto* const j = find(want.job)) {
        j->asked = false;
        look(*j);
    }
}

// The next pass is due when the first lane that was left out is ready. A time further away than any that is
// ever written comes from a clock that was wrong: the next pass minds none. Where nothing was left out a
// pass is still made now and then, more and more seldom: no item is left behind whatever went wrong.
void window::end_pass(job& j, time_point now) {
    j.passing = false;
    j.everything = false;
    j.cursor = before_all_lanes;
    if (j.soonest == never) {
        j.next_pass = now + j.quiet;
        j.quiet = std::min(j.quiet * 2, quiet_at_most);
    } else {
        j.next_pass = border_.in(j.soonest);
        j.everything = j.next_pass > now + max_put_off + shortest_pass;
        if (j.everything || j.next_pass < now + shortest_pass)
            j.next_pass = now + shortest_pass;
    }
    passes_.emplace(j.next_pass, j.about->key);
}

window::lane& window::open(job& j, lane_key key, std::string origin) {
    auto const [at, is_new] = j.lanes.try_emplace(key);
    auto& l = at->second;
    if (is_new) {
        l.at = place_of(j.about->key, key);
        l.origin = std::move(origin);
        by_origin_.emplace(std::hash<std::string_view>()(l.origin), l.at);
        ++lanes_;
    }
    return l;
}

void window::drop_if_empty(lane& l) {
    if (l.at_hand() == 0 && !l.more && !l.asked && l.retrying == 0)
        drop(l);
}

void window::drop(lane& l) {
    auto const at = l.at;
    queue_.drop(at);
    items_ -= l.at_hand();
    auto const same = by_origin_.equal_range(std::hash<std::string_view>()(l.origin));
    for (auto it = same.first; it != same.second; ++it)
        if (it->second == at) {
            by_origin_.erase(it);
            break;
        }
    --lanes_;
    auto& j = *find(static_cast<job_key>(at.job));
    j.lanes.erase(static_cast<lane_key>(at.lane));
    look(j);
}

void window::give_up_items(lane& l, std::vector<item_ref>& back) {
    for (auto i = l.first; i < l.items.size(); ++i)
        back.push_back(l.items[i].item.ref);
    items_ -= l.at_hand();
    l.items.clear();
    l.first = 0;
    queue_.drop(l.at);
}

}  // namespace fetchd::jobs
