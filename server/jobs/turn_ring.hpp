// A circle of those whose turn may come, by deficit round robin.
//
// Each has credit and gets its quantum of it when it is reached; it has the turn until that is spent. So over
// time each gets turns in proportion to its quantum, and what a turn has cost may also become known
// afterwards: whoever owes is passed over for as many rounds. Members carry the links and are not owned;
// joining, leaving and, on average, a turn are O(1). Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace fetchd::jobs {

// What a member of a ring derives from.
template <class T>
struct turn_links {
    T* next = nullptr;
    T* prev = nullptr;
    std::int64_t credit = 0;
    std::int64_t quantum = 1;  // at least 1

    bool in_ring() const { return next != nullptr; }
};

template <class T>
class turn_ring {
  public:
    bool empty() const { return !current_; }

    // Its turn comes after everybody else's.
    void join(T& t) {
        if (!current_) {
            current_ = t.next = t.prev = &t;
            reached_ = false;
            return;
        }
        t.next = current_;
        t.prev = current_->prev;
        t.prev->next = t.next->prev = &t;
    }

    // Credit is not saved up by being away; debts stay.
    void leave(T& t) {
        if (current_ == &t) {
            current_ = t.next == &t ? nullptr : t.next;
            reached_ = false;
        }
        t.prev->next = t.next;
        t.next->prev = t.prev;
        t.next = t.prev = nullptr;
        t.credit = std::min<std::int64_t>(t.credit, 0);
    }

    // Whose turn it is. Not empty.
    T& turn() {
        if (!reached_)
            current_->credit += current_->quantum;
        reached_ = true;
        auto* const first = current_;
        while (current_->credit <= 0) {
            current_ = current_->next;
            current_->credit += current_->quantum;
            if (current_ == first && current_->credit <= 0)
                pass_rounds();
        }
        return *current_;
    }

  private:
    // Everybody owes: the rounds in which nobody would have had a turn, all at once.
    void pass_rounds() {
        auto rounds = -current_->credit / current_->quantum;
        for (auto* t = current_->next; t != current_; t = t->next)
            rounds = std::min(rounds, std::max<std::int64_t>(-t->credit, 0) / t->quantum);
        auto* t = current_;
        do {
            t->credit += rounds * t->quantum;
            t = t->next;
        } while (t != current_);
    }

    T* current_ = nullptr;
    bool reached_ = false;  // has its quantum of this round
};

}  // namespace fetchd::jobs
