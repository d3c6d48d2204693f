#include "unit/jobs/memory_store.hpp"

#include <boost/asio/post.hpp>

namespace fetchd::jobs {
namespace {

failure absent() {
    return failure(stage::store, code::not_found, "not in a store in memory");
}

}  // namespace

job memory_store::make(job_draft draft, std::vector<std::string> const& origins, int items_each) {
    auto const key = static_cast<job_key>(jobs_.size() + 1);
    auto& k = jobs_[key];
    k.about.key = key;
    k.about.id = "j-" + std::to_string(key);
    k.about.state = job_state::active;
    k.about.draft = std::move(draft);
    item_number n = 0;
    for (std::size_t i = 0; i < origins.size(); ++i) {
        auto const number = static_cast<lane_key>(i) - 3;  // keys of lanes may be negative
        k.lanes[number] = lane{number, origins[i], 0};
        for (int item = 0; item < items_each; ++item) {
            ++n;
            k.items[number][n] = origins[i] + "/" + std::to_string(n);
        }
    }
    k.about.counts.accepted = static_cast<std::uint64_t>(n);
    return k.about;
}

awaitable<void> memory_store::later() {
    for (int left = turns(); left > 0; --left)
        co_await asio::post(ex_, asio::use_awaitable_t<executor>());
}

awaitable<result<job>> memory_store::find(job_key key) {
    co_await later();
    if (broken)
        co_return *broken;
    auto const at = jobs_.find(key);
    if (at == jobs_.end())
        co_return absent();
    co_return at->second.about;
}

awaitable<result<std::vector<job>>> memory_store::unfinished(job_key after, std::uint32_t limit) {
    ++job_calls;
    std::vector<job> found;  // as it is now: when the answer comes it may be old
    for (auto at = jobs_.upper_bound(after); at != jobs_.end() && found.size() < limit; ++at)
        if (!has_ended(at->second.about.state))
            found.push_back(at->second.about);
    co_await later();
    if (broken)
        co_return *broken;
    co_return found;
}

awaitable<result<job>> memory_store::steer(job_key key, job_state wanted) {
    co_await later();
    if (broken)
        co_return *broken;
    auto& k = jobs_.at(key);
    if (has_ended(k.about.state) || k.about.state == job_state::cancelling)
        co_return k.about;
    k.about.state = wanted;
    if (wanted == job_state::cancelling && !cancels_slowly)
        end_cancel(key);
    co_return k.about;
}

void memory_store::end_cancel(job_key key) {
    auto& k = jobs_.at(key);
    k.about.counts.cancelled += k.about.counts.pending();
    k.items.clear();
    k.lanes.clear();
    std::erase_if(leases_, [key](auto const& l) { return l.first.first == key; });
    k.about.state = job_state::cancelled;
}

awaitable<result<job>> memory_store::pause(job_key key) {
    return steer(key, job_state::paused);
}
awaitable<result<job>> memory_store::resume(job_key key) {
    return steer(key, job_state::active);
}
awaitable<result<job>> memory_store::cancel(job_key key) {
    return steer(key, job_state::cancelling);
}

awaitable<result<lane_page>> memory_store::lanes(job_key key, lane_key after, std::uint32_t limit,
                                                 unix_ms now) {
    ++lane_calls;
    last_now = now;
    co_await later();
    if (broken)
        co_return *broken;
    lane_page page;
    auto& all = jobs_.at(key).lanes;
    for (auto at = all.upper_bound(after); at != all.end(); ++at) {
        if (at->second.ready_at > now) {
            page.soonest = std::min(page.soonest, at->second.ready_at);
            continue;
        }
        page.ready.push_back(at->second);
        if (page.ready.size() == limit) {
            page.next = at->first;
            break;
        }
    }
    co_return page;
}

awaitable<result<void>> memory_store::put_off(job_key key, lane_key number, unix_ms ready_at) {
    ++put_offs;
    co_await later();
    if (broken)
        co_return *broken;
    auto& all = jobs_.at(key).lanes;
    if (auto const at = all.find(number); at != all.end())
        at->second.ready_at = ready_at;
    co_return result<void>();
}

awaitable<result<std::vector<leased_item>>> memory_store::lease(std::vector<lease_want> wants, time_point now,
                                                                time_point until) {
    ++lease_calls;
    co_await later();
    if (broken)
        co_return *broken;
    std::vector<leased_item> items;
    for (auto const& want : wants) {
        std::uint32_t count = 0;
        if (jobs_.at(want.job).about.state != job_state::active)
            continue;
        for (auto const& [n, address] : jobs_.at(want.job).items[want.lane]) {
            if (count == want.count)
                break;
            auto& free_at = leases_.try_emplace({want.job, n}, now).first->second;
            if (free_at > now)
                continue;
            free_at = until;
            ++count;
            leased_item item;
            item.ref = item_ref{want.job, want.lane, n};
            item.url = address;
            items.push_back(std::move(item));
        }
    }
    co_return items;
}

void memory_store::give_back(std::vector<item_ref> const& items, time_point ready_at) {
    for (auto const& ref : items)
        if (auto const at = leases_.find({ref.job, ref.n}); at != leases_.end())
            at->second = ready_at;
}

awaitable<result<std::vector<std::uint64_t>>> memory_store::settle(std::vector<settlement> batch) {
    ++settle_calls;
    co_await later();
    if (broken)
        co_return *broken;
    if (broken_settle)
        for (auto const& s : batch)
            if (poison.empty() || s.head.find(poison) != std::string::npos)
                co_return *broken_settle;
    std::vector<std::uint64_t> seqs;
    for (auto& s : batch) {
        auto& k = jobs_.at(s.ref.job);
        auto const in_lane = k.items.find(s.ref.lane);
        if (in_lane == k.items.end() || in_lane->second.erase(s.ref.n) == 0) {
            seqs.push_back(0);
            continue;
        }
        leases_.erase({s.ref.job, s.ref.n});
        if (in_lane->second.empty()) {
            k.items.erase(in_lane);
            k.lanes.erase(s.ref.lane);
        }
        auto& c = k.about.counts;
        ++(s.outcome == outcome::succeeded ? c.succeeded
           : s.outcome == outcome::failed  ? c.failed
                                           : c.skipped);
        k.results.push_back({s.ref.n, s.outcome, std::move(s.head)});
        k.about.last_seq = k.results.size();
        seqs.push_back(k.results.size());
        if (c.pending() == 0)
            k.about.state = job_state::finished;
    }
    co_return seqs;
}

awaitable<result<job_key>> memory_store::begin(job_draft) {
    co_return absent();
}
awaitable<result<added>> memory_store::add(job_key, std::vector<item_draft>) {
    co_return absent();
}
awaitable<result<committed>> memory_store::commit(job_key, idempotency) {
    co_return absent();
}
awaitable<result<void>> memory_store::abandon(job_key) {
    co_return absent();
}
awaitable<result<std::optional<first_answer>>> memory_store::find_answer(std::string, std::string) {
    co_return absent();
}
awaitable<result<job>> memory_store::find(std::string) {
    co_return absent();
}
awaitable<result<job_page>> memory_store::list(std::string, std::string, std::uint32_t,
                                               std::optional<job_state>) {
    co_return absent();
}
awaitable<result<result_page>> memory_store::read(read_want) {
    co_return absent();
}
awaitable<result<void>> memory_store::put(record) {
    co_return absent();
}
awaitable<result<void>> memory_store::put(std::vector<record>) {
    co_return absent();
}
awaitable<result<std::optional<record>>> memory_store::get(std::string, unix_ms) {
    co_return absent();
}
awaitable<result<void>> memory_store::erase(std::string) {
    co_return absent();
}
awaitable<result<record_page>> memory_store::records(std::string, std::string, std::uint32_t, unix_ms) {
    co_return absent();
}
awaitable<result<store::due_events>> memory_store::due(unix_ms, std::uint32_t) {
    co_return absent();
}
awaitable<result<void>> memory_store::mark(std::vector<event_mark>) {
    co_return absent();
}
awaitable<result<void>> memory_store::hasten(std::vector<std::string>, unix_ms) {
    co_return absent();
}
awaitable<result<std::vector<event>>> memory_store::events(std::string, event_state, std::int64_t,
                                                           std::uint32_t) {
    co_return absent();
}
awaitable<result<swept>> memory_store::sweep(retention) {
    co_return absent();
}

}  // namespace fetchd::jobs
