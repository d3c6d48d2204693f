#include "jobs/sqlite/settling.hpp"

#include <algorithm>

#include "jobs/sqlite/outbox.hpp"
#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

std::uint64_t bytes_of(prepared_settlement const& p) {
    return p.ended.head.size() + p.ended.tail.size() + p.output_bytes + p.body_bytes;
}

std::string_view hash_in(std::optional<object_folder::pin> const& pin) {
    return pin ? std::string_view(pin->hash().data(), pin->hash().size()) : std::string_view();
}

void count(job_counts& c, outcome o) {
    switch (o) {
        case outcome::succeeded:
            ++c.succeeded;
            break;
        case outcome::failed:
            ++c.failed;
            break;
        case outcome::skipped:
            ++c.skipped;
            break;
    }
}

}  // namespace

void prepared_settlement::take(settlement&& s) {
    output_bytes = s.output.size();
    body_bytes = s.body ? s.body->size() : 0;
    ended = std::move(s);
}

result<void> put_large_parts(std::span<prepared_settlement> all, std::size_t inline_bytes,
                             object_folder& objects) {
    for (auto& p : all) {
        if (p.ended.output.size() > inline_bytes) {
            auto put = objects.put(p.ended.output);
            if (!put)
                return put.error();
            p.output.emplace(std::move(*put));
            std::string().swap(p.ended.output);
        }
        if (p.ended.body && p.ended.body->size() > inline_bytes) {
            auto put = objects.put(*p.ended.body);
            if (!put)
                return put.error();
            p.body.emplace(std::move(*put));
            p.ended.body.reset();
        }
    }
    return {};
}

std::vector<std::uint64_t> settling::settle(std::span<prepared_settlement const> all, moment at) {
    tallies_.clear();
    std::vector<std::uint64_t> seqs;
    seqs.reserve(all.size());
    for (auto const& p : all)
        seqs.push_back(settle_one(p, at));
    for (auto& [key, t] : tallies_)
        if (t.first_seq > 0)
            finish(t, at);
    return seqs;
}

settling::tally& settling::tally_of(job_key job) {
    auto const found = tallies_.find(job);
    if (found != tallies_.end())
        return found->second;
    auto row = row_of(db_, job);
    if (!row) {
        // Stands for the job that is not there: nothing of it can be settled.
        return tallies_[job];
    }
    auto& t = tallies_[job];
    t.row = std::move(*row);
    t.open = is_seen(t.row.state);
    return t;
}

std::uint64_t settling::settle_one(prepared_settlement const& p, moment at) {
    auto const& ref = p.ended.ref;
    if (ref.job <= 0 || ref.job > max_job_key || ref.n <= 0 || ref.n > max_per_job)
        return 0;
    auto& t = tally_of(ref.job);
    if (!t.open)
        return 0;
    db_.ask("DELETE FROM queue WHERE job = ?1 AND lane = ?2 AND n = ?3").with(ref.job, ref.lane, ref.n).run();
    if (db_.changes() == 0)
        return 0;
    db_.ask("DELETE FROM items WHERE id = ?1").with(row_id(ref.job, ref.n)).run();
    append(t, p, at);
    return t.row.job.last_seq;
}

void settling::refer_to(object_hash const& hash, std::uint64_t bytes) {
    db_.ask("INSERT INTO objects VALUES(?1, ?2, 1) ON CONFLICT(hash) DO UPDATE SET used = used + 1")
        .with(blob{{hash.data(), hash.size()}}, bytes)
        .run();
}

void settling::append(tally& t, prepared_settlement const& p, moment at) {
    auto& job = t.row.job;
    auto const seq = ++job.last_seq;
    if (t.first_seq == 0)
        t.first_seq = seq;
    auto const& e = p.ended;
    count(job.counts, e.outcome);
    t.bytes += bytes_of(p);
    if (p.output)
        refer_to(p.output->hash(), p.output_bytes);
    if (p.body)
        refer_to(p.body->hash(), p.body_bytes);
    auto const body = e.body ? std::string_view(*e.body) : std::string_view();
    std::string_view const parts[] = {e.head, e.tail, e.output, body, hash_in(p.output), hash_in(p.body)};
    auto insert = db_.ask("INSERT INTO results VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    insert.with(row_id(e.ref.job, static_cast<std::int64_t>(seq)), e.ref.n, static_cast<int>(e.outcome),
                at.stamp, sum_of(parts), bytes_of(p), maybe_blob{hash_in(p.output), p.output.has_value()},
                maybe_blob{hash_in(p.body), p.body.has_value()}, e.head, e.tail, e.output,
                maybe_blob{body, e.body.has_value() && !p.body});
    insert.run();
}

void settling::finish(tally& t, moment at) {
    auto& job = t.row.job;
    auto const ended = job.counts.pending() == 0;
    auto const cancelled = t.row.state == as_number(job_state::cancelling);
    auto const state =
        ended ? as_number(cancelled ? job_state::cancelled : job_state::finished) : t.row.state;
    auto const& c = job.counts;
    db_.ask(
           "UPDATE jobs SET state = ?2, ended = ?3, succeeded = ?4, failed = ?5, skipped = ?6, last_seq = "
           "?7, "
           "bytes = bytes + ?8 WHERE key = ?1")
        .with(job.key, state, ended ? at.stamp : 0, c.succeeded, c.failed, c.skipped, job.last_seq, t.bytes)
        .run();
    if (ended)  // what is left of its lanes goes with the next sweep
        db_.ask("UPDATE jobs SET dirty = 1 WHERE key = ?1 AND EXISTS (SELECT 1 FROM put_off WHERE job = ?1)")
            .with(job.key)
            .run();
    if (t.row.subscribed) {
        job.draft.subscriptions = subscriptions_of(db_, job.key);
        outbox events(db_, effects_);
        events.results(job, t.first_seq, job.last_seq, at);
        if (ended)
            events.job_ended(job, at);
    }
    auto const appended = job.last_seq - t.first_seq + 1;
    effects_.rows += appended;
    effects_.pending -= static_cast<std::int64_t>(appended);
    effects_.bytes += static_cast<std::int64_t>(t.bytes);
    effects_.touched.push_back(job.key);
}

}  // namespace fetchd::jobs
