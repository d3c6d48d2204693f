// The disk on a bad day: SQLite's usual layer for files, of which chosen writes or syncs fail.
//
// One set of faults for the whole process, under the name "faulty". Counts over all threads.
#pragma once

#include <atomic>
#include <set>
#include <string>

#include "jobs/sqlite/files.hpp"

namespace fetchd::jobs::test {

enum class fault { none, disk_full, write_error, sync_error };

struct faults {
    static constexpr char const* vfs = "faulty";

    std::atomic<fault> kind = fault::none;
    std::atomic<int> at = 0;            // the number of the first operation of this kind that fails, from 1
    std::atomic<bool> lasting = false;  // and all after it
    std::atomic<int> writes = 0;
    std::atomic<int> syncs = 0;
    std::atomic<int> failed = 0;
    std::string stable;  // a folder where each file of the database is copied to when it is synced; set
                         // before it is opened

    void begin(fault f, int k, bool on_and_on) {
        kind = f;
        at = k;
        lasting = on_and_on;
        writes = syncs = failed = 0;
    }
    void end() {
        kind = fault::none;
        stable.clear();
    }

    // Counts one, and says whether it fails.
    bool write_fails();
    bool sync_fails();

  private:
    bool hits(int number);
};

faults& the_faults();
void register_faulty_vfs();  // may be called again

// The same faults for the files beside the database.
class faulty_files final : public files {
  public:
    int rename(std::string const& from, std::string const& to) override;
    int make_folder(std::string const& path) override;
    int sync_folder(std::string const& path) override;

    std::set<std::string> unsynced;  // names that a loss of power may take

  protected:
    int write(int fd, std::string_view bytes) override;
    int sync(int fd) override;
};

}  // namespace fetchd::jobs::test
