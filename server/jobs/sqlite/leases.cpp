#include "jobs/sqlite/leases.hpp"

#include <algorithm>

namespace fetchd::jobs {

lease_plan leases::plan(lease_want const& want, time_point now, std::size_t already_planned) {
    lease_plan p;
    p.job = want.job;
    p.lane = want.lane;
    auto const found = lanes_.find({want.job, want.lane});
    if (found != lanes_.end()) {
        p.after = found->second.last;
        for (auto const& [n, o] : found->second.items) {
            if (p.again.size() >= want.count)
                break;
            if (o.free_at <= now)
                p.again.push_back(n);
        }
    }
    auto const room = max_leases - std::min(max_leases, size_ + already_planned);
    p.fresh = static_cast<std::uint32_t>(std::min<std::size_t>(want.count - p.again.size(), room));
    return p;
}

void leases::grant(lease_plan const& p, std::vector<leased_item>& items, time_point until) {
    if (items.empty() && p.again.empty())
        return;
    auto& lane = lanes_[{p.job, p.lane}];
    // What was to go again and was not found has been settled or cancelled meanwhile.
    for (auto const n : p.again)
        if (std::none_of(items.begin(), items.end(), [n](auto const& i) { return i.ref.n == n; }))
            size_ -= lane.items.erase(n);
    for (auto& item : items) {
        auto const [it, fresh] = lane.items.try_emplace(item.ref.n);
        size_ += fresh ? 1 : 0;
        item.attempts = it->second.attempts++;
        it->second.free_at = until;
        lane.last = std::max(lane.last, item.ref.n);
    }
    if (lane.items.empty())
        lanes_.erase({p.job, p.lane});
}

void leases::give_back(item_ref const& ref, time_point ready_at) {
    auto const lane = lanes_.find({ref.job, ref.lane});
    if (lane == lanes_.end())
        return;
    if (auto const item = lane->second.items.find(ref.n); item != lane->second.items.end())
        item->second.free_at = ready_at;
}

void leases::settled(item_ref const& ref) {
    auto const lane = lanes_.find({ref.job, ref.lane});
    if (lane == lanes_.end())
        return;
    size_ -= lane->second.items.erase(ref.n);
    if (lane->second.items.empty())
        lanes_.erase(lane);
}

void leases::forget(job_key job) {
    std::erase_if(lanes_, [&](auto const& entry) {
        if (entry.first.job != job)
            return false;
        size_ -= entry.second.items.size();
        return true;
    });
}

}  // namespace fetchd::jobs
