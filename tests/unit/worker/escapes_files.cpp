#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "unit/worker/escapes.hpp"

namespace fetchd::worker {
namespace {

constexpr unsigned opening = by_landlock | by_root | by_limits;
constexpr unsigned changing = by_landlock | by_root;

long open_for(char const* path, int flags) {
    return sys(SYS_openat, AT_FDCWD, path, flags, 0600);
}

struct how {
    unsigned long flags, mode, resolve;
};

struct handle {
    unsigned bytes = 128;
    int type = 0;
    char of[128]{};
};

constexpr escape all[] = {
    {"open /etc/passwd", opening, [](prey const&) { return sys(SYS_open, "/etc/passwd", O_RDONLY); }},
    {"openat /etc/passwd", opening, [](prey const&) { return open_for("/etc/passwd", O_RDONLY); }},
    {"openat2 /etc/passwd", opening,
     [](prey const&) {
         how const h{O_RDONLY, 0, 0};
         return sys(SYS_openat2, AT_FDCWD, "/etc/passwd", &h, sizeof h);
     }},
    {"creat", opening, [](prey const& p) { return sys(SYS_creat, p.fresh().c_str(), 0600); }},
    {"open for writing", opening, [](prey const& p) { return open_for(p.victim().c_str(), O_WRONLY); }},
    {"open a nameless file", opening,
     [](prey const& p) { return open_for(p.folder.c_str(), O_TMPFILE | O_RDWR); }},
    {"open its own memory", opening, [](prey const&) { return open_for("/proc/self/mem", O_RDWR); }},
    {"open its own environment", opening,
     [](prey const&) { return open_for("/proc/self/environ", O_RDONLY); }},
    {"open the environment of process 1", opening,
     [](prey const&) { return open_for("/proc/1/environ", O_RDONLY); }},
    {"open the memory of main", opening,
     [](prey const& p) { return open_for(("/proc/" + std::to_string(p.main) + "/mem").c_str(), O_RDWR); }},
    {"open a folder as a place", by_root | by_limits,
     [](prey const&) { return open_for("/etc", O_PATH | O_DIRECTORY); }},
    {"open a descriptor again", opening, [](prey const&) { return open_for("/proc/self/fd/3", O_RDWR); }},
    {"truncate", changing, [](prey const& p) { return sys(SYS_truncate, p.victim().c_str(), 0); }},
    {"unlink", changing, [](prey const& p) { return sys(SYS_unlink, p.victim().c_str()); }},
    {"unlinkat", changing, [](prey const& p) { return sys(SYS_unlinkat, AT_FDCWD, p.victim().c_str(), 0); }},
    {"rename", changing,
     [](prey const& p) { return sys(SYS_rename, p.victim().c_str(), p.fresh().c_str()); }},
    {"renameat2", changing,
     [](prey const& p) {
         return sys(SYS_renameat2, AT_FDCWD, p.victim().c_str(), AT_FDCWD, p.fresh().c_str(), 0);
     }},
    {"link", changing, [](prey const& p) { return sys(SYS_link, p.victim().c_str(), p.fresh().c_str()); }},
    {"symlink", changing, [](prey const& p) { return sys(SYS_symlink, "/etc/passwd", p.fresh().c_str()); }},
    {"mkdir", changing, [](prey const& p) { return sys(SYS_mkdir, p.fresh().c_str(), 0700); }},
    {"rmdir", by_root, [](prey const& p) { return sys(SYS_rmdir, p.folder.c_str()); }},
    {"mknod a pipe", changing,
     [](prey const& p) { return sys(SYS_mknod, p.fresh().c_str(), S_IFIFO | 0600, 0); }},
    {"stat", by_root,
     [](prey const&) {
         struct stat s;
         return sys(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &s, 0);
     }},
    {"statx", by_root,
     [](prey const&) {
         char s[256];
         return sys(SYS_statx, AT_FDCWD, "/etc/passwd", 0, 0xfffU, s);
     }},
    {"access", by_root, [](prey const&) { return sys(SYS_access, "/etc/passwd", R_OK); }},
    {"readlink", by_root,
     [](prey const&) {
         char to[256];
         return sys(SYS_readlink, "/proc/self/exe", to, sizeof to);
     }},
    {"chmod", by_root, [](prey const& p) { return sys(SYS_chmod, p.victim().c_str(), 0777); }},
    {"chown", by_root,
     [](prey const& p) { return sys(SYS_chown, p.victim().c_str(), ::getuid(), ::getgid()); }},
    {"utimensat", by_root,
     [](prey const& p) { return sys(SYS_utimensat, AT_FDCWD, p.victim().c_str(), nullptr, 0); }},
    {"setxattr", by_root,
     [](prey const& p) { return sys(SYS_setxattr, p.victim().c_str(), "user.x", "x", 1, 0); }},
    {"listxattr", by_root, [](prey const& p) { return sys(SYS_listxattr, p.victim().c_str(), nullptr, 0); }},
    {"chdir", by_root, [](prey const&) { return sys(SYS_chdir, "/etc"); }},
    {"chroot", by_privileges, [](prey const&) { return sys(SYS_chroot, "/"); }},
    {"pivot_root", by_privileges, [](prey const&) { return sys(SYS_pivot_root, ".", "."); }},
    {"mount", by_privileges, [](prey const&) { return sys(SYS_mount, "none", "/", "tmpfs", 0, nullptr); }},
    {"umount2", by_privileges, [](prey const&) { return sys(SYS_umount2, "/proc", 2); }},
    {"fsopen", by_privileges | by_limits, [](prey const&) { return sys(SYS_fsopen, "proc", 0); }},
    {"open_tree", by_privileges | by_limits,
     [](prey const&) { return sys(SYS_open_tree, AT_FDCWD, "/", 1); }},
    {"statfs", nothing_else,
     [](prey const&) {
         char s[256];
         return sys(SYS_statfs, "/", s);
     }},
    {"name_to_handle_at", by_root,
     [](prey const&) {
         handle h;
         int mount = 0;
         return sys(SYS_name_to_handle_at, AT_FDCWD, "/etc/passwd", &h, &mount, 0);
     }},
    {"open_by_handle_at", by_privileges | by_limits,
     [](prey const&) {
         handle h;
         return sys(SYS_open_by_handle_at, AT_FDCWD, &h, O_RDONLY);
     }},
    {"inotify_init", by_limits, [](prey const&) { return sys(SYS_inotify_init1, 0); }},
    {"fanotify_init", by_privileges | by_limits, [](prey const&) { return sys(SYS_fanotify_init, 0, 0); }},
    {"quotactl", by_privileges,
     [](prey const&) { return sys(SYS_quotactl, 0x800002 << 8, "/", 0, nullptr); }},
    {"acct", by_privileges, [](prey const&) { return sys(SYS_acct, nullptr); }},
    {"swapon", by_privileges, [](prey const& p) { return sys(SYS_swapon, p.victim().c_str(), 0); }},
    {"sync", nothing_else, [](prey const&) { return sys(SYS_sync); }},
    {"getcwd", nothing_else,
     [](prey const&) {
         char in[4096];
         return sys(SYS_getcwd, in, sizeof in);
     }},
};

}  // namespace

std::span<escape const> file_escapes() {
    return all;
}

}  // namespace fetchd::worker
