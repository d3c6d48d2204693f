// Large bytes in files of their own, named after what is in them: objects/ab/<sha256 in hexadecimal>.
//
// A file is written under a temporary name, synced, and renamed: under its final name it is whole. The name
// is on disk once its folder was synced: where that failed, or a crash came before it, whoever puts the same
// bytes again finds the file and syncs the folder first. The hash is checked whenever it is read. Blocking;
// the calls may come from several threads, and one puts at a time. An object that was put stays pinned until
// whoever put it has its row in the database, so that a sweep meanwhile leaves it alone. Outlives its pins.
#pragma once

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/failure.hpp"
#include "jobs/sqlite/files.hpp"

namespace fetchd::jobs {

using object_hash = std::array<char, 32>;

object_hash hash_of(std::string_view bytes);
std::string hexadecimal(std::string_view bytes);
std::optional<object_hash> parse_hash(std::string_view hex);

class object_folder {
  public:
    static constexpr unsigned folders = 256;
    static constexpr std::size_t max_object = std::size_t{1} << 30U;

    object_folder(std::string path, files&);

    // The folder itself, and no file that was begun and not finished. Not while anybody puts.
    result<void> prepare();

    class pin {
      public:
        pin(object_folder& folder, object_hash const& hash);
        pin(pin&& other) noexcept : folder_(std::exchange(other.folder_, nullptr)), hash_(other.hash_) {}
        pin& operator=(pin&&) = delete;
        ~pin();
        object_hash const& hash() const { return hash_; }

      private:
        object_folder* folder_;
        object_hash hash_;
    };

    // On disk when this returns. Fails with (store, too_large) where the disk is full, (store, failed).
    result<pin> put(std::string_view bytes);
    // Fails with (store, not_found) where it is missing, (store, corrupt) where it is not what its name says;
    // and (store, failed) where it cannot be read now, which says nothing of it.
    result<std::string> get(object_hash const&) const;
    // Only where nobody has it pinned; true: it is gone. One thread at a time. No lock is held while the file
    // goes: pins end on the loop, which waits for no disk.
    bool erase(object_hash const&);

    // What lies in one of the 256 folders (0-255), for finding what nothing refers to.
    struct found {
        std::vector<object_hash> objects;
        std::vector<std::string> strange;  // files that are no objects
    };
    found list(unsigned folder) const;

    std::string path_of(object_hash const&) const;

  private:
    std::string folder_of(object_hash const&) const;
    result<void> write(std::string const& folder, std::string const& path, std::string_view bytes);
    result<void> sync_names(std::string const& folder);

    std::string const path_;
    files& files_;
    std::mutex putting_;
    std::uint64_t next_temporary_ = 0;
    std::set<std::string> synced_;  // folders whose names are all on disk
    std::mutex mutex_;
    std::map<object_hash, int> pinned_;
    std::optional<object_hash> erasing_;
    std::condition_variable erased_;
};

}  // namespace fetchd::jobs
