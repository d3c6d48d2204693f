#include <algorithm>

#include "jobs/window.hpp"

namespace fetchd::jobs {
namespace {

constexpr auto worth_putting_off = std::chrono::seconds(2);
constexpr std::size_t put_off_at_once = 1024;

}  // namespace

std::optional<window::place> window::next(time_point now) {
    wake(now);
    return queue_.next(now);
}

// What waited for its time: items for another try, and jobs for another pass over their lanes.
void window::wake(time_point now) {
    while (!retries_.empty() && retries_.begin()->first <= now) {
        auto const at = retries_.begin()->second;
        retries_.erase(retries_.begin());
        --retrying_;
        auto* const j = find(static_cast<job_key>(at.job));
        if (j && j->retrying > 0)
            --j->retrying;
        if (auto* const l = find(at)) {
            l->retrying -= std::min<std::size_t>(l->retrying, 1);
            l->more = true;
            feed(*l);
        } else if (j) {
            pass_over(*j);  // it was given up in a pause
        }
    }
    while (!passes_.empty() && passes_.begin()->first <= now) {
        auto* const j = find(passes_.begin()->second);
        passes_.erase(passes_.begin());
        if (!j || j->passing || j->next_pass > now)
            continue;
        pass_over(*j);
    }
}

void window::pass_over(job& j) {
    if (!j.passing)
        j.soonest = never;
    j.passing = true;
    look(j);
}

leased_item window::take(lane& l, time_point now) {
    auto item = std::move(l.items[l.first].item);
    ++l.first;
    --items_;
    l.until = now;
    feed(l);
    drop_if_empty(l);
    return item;
}

void window::hold(lane& l, time_point until, std::string_view why) {
    l.until = until;
    l.why = why;
    queue_.put_back(l.at);
    queue_.hold(l.at, until);
}

void window::occupy(lane& l) {
    l.until = time_point::max();
    l.why = "preparing";
    queue_.occupy(l.at);
    queue_.hold(l.at, l.until);
}

void window::release(place at, time_point now) {
    auto* const l = find(at);
    if (!l || l->until <= now)
        return;
    l->until = now;
    queue_.hold(at, now);
}

void window::changed(std::string_view origin, time_point now) {
    auto const same = by_origin_.equal_range(std::hash<std::string_view>()(origin));
    for (auto it = same.first; it != same.second; ++it)
        release(it->second, now);
}

void window::finished(place at, std::int64_t extra) {
    queue_.finished(at, extra);
}

void window::try_again(job& j, item_ref ref, std::string origin, time_point when) {
    ++j.retrying;
    ++retrying_;
    retries_.emplace(when, place_of(ref.job, ref.lane));
    if (j.paused)  // where it goes on before then, its lane is looked for
        return;
    auto& l = open(j, ref.lane, std::move(origin));
    ++l.retrying;
    feed(l);
}

std::optional<time_point> window::wakes() const {
    auto first = queue_.wakes().value_or(time_point::max());
    if (!retries_.empty())
        first = std::min(first, retries_.begin()->first);
    if (!passes_.empty())
        first = std::min(first, passes_.begin()->first);
    if (first == time_point::max())
        return std::nullopt;
    return first;
}

std::vector<window::put_off> window::make_room(time_point now) {
    std::vector<put_off> away;
    for (auto& [key, j] : jobs_) {
        if (!j->passing || j->asked || j->paused || wants_page(*j))
            continue;
        if (away.size() >= put_off_at_once)
            break;
        std::vector<lane*> slow;
        for (auto& [number, l] : j->lanes)
            if (l.until > now + worth_putting_off && !l.asked)
                slow.push_back(&l);
        if (slow.size() * 4 < j->lanes.size() * 3)
            continue;
        slow.resize(std::min((slow.size() + 1) / 2, put_off_at_once - away.size()));
        for (auto* const l : slow) {
            put_off p;
            p.at = l->at;
            p.until = std::min(l->until, now + max_put_off);
            give_up_items(*l, p.items);
            j->soonest = std::min(j->soonest, border_.out(p.until));
            drop(*l);
            away.push_back(std::move(p));
        }
    }
    return away;
}

std::vector<item_ref> window::stale(time_point now) {
    std::vector<item_ref> back;
    for (auto& [key, j] : jobs_)
        for (auto& [number, l] : j->lanes) {
            if (l.at_hand() == 0 || l.asked || l.items[l.first].since + max_at_hand > now)
                continue;
            give_up_items(l, back);
            l.until = now;
            l.more = true;
            feed(l);
        }
    return back;
}

window::split window::parts(job_key key, job_counts const& counts, time_point now) const {
    split s;
    auto const at = jobs_.find(key);
    auto left = counts.pending();
    if (at != jobs_.end()) {
        auto const& j = *at->second;
        // What has run is counted here until its commit is known, and by the store as soon as it is made.
        s.running = std::min<std::uint64_t>(left, j.flights.size() + j.settling);
        left -= s.running;
        std::uint64_t held = j.retrying;
        for (auto const& [number, l] : j.lanes)
            if (l.until > now)
                held += l.at_hand();
        s.waiting = std::min(left, held);
        left -= s.waiting;
    }
    s.queued = left;
    return s;
}

std::vector<window::waiting> window::waits(job_key key, time_point now, std::size_t most) const {
    std::vector<waiting> all;
    auto const at = jobs_.find(key);
    if (at == jobs_.end())
        return all;
    for (auto const& [number, l] : at->second->lanes)
        if (l.until > now && l.at_hand() > 0)
            all.push_back({l.origin, border_.out(l.until), l.why, l.at_hand()});
    if (at->second->retrying > 0)
        for (auto const& [when, where] : retries_)
            if (static_cast<job_key>(where.job) == key)
                if (auto const l = at->second->lanes.find(static_cast<lane_key>(where.lane));
                    l != at->second->lanes.end())
                    all.push_back({l->second.origin, border_.out(when), "retry", 1});
    auto const longer = [](waiting const& x, waiting const& y) { return x.until > y.until; };
    auto const end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
    std::partial_sort(all.begin(), end, all.end(), longer);
    all.erase(end, all.end());
    return all;
}

}  // namespace fetchd::jobs
