#include "jobs/sqlite/check.hpp"

#include <sys/stat.h>

#include <cstring>

#include "jobs/sqlite/folder.hpp"
#include "jobs/sqlite/objects.hpp"
#include "jobs/sqlite/reader.hpp"
#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::size_t most_reported = 200;
constexpr std::size_t cache_bytes = std::size_t{8} << 20U;

class report {
  public:
    void add(std::string line) {
        if (lines_.size() < most_reported)
            lines_.push_back(std::move(line));
        else if (lines_.size() == most_reported)
            lines_.emplace_back("and more");
    }
    // One line for each row: `words` and the row's first column.
    void rows(connection& db, char const* words, char const* text) {
        auto q = db.ask(text);
        while (q.step() && lines_.size() <= most_reported)
            add(std::string(words) + " " + std::string(q.text(0)));
    }
    std::vector<std::string> take() { return std::move(lines_); }

  private:
    std::vector<std::string> lines_;
};

void check_file(connection& db, report& r) {
    auto q = db.ask("PRAGMA integrity_check(100)");
    while (q.step())
        if (q.text(0) != "ok")
            r.add("database: " + std::string(q.text(0)));
}

// Counters against rows, and rows against each other.
void check_jobs(connection& db, report& r) {
    r.rows(db, "counters do not add up with the pending items of job",
           "SELECT id FROM jobs WHERE state BETWEEN 1 AND 5 AND accepted - succeeded - failed - skipped - "
           "cancelled <> "
           "(SELECT count(*) FROM items WHERE items.id BETWEEN key << 32 AND key << 32 | 4294967295)");
    r.rows(
        db, "the queue does not match the pending items of job",
        "SELECT id FROM jobs WHERE state BETWEEN 1 AND 5 AND ((SELECT count(*) FROM queue WHERE job = key) "
        "<> "
        "(SELECT count(*) FROM items WHERE items.id BETWEEN key << 32 AND key << 32 | 4294967295) OR EXISTS "
        "(SELECT 1 FROM queue WHERE job = key AND NOT EXISTS (SELECT 1 FROM items WHERE "
        "items.id = (key << 32 | n) AND items.lane = queue.lane)))");
    r.rows(db, "counters do not add up with the results of job",
           "SELECT id FROM jobs WHERE state BETWEEN 1 AND 5 AND (succeeded + failed + skipped <> last_seq OR "
           "last_seq - first_seq + 1 <> (SELECT count(*) FROM results "
           "WHERE results.id BETWEEN key << 32 AND key << 32 | 4294967295))");
    r.rows(db, "an item has more than one result in job",
           "SELECT id FROM jobs WHERE state BETWEEN 1 AND 5 AND EXISTS (SELECT 1 FROM results WHERE "
           "results.id BETWEEN key << 32 AND key << 32 | 4294967295 GROUP BY n HAVING count(*) > 1)");
    r.rows(db, "the state does not match the counters of job",
           "SELECT id FROM jobs WHERE state > 6 OR (state IN (1, 2) AND ended <> 0) OR (state IN (4, 5) AND "
           "(ended = 0 OR accepted <> succeeded + failed + skipped + cancelled))");
    r.rows(db, "items without a job, of job number",
           "SELECT DISTINCT items.id >> 32 FROM items WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE key = "
           "items.id >> 32)");
    r.rows(db, "results without a job, of job number",
           "SELECT DISTINCT results.id >> 32 FROM results WHERE NOT EXISTS "
           "(SELECT 1 FROM jobs WHERE key = results.id >> 32)");
    r.rows(db, "an event lies beyond the results of job",
           "SELECT DISTINCT job_id FROM events JOIN jobs ON jobs.key = events.job WHERE kind = 0 AND "
           "(events.first_seq < 1 OR events.last_seq < events.first_seq OR events.last_seq > jobs.last_seq)");
}

void check_results(connection& db, report& r) {
    auto q = db.ask(
        "SELECT results.id, sum, head, tail, output, body, output_hash, body_hash, "
        "(SELECT jobs.id FROM jobs WHERE key = results.id >> 32) FROM results");
    while (q.step()) {
        std::string_view const parts[] = {q.text(2), q.text(3), q.text(4), q.text(5), q.text(6), q.text(7)};
        if (sum_of(parts) != q.number(1))
            r.add("result " + std::to_string(number_in_job(q.number(0))) + " is damaged in job " +
                  std::string(q.text(8)));
    }
}

void check_object_rows(connection& db, object_folder const& objects, report& r) {
    r.rows(db, "objects are counted wrongly:",
           "SELECT hex(hash) FROM objects WHERE used <> (SELECT count(*) FROM results WHERE output_hash = "
           "hash) + "
           "(SELECT count(*) FROM results WHERE body_hash = hash) LIMIT 10");
    auto q = db.ask("SELECT hash, bytes FROM objects");
    while (q.step()) {
        auto const hash = parse_hash(hexadecimal(q.text(0)));
        if (!hash) {
            r.add("an object's hash has another length");
            continue;
        }
        auto const bytes = objects.get(*hash);
        if (!bytes)
            r.add("object " + hexadecimal(q.text(0)) + ": " + bytes.error().detail);
        else if (bytes->size() != q.count(1))
            r.add("object " + hexadecimal(q.text(0)) + " has another size");
    }
}

void check_object_files(connection& db, object_folder const& objects, report& r) {
    for (unsigned folder = 0; folder < object_folder::folders; ++folder) {
        auto const found = objects.list(folder);
        for (auto const& path : found.strange)
            r.add("no object: " + path);
        for (auto const& hash : found.objects) {
            auto q = db.ask("SELECT 1 FROM objects WHERE hash = ?1");
            if (!q.with(blob{{hash.data(), hash.size()}}).step())
                r.add("nothing refers to object " + hexadecimal({hash.data(), hash.size()}));
        }
    }
}

void check_all(data_folder const& folder, report& r) {
    connection db(folder.database(), access::read_only, cache_bytes);
    auto const version = db.number("PRAGMA user_version");
    if (version != schema_version) {
        r.add("schema " + std::to_string(version) + ", known here: " + std::to_string(schema_version));
        return;
    }
    check_file(db, r);
    check_jobs(db, r);
    check_results(db, r);
    files plain;
    object_folder const objects(folder.objects(), plain);
    check_object_rows(db, objects, r);
    check_object_files(db, objects, r);
}

}  // namespace

std::vector<std::string> check(std::string const& path) {
    report r;
    struct stat about {};
    if (::stat((path + "/jobs.db").c_str(), &about) != 0) {
        r.add(path + "/jobs.db: " + std::strerror(errno));
        return r.take();
    }
    auto const folder = data_folder::own(path);
    if (!folder) {
        r.add(folder.error().detail);
        return r.take();
    }
    try {
        check_all(*folder, r);
    } catch (sql_error const& e) {
        r.add(std::string("database: ") + e.what());
    }
    return r.take();
}

}  // namespace fetchd::jobs
