#include "worker/penalties.hpp"

#include <algorithm>
#include <iterator>

namespace fetchd::worker {

penalties::record& penalties::of(std::string_view origin) {
    if (auto const found = known_.find(origin); found != known_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
    } else {
        recent_.emplace_front().origin = origin;
        known_.emplace(recent_.front().origin, recent_.begin());
    }
    return recent_.front();
}

void penalties::forget(place at) {
    known_.erase(at->origin);
    recent_.erase(at);
}

// Never the first: a death was just written down there.
void penalties::make_room(time now) {
    if (recent_.size() <= limits_.origins || recent_.size() < 2)
        return;
    for (auto at = std::prev(recent_.end()); at != recent_.begin(); --at)
        if (!at->penalised)
            return forget(at);
    recent_.back().end = now;  // due at once, and forgotten with that
}

std::optional<std::chrono::milliseconds> penalties::died(std::string_view origin, time now) {
    auto& r = of(origin);
    make_room(now);
    r.deaths.push_back(now);
    while (now - r.deaths.front() >= limits_.window)
        r.deaths.pop_front();
    if (r.deaths.size() <= limits_.deaths)
        return std::nullopt;
    r.deaths.clear();
    if (!r.penalised && now - r.end >= limits_.longest)
        r.times = 0;
    auto length = limits_.first;
    for (unsigned i = 0; i < r.times && length < limits_.longest; ++i)
        length *= 2;
    length = std::min(length, limits_.longest);
    ++r.times;
    ++begun_;
    penalised_ += r.penalised ? 0 : 1;
    r.penalised = true;
    r.end = now + length;
    return length;
}

bool penalties::penalised(std::string_view origin) const {
    if (penalised_ == 0)
        return false;
    auto const found = known_.find(origin);
    return found != known_.end() && found->second->penalised;
}

std::optional<penalties::time> penalties::next_end() const {
    std::optional<time> next;
    for (auto const& r : recent_)
        if (r.penalised && (!next || r.end < *next))
            next = r.end;
    return next;
}

std::vector<std::string> penalties::end_due(time now) {
    std::vector<std::string> over;
    for (auto at = recent_.begin(); at != recent_.end();) {
        auto const next = std::next(at);
        if (at->penalised && at->end <= now) {
            over.push_back(at->origin);
            at->penalised = false;
            --penalised_;
            if (recent_.size() > limits_.origins)
                forget(at);
        }
        at = next;
    }
    return over;
}

}  // namespace fetchd::worker
