#include "loop/scope.hpp"

#include <algorithm>

namespace fetchd {

scope::scope(timer_wheel& wheel, time_point deadline)
    : wheel_(wheel), deadline_(deadline), alarm_(wheel, [this] { end(code::timeout); }) {
    alarm_.arm(deadline);
}

scope::~scope() = default;

void scope::end(code why) {
    if (ended_)
        return;
    ended_ = true;
    reason_ = why;
    alarm_.disarm();
    abort_holds(0);
}

void scope::abort_holds(std::uint64_t since) {
    // An abort only cancels: the waiter resumes later, so no hold is destroyed while this walks.
    for (auto* h = holds_; h && h->number_ >= since; h = h->next_)
        if (auto abort = std::exchange(h->abort_, nullptr))
            abort();
}

scope::hold::hold(scope& s, std::function<void()> abort)
    : scope_(s), abort_(std::move(abort)), next_(s.holds_), number_(s.taken_++) {
    s.holds_ = this;
}

scope::hold::~hold() {
    auto** at = &scope_.holds_;
    while (*at != this)
        at = &(*at)->next_;
    *at = next_;
}

scope::phase::phase(scope& s, time_point limit)
    : scope_(s), since_(s.taken_), alarm_(s.wheel_, [this] {
          expired_ = true;
          scope_.abort_holds(since_);
      }) {
    alarm_.arm(std::min(limit, s.deadline_));
}

}  // namespace fetchd
