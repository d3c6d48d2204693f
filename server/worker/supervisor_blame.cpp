// The supervisor's third part: whose fault a worker's end was, and who pays for it.
#include <algorithm>

#include "base/log.hpp"
#include "worker/supervisor.hpp"
#include "worker/task.hpp"

namespace fetchd::worker {

using log::level;
using state = process::state;

void supervisor::blame(task const& t, std::string_view cause) {
    blame(t.print, t.origin, cause);
}

// What no healthy worker does between two documents is the doing of the last one it had.
void supervisor::blame_last(process const& p, std::string_view cause) {
    if (p.sequence() > 0)
        blame(p.print, p.origin, cause);
}

void supervisor::blame(fingerprint const& print, std::string_view origin, std::string_view cause) {
    if (quarantine_.blame(print, clock::now()))
        log::line(level::warn, "document quarantined").kv("origin", origin).kv("cause", cause);
    blame_origin(origin);
}

void supervisor::blame_origin(std::string_view origin) {
    if (origin.empty())
        return;
    if (auto const length = penalties_.died(origin, clock::now())) {
        log::line(level::warn, "origin penalised").kv("origin", origin).kv("ms", length->count());
        queue_.put_behind(origin);
    }
    end_penalties();
}

void supervisor::end_penalties() {
    for (auto const& origin : penalties_.end_due(clock::now())) {
        log::line(level::info, "origin no longer penalised").kv("origin", origin);
        queue_.bring_back(origin);
    }
    if (auto const next = penalties_.next_end())
        penalty_end_.arm(*next);
    dispatch();
}

// Has any worker a document of this origin, be it one that nobody waits for any more?
bool supervisor::at_work_for(std::string_view origin) const {
    return std::any_of(slots_.begin(), slots_.end(), [&](slot const& s) {
        if (!s.running)
            return false;
        if (s.running->current)
            return s.running->current->origin == origin;
        auto const doing = s.running->doing;
        return (doing == state::abandoned || doing == state::condemned) && s.running->origin == origin;
    });
}

}  // namespace fetchd::worker
