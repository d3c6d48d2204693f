#include "jobs/sqlite/outbox.hpp"

#include <algorithm>

namespace fetchd::jobs {
namespace {

constexpr unix_ms longest_wait = unix_ms{48} * 3600 * 1000;  // more than between any two attempts

}  // namespace

event event_of(query const& q) {
    event e;
    e.key = q.number(0);
    e.id = q.text(1);
    e.endpoint = q.text(2);
    e.kind = q.number(3) == 0 ? event_kind::results : event_kind::finished;
    e.job = q.number(4);
    e.job_id = q.text(5);
    e.first_seq = q.count(6);
    e.last_seq = q.count(7);
    e.created = q.number(8);
    e.due = q.number(9);
    e.attempts = static_cast<std::uint32_t>(q.number(10));
    auto const state = q.number(11);
    if (state < 0 || state > 2)
        throw_damaged("an event is in a state that does not exist");
    e.state = static_cast<event_state>(state);
    e.note = q.text(12);
    return e;
}

void outbox::insert(job const& j, subscription const& s, event_kind kind, std::uint64_t first,
                    std::uint64_t last, moment at, bool closed) {
    db_.ask(
           "INSERT INTO events(id, endpoint, kind, job, job_id, first_seq, last_seq, created, due, attempts, "
           "state, closed, note) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, ?10, '')")
        .with(new_name("evt_"), s.endpoint, static_cast<int>(kind), j.key, j.id, first, last, at.stamp,
              closed ? at.even : at.even + s.window, closed ? 1 : 0)
        .run();
    effects_.rows += 1;
    effects_.events = true;
}

// Lets the open event, if there is one that may still grow, take of these results; how many it took.
std::uint64_t outbox::extend(job const& j, subscription const& s, std::uint64_t first, std::uint64_t last,
                             unix_ms now) {
    std::int64_t key = 0;
    std::uint64_t taken = 0;
    bool full = true;
    unix_ms due = now;
    {
        auto q = db_.ask(
            "SELECT key, first_seq, last_seq, due FROM events "
            "WHERE job = ?1 AND endpoint = ?2 AND closed = 0");
        if (!q.with(j.key, s.endpoint).step())
            return 0;
        key = q.number(0);
        auto const held = q.count(2) - q.count(1) + 1;
        if (q.number(3) > now && q.count(2) + 1 == first && held < s.batch) {
            taken = std::min(last - first + 1, s.batch - held);
            full = held + taken == s.batch;
            due = full ? now : q.number(3);
        }
    }
    db_.ask("UPDATE events SET last_seq = last_seq + ?2, due = ?3, closed = ?4 WHERE key = ?1")
        .with(key, taken, due, full ? 1 : 0)
        .run();
    effects_.rows += 1;
    effects_.events = true;
    return taken;
}

void outbox::append(job const& j, subscription const& s, std::uint64_t first, std::uint64_t last, moment at) {
    first += extend(j, s, first, last, at.even);
    while (first <= last) {
        auto const take = std::min<std::uint64_t>(last - first + 1, std::max(1U, s.batch));
        insert(j, s, event_kind::results, first, first + take - 1, at, take >= s.batch);
        first += take;
    }
}

void outbox::results(job const& j, std::uint64_t first, std::uint64_t last, moment at) {
    for (auto const& s : j.draft.subscriptions)
        if (s.items)
            append(j, s, first, last, at);
}

void outbox::job_ended(job const& j, moment at) {
    if (j.draft.subscriptions.empty())
        return;
    db_.ask("UPDATE events SET closed = 1, due = min(due, ?2) WHERE job = ?1 AND closed = 0")
        .with(j.key, at.even)
        .run();
    for (auto const& s : j.draft.subscriptions)
        if (s.finished)
            insert(j, s, event_kind::finished, 0, j.last_seq, at, true);
}

store::due_events outbox::due(unix_ms now, std::uint32_t limit) {
    store::due_events all;
    {
        auto q = db_.ask(
            "SELECT key, id, endpoint, kind, job, job_id, first_seq, last_seq, created, due, attempts, "
            "state, note FROM events WHERE state = 0 ORDER BY due, key LIMIT ?1");
        q.with(limit + 1);
        while (q.step() && all.soonest == never) {
            auto e = event_of(q);
            if (e.due <= now && all.events.size() < limit)
                all.events.push_back(std::move(e));
            else
                all.soonest = e.due;
        }
    }
    auto close = db_.ask("UPDATE events SET closed = 1 WHERE key = ?1 AND closed = 0");
    for (auto const& e : all.events)
        close.with(e.key).run();
    return all;
}

void outbox::mark(std::span<event_mark const> marks) {
    auto update = db_.ask(
        "UPDATE events SET state = ?2, due = ?3, attempts = ?4, note = ?5, closed = 1 WHERE key = ?1");
    for (auto const& m : marks)
        update.with(m.key, static_cast<int>(m.state), m.due, m.attempts, m.note).run();
    effects_.rows += marks.size();
    effects_.events = true;
}

void outbox::hasten(std::span<std::string const> endpoints, unix_ms now) {
    auto update =
        db_.ask("UPDATE events SET due = ?2 WHERE endpoint = ?1 AND state = 0 AND closed = 1 AND due > ?2");
    for (auto const& endpoint : endpoints) {
        update.with(endpoint, now).run();
        effects_.rows += static_cast<std::uint64_t>(db_.changes());
    }
    effects_.events = true;
}

void outbox::bound_waits(unix_ms now) {
    db_.ask("UPDATE events SET due = ?1 WHERE state = 0 AND due > ?2").with(now, now + longest_wait).run();
}

}  // namespace fetchd::jobs
