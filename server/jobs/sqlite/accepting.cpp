#include "jobs/sqlite/accepting.hpp"

#include <xxhash.h>

#include <algorithm>

#include "jobs/sqlite/objects.hpp"
#include "jobs/sqlite/outbox.hpp"
#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr unix_ms longest_window = 24 * 60 * 60 * 1000;

}  // namespace

accepting::accepting(connection& db, effects& e, std::size_t most_seen)
    : db_(db),
      effects_(e),
      lane_seed_(static_cast<std::uint64_t>(db.number("SELECT value FROM meta WHERE name = 'lane_seed'"))),
      seen_(db, most_seen) {}

// The seed is the folder's own: nobody can choose names that meet in one lane.
lane_key accepting::lane_of(std::string_view origin) const {
    auto const lane = static_cast<lane_key>(XXH3_64bits_withSeed(origin.data(), origin.size(), lane_seed_));
    return lane == before_all_lanes ? lane + 1 : lane;
}

result<job_key> accepting::begin(job_draft const& d, moment at) {
    auto insert = db_.ask(
        "INSERT INTO jobs(id, owner, state, dirty, subscribed, priority, concurrency, not_before, deadline, "
        "deduplicate, options, labels, created, ended, accepted, succeeded, failed, skipped, cancelled, "
        "duplicates, last_seq, first_seq, bytes, queued, archive, robots) "
        "VALUES(?1, ?2, 0, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?13, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, ?11, "
        "?12)");
    auto const id = new_name("j-");
    insert
        .with(id, d.owner, d.subscriptions.empty() ? 0 : 1, d.priority, d.concurrency, d.not_before,
              d.deadline, d.deduplicate ? 1 : 0, d.options, d.labels, d.archive ? 1 : 0, d.robots ? 1 : 0,
              at.stamp)
        .run();
    auto const key = db_.last_id();
    if (key > max_job_key)
        throw_damaged("there are no job numbers left");
    auto subscribe = db_.ask("INSERT OR REPLACE INTO subscriptions VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    for (auto const& s : d.subscriptions)
        subscribe
            .with(key, s.endpoint, s.items ? 1 : 0, s.finished ? 1 : 0, std::max(1U, s.batch),
                  std::clamp(s.window, unix_ms{0}, longest_window))
            .run();
    effects_.rows += 1 + d.subscriptions.size();
    return key;
}

// In the order of the table, so that a page is written once.
void accepting::queue_up_to(job_key job, std::uint64_t first, std::uint64_t last) {
    db_.ask(
           "INSERT INTO queue SELECT ?1, lane, id & 4294967295 FROM items WHERE id BETWEEN ?2 AND ?3 "
           "ORDER BY lane, id")
        .with(job, row_id(job, static_cast<std::int64_t>(first)),
              row_id(job, static_cast<std::int64_t>(last)))
        .run();
    db_.ask("UPDATE jobs SET queued = ?2 WHERE key = ?1").with(job, last).run();
}

std::uint64_t accepting::add_items(job_key job, std::span<item_draft const> items, std::uint64_t last,
                                   bool deduplicate) {
    auto insert = db_.ask("INSERT INTO items VALUES(?1, ?2, ?3, ?4, ?5)");
    std::uint64_t duplicates = 0;
    for (auto const& item : items) {
        if (deduplicate && !seen_.add(job, item.url, last)) {
            ++duplicates;
            continue;
        }
        auto const id = row_id(job, static_cast<std::int64_t>(++last));
        if (item.url.starts_with(item.origin))
            insert.with(id, lane_of(item.origin), item.origin.size(), item.url, item.options).run();
        else
            insert.with(id, lane_of(item.origin), item.origin, item.url, item.options).run();
    }
    return duplicates;
}

result<added> accepting::add(job_key job, std::span<item_draft const> items) {
    std::uint64_t accepted = 0;
    std::uint64_t queued = 0;
    bool deduplicate = false;
    {
        auto q = db_.ask("SELECT accepted, deduplicate, queued FROM jobs WHERE key = ?1 AND state = 0");
        if (!q.with(job).step())
            return no_such_job();
        accepted = q.count(0);
        deduplicate = q.number(1) != 0;
        queued = q.count(2);
    }
    if (accepted + items.size() > static_cast<std::uint64_t>(max_per_job))
        return failure(stage::store, code::overloaded, "a job may have 4294967295 items");
    added done;
    done.duplicates = add_items(job, items, accepted, deduplicate);
    done.items = items.size() - done.duplicates;
    if (accepted + done.items - queued >= queue_step)
        queue_up_to(job, queued + 1, accepted + done.items);
    db_.ask("UPDATE jobs SET accepted = accepted + ?2, duplicates = duplicates + ?3 WHERE key = ?1")
        .with(job, done.items, done.duplicates)
        .run();
    effects_.rows += done.items;
    return done;
}

result<committed> accepting::commit(job_key job, idempotency const& idem, moment at) {
    auto const row = row_of(db_, job);
    if (!row || row->state != as_number(job_state::accepting))
        return no_such_job();
    if (!idem.key.empty()) {
        auto q =
            db_.ask("SELECT fingerprint, job FROM answers WHERE owner = ?1 AND name = ?2 AND expires > ?3");
        if (q.with(row->job.draft.owner, idem.key, at.surely()).step()) {
            if (q.text(0) != idem.fingerprint)
                return failure(stage::store, code::refused,
                               "the idempotency key came with another body before");
            auto first = seen_job(db_, q.number(1));
            if (!first)
                return no_such_job();
            abandon(job);
            return committed{std::move(*first), true};
        }
    }
    seen_.forget(job);
    auto const& c = row->job.counts;
    auto const empty = c.accepted == 0;
    if (row->queued < c.accepted)
        queue_up_to(job, row->queued + 1, c.accepted);
    db_.ask("UPDATE jobs SET state = ?2, created = ?3, ended = ?4, dirty = ?5 WHERE key = ?1")
        .with(job, as_number(empty ? job_state::finished : job_state::active), at.stamp, empty ? at.stamp : 0,
              row->job.draft.deduplicate ? 1 : 0)
        .run();
    if (!idem.key.empty())
        db_.ask("INSERT OR REPLACE INTO answers VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .with(row->job.draft.owner, idem.key, blob{idem.fingerprint}, job, row->job.id, c.accepted,
                  c.duplicates, idem.expires)
            .run();
    auto done = seen_job(db_, job);
    if (empty)
        outbox(db_, effects_).job_ended(*done, at);
    effects_.rows += 2;
    effects_.pending += static_cast<std::int64_t>(c.accepted);
    effects_.touched.push_back(job);
    return committed{std::move(*done), false};
}

void accepting::abandon(job_key job) {
    seen_.forget(job);
    db_.ask("UPDATE jobs SET state = ?2, dirty = 1 WHERE key = ?1 AND state = 0").with(job, doomed).run();
    effects_.rows += 1;
}

}  // namespace fetchd::jobs
