// The writer's side of a data folder: calls in, one transaction out.
//
// Blocking, one thread at a time (group_commit's). Several calls share one transaction and so one fsync; when
// it fails it is rolled back as a whole and the calls are tried one by one, because one of them may be the
// culprit. What a call answers counts only after commit() has returned.
#pragma once

#include <atomic>

#include "jobs/sqlite/accepting.hpp"
#include "jobs/sqlite/folder.hpp"
#include "jobs/sqlite/objects.hpp"
#include "jobs/sqlite/outbox.hpp"
#include "jobs/sqlite/settling.hpp"
#include "jobs/sqlite/steering.hpp"

namespace fetchd::jobs {

struct database_settings {
    std::string folder;
    // Less room than this, and nothing new is accepted: what is left is for results and for deleting.
    std::uint64_t keep_free = std::uint64_t{64} << 20U;
    // Hashes of URLs in memory while jobs come in that leave out duplicates: some 20 bytes each.
    std::size_t most_seen = std::size_t{1} << 20U;
    char const* vfs = nullptr;  // tests put faults in here, and into the files
    files* file_layer = nullptr;
};

class database;

// One thing to be written. run() may come several times, each time after all of the last time was undone.
class write_call {
  public:
    virtual ~write_call() = default;
    // False: refused, with an answer, and nothing was written.
    virtual bool run(database&) = 0;
    virtual void fail(failure const&) = 0;

    bool grows = false;  // brings something new: refused where room is short
};

class database {
  public:
    static result<std::unique_ptr<database>> open(database_settings);
    database(database const&) = delete;
    database& operator=(database const&) = delete;

    // Runs them all; every one has its answer when this returns. What they did besides is returned.
    effects commit(std::span<write_call* const>);

    // For a write_call.
    accepting& accept() { return accepting_; }
    settling& settle() { return settling_; }
    steering& steer() { return steering_; }
    jobs::outbox& outbox() { return outbox_; }
    void put(std::span<record const>);
    void erase(std::string const& key);

    object_folder& objects() { return objects_; }
    std::string const& file() const { return file_; }
    database_settings const& settings() const { return settings_; }

    // Object files nothing refers to, in one of the 256 folders, go once the transaction is committed.
    std::uint64_t find_orphans(unsigned folder);

    struct totals {
        std::uint64_t pending = 0;
        std::uint64_t bytes = 0;
    };
    totals count();  // over all jobs: at the start

    struct numbers {
        std::atomic<std::uint64_t> commits = 0;
        std::atomic<std::uint64_t> failed_commits = 0;
        std::atomic<std::uint64_t> refused_full = 0;
    };
    numbers const& counted() const { return numbers_; }

  private:
    database(database_settings, data_folder);
    std::vector<write_call*> admit(std::span<write_call* const>);
    std::optional<sql_error> attempt(std::span<write_call* const>);
    void roll_back();
    void one_by_one(std::span<write_call* const>, effects&);
    void took_effect(effects&);
    void mend() noexcept;

    database_settings const settings_;
    data_folder folder_;
    files plain_;
    files& files_;
    object_folder objects_;
    std::string const file_;
    connection db_;
    bool ready_;  // the tables are there before anything below is made
    effects effects_;
    accepting accepting_;
    settling settling_;
    steering steering_;
    jobs::outbox outbox_;
    numbers numbers_;
    bool unsound_ = false;  // the last transaction failed, and what it wrote may still lie in the log
};

}  // namespace fetchd::jobs
