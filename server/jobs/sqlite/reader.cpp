#include "jobs/sqlite/reader.hpp"

#include <algorithm>

#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::uint32_t most_listed = 1000;
constexpr std::uint32_t most_lanes = 4096;
constexpr std::uint32_t most_scanned = 16'384;  // lanes looked at in one call

job complete(connection& db, job_row row) {
    if (row.subscribed)
        row.job.draft.subscriptions = subscriptions_of(db, row.job.key);
    return std::move(row.job);
}

}  // namespace

result<job> reader::find(std::string const& id) {
    std::optional<job_row> row;
    {
        auto q = db_.ask("SELECT * FROM jobs WHERE id = ?1");
        if (q.with(id).step())
            row.emplace(q);
    }
    if (!row || !is_seen(row->state))
        return no_such_job();
    return complete(db_, std::move(*row));
}

result<job> reader::find(job_key key) {
    auto j = seen_job(db_, key);
    if (!j)
        return no_such_job();
    return std::move(*j);
}

result<job_page> reader::list(std::string const& owner, std::string const& after, std::uint32_t limit,
                              std::optional<job_state> state) {
    limit = std::clamp(limit, 1U, most_listed);
    job_key before = INT64_MAX;
    if (!after.empty()) {
        auto q = db_.ask("SELECT key FROM jobs WHERE id = ?1");
        if (!q.with(after).step())
            return no_such_job();
        before = q.number(0);
    }
    job_page page;
    auto q = owner.empty()
                 ? db_.ask("SELECT * FROM jobs WHERE key < ?1 ORDER BY key DESC LIMIT ?2")
                 : db_.ask("SELECT * FROM jobs WHERE key < ?1 AND owner = ?3 ORDER BY key DESC LIMIT ?2");
    // A page looks at so many jobs at most, whether or not they are in this state.
    auto const looked_at = state ? most_listed : limit;
    if (owner.empty())
        q.with(before, looked_at);
    else
        q.with(before, looked_at, owner);
    std::uint32_t rows = 0;
    std::string last;
    while (page.jobs.size() < limit && q.step()) {
        ++rows;
        job_row row(q);
        last = row.job.id;
        if (is_seen(row.state) && (!state || row.job.state == *state))
            page.jobs.push_back(std::move(row.job));
    }
    if (rows == looked_at || page.jobs.size() == limit)
        page.next = last;
    return page;
}

std::vector<job> reader::unfinished(job_key after, std::uint32_t limit) {
    std::vector<job_row> rows;
    {
        auto q = db_.ask(
            "SELECT * FROM jobs WHERE ended = 0 AND key > ?1 AND state IN (1, 2, 3) "
            "ORDER BY key LIMIT ?2");
        q.with(after, std::clamp(limit, 1U, most_listed));
        while (q.step())
            rows.emplace_back(q);
    }
    std::vector<job> all;
    for (auto& row : rows)
        all.push_back(complete(db_, std::move(row)));
    return all;
}

std::optional<first_answer> reader::find_answer(std::string const& owner, std::string const& key,
                                                unix_ms now) {
    auto q = db_.ask(
        "SELECT fingerprint, job_id, accepted, duplicates FROM answers "
        "WHERE owner = ?1 AND name = ?2 AND expires > ?3");
    if (!q.with(owner, key, now).step())
        return {};
    return first_answer{std::string(q.text(0)), std::string(q.text(1)), q.count(2), q.count(3)};
}

std::string reader::origin_of(job_key job, item_number n) {
    auto q = db_.ask("SELECT origin, url FROM items WHERE id = ?1");
    if (!q.with(row_id(job, n)).step())
        throw_damaged("an item in the queue is missing");
    return std::string(q.is_number(0) ? q.text(1).substr(0, q.count(0)) : q.text(0));
}

// From the first item of one lane to the first item of the next: what lies between is not looked at.
lane_page reader::lanes(job_key job, lane_key after, std::uint32_t limit, unix_ms now) {
    limit = std::clamp(limit, 1U, most_lanes);
    lane_page page;
    auto first = db_.ask("SELECT lane, n FROM queue WHERE job = ?1 AND lane > ?2 ORDER BY lane, n LIMIT 1");
    auto later = db_.ask("SELECT ready_at FROM put_off WHERE job = ?1 AND lane = ?2");
    for (std::uint32_t rows = 0; rows < most_scanned && page.ready.size() < limit; ++rows) {
        first.again().with(job, after);
        if (!first.step())
            return page;
        after = first.number(0);
        later.again().with(job, after);
        auto const ready_at = later.step() ? later.number(0) : 0;
        if (ready_at > now)
            page.soonest = std::min(page.soonest, ready_at);
        else
            page.ready.push_back({after, origin_of(job, first.number(1)), ready_at});
    }
    page.next = after;
    return page;
}

void reader::take_again(lease_plan const& plan, std::vector<leased_item>& items) {
    for (auto const n : plan.again) {
        auto q = db_.ask("SELECT url, options FROM items WHERE id = ?1");
        if (q.with(row_id(plan.job, n)).step())
            items.push_back({{plan.job, plan.lane, n}, std::string(q.text(0)), std::string(q.text(1)), 0});
    }
}

void reader::take_fresh(lease_plan const& plan, std::vector<leased_item>& items) {
    auto q = db_.ask(
        "SELECT n, url, options FROM queue CROSS JOIN items ON id = (?1 << 32 | n) "
        "WHERE job = ?1 AND queue.lane = ?2 AND n > ?3 ORDER BY n LIMIT ?4");
    q.with(plan.job, plan.lane, plan.after, plan.fresh);
    while (q.step())
        items.push_back(
            {{plan.job, plan.lane, q.number(0)}, std::string(q.text(1)), std::string(q.text(2)), 0});
}

std::vector<leased_item> reader::take(std::span<lease_plan const> plans) {
    std::vector<leased_item> items;
    job_key asked = 0;
    bool active = false;
    for (auto const& plan : plans) {
        if (plan.job != asked) {
            asked = plan.job;
            auto q = db_.ask("SELECT 1 FROM jobs WHERE key = ?1 AND state = 1");
            active = q.with(asked).step();
        }
        if (!active)
            continue;
        take_again(plan, items);
        if (plan.fresh > 0)
            take_fresh(plan, items);
    }
    return items;
}

std::optional<record> reader::get(std::string const& key, unix_ms now) {
    auto q = db_.ask("SELECT value, expires FROM records WHERE key = ?1 AND expires > ?2");
    if (!q.with(key, now).step())
        return {};
    return record{key, std::string(q.text(0)), q.number(1)};
}

record_page reader::records(std::string const& prefix, std::string const& after, std::uint32_t limit,
                            unix_ms now) {
    limit = std::clamp(limit, 1U, most_listed);
    record_page page;
    auto q =
        db_.ask("SELECT key, value, expires FROM records WHERE key >= ?1 AND key > ?2 ORDER BY key LIMIT ?3");
    q.with(prefix, after, limit);
    std::uint32_t rows = 0;
    std::string last;
    while (q.step()) {
        if (!q.text(0).starts_with(prefix))
            return page;
        ++rows;
        last = q.text(0);
        if (q.number(2) > now)
            page.records.push_back({last, std::string(q.text(1)), q.number(2)});
    }
    if (rows == limit)
        page.next = last;
    return page;
}

}  // namespace fetchd::jobs
