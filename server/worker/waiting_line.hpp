// Documents that wait for a worker, and whose turn it is.
//
// First come first served, but for those of penalised origins: they stand behind all others, one line for
// each origin, which take turns. Pure: knows nothing of workers. What waits is not owned, and leaves before
// it ends.
#pragma once

#include <deque>
#include <list>
#include <string>
#include <string_view>

namespace fetchd::worker {

struct waiter {
    std::string origin;  // "https://example.org"; empty: of none
};

class waiting_line {
  public:
    std::size_t size() const { return first_.size() + behind_; }
    bool empty() const { return size() == 0; }

    void join(waiter&);           // last
    void join_behind(waiter&);    // last of its origin's line
    void rejoin(waiter&);         // first: it had its turn, and it came to nothing
    void rejoin_behind(waiter&);  // first of its origin's line
    void leave(waiter&);          // if it is here
    waiter* push_out();           // the last of the longest line behind; null where nobody stands behind
    void put_behind(std::string_view origin);  // a penalty begins
    void bring_back(std::string_view origin);  // and ends: last of all, in their order

    // Whose turn it is, out of the line; null when nobody may go. No turn is given behind to an origin for
    // which held_up(origin) is true.
    template <class Predicate>
    waiter* next(Predicate held_up) {
        if (!first_.empty())
            return take(first_);
        for (auto at = lines_.begin(); at != lines_.end(); ++at)
            if (!held_up(at->origin))
                return take_behind(at);
        return nullptr;
    }
    bool waits(std::string_view origin) const;  // behind

    std::deque<waiter*> empty_out();  // all of them, as they stand

  private:
    struct line {
        std::string origin;
        std::deque<waiter*> waiting;  // never empty
    };
    using place = std::list<line>::iterator;

    static waiter* take(std::deque<waiter*>&);
    waiter* take_behind(place);
    line& line_of(std::string_view origin);

    std::deque<waiter*> first_;
    std::list<line> lines_;  // the origin whose turn it is next first; as many as there are penalties
    std::size_t behind_ = 0;
};

}  // namespace fetchd::worker
