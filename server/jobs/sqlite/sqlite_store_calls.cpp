// The calls of the store: each one a thing to write, a thing to read, or both.
#include <algorithm>
#include <iterator>

#include "jobs/sqlite/sqlite_store_impl.hpp"

namespace fetchd::jobs {
namespace {

std::size_t bytes_of(std::vector<item_draft> const& items) {
    std::size_t bytes = items.size() * sizeof(item_draft);
    for (auto const& i : items)
        bytes += i.url.size() + i.origin.size() + i.options.size();
    return bytes;
}

std::size_t bytes_of(std::vector<prepared_settlement> const& all) {
    std::size_t bytes = all.size() * sizeof(prepared_settlement);
    for (auto const& p : all) {
        auto const& e = p.ended;
        bytes += e.head.size() + e.output.size() + e.tail.size() + (e.body ? e.body->size() : 0);
    }
    return bytes;
}

failure too_many() {
    return failure(stage::store, code::overloaded,
                   "more than " + std::to_string(store::max_batch_items) + " in one call");
}

}  // namespace

awaitable<result<job_key>> sqlite_store::begin(job_draft d) {
    auto const bytes = 512 + d.options.size() + d.labels.size();
    group_commit::work<job_key> todo = [d = std::move(d), at = now()](database& db) {
        return db.accept().begin(d, at);
    };
    return write<job_key>(std::move(todo), bytes, true);
}

awaitable<result<added>> sqlite_store::add(job_key job, std::vector<item_draft> items) {
    if (items.size() > max_batch_items)
        co_return too_many();
    auto const bytes = bytes_of(items);
    group_commit::work<added> todo = [job, items = std::move(items)](database& db) {
        return db.accept().add(job, items);
    };
    co_return co_await write<added>(std::move(todo), bytes, true);
}

awaitable<result<committed>> sqlite_store::commit(job_key job, idempotency idem) {
    group_commit::work<committed> todo = [job, idem = std::move(idem), at = now()](database& db) {
        return db.accept().commit(job, idem, at);
    };
    auto done = co_await write<committed>(std::move(todo));
    if (done && (done->replayed || done->job.draft.deduplicate))
        start_cleaning();
    co_return done;
}

awaitable<result<void>> sqlite_store::abandon(job_key job) {
    group_commit::work<void> todo = [job](database& db) -> result<void> {
        db.accept().abandon(job);
        return {};
    };
    auto done = co_await write<void>(std::move(todo));
    if (done)
        start_cleaning();
    co_return done;
}

awaitable<result<std::optional<first_answer>>> sqlite_store::find_answer(std::string owner, std::string key) {
    std::function<result<std::optional<first_answer>>(reader&)> question =
        [owner = std::move(owner), key = std::move(key), now = now().surely()](reader& r) {
            return r.find_answer(owner, key, now);
        };
    return ask(reads_, std::move(question));
}

awaitable<result<job>> sqlite_store::find(std::string id) {
    std::function<result<job>(reader&)> question = [id = std::move(id)](reader& r) { return r.find(id); };
    return ask(reads_, std::move(question));
}

awaitable<result<job>> sqlite_store::find(job_key key) {
    std::function<result<job>(reader&)> question = [key](reader& r) { return r.find(key); };
    return ask(own_reads_, std::move(question));
}

awaitable<result<job_page>> sqlite_store::list(std::string owner, std::string after, std::uint32_t limit,
                                               std::optional<job_state> state) {
    std::function<result<job_page>(reader&)> question = [owner = std::move(owner), after = std::move(after),
                                                         limit, state](reader& r) {
        return r.list(owner, after, limit, state);
    };
    return ask(reads_, std::move(question));
}

awaitable<result<std::vector<job>>> sqlite_store::unfinished(job_key after, std::uint32_t limit) {
    std::function<result<std::vector<job>>(reader&)> question = [after, limit](reader& r) {
        return r.unfinished(after, limit);
    };
    return ask(own_reads_, std::move(question));
}

awaitable<result<job>> sqlite_store::change(job_key job, job_state wanted) {
    group_commit::work<jobs::job> todo = [job, wanted](database& db) {
        return db.steer().change(job, wanted);
    };
    return write<jobs::job>(std::move(todo));
}

awaitable<result<job>> sqlite_store::pause(job_key job) {
    return change(job, job_state::paused);
}

awaitable<result<job>> sqlite_store::resume(job_key job) {
    return change(job, job_state::active);
}

awaitable<result<job>> sqlite_store::cancel(job_key key) {
    auto done = co_await change(key, job_state::cancelling);
    if (done && done->state == job_state::cancelling) {
        // A lease that was being read while this was committed is dropped when it comes (take).
        ending_.insert(key);
        leases_.forget(key);
        start_cleaning();
    }
    co_return done;
}

awaitable<result<lane_page>> sqlite_store::lanes(job_key job, lane_key after, std::uint32_t limit,
                                                 unix_ms now) {
    std::function<result<lane_page>(reader&)> question = [=](reader& r) {
        return r.lanes(job, after, limit, now);
    };
    return ask(own_reads_, std::move(question));
}

awaitable<result<void>> sqlite_store::put_off(job_key job, lane_key lane, unix_ms ready_at) {
    group_commit::work<void> todo = [=](database& db) -> result<void> {
        db.steer().put_off(job, lane, ready_at);
        return {};
    };
    return write<void>(std::move(todo));
}

// One at a time: a lane's cursor moves only once what it was read for has been handed out.
awaitable<result<std::vector<leased_item>>> sqlite_store::lease(std::vector<lease_want> wants, time_point now,
                                                                time_point until) {
    auto const mine = std::make_shared<bell>(loop_);
    lease_turns_.push_back(mine);
    while (lease_turns_.front() != mine)
        co_await mine->wait();
    auto taken = co_await take(wants, now, until);
    lease_turns_.pop_front();
    if (!lease_turns_.empty())
        lease_turns_.front()->ring();
    co_return taken;
}

awaitable<result<std::vector<leased_item>>> sqlite_store::take(std::vector<lease_want> const& wants,
                                                               time_point now, time_point until) {
    auto const plans = std::make_shared<std::vector<lease_plan>>();
    std::size_t planned = 0;
    for (auto const& want : wants) {
        auto const count = static_cast<std::uint32_t>(
            std::min<std::size_t>(want.count, max_batch_items - std::min(max_batch_items, planned)));
        auto const same = [&](lease_plan const& p) { return p.job == want.job && p.lane == want.lane; };
        if (std::any_of(plans->begin(), plans->end(), same))
            continue;
        plans->push_back(leases_.plan({want.job, want.lane, count}, now, planned));
        planned += plans->back().again.size() + plans->back().fresh;
    }
    std::function<result<std::vector<leased_item>>(reader&)> question = [plans](reader& r) {
        return r.take(*plans);
    };
    auto read = co_await ask(own_reads_, std::move(question));
    if (!read)
        co_return read;
    std::vector<leased_item> all;
    std::size_t next = 0;
    for (auto const& plan : *plans) {
        std::vector<leased_item> mine;
        for (;
             next < read->size() && (*read)[next].ref.lane == plan.lane && (*read)[next].ref.job == plan.job;
             ++next)
            mine.push_back(std::move((*read)[next]));
        if (ending_.contains(plan.job))
            continue;
        leases_.grant(plan, mine, until);
        std::move(mine.begin(), mine.end(), std::back_inserter(all));
    }
    co_return all;
}

void sqlite_store::give_back(std::vector<item_ref> const& items, time_point ready_at) {
    for (auto const& item : items)
        leases_.give_back(item, ready_at);
}

bool sqlite_store::has_large(std::vector<settlement> const& all) const {
    return std::any_of(all.begin(), all.end(), [this](settlement const& s) {
        return s.output.size() > settings_.inline_bytes ||
               (s.body && s.body->size() > settings_.inline_bytes);
    });
}

awaitable<result<std::vector<std::uint64_t>>> sqlite_store::settle(std::vector<settlement> all) {
    if (all.size() > max_batch_items)
        co_return too_many();
    auto const large = has_large(all);
    auto const settled = std::make_shared<prepared>(all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        (*settled)[i].take(std::move(all[i]));
    if (large) {
        std::function<result<void>()> work = [settled, most = settings_.inline_bytes,
                                              &objects = database_->objects()]() -> result<void> {
            return put_large_parts(*settled, most, objects);
        };
        auto const written = co_await elsewhere<void>(*objects_, std::move(work));
        if (!written)
            co_return written.error();
    }
    auto const bytes = bytes_of(*settled);
    group_commit::work<std::vector<std::uint64_t>> todo =
        [settled, at = now()](database& db) -> result<std::vector<std::uint64_t>> {
        return db.settle().settle(*settled, at);
    };
    auto done = co_await write<std::vector<std::uint64_t>>(std::move(todo), bytes);
    if (done)
        for (auto const& p : *settled)
            leases_.settled(p.ended.ref);
    co_return done;
}

awaitable<result<result_page>> sqlite_store::read(read_want want) {
    std::function<result<result_page>(reader&)> question = [want](reader& r) { return r.read(want); };
    auto page = co_await ask(reads_, std::move(question));
    if (page)
        for (auto const& r : page->results)
            damaged_ += r.damaged ? 1 : 0;
    co_return page;
}

awaitable<result<void>> sqlite_store::put(record r) {
    std::vector<record> one;
    one.push_back(std::move(r));
    return put(std::move(one));
}

awaitable<result<void>> sqlite_store::put(std::vector<record> all) {
    std::size_t bytes = 0;
    for (auto const& r : all)
        bytes += sizeof r + r.key.size() + r.value.size();
    group_commit::work<void> todo = [all = std::move(all)](database& db) -> result<void> {
        db.put(all);
        return {};
    };
    return write<void>(std::move(todo), bytes);
}

awaitable<result<std::optional<record>>> sqlite_store::get(std::string key, unix_ms now) {
    std::function<result<std::optional<record>>(reader&)> question = [key = std::move(key), now](reader& r) {
        return r.get(key, now);
    };
    return ask(own_reads_, std::move(question));
}

awaitable<result<void>> sqlite_store::erase(std::string key) {
    group_commit::work<void> todo = [key = std::move(key)](database& db) -> result<void> {
        db.erase(key);
        return {};
    };
    return write<void>(std::move(todo));
}

awaitable<result<record_page>> sqlite_store::records(std::string prefix, std::string after,
                                                     std::uint32_t limit, unix_ms now) {
    std::function<result<record_page>(reader&)> question = [prefix = std::move(prefix),
                                                            after = std::move(after), limit, now](reader& r) {
        return r.records(prefix, after, limit, now);
    };
    return ask(own_reads_, std::move(question));
}

awaitable<result<store::due_events>> sqlite_store::due(unix_ms now, std::uint32_t limit) {
    group_commit::work<due_events> todo = [now, limit](database& db) -> result<due_events> {
        return db.outbox().due(now, std::clamp(limit, 1U, 1000U));
    };
    return write<due_events>(std::move(todo));
}

awaitable<result<void>> sqlite_store::mark(std::vector<event_mark> marks) {
    group_commit::work<void> todo = [marks = std::move(marks)](database& db) -> result<void> {
        db.outbox().mark(marks);
        return {};
    };
    return write<void>(std::move(todo));
}

awaitable<result<void>> sqlite_store::hasten(std::vector<std::string> endpoints, unix_ms now) {
    group_commit::work<void> todo = [endpoints = std::move(endpoints), now](database& db) -> result<void> {
        db.outbox().hasten(endpoints, now);
        return {};
    };
    return write<void>(std::move(todo));
}

awaitable<result<std::vector<event>>> sqlite_store::events(std::string endpoint, event_state state,
                                                           std::int64_t after, std::uint32_t limit) {
    std::function<result<std::vector<event>>(reader&)> question = [endpoint = std::move(endpoint), state,
                                                                   after, limit](reader& r) {
        return r.events(endpoint, state, after, limit);
    };
    return ask(reads_, std::move(question));
}

}  // namespace fetchd::jobs
