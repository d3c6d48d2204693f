// One connection to the database file, and its prepared statements.
//
// Blocking, one thread at a time; knows no event loop. Whatever goes wrong is thrown as sql_error and caught
// where a transaction ends (writer.cpp) or a question was asked (reader.cpp): nothing between them can go on
// after an error. Not for use beyond server/jobs/sqlite/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/failure.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace fetchd::jobs {

class sql_error : public std::runtime_error {
  public:
    sql_error(int kind, std::string const& words) : std::runtime_error(words), kind_(kind) {}
    int kind() const { return kind_; }  // SQLite's extended result code
    bool about_the_disk() const;        // full or failing: another call may fail for the same reason
    failure as_failure() const;

  private:
    int kind_;
};

// What is stored makes no sense.
[[noreturn]] void throw_damaged(std::string const& what);

struct blob {
    std::string_view bytes;
};
struct maybe_blob {
    std::string_view bytes;
    bool there = false;  // else NULL
};

// A prepared statement while it is used; reset when it goes. Texts and blobs bound to it must live as long.
class query {
  public:
    query(sqlite3* db, sqlite3_stmt* s) : db_(db), statement_(s) {}
    query(query const&) = delete;
    query& operator=(query const&) = delete;
    ~query();

    // Binds ?1, ?2...; once per run().
    template <class... Values>
    query& with(Values const&... values) {
        int i = 0;
        (bind(++i, values), ...);
        return *this;
    }
    bool step();     // true: there is a row
    query& again();  // from the beginning, to be bound anew
    void run();      // a statement without rows, made ready to be bound and run again

    std::int64_t number(int column) const;
    std::uint64_t count(int column) const;    // a number that cannot be negative
    std::string_view text(int column) const;  // good until the next step
    bool is_number(int column) const;
    bool empty(int column) const;  // NULL

  private:
    void bind(int i, std::int64_t v);
    void bind(int i, std::uint64_t v) { bind(i, static_cast<std::int64_t>(v)); }
    void bind(int i, int v) { bind(i, std::int64_t{v}); }
    void bind(int i, unsigned v) { bind(i, std::int64_t{v}); }
    void bind(int i, std::string_view v);
    void bind(int i, std::string const& v) { bind(i, std::string_view(v)); }
    void bind(int i, char const* v) { bind(i, std::string_view(v)); }
    void bind(int i, blob v);
    void bind(int i, maybe_blob v);
    void check(int rc);

    sqlite3* db_;
    sqlite3_stmt* statement_;
};

enum class access : unsigned char { read_write, read_only };

class connection {
  public:
    // vfs: SQLite's name of the layer that touches files; null for the usual one (tests put faults in).
    connection(std::string const& path, access how, std::size_t cache_bytes, char const* vfs = nullptr);
    ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    // `text` must be a literal: its statement is found again by its address and kept.
    query ask(char const* text);
    void execute(std::string const& text);  // no rows, not kept: for the schema
    std::int64_t number(std::string const& text);

    std::int64_t changes() const;  // rows changed by the last statement
    std::int64_t total_changes() const;
    std::int64_t last_id() const;  // of the row inserted last
    bool in_transaction() const;
    void rollback() noexcept;

  private:
    sqlite3* db_ = nullptr;
    std::unordered_map<char const*, sqlite3_stmt*> kept_;
};

}  // namespace fetchd::jobs
