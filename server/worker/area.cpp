#include "worker/area.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "worker/frame.hpp"

namespace fetchd::worker {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t control_bytes = page;  // a page of its own for the words
constexpr int area_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

failure system_failure(char const* what) {
    return failure(stage::process, code::failed, std::string(what) + ": " + std::strerror(errno));
}

bool as_it_was_made(descriptor const& fd, std::size_t bytes) {
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0 || info.st_size < 0 || static_cast<std::size_t>(info.st_size) != bytes)
        return false;
    auto const found = ::fcntl(fd.get(), F_GET_SEALS);
    return found >= 0 && (found & area_seals) == area_seals;
}

std::size_t whole_pages(std::size_t bytes) {
    return (bytes + page - 1) / page * page;
}

}  // namespace

area_shape area_shape::of(workers_config const& settings) {
    area_shape s;
    s.request = whole_pages(payload_offset(request_limits::head) + settings.max_input);
    s.answer = whole_pages(payload_offset(answer_limits::head) + settings.max_output);
    s.kept = whole_pages(settings.area_bytes / 2);
    return s;
}

std::size_t area_shape::whole() const {
    return control_bytes + request + answer;
}

result<descriptor> area::make(area_shape const& shape) {
    auto fd = descriptor(::memfd_create("fetchd-area", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd)
        return system_failure("memfd_create");
    if (::ftruncate(fd.get(), static_cast<off_t>(shape.whole())) != 0)
        return system_failure("ftruncate");
    if (::fcntl(fd.get(), F_ADD_SEALS, area_seals) != 0)
        return system_failure("F_ADD_SEALS");
    return fd;
}

result<area> area::map(descriptor fd, area_shape const& shape) {
    static_assert(sizeof(words) <= control_bytes && std::atomic<std::uint32_t>::is_always_lock_free);
    if (!as_it_was_made(fd, shape.whole()))
        return failure(stage::process, code::failed, "the shared area is not as it was made");
    auto* const base =
        ::mmap(nullptr, shape.whole(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd.get(), 0);
    if (base == MAP_FAILED)
        return system_failure("mmap");
    area a;
    a.memory_ = std::move(fd);
    a.base_ = base;
    a.shape_ = shape;
    return a;
}

area::area(area&& other) noexcept
    : memory_(std::move(other.memory_)), base_(std::exchange(other.base_, nullptr)), shape_(other.shape_) {}

area& area::operator=(area&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(base_, other.base_);
    std::swap(shape_, other.shape_);
    return *this;
}

area::~area() {
    if (base_)
        ::munmap(base_, shape_.whole());
}

std::span<char> area::request() const {
    return {static_cast<char*>(base_) + control_bytes, shape_.request};
}

std::span<char> area::answer() const {
    return {static_cast<char*>(base_) + control_bytes + shape_.request, shape_.answer};
}

void area::put(std::size_t at, std::string_view bytes) const {
    auto const to = request().subspan(at, bytes.size());
    auto const in_file = static_cast<off_t>(to.data() - static_cast<char*>(base_));
    std::size_t done = 0;
    if (at >= shape_.kept)
        if (auto const n = ::pwrite(memory_.get(), bytes.data(), bytes.size(), in_file); n > 0)
            done = static_cast<std::size_t>(n);
    std::memcpy(to.data() + done, bytes.data() + done, bytes.size() - done);
}

void area::take(std::size_t at, std::size_t bytes, std::string& out) const {
    auto const from = answer().subspan(at, bytes);
    auto const in_file = static_cast<off_t>(from.data() - static_cast<char*>(base_));
    if (at < shape_.kept) {
        out.append(from.data(), bytes);
        return;
    }
    auto const before = out.size();
    out.resize(before + bytes);
    auto const n = ::pread(memory_.get(), out.data() + before, bytes, in_file);
    auto const done = n > 0 ? static_cast<std::size_t>(n) : 0;
    std::memcpy(out.data() + before + done, from.data() + done, bytes - done);
}

std::size_t area::in_memory() const {
    struct stat info {};
    constexpr std::size_t block = 512;  // of st_blocks, whatever st_blksize says
    return ::fstat(memory_.get(), &info) == 0 ? static_cast<std::size_t>(info.st_blocks) * block : 0;
}

bool area::holds_more_than(std::size_t kept) const {
    return in_memory() > control_bytes + 2 * kept;
}

void area::drop(std::span<char> piece) {
    ::madvise(piece.data(), piece.size(), MADV_REMOVE);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t while_value) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, while_value, nullptr, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace fetchd::worker
