#include "net/address_order.hpp"

#include <algorithm>

namespace fetchd {

bool address_order::dead(ip_address const& address, std::uint16_t port, time_point now) const {
    auto const found = entries_.find({address, port});
    return found != entries_.end() && now < found->second->until;
}

void address_order::arrange(std::span<ip_address> all, std::uint16_t port, time_point now) {
    if (all.size() < 2)
        return;
    // The families in turn, beginning with that of the first.
    for (std::size_t i = 1; i < all.size(); ++i) {
        auto const rest = all.subspan(i);
        auto const other = std::ranges::find_if(rest, [&](auto const& a) { return a.v4 != all[i - 1].v4; });
        if (other != rest.end())
            std::rotate(rest.begin(), other, other + 1);
    }
    if (!entries_.empty())
        std::stable_partition(all.begin(), all.end(),
                              [&](ip_address const& a) { return !dead(a, port, now); });
}

void address_order::failed(ip_address const& address, std::uint16_t port, time_point now) {
    worked(address, port);
    if (entries_.size() == max_remembered) {
        entries_.erase(oldest_first_.front().where);
        oldest_first_.pop_front();
    }
    oldest_first_.push_back({{address, port}, now + memory});
    entries_[{address, port}] = std::prev(oldest_first_.end());
}

void address_order::worked(ip_address const& address, std::uint16_t port) {
    auto const known = entries_.find({address, port});
    if (known == entries_.end())
        return;
    oldest_first_.erase(known->second);
    entries_.erase(known);
}

}  // namespace fetchd
