#include "worker/waiting_line.hpp"

#include <algorithm>

namespace fetchd::worker {

waiting_line::line& waiting_line::line_of(std::string_view origin) {
    auto const at = std::find_if(lines_.begin(), lines_.end(), [&](auto& l) { return l.origin == origin; });
    if (at != lines_.end())
        return *at;
    return lines_.emplace_back(line{std::string(origin), {}});
}

void waiting_line::join(waiter& w) {
    first_.push_back(&w);
}

void waiting_line::rejoin(waiter& w) {
    first_.push_front(&w);
}

void waiting_line::join_behind(waiter& w) {
    line_of(w.origin).waiting.push_back(&w);
    ++behind_;
}

void waiting_line::rejoin_behind(waiter& w) {
    line_of(w.origin).waiting.push_front(&w);
    ++behind_;
}

void waiting_line::leave(waiter& w) {
    if (std::erase(first_, &w) > 0)
        return;
    auto const at = std::find_if(lines_.begin(), lines_.end(), [&](auto& l) { return l.origin == w.origin; });
    if (at == lines_.end())
        return;
    behind_ -= std::erase(at->waiting, &w);
    if (at->waiting.empty())
        lines_.erase(at);
}

waiter* waiting_line::take(std::deque<waiter*>& from) {
    auto* const w = from.front();
    from.pop_front();
    return w;
}

waiter* waiting_line::take_behind(place at) {
    auto* const w = take(at->waiting);
    --behind_;
    if (at->waiting.empty())
        lines_.erase(at);
    else
        lines_.splice(lines_.end(), lines_, at);
    return w;
}

waiter* waiting_line::push_out() {
    auto const longest = std::max_element(lines_.begin(), lines_.end(), [](auto const& a, auto const& b) {
        return a.waiting.size() < b.waiting.size();
    });
    if (longest == lines_.end())
        return nullptr;
    auto* const w = longest->waiting.back();
    leave(*w);
    return w;
}

void waiting_line::put_behind(std::string_view origin) {
    auto const own = std::stable_partition(first_.begin(), first_.end(),
                                           [&](auto const* w) { return w->origin != origin; });
    for (auto at = own; at != first_.end(); ++at)
        join_behind(**at);
    first_.erase(own, first_.end());
}

void waiting_line::bring_back(std::string_view origin) {
    auto const at = std::find_if(lines_.begin(), lines_.end(), [&](auto& l) { return l.origin == origin; });
    if (at == lines_.end())
        return;
    first_.insert(first_.end(), at->waiting.begin(), at->waiting.end());
    behind_ -= at->waiting.size();
    lines_.erase(at);
}

bool waiting_line::waits(std::string_view origin) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](auto& l) { return l.origin == origin; });
}

std::deque<waiter*> waiting_line::empty_out() {
    auto all = std::move(first_);
    first_.clear();
    for (auto const& l : lines_)
        all.insert(all.end(), l.waiting.begin(), l.waiting.end());
    lines_.clear();
    behind_ = 0;
    return all;
}

}  // namespace fetchd::worker
