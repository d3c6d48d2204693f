#include "jobs/sqlite/steering.hpp"

#include <algorithm>

#include "jobs/sqlite/outbox.hpp"
#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr unix_ms draft_time = 24 * 60 * 60 * 1000;  // a submission takes no longer

bool may_become(std::int64_t state, job_state wanted) {
    auto const active = as_number(job_state::active);
    auto const paused = as_number(job_state::paused);
    switch (wanted) {
        case job_state::active:
            return state == paused;
        case job_state::paused:
            return state == active;
        case job_state::cancelling:
            return state == active || state == paused;
        default:
            return false;
    }
}

}  // namespace

result<job> steering::change(job_key key, job_state wanted) {
    auto j = seen_job(db_, key);
    if (!j)
        return no_such_job();
    if (!may_become(as_number(j->state), wanted))
        return std::move(*j);
    db_.ask("UPDATE jobs SET state = ?2, dirty = max(dirty, ?3) WHERE key = ?1")
        .with(key, as_number(wanted), wanted == job_state::cancelling ? 1 : 0)
        .run();
    effects_.rows += 1;
    effects_.touched.push_back(key);
    j->state = wanted;
    return std::move(*j);
}

void steering::put_off(job_key job, lane_key lane, unix_ms ready_at) {
    db_.ask("INSERT OR REPLACE INTO put_off SELECT key, ?2, ?3 FROM jobs WHERE key = ?1 AND ended = 0")
        .with(job, lane, ready_at)
        .run();
    effects_.rows += 1;
}

void steering::doom_unfinished_drafts() {
    db_.ask("UPDATE jobs SET state = ?1, dirty = 1 WHERE ended = 0 AND state = 0").with(doomed).run();
}

std::int64_t steering::delete_slice(char const* statement, job_key job) {
    db_.ask(statement).with(job, slice_rows).run();
    auto const gone = db_.changes();
    effects_.rows += static_cast<std::uint64_t>(gone);
    return gone;
}

// True while there may be more.
bool steering::delete_items(job_row& row, moment at) {
    auto& job = row.job;
    std::int64_t gone = 0;
    std::int64_t last = row_id(job.key, 0);
    {
        auto q = db_.ask("SELECT id, lane FROM items WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3");
        q.with(last, row_id(job.key, max_per_job), slice_rows);
        auto drop = db_.ask("DELETE FROM queue WHERE job = ?1 AND lane = ?2 AND n = ?3");
        for (; q.step(); ++gone) {
            last = q.number(0);
            drop.with(job.key, q.number(1), number_in_job(last)).run();
        }
    }
    db_.ask("DELETE FROM items WHERE id BETWEEN ?1 AND ?2").with(row_id(job.key, 0), last).run();
    effects_.rows += static_cast<std::uint64_t>(gone);
    if (row.state != as_number(job_state::cancelling))
        return gone == slice_rows;  // a draft: its items were never counted as pending
    job.counts.cancelled += static_cast<std::uint64_t>(gone);
    effects_.pending -= gone;
    auto const ended = gone < slice_rows;
    db_.ask("UPDATE jobs SET cancelled = ?2, state = ?3, ended = ?4 WHERE key = ?1")
        .with(job.key, job.counts.cancelled, as_number(ended ? job_state::cancelled : job_state::cancelling),
              ended ? at.stamp : 0)
        .run();
    if (ended) {
        if (row.subscribed)
            job.draft.subscriptions = subscriptions_of(db_, job.key);
        outbox(db_, effects_).job_ended(job, at);
    }
    effects_.touched.push_back(job.key);
    return true;
}

void steering::release(std::string_view hash) {
    if (hash.size() != object_hash{}.size())
        throw_damaged("the hash of an object has another length");
    db_.ask("UPDATE objects SET used = used - 1 WHERE hash = ?1").with(blob{hash}).run();
    db_.ask("DELETE FROM objects WHERE hash = ?1 AND used <= 0").with(blob{hash}).run();
    if (db_.changes() == 0)
        return;
    auto& unused = effects_.unused.emplace_back();
    std::copy(hash.begin(), hash.end(), unused.begin());
}

bool steering::delete_results(job_row& row, cleaned& done) {
    auto& job = row.job;
    std::int64_t last = 0;
    std::uint64_t bytes = 0;
    std::int64_t rows = 0;
    {
        auto q = db_.ask(
            "SELECT id, bytes, output_hash, body_hash FROM results WHERE id BETWEEN ?1 AND ?2 "
            "ORDER BY id LIMIT ?3");
        q.with(row_id(job.key, 0), row_id(job.key, max_per_job), slice_rows);
        while (q.step()) {
            ++rows;
            last = q.number(0);
            bytes += q.count(1);
            for (auto const column : {2, 3})
                if (!q.empty(column))
                    release(q.text(column));
        }
    }
    if (rows == 0)
        return false;
    db_.ask("DELETE FROM results WHERE id BETWEEN ?1 AND ?2").with(row_id(job.key, 0), last).run();
    job.bytes -= std::min(job.bytes, bytes);
    db_.ask("UPDATE jobs SET first_seq = ?2, bytes = ?3 WHERE key = ?1")
        .with(job.key, number_in_job(last) + 1, job.bytes)
        .run();
    effects_.bytes -= static_cast<std::int64_t>(bytes);
    effects_.rows += static_cast<std::uint64_t>(rows);
    done.results += static_cast<std::uint64_t>(rows);
    return true;
}

steering::cleaned steering::clean(moment at) {
    cleaned done;
    std::optional<job_row> row;
    {
        auto q = db_.ask("SELECT * FROM jobs WHERE dirty > 0 ORDER BY key LIMIT 1");
        if (!q.step())
            return done;
        row.emplace(q);
    }
    done.more = true;
    auto const key = row->job.key;
    auto const gone = row->state == doomed;
    auto const over = gone || row->job.ended > 0;
    if ((gone || row->state == as_number(job_state::cancelling)) && delete_items(*row, at))
        return done;
    if (over && delete_slice("DELETE FROM put_off WHERE (job, lane) IN "
                             "(SELECT job, lane FROM put_off WHERE job = ?1 LIMIT ?2)",
                             key) == slice_rows)
        return done;
    if (delete_slice(
            "DELETE FROM seen WHERE (job, url) IN (SELECT job, url FROM seen WHERE job = ?1 LIMIT ?2)",
            key) == slice_rows)
        return done;
    if (!gone) {
        db_.ask("UPDATE jobs SET dirty = 0 WHERE key = ?1").with(key).run();
        return done;
    }
    if (delete_results(*row, done) ||
        delete_slice("DELETE FROM events WHERE key IN (SELECT key FROM events WHERE job = ?1 LIMIT ?2)",
                     key) == slice_rows)
        return done;
    db_.ask("DELETE FROM subscriptions WHERE job = ?1").with(key).run();
    db_.ask("DELETE FROM jobs WHERE key = ?1").with(key).run();
    done.jobs = row->job.ended > 0 ? 1 : 0;
    effects_.rows += 1;
    return done;
}

steering::cleaned steering::retire(retention const& keep, std::uint64_t result_bytes, moment at) {
    cleaned done;
    auto const now = at.surely();
    db_.ask(
           "UPDATE jobs SET state = ?1, dirty = 1 WHERE key IN "
           "(SELECT key FROM jobs WHERE ended = 0 AND state = 0 AND created < ?2 LIMIT 100)")
        .with(doomed, now - draft_time)
        .run();
    done.more = db_.changes() > 0;
    if (keep.age != never) {
        db_.ask(
               "UPDATE jobs SET state = ?1, dirty = 1 WHERE key IN "
               "(SELECT key FROM jobs WHERE ended > 0 AND ended < ?2 AND state < ?1 AND NOT EXISTS "
               "(SELECT 1 FROM events WHERE job = jobs.key AND events.state = 0) LIMIT 100)")
            .with(doomed, now - keep.age)
            .run();
        effects_.rows += static_cast<std::uint64_t>(db_.changes());
        done.more |= db_.changes() > 0;
    }
    for (auto const* statement : {"DELETE FROM answers WHERE (owner, name) IN "
                                  "(SELECT owner, name FROM answers WHERE expires <= ?1 LIMIT ?2)",
                                  "DELETE FROM records WHERE key IN "
                                  "(SELECT key FROM records WHERE expires <= ?1 LIMIT ?2)"})
        done.more |= delete_slice(statement, now) == slice_rows;
    if (result_bytes <= keep.bytes)
        return done;
    std::optional<job_row> row;
    {
        auto q = db_.ask("SELECT * FROM jobs WHERE ended > 0 AND bytes > 0 ORDER BY ended LIMIT 1");
        if (q.step())
            row.emplace(q);
    }
    if (row && delete_results(*row, done))
        done.more = true;
    return done;
}

}  // namespace fetchd::jobs
