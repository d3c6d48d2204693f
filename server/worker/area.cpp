#include "worker/area.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace fetchd::worker {
namespace {

constexpr std::size_t control_bytes = 4096;  // a page of its own for the words
constexpr int area_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr int content_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

failure system_failure(char const* what) {
    return failure(stage::process, code::failed, std::string(what) + ": " + std::strerror(errno));
}

bool has(descriptor const& fd, std::size_t bytes, int seals) {
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0 || info.st_size < 0 || static_cast<std::size_t>(info.st_size) != bytes)
        return false;
    auto const found = ::fcntl(fd.get(), F_GET_SEALS);
    return found >= 0 && (found & seals) == seals;
}

std::size_t part_bytes(std::size_t bytes) {
    return bytes / 2 / control_bytes * control_bytes;
}

std::size_t whole(std::size_t bytes) {
    return control_bytes + 2 * part_bytes(bytes);
}

}  // namespace

result<descriptor> area::make(std::size_t bytes) {
    auto fd = descriptor(::memfd_create("fetchd-area", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd)
        return system_failure("memfd_create");
    if (::ftruncate(fd.get(), static_cast<off_t>(whole(bytes))) != 0)
        return system_failure("ftruncate");
    if (::fcntl(fd.get(), F_ADD_SEALS, area_seals) != 0)
        return system_failure("F_ADD_SEALS");
    return fd;
}

result<area> area::map(descriptor const& fd, std::size_t bytes) {
    static_assert(sizeof(words) <= control_bytes && std::atomic<std::uint32_t>::is_always_lock_free);
    if (!has(fd, whole(bytes), area_seals))
        return failure(stage::process, code::failed, "the shared area is not as it was made");
    auto* const base = ::mmap(nullptr, whole(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (base == MAP_FAILED)
        return system_failure("mmap");
    area a;
    a.base_ = base;
    a.part_ = part_bytes(bytes);
    return a;
}

area::area(area&& other) noexcept : base_(std::exchange(other.base_, nullptr)), part_(other.part_) {}

area& area::operator=(area&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(part_, other.part_);
    return *this;
}

area::~area() {
    if (base_)
        ::munmap(base_, control_bytes + 2 * part_);
}

std::span<char> area::request() const {
    return {static_cast<char*>(base_) + control_bytes, part_};
}

std::span<char> area::answer() const {
    return {static_cast<char*>(base_) + control_bytes + part_, part_};
}

result<descriptor> sealed_memory::begin() {
    auto fd = descriptor(::memfd_create("fetchd-body", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd)
        return system_failure("memfd_create");
    return fd;
}

result<void> sealed_memory::append(descriptor const& fd, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::write(fd.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return system_failure("write to a memfd");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

result<void> sealed_memory::seal(descriptor const& fd) {
    if (::fcntl(fd.get(), F_ADD_SEALS, content_seals) != 0)
        return system_failure("F_ADD_SEALS");
    return {};
}

bool sealed_memory::is_sealed(descriptor const& fd, std::size_t bytes) {
    return has(fd, bytes, content_seals);
}

result<mapped_memory> mapped_memory::map(descriptor const& fd, std::size_t bytes) {
    if (!sealed_memory::is_sealed(fd, bytes))
        return failure(stage::process, code::malformed, "a passed memfd of the wrong size or without seals");
    mapped_memory m;
    if (bytes == 0)
        return m;
    auto* const base = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (base == MAP_FAILED)
        return system_failure("mmap");
    m.base_ = base;
    m.bytes_ = bytes;
    return m;
}

mapped_memory::mapped_memory(mapped_memory&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

mapped_memory& mapped_memory::operator=(mapped_memory&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

mapped_memory::~mapped_memory() {
    if (base_)
        ::munmap(base_, bytes_);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t while_value, timespec const* at_most) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, while_value, at_most, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace fetchd::worker
