#include "jobs/sqlite/database.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>

#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::size_t cache_bytes = std::size_t{12} << 20U;
constexpr std::size_t patience = 3;  // calls in a row that fail for the disk: the next ones would, too

bool prepared(connection& db) {
    // FULL: the log is synced at every commit, or a loss of power would take back what was acknowledged.
    db.execute("PRAGMA journal_mode = WAL");
    db.execute("PRAGMA synchronous = FULL");
    db.execute("PRAGMA wal_autocheckpoint = 4000");
    db.execute("PRAGMA journal_size_limit = 67108864");
    prepare_schema(db);
    return true;
}

void merge(effects& all, effects&& one) {
    all.touched.insert(all.touched.end(), one.touched.begin(), one.touched.end());
    all.events |= one.events;
    all.pending += one.pending;
    all.bytes += one.bytes;
    all.rows += one.rows;
}

}  // namespace

database::database(database_settings settings, data_folder folder)
    : settings_(std::move(settings)),
      folder_(std::move(folder)),
      files_(settings_.file_layer ? *settings_.file_layer : plain_),
      objects_(folder_.objects(), files_),
      file_(folder_.database()),
      db_(file_, access::read_write, cache_bytes, settings_.vfs),
      ready_(prepared(db_)),
      accepting_(db_, effects_, settings_.most_seen),
      settling_(db_, effects_),
      steering_(db_, effects_),
      outbox_(db_, effects_) {}

result<std::unique_ptr<database>> database::open(database_settings settings) {
    auto folder = data_folder::own(settings.folder);
    if (!folder)
        return folder.error();
    try {
        std::unique_ptr<database> opened(new database(std::move(settings), std::move(*folder)));
        if (auto const made = opened->objects_.prepare(); !made)
            return made.error();
        ::chmod(opened->file_.c_str(), 0600);
        opened->steering_.doom_unfinished_drafts();
        return opened;
    } catch (sql_error const& e) {
        return e.as_failure();
    }
}

effects database::commit(std::span<write_call* const> calls) {
    effects all;
    auto const admitted = admit(calls);
    if (admitted.empty())
        return all;
    auto const error = attempt(admitted);
    if (!error)
        took_effect(all);
    else if (admitted.size() == 1)
        admitted.front()->fail(error->as_failure());
    else
        one_by_one(admitted, all);
    if (unsound_)
        mend();
    return all;
}

std::vector<write_call*> database::admit(std::span<write_call* const> calls) {
    std::vector<write_call*> admitted(calls.begin(), calls.end());
    if (std::none_of(calls.begin(), calls.end(), [](auto const* c) { return c->grows; }))
        return admitted;
    auto const room = files_.room(folder_.path());
    if (room >= settings_.keep_free)
        return admitted;
    std::erase_if(admitted, [&](write_call* c) {
        if (!c->grows)
            return false;
        c->fail(failure(stage::store, code::too_large, std::to_string(room >> 20U) + " MiB are left"));
        ++numbers_.refused_full;
        return true;
    });
    return admitted;
}

std::optional<sql_error> database::attempt(std::span<write_call* const> calls) {
    effects_ = {};
    unsound_ = true;
    try {
        db_.ask("BEGIN IMMEDIATE").run();
        for (auto* const call : calls) {
            auto const before = db_.total_changes();
            if (!call->run(*this) && db_.total_changes() != before)
                throw sql_error(SQLITE_INTERNAL, "a refused call has written");
        }
        db_.ask("COMMIT").run();
        ++numbers_.commits;
        unsound_ = false;
        return {};
    } catch (sql_error const& e) {
        roll_back();
        if ((e.kind() & 0xff) == SQLITE_FULL)
            ++numbers_.refused_full;
        return e;
    } catch (std::exception const& e) {
        roll_back();
        return sql_error(SQLITE_ERROR, e.what());
    }
}

void database::roll_back() {
    db_.rollback();
    accepting_.rolled_back();
    ++numbers_.failed_commits;
}

void database::one_by_one(std::span<write_call* const> calls, effects& all) {
    std::size_t in_a_row = 0;
    std::optional<sql_error> last;
    for (auto* const call : calls) {
        if (in_a_row == patience) {
            call->fail(last->as_failure());
            continue;
        }
        last = attempt(std::span<write_call* const>(&call, 1));
        if (!last) {
            in_a_row = 0;
            took_effect(all);
            continue;
        }
        call->fail(last->as_failure());
        in_a_row = last->about_the_disk() ? in_a_row + 1 : 0;
    }
}

// Before the next transaction: an object that comes back in it must find its file, or know that it is gone.
void database::took_effect(effects& all) {
    for (auto const& hash : effects_.unused)
        objects_.erase(hash);
    merge(all, std::move(effects_));
    effects_ = {};
}

// A commit whose sync failed was reported as failed, but its pages may lie whole in the log, and a crash now
// would bring them to life. Anything written over them ends that; where even this fails, the next commit
// will.
void database::mend() noexcept {
    try {
        db_.ask("UPDATE meta SET value = value + 1 WHERE name = 'mended'").run();
        unsound_ = false;
    } catch (sql_error const&) {
        db_.rollback();
    }
}

void database::put(std::span<record const> all) {
    auto insert = db_.ask("INSERT OR REPLACE INTO records VALUES(?1, ?2, ?3)");
    for (auto const& r : all)
        insert.with(r.key, r.value, r.expires).run();
    effects_.rows += all.size();
}

void database::erase(std::string const& key) {
    db_.ask("DELETE FROM records WHERE key = ?1").with(key).run();
    effects_.rows += 1;
}

std::uint64_t database::find_orphans(unsigned folder) {
    auto const before = effects_.unused.size();
    for (auto const& hash : objects_.list(folder).objects) {
        auto q = db_.ask("SELECT 1 FROM objects WHERE hash = ?1");
        if (!q.with(blob{{hash.data(), hash.size()}}).step())
            effects_.unused.push_back(hash);
    }
    return effects_.unused.size() - before;
}

database::totals database::count() {
    auto q = db_.ask(
        "SELECT coalesce(sum(bytes), 0), coalesce(sum(CASE WHEN state IN (1, 2, 3) "
        "THEN accepted - succeeded - failed - skipped - cancelled END), 0) FROM jobs");
    q.step();
    totals all;
    all.bytes = q.count(0);
    all.pending = q.count(1);
    return all;
}

}  // namespace fetchd::jobs
