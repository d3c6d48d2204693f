// Results and events as they are read back.
#include <algorithm>

#include "jobs/sqlite/outbox.hpp"
#include "jobs/sqlite/reader.hpp"
#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::uint32_t most_results = 10'000;  // looked at in one call

enum column : int { id, number, outcome_, at, sum, bytes, output_hash, body_hash, head, tail, output, body };

void add_members(std::string& line, std::string_view members) {
    if (members.empty())
        return;
    line += ',';
    line += members;
}

std::string line_of(std::uint64_t seq, std::string_view head, std::string_view output,
                    std::string_view tail) {
    std::string line = "{\"seq\":" + std::to_string(seq);
    line.reserve(line.size() + head.size() + output.size() + tail.size() + 24);
    add_members(line, head);
    if (!output.empty()) {
        line += ",\"output\":";
        line += output;
    }
    add_members(line, tail);
    line += '}';
    return line;
}

// The member of a result that says what its place in the list of errors says.
std::string corrupt_error() {
    auto const why = failure(stage::store, code::corrupt);
    return R"("error":{"stage":"store","code":"corrupt","message":")" + std::string(why.kind().sentence) +
           R"(","retryable":false})";
}

// The row itself cannot be believed, but for its place.
stored_result damaged_row(std::uint64_t seq) {
    stored_result r;
    r.seq = seq;
    r.outcome = outcome::failed;
    r.damaged = true;
    r.line = line_of(seq, "\"outcome\":\"failed\"", {}, corrupt_error());
    return r;
}

// All that is asked while this lives sees the same state. Outlives what is asked.
class snapshot {
  public:
    explicit snapshot(connection& db) : db_(db) { db_.ask("BEGIN").run(); }
    snapshot(snapshot const&) = delete;
    snapshot& operator=(snapshot const&) = delete;
    ~snapshot() { db_.rollback(); }

  private:
    connection& db_;
};

}  // namespace

result<std::string> reader::object(std::string_view hash) const {
    object_hash wanted{};
    if (hash.size() != wanted.size())
        return failure(stage::store, code::corrupt, "the hash of an object has another length");
    std::copy(hash.begin(), hash.end(), wanted.begin());
    return objects_.get(wanted);
}

// Fails where an object cannot be read, which says nothing of the result; with (store, not_found) where it is
// missing, unless that is known to be damage.
result<stored_result> reader::result_of(query const& q, bool with_body, bool missing_is_damage) const {
    auto const seq = static_cast<std::uint64_t>(number_in_job(q.number(id)));
    auto const kind = q.number(outcome_);
    std::string_view const parts[] = {q.text(head), q.text(tail),        q.text(output),
                                      q.text(body), q.text(output_hash), q.text(body_hash)};
    if (sum_of(parts) != q.number(sum) || kind < 0 || kind > 2)
        return damaged_row(seq);
    stored_result r;
    r.seq = seq;
    r.n = q.number(number);
    r.outcome = static_cast<outcome>(kind);
    r.at = q.number(at);
    auto const fill = [&](std::string& part, std::string_view hash) -> result<void> {
        auto got = object(hash);
        auto const what = got ? code::corrupt : got.error().what;
        if (what != code::corrupt && !(what == code::not_found && missing_is_damage))
            return got.error();
        r.damaged |= !got;
        part = got ? std::move(*got) : std::string();
        return {};
    };
    std::string large;
    bool const outside = !q.empty(output_hash);
    if (outside)
        if (auto const filled = fill(large, q.text(output_hash)); !filled)
            return filled.error();
    if (with_body && !q.empty(body_hash)) {
        if (auto const filled = fill(r.body.emplace(), q.text(body_hash)); !filled)
            return filled.error();
    } else if (with_body && !q.empty(body)) {
        r.body = q.text(body);
    }
    if (r.damaged)
        r.body.reset();
    r.line = line_of(seq, q.text(head), outside ? std::string_view(large) : q.text(output), q.text(tail));
    if (r.damaged) {
        r.line.pop_back();
        add_members(r.line, corrupt_error());
        r.line += '}';
    }
    return r;
}

// An object is deleted right after the commit that deleted its result, which a snapshot from before still
// has: what is missing is looked for again in a new one.
result<result_page> reader::read(read_want const& want) {
    std::uint64_t missing = 0;
    while (true) {
        auto const before = missing;
        auto page = page_of(want, missing);
        if (page || missing == before)
            return page;
    }
}

// missing: the result whose object was missing in the snapshot before; or is now, where this fails.
result<result_page> reader::page_of(read_want const& want, std::uint64_t& missing) {
    snapshot const one(db_);
    auto const job = seen_job(db_, want.job);
    if (!job)
        return no_such_job();
    auto const limit = std::clamp(want.limit, 1U, most_results);
    result_page page;
    page.first_seq = job->first_seq;
    page.next = std::max(want.after, job->first_seq - 1);
    if (want.after >= static_cast<std::uint64_t>(max_per_job))
        return page;
    auto q = db_.ask("SELECT * FROM results WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3");
    q.with(row_id(want.job, static_cast<std::int64_t>(want.after) + 1), row_id(want.job, max_per_job),
           most_results);
    std::size_t bytes = 0;
    for (std::uint32_t rows = 0; q.step(); ++rows) {
        auto const kind = q.number(outcome_);
        auto const wanted =
            kind < 0 || kind > 2 || ((want.outcomes >> static_cast<unsigned>(kind)) & 1U) != 0;
        // Sizes are known before anything is read: a page that is full stops in front of a large one.
        auto const size = static_cast<std::size_t>(q.count(column::bytes));
        if (wanted && !page.results.empty() &&
            (page.results.size() >= limit || bytes + size > want.max_bytes)) {
            page.at_end = false;
            return page;
        }
        auto const seq = static_cast<std::uint64_t>(number_in_job(q.number(id)));
        if (wanted) {
            auto r = result_of(q, want.bodies, seq == missing);
            if (!r && page.results.empty()) {
                missing = r.error().what == code::not_found ? seq : missing;
                return r.error();
            }
            page.at_end = false;
            if (!r)  // what was read before it is whole; the next page begins with it
                return page;
            bytes += size;
            page.results.push_back(std::move(*r));
        }
        page.next = seq;
        page.at_end = rows + 1 < most_results;
    }
    return page;
}

std::vector<event> reader::events(std::string const& endpoint, event_state state, std::int64_t after,
                                  std::uint32_t limit) {
    auto q = db_.ask(
        "SELECT key, id, endpoint, kind, job, job_id, first_seq, last_seq, created, due, attempts, "
        "state, note FROM events WHERE endpoint = ?1 AND state = ?2 AND key > ?3 ORDER BY key "
        "LIMIT ?4");
    q.with(endpoint, static_cast<int>(state), after, std::clamp(limit, 1U, 1000U));
    std::vector<event> all;
    while (q.step())
        all.push_back(event_of(q));
    return all;
}

}  // namespace fetchd::jobs
