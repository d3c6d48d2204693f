#include "fetch/sessions.hpp"

#include <algorithm>

namespace fetchd {

bool valid_session_name(std::string_view name) {
    return !name.empty() && name.size() <= 128 &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

sessions::sessions(session_limits const& limits) : limits_(limits) {}

sessions::~sessions() = default;

std::shared_ptr<cookie_jar> sessions::open(std::string_view caller, std::string_view name, time now) {
    expire(now);
    auto const opened = find_or_begin(caller, name);
    opened->used = now;
    auto& own = callers_.find(caller)->second;
    recent_.splice(recent_.begin(), recent_, opened);
    own.recent.splice(own.recent.begin(), own.recent, opened->of_caller);
    auto jar = opened->jar;
    trim(own);
    trim();
    return jar;
}

sessions::place sessions::find_or_begin(std::string_view caller, std::string_view name) {
    auto of_caller = callers_.find(caller);
    if (of_caller == callers_.end())
        of_caller = callers_.emplace(std::string(caller), caller_sessions()).first;
    auto& own = of_caller->second;
    if (auto const known = own.by_name.find(name); known != own.by_name.end())
        return known->second;
    ++numbers_.begun;
    auto const fresh = recent_.emplace(recent_.begin());
    fresh->caller = caller;
    fresh->name = name;
    fresh->jar = std::make_shared<cookie_jar>(cookie_limits(), totals_);
    fresh->of_caller = own.recent.insert(own.recent.begin(), fresh);
    own.by_name.emplace(fresh->name, fresh);
    return fresh;
}

// The one in use stays, whatever the limits: it is the first, and the last to go.
void sessions::trim(caller_sessions& own) {
    for (; own.recent.size() > std::max<std::size_t>(limits_.per_caller, 1); ++numbers_.evicted)
        end(own.recent.back());
}

void sessions::trim() {
    for (; recent_.size() > 1 && (recent_.size() > limits_.sessions || totals_->bytes > limits_.bytes);
         ++numbers_.evicted)
        end(std::prev(recent_.end()));
}

void sessions::expire(time now) {
    for (; !recent_.empty() && now - recent_.back().used >= limits_.idle; ++numbers_.expired)
        end(std::prev(recent_.end()));
    trim();  // jars grow after they were opened
}

void sessions::end(place ended) {
    // Whoever still holds the jar may go on with it, but it is no longer counted as kept.
    ended->jar->leave_totals();
    auto const of_caller = callers_.find(ended->caller);
    of_caller->second.by_name.erase(ended->name);
    of_caller->second.recent.erase(ended->of_caller);
    if (of_caller->second.recent.empty())
        callers_.erase(of_caller);
    recent_.erase(ended);
}

void sessions::configure(session_limits const& limits) {
    limits_ = limits;
    for (auto& [caller, own] : callers_)  // at least one of each stays, so none is erased here
        trim(own);
    trim();
}

sessions::numbers sessions::count() const {
    auto counted = numbers_;
    counted.sessions = recent_.size();
    counted.callers = callers_.size();
    counted.cookies = totals_->cookies;
    counted.bytes = totals_->bytes;
    return counted;
}

}  // namespace fetchd
