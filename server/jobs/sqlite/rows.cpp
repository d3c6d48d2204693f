#include "jobs/sqlite/rows.hpp"

#include <sys/random.h>
#include <xxhash.h>

#include <array>

#include "jobs/sqlite/objects.hpp"

namespace fetchd::jobs {
namespace {

enum column : int {
    key,
    id,
    owner,
    state_,
    dirty_,
    subscribed_,
    priority,
    concurrency,
    not_before,
    deadline,
    deduplicate,
    options,
    labels,
    created,
    ended,
    accepted,
    succeeded,
    failed,
    skipped,
    cancelled,
    duplicates,
    last_seq,
    first_seq,
    bytes,
    queued_,
    archive,
    robots,
};

job_counts counts_of(query const& q) {
    job_counts c;
    c.accepted = q.count(accepted);
    c.succeeded = q.count(succeeded);
    c.failed = q.count(failed);
    c.skipped = q.count(skipped);
    c.cancelled = q.count(cancelled);
    c.duplicates = q.count(duplicates);
    return c;
}

job_draft draft_of(query const& q) {
    job_draft d;
    d.owner = q.text(owner);
    d.priority = static_cast<int>(q.number(priority));
    d.concurrency = static_cast<std::uint32_t>(q.number(concurrency));
    d.not_before = q.number(not_before);
    d.deadline = q.number(deadline);
    d.archive = q.number(archive) != 0;
    d.robots = q.number(robots) != 0;
    d.deduplicate = q.number(deduplicate) != 0;
    d.options = q.text(options);
    d.labels = q.text(labels);
    return d;
}

}  // namespace

job_row::job_row(query const& q)
    : state(q.number(state_)),
      queued(q.count(queued_)),
      dirty(q.number(dirty_) != 0),
      subscribed(q.number(subscribed_) != 0) {
    if (state < 0 || state > doomed)
        throw_damaged("a job is in a state that does not exist");
    job.key = q.number(key);
    job.id = q.text(id);
    job.state = state == doomed ? job_state::accepting : static_cast<job_state>(state);
    job.draft = draft_of(q);
    job.counts = counts_of(q);
    job.created = q.number(created);
    job.ended = q.number(ended);
    job.last_seq = q.count(last_seq);
    job.first_seq = q.count(first_seq);
    job.bytes = q.count(bytes);
    auto const& c = job.counts;
    if (c.succeeded + c.failed + c.skipped + c.cancelled > c.accepted)
        throw_damaged("the counters of a job do not add up");
}

std::optional<job_row> row_of(connection& db, job_key job) {
    auto q = db.ask("SELECT * FROM jobs WHERE key = ?1");
    if (!q.with(job).step())
        return {};
    return job_row(q);
}

std::vector<subscription> subscriptions_of(connection& db, job_key job) {
    auto q = db.ask("SELECT endpoint, items, finished, batch, wait FROM subscriptions WHERE job = ?1");
    q.with(job);
    std::vector<subscription> all;
    while (q.step())
        all.push_back({std::string(q.text(0)), q.number(1) != 0, q.number(2) != 0,
                       static_cast<std::uint32_t>(q.number(3)), q.number(4)});
    return all;
}

std::optional<job> seen_job(connection& db, job_key wanted) {
    auto row = row_of(db, wanted);
    if (!row || !is_seen(row->state))
        return {};
    if (row->subscribed)
        row->job.draft.subscriptions = subscriptions_of(db, wanted);
    return std::move(row->job);
}

failure no_such_job() {
    return failure(stage::store, code::not_found);
}

std::string new_name(std::string_view prefix) {
    std::array<char, 16> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
        throw std::runtime_error("getrandom");
    return std::string(prefix) + hexadecimal({random.data(), random.size()});
}

std::int64_t sum_of(std::span<std::string_view const> parts) {
    // Chained by the seed: a row has few parts, and a state for streaming would cost more than they do.
    std::uint64_t sum = 0;
    for (auto const part : parts)
        sum = XXH3_64bits_withSeed(part.data(), part.size(), sum ^ part.size());
    return static_cast<std::int64_t>(sum);
}

}  // namespace fetchd::jobs
