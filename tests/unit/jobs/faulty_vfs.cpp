#include "faulty_vfs.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace fetchd::jobs::test {
namespace {

// SQLite's files are C structures with a table of functions; the real one follows in the same allocation.
struct faulty_file {
    sqlite3_file base;
    sqlite3_file* real;
    char const* name;  // SQLite's, as long as the file is open
};

sqlite3_file* real(sqlite3_file* f) {
    return reinterpret_cast<faulty_file*>(f)->real;
}

int write(sqlite3_file* f, void const* bytes, int n, sqlite3_int64 at) {
    if (the_faults().write_fails()) {
        if (the_faults().kind == fault::disk_full) {
            real(f)->pMethods->xWrite(real(f), bytes, n / 2, at);  // half of it still fits
            return SQLITE_FULL;
        }
        return SQLITE_IOERR_WRITE;
    }
    return real(f)->pMethods->xWrite(real(f), bytes, n, at);
}

int sync(sqlite3_file* f, int flags) {
    if (the_faults().sync_fails())
        return SQLITE_IOERR_FSYNC;
    auto const rc = real(f)->pMethods->xSync(real(f), flags);
    if (rc == SQLITE_OK && !the_faults().stable.empty()) {
        std::filesystem::path const file(reinterpret_cast<faulty_file*>(f)->name);
        std::filesystem::copy_file(file, the_faults().stable / file.filename(),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    return rc;
}

template <auto Member, class... Args>
auto pass(sqlite3_file* f, Args... args) {
    return (real(f)->pMethods->*Member)(real(f), args...);
}

using io = sqlite3_io_methods;
constexpr io methods = {
    3,
    [](sqlite3_file* f) { return pass<&io::xClose>(f); },
    [](sqlite3_file* f, void* p, int n, sqlite3_int64 at) { return pass<&io::xRead>(f, p, n, at); },
    write,
    [](sqlite3_file* f, sqlite3_int64 n) { return pass<&io::xTruncate>(f, n); },
    sync,
    [](sqlite3_file* f, sqlite3_int64* n) { return pass<&io::xFileSize>(f, n); },
    [](sqlite3_file* f, int l) { return pass<&io::xLock>(f, l); },
    [](sqlite3_file* f, int l) { return pass<&io::xUnlock>(f, l); },
    [](sqlite3_file* f, int* out) { return pass<&io::xCheckReservedLock>(f, out); },
    [](sqlite3_file* f, int op, void* arg) { return pass<&io::xFileControl>(f, op, arg); },
    [](sqlite3_file* f) { return pass<&io::xSectorSize>(f); },
    [](sqlite3_file* f) { return pass<&io::xDeviceCharacteristics>(f); },
    [](sqlite3_file* f, int page, int n, int extend, void volatile** p) {
        return pass<&io::xShmMap>(f, page, n, extend, p);
    },
    [](sqlite3_file* f, int at, int n, int flags) { return pass<&io::xShmLock>(f, at, n, flags); },
    [](sqlite3_file* f) { pass<&io::xShmBarrier>(f); },
    [](sqlite3_file* f, int gone) { return pass<&io::xShmUnmap>(f, gone); },
    [](sqlite3_file* f, sqlite3_int64 at, int n, void** p) { return pass<&io::xFetch>(f, at, n, p); },
    [](sqlite3_file* f, sqlite3_int64 at, void* p) { return pass<&io::xUnfetch>(f, at, p); },
};

sqlite3_vfs* usual = nullptr;

int open(sqlite3_vfs*, char const* name, sqlite3_file* file, int flags, int* out) {
    auto* const f = reinterpret_cast<faulty_file*>(file);
    f->real = reinterpret_cast<sqlite3_file*>(f + 1);
    f->name = name;
    auto const rc = usual->xOpen(usual, name, f->real, flags, out);
    f->base.pMethods = f->real->pMethods ? &methods : nullptr;
    return rc;
}

}  // namespace

bool faults::hits(int number) {
    auto const hit = lasting ? number >= at : number == at;
    failed += hit ? 1 : 0;
    return hit;
}

bool faults::write_fails() {
    auto const number = ++writes;
    return (kind == fault::disk_full || kind == fault::write_error) && hits(number);
}

bool faults::sync_fails() {
    auto const number = ++syncs;
    return kind == fault::sync_error && hits(number);
}

faults& the_faults() {
    static faults all;
    return all;
}

void register_faulty_vfs() {
    static sqlite3_vfs faulty;
    if (usual)
        return;
    usual = sqlite3_vfs_find(nullptr);
    if (!usual || usual->iVersion < 1)
        throw std::runtime_error("SQLite has no default VFS");
    faulty = *usual;
    faulty.pNext = nullptr;
    faulty.zName = faults::vfs;
    faulty.szOsFile = static_cast<int>(sizeof(faulty_file)) + usual->szOsFile;
    faulty.xOpen = open;
    sqlite3_vfs_register(&faulty, 0);
}

int faulty_files::rename(std::string const& from, std::string const& to) {
    auto const error = files::rename(from, to);
    if (!error)
        unsynced.insert(to);
    return error;
}

int faulty_files::make_folder(std::string const& path) {
    auto const there = ::access(path.c_str(), F_OK) == 0;
    auto const error = files::make_folder(path);
    if (!error && !there)
        unsynced.insert(path);
    return error;
}

int faulty_files::sync_folder(std::string const& path) {
    auto const error = files::sync_folder(path);
    if (!error)
        std::erase_if(unsynced, [&](auto const& name) { return name.substr(0, name.rfind('/')) == path; });
    return error;
}

int faulty_files::write(int fd, std::string_view bytes) {
    if (the_faults().write_fails()) {
        if (::write(fd, bytes.data(), bytes.size() / 2) < 0)
            return errno;
        return the_faults().kind == fault::disk_full ? ENOSPC : EIO;
    }
    return files::write(fd, bytes);
}

int faulty_files::sync(int fd) {
    return the_faults().sync_fails() ? EIO : files::sync(fd);
}

}  // namespace fetchd::jobs::test
