#include "unit/jobs/outbox_store.hpp"

#include <algorithm>

namespace fetchd::jobs {
namespace {

class outbox_watch : public watch {
  public:
    explicit outbox_watch(std::shared_ptr<std::function<void()>> told) : told_(std::move(told)) {}
    ~outbox_watch() override { *told_ = nullptr; }

  private:
    std::shared_ptr<std::function<void()>> told_;
};

}  // namespace

void outbox_store::free() {
    stuck.clear();
    freed_.ring();
}

std::int64_t outbox_store::write(event e) {
    e.key = static_cast<std::int64_t>(rows_.size() + 1);
    e.id = "evt_" + std::to_string(e.key);
    auto const key = e.key;
    rows_.emplace(key, std::move(e));
    growing_.insert(key);
    tell();
    return key;
}

std::size_t outbox_store::in_state(event_state s) const {
    return static_cast<std::size_t>(
        std::count_if(rows_.begin(), rows_.end(), [s](auto const& r) { return r.second.state == s; }));
}

void outbox_store::tell() const {
    if (*told_)
        (*told_)();
}

awaitable<std::optional<failure>> outbox_store::asked(char const* call) {
    ++calls[call];
    co_await later();
    if (call == stuck)
        co_await freed_.wait();
    if (broken)
        co_return broken;
    co_return fails(call);
}

awaitable<result<job>> outbox_store::find(job_key key) {
    if (auto const failed = co_await asked("find"))
        co_return *failed;
    co_return co_await memory_store::find(key);
}

awaitable<result<result_page>> outbox_store::read(read_want want) {
    if (auto const failed = co_await asked("read"))
        co_return *failed;
    auto const& all = lines[want.job];
    result_page page;
    page.next = want.after;
    while (page.next < all.size() && page.results.size() < want.limit) {
        auto const& line = all[page.next++];
        if (line.empty())
            continue;
        auto& r = page.results.emplace_back();
        r.seq = page.next;
        r.line = line;
    }
    page.at_end = page.next >= all.size();
    co_return page;
}

awaitable<result<void>> outbox_store::put(record r) {
    if (auto const failed = co_await asked("put"))
        co_return *failed;
    kept[r.key] = std::move(r);
    co_return result<void>();
}

awaitable<result<std::optional<record>>> outbox_store::get(std::string key, unix_ms now) {
    if (auto const failed = co_await asked("get"))
        co_return *failed;
    std::optional<record> found;
    if (auto const at = kept.find(key); at != kept.end() && at->second.expires > now)
        found = at->second;
    co_return found;
}

awaitable<result<void>> outbox_store::erase(std::string key) {
    if (auto const failed = co_await asked("erase"))
        co_return *failed;
    kept.erase(key);
    co_return result<void>();
}

awaitable<result<record_page>> outbox_store::records(std::string prefix, std::string after,
                                                     std::uint32_t limit, unix_ms now) {
    if (auto const failed = co_await asked("records"))
        co_return *failed;
    record_page page;
    auto at = kept.upper_bound(std::max(prefix, after));
    for (; at != kept.end() && at->first.starts_with(prefix); ++at) {
        if (page.records.size() == limit) {
            page.next = page.records.back().key;
            break;
        }
        if (at->second.expires > now)
            page.records.push_back(at->second);
    }
    co_return page;
}

awaitable<result<store::due_events>> outbox_store::due(unix_ms now, std::uint32_t limit) {
    if (auto const failed = co_await asked("due"))
        co_return *failed;
    std::vector<event> pending;
    for (auto const& [key, e] : rows_)
        if (e.state == event_state::pending)
            pending.push_back(e);
    std::stable_sort(pending.begin(), pending.end(),
                     [](auto const& a, auto const& b) { return a.due < b.due; });
    due_events all;
    for (auto const& e : pending) {
        if (e.due > now || all.events.size() == limit) {
            all.soonest = e.due;
            break;
        }
        all.events.push_back(e);
        growing_.erase(e.key);
    }
    co_return all;
}

awaitable<result<void>> outbox_store::mark(std::vector<event_mark> marks) {
    if (auto const failed = co_await asked("mark"))
        co_return *failed;
    for (auto const& m : marks) {
        auto& e = rows_.at(m.key);
        e.state = m.state;
        e.due = m.due;
        e.attempts = m.attempts;
        e.note = m.note;
    }
    tell();
    co_return result<void>();
}

awaitable<result<void>> outbox_store::hasten(std::vector<std::string> endpoints, unix_ms now) {
    if (auto const failed = co_await asked("hasten"))
        co_return *failed;
    for (auto& [key, e] : rows_)
        if (std::count(endpoints.begin(), endpoints.end(), e.endpoint) > 0 && !growing_.contains(key))
            e.due = std::min(e.due, now);
    tell();
    co_return result<void>();
}

std::unique_ptr<watch> outbox_store::watch_outbox(std::function<void()> told) {
    *told_ = std::move(told);
    return std::make_unique<outbox_watch>(told_);
}

}  // namespace fetchd::jobs
