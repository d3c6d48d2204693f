// The few things the store does with files beside its database; tests put faults in here.
//
// Blocking. Errors are errno values, 0 for none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fetchd::jobs {

class files {
  public:
    virtual ~files() = default;

    // A new file of mode 0600 with these bytes, on disk when this returns; what was begun is taken away again
    // after an error.
    virtual int write_new(std::string const& path, std::string_view bytes);
    virtual int rename(std::string const& from, std::string const& to);
    virtual int remove(std::string const& path);
    virtual int make_folder(std::string const& path);  // 0700; no error where it is already there
    // The names in it, as they are now, are on disk when this returns.
    virtual int sync_folder(std::string const& path);
    // At most `most` bytes; EFBIG where there are more.
    virtual int read(std::string const& path, std::size_t most, std::string& out);
    // Bytes that may still be written below this folder.
    virtual std::uint64_t room(std::string const& folder);

  protected:
    // The parts of write_new and sync_folder, each of which can fail on its own.
    virtual int write(int fd, std::string_view bytes);
    virtual int sync(int fd);
};

}  // namespace fetchd::jobs
