#include "worker/quarantine.hpp"

#include <iterator>

namespace fetchd::worker {

quarantine::place quarantine::find(fingerprint const& what, time now) {
    auto const found = by_print_.find(what);
    if (found == by_print_.end())
        return recent_.end();
    auto const at = found->second;
    if (now - at->last >= limits_.keep) {
        forget(at);
        return recent_.end();
    }
    recent_.splice(recent_.begin(), recent_, at);
    return at;
}

void quarantine::forget(place at) {
    by_print_.erase(at->what);
    recent_.erase(at);
}

bool quarantine::refuses(fingerprint const& what, time now) {
    auto const at = find(what, now);
    return at != recent_.end() && at->deaths >= deaths;
}

bool quarantine::blame(fingerprint const& what, time now) {
    if (limits_.entries == 0)
        return false;
    auto at = find(what, now);
    if (at == recent_.end()) {
        if (recent_.size() >= limits_.entries)
            forget(std::prev(recent_.end()));
        at = recent_.insert(recent_.begin(), {what, 0, now});
        by_print_.emplace(what, at);
    }
    at->last = now;
    return at->deaths < deaths && ++at->deaths == deaths;
}

quarantine::numbers quarantine::count(time now) const {
    numbers n;
    for (auto const& each : recent_)
        if (now - each.last < limits_.keep)
            ++(each.deaths >= deaths ? n.refused : n.suspects);
    return n;
}

}  // namespace fetchd::worker
