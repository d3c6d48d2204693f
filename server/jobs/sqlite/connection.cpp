#include "jobs/sqlite/connection.hpp"

#include <sqlite3.h>

namespace fetchd::jobs {
namespace {

// A second process is kept out by the folder's lock; only somebody looking in with a tool can be in the way.
constexpr int busy_ms = 2000;

[[noreturn]] void fail(sqlite3* db, int rc) {
    auto const extended = db ? sqlite3_extended_errcode(db) : rc;
    // The code of the call counts; what the connection remembers may be of an earlier one.
    throw sql_error((extended & 0xff) == (rc & 0xff) ? extended : rc,
                    db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

void set(sqlite3* db, int option, int value) {
    if (auto const rc = sqlite3_db_config(db, option, value, nullptr); rc != SQLITE_OK)
        fail(db, rc);
}

}  // namespace

bool sql_error::about_the_disk() const {
    auto const basic = kind_ & 0xff;
    return basic == SQLITE_FULL || basic == SQLITE_IOERR || basic == SQLITE_CANTOPEN ||
           basic == SQLITE_READONLY;
}

failure sql_error::as_failure() const {
    switch (kind_ & 0xff) {
        case SQLITE_FULL:
            return failure(stage::store, code::too_large, what());
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return failure(stage::store, code::corrupt, what());
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return failure(stage::store, code::overloaded, what());
        default:
            return failure(stage::store, code::failed, what());
    }
}

void throw_damaged(std::string const& what) {
    throw sql_error(SQLITE_CORRUPT, what);
}

query::~query() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

void query::check(int rc) {
    if (rc != SQLITE_OK)
        fail(db_, rc);
}

bool query::step() {
    auto const rc = sqlite3_step(statement_);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        fail(db_, rc);
    return false;
}

query& query::again() {
    sqlite3_reset(statement_);
    return *this;
}

void query::run() {
    while (step()) {
    }
    check(sqlite3_reset(statement_));
}

std::int64_t query::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::uint64_t query::count(int column) const {
    auto const v = number(column);
    if (v < 0)
        throw_damaged("a count is negative");
    return static_cast<std::uint64_t>(v);
}

std::string_view query::text(int column) const {
    auto const* const p = static_cast<char const*>(sqlite3_column_blob(statement_, column));
    return {p, p ? static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

bool query::is_number(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_INTEGER;
}

bool query::empty(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void query::bind(int i, std::int64_t v) {
    check(sqlite3_bind_int64(statement_, i, v));
}

// The destructor argument SQLITE_STATIC is a null pointer: nothing is copied.
void query::bind(int i, std::string_view v) {
    check(sqlite3_bind_text64(statement_, i, v.data() ? v.data() : "", v.size(), nullptr, SQLITE_UTF8));
}

void query::bind(int i, blob v) {
    check(sqlite3_bind_blob64(statement_, i, v.bytes.data() ? v.bytes.data() : "", v.bytes.size(), nullptr));
}

void query::bind(int i, maybe_blob v) {
    if (v.there)
        bind(i, blob{v.bytes});
    else
        check(sqlite3_bind_null(statement_, i));
}

connection::connection(std::string const& path, access how, std::size_t cache_bytes, char const* vfs) {
    auto const flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE |
        (how == access::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
    try {
        if (auto const rc = sqlite3_open_v2(path.c_str(), &db_, flags, vfs); rc != SQLITE_OK)
            fail(db_, rc);
        sqlite3_busy_timeout(db_, busy_ms);
        // The file may have been written by somebody who means harm: nothing in its schema is run.
        set(db_, SQLITE_DBCONFIG_DEFENSIVE, 1);
        set(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
        set(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
        set(db_, SQLITE_DBCONFIG_ENABLE_VIEW, 0);
        set(db_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0);
        sqlite3_limit(db_, SQLITE_LIMIT_ATTACHED, 0);
        sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, 64 << 20);
        execute("PRAGMA cell_size_check = ON");
        execute("PRAGMA mmap_size = 0");
        execute("PRAGMA temp_store = MEMORY");
        execute("PRAGMA secure_delete = OFF");
        execute("PRAGMA cache_size = -" + std::to_string(cache_bytes / 1024));
        if (how == access::read_only)
            execute("PRAGMA query_only = ON");
    } catch (...) {
        sqlite3_close(db_);
        throw;
    }
}

connection::~connection() {
    for (auto const& [text, statement] : kept_)
        sqlite3_finalize(statement);
    sqlite3_close(db_);
}

query connection::ask(char const* text) {
    auto& statement = kept_[text];
    if (!statement)
        if (auto const rc = sqlite3_prepare_v3(db_, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
            rc != SQLITE_OK)
            fail(db_, rc);
    return query(db_, statement);
}

void connection::execute(std::string const& text) {
    if (auto const rc = sqlite3_exec(db_, text.c_str(), nullptr, nullptr, nullptr); rc != SQLITE_OK)
        fail(db_, rc);
}

std::int64_t connection::number(std::string const& text) {
    sqlite3_stmt* statement = nullptr;
    if (auto const rc = sqlite3_prepare_v2(db_, text.c_str(), -1, &statement, nullptr); rc != SQLITE_OK)
        fail(db_, rc);
    auto const rc = sqlite3_step(statement);
    auto const value = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        fail(db_, rc);
    return value;
}

std::int64_t connection::changes() const {
    return sqlite3_changes64(db_);
}

std::int64_t connection::total_changes() const {
    return sqlite3_total_changes64(db_);
}

std::int64_t connection::last_id() const {
    return sqlite3_last_insert_rowid(db_);
}

bool connection::in_transaction() const {
    return sqlite3_get_autocommit(db_) == 0;
}

void connection::rollback() noexcept {
    if (in_transaction())
        sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace fetchd::jobs
