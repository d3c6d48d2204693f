#include "loop/timer_wheel.hpp"

namespace fetchd {
namespace {

template <class Links>
void unlink(Links& l) {
    l.prev->next = l.next;
    l.next->prev = l.prev;
    l.next = l.prev = nullptr;
}

template <class Links>
void link_before(Links& at, Links& l) {
    l.next = &at;
    l.prev = at.prev;
    at.prev->next = &l;
    at.prev = &l;
}

}  // namespace

void alarm::arm(time_point when) {
    disarm();
    when_ = when;
    wheel_.insert(*this);
}

void alarm::disarm() {
    if (armed())
        wheel_.remove(*this);
}

timer_wheel::timer_wheel(executor ex) : timer_(ex), start_(clock::now()) {
    for (auto& head : wheel_)
        head.next = head.prev = &head;
}

std::int64_t timer_wheel::tick_of(time_point when) const {
    auto const since = when - start_;
    return since <= clock::duration::zero() ? 0 : since / tick;
}

void timer_wheel::insert(alarm& a) {
    if (armed_ == 0)
        hand_ = std::max(hand_, tick_of(clock::now()));  // the wheel stood still: skip what it missed
    // One tick later than the exact one: an alarm must never fire early, and never in a slot already passed.
    auto const due = std::max(tick_of(a.when_) + 1, hand_ + 1);
    a.links_.self = &a;
    link_before(wheel_[static_cast<std::size_t>(due) % slots], a.links_);
    ++armed_;
    schedule();
}

void timer_wheel::remove(alarm& a) {
    unlink(a.links_);
    --armed_;
}

void timer_wheel::schedule() {
    if (ticking_ || stopped_ || armed_ == 0)
        return;
    ticking_ = true;
    timer_.expires_at(start_ + (hand_ + 1) * tick);  // the beginning of the next tick: no later than promised
    timer_.async_wait([this](error_code ec) {
        ticking_ = false;
        if (ec || stopped_)
            return;
        advance(clock::now());
        schedule();
    });
}

void timer_wheel::advance(time_point now) {
    auto const target = tick_of(now);
    auto const first = std::max(hand_ + 1, target - static_cast<std::int64_t>(slots) + 1);
    hand_ = std::max(hand_, target);
    for (auto t = first; t <= target; ++t) {
        auto& slot = wheel_[static_cast<std::size_t>(t) % slots];
        // Callbacks arm and destroy alarms, so the slot is emptied into a list of its own first.
        alarm::links due;
        due.next = due.prev = &due;
        for (auto* l = slot.next; l != &slot;) {
            auto* const next = l->next;
            if (l->self->when_ <= now) {
                unlink(*l);
                link_before(due, *l);
            }
            l = next;
        }
        while (due.next != &due) {
            auto& a = *due.next->self;
            remove(a);
            a.fire_();  // may destroy the alarm: not touched after this
        }
    }
}

void timer_wheel::stop() {
    stopped_ = true;
    timer_.cancel();
}

}  // namespace fetchd
