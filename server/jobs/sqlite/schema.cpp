#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr int application = 0x66746364;  // "ftcd"

// What each version adds to the one before; a line is never changed once it has been released.
constexpr char const* const steps[] = {
    // 1
    R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
INSERT INTO meta VALUES('lane_seed', random());
INSERT INTO meta VALUES('mended', 0);

CREATE TABLE jobs(
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
  state INTEGER NOT NULL, dirty INTEGER NOT NULL, subscribed INTEGER NOT NULL,
  priority INTEGER NOT NULL, concurrency INTEGER NOT NULL, not_before INTEGER NOT NULL,
  deadline INTEGER NOT NULL, deduplicate INTEGER NOT NULL, options TEXT NOT NULL, labels TEXT NOT NULL,
  created INTEGER NOT NULL, ended INTEGER NOT NULL, accepted INTEGER NOT NULL, succeeded INTEGER NOT NULL,
  failed INTEGER NOT NULL, skipped INTEGER NOT NULL, cancelled INTEGER NOT NULL, duplicates INTEGER NOT NULL,
  last_seq INTEGER NOT NULL, first_seq INTEGER NOT NULL, bytes INTEGER NOT NULL,
  queued INTEGER NOT NULL);
CREATE INDEX jobs_by_owner ON jobs(owner, key);
CREATE INDEX jobs_open ON jobs(key) WHERE ended = 0;
CREATE INDEX jobs_ended ON jobs(ended) WHERE ended > 0;
CREATE INDEX jobs_holding ON jobs(ended) WHERE ended > 0 AND bytes > 0;
CREATE INDEX jobs_dirty ON jobs(key) WHERE dirty > 0;

-- Pending items, id = job << 32 | n: appended in the order they come. `origin` is how much of the url it is, or
-- the origin itself where the url does not begin with it.
CREATE TABLE items(id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, origin NOT NULL, url TEXT NOT NULL,
  options TEXT NOT NULL);
-- The same by lane. Written in large sorted steps while a job is accepted: items of ten thousand origins mixed
-- would otherwise touch a page each.
CREATE TABLE queue(job INTEGER, lane INTEGER, n INTEGER, PRIMARY KEY(job, lane, n)) WITHOUT ROWID;
CREATE TABLE put_off(job INTEGER, lane INTEGER, ready_at INTEGER NOT NULL, PRIMARY KEY(job, lane)) WITHOUT ROWID;
CREATE TABLE seen(job INTEGER, url BLOB, PRIMARY KEY(job, url)) WITHOUT ROWID;

-- id = job << 32 | seq. What is large lies in the object folder under its hash.
CREATE TABLE results(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, outcome INTEGER NOT NULL,
  at INTEGER NOT NULL, sum INTEGER NOT NULL, bytes INTEGER NOT NULL, output_hash BLOB, body_hash BLOB,
  head TEXT NOT NULL, tail TEXT NOT NULL, output TEXT, body BLOB);
CREATE TABLE objects(hash BLOB PRIMARY KEY, bytes INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE answers(owner TEXT, name TEXT, fingerprint BLOB NOT NULL, job INTEGER NOT NULL,
  job_id TEXT NOT NULL, accepted INTEGER NOT NULL, duplicates INTEGER NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY(owner, name)) WITHOUT ROWID;
CREATE INDEX answers_expire ON answers(expires);
CREATE INDEX answers_by_job ON answers(job);

CREATE TABLE subscriptions(job INTEGER, endpoint TEXT, items INTEGER NOT NULL, finished INTEGER NOT NULL,
  batch INTEGER NOT NULL, wait INTEGER NOT NULL, PRIMARY KEY(job, endpoint)) WITHOUT ROWID;
CREATE TABLE events(key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL,
  kind INTEGER NOT NULL, job INTEGER NOT NULL, job_id TEXT NOT NULL, first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL, created INTEGER NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL,
  state INTEGER NOT NULL, closed INTEGER NOT NULL, note TEXT NOT NULL);
CREATE INDEX events_due ON events(due) WHERE state = 0;
CREATE INDEX events_open ON events(job, endpoint) WHERE closed = 0;
CREATE INDEX events_by_endpoint ON events(endpoint, state, key);
CREATE INDEX events_by_job ON events(job);

CREATE TABLE records(key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX records_expire ON records(expires);
)",
    // 2
    R"(
ALTER TABLE jobs ADD COLUMN archive INTEGER NOT NULL DEFAULT 0;
)",
    // 3
    R"(
ALTER TABLE jobs ADD COLUMN robots INTEGER NOT NULL DEFAULT 1;
)",
};
static_assert(std::size(steps) == schema_version);

}  // namespace

void prepare_schema(connection& db) {
    auto const version = db.number("PRAGMA user_version");
    auto const owner = db.number("PRAGMA application_id");
    auto const tables = db.number("SELECT count(*) FROM sqlite_master");
    if (owner != application && (owner != 0 || version != 0 || tables != 0))
        throw_damaged("this database belongs to another program");
    if (version > schema_version || version < 0)
        throw_damaged("this folder was written by a newer version (schema " + std::to_string(version) +
                      ", known here: " + std::to_string(schema_version) + ")");
    if (version == schema_version)
        return;
    db.execute("BEGIN IMMEDIATE");
    for (auto v = version; v < schema_version; ++v)
        db.execute(steps[v]);
    db.execute("PRAGMA application_id = " + std::to_string(application));
    db.execute("PRAGMA user_version = " + std::to_string(schema_version));
    db.execute("COMMIT");
}

}  // namespace fetchd::jobs
