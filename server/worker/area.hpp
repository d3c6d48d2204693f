// Memory shared between main and one worker: what is asked in one part, what is answered in another.
//
// An area is made for one worker process and goes with it. It has room for the largest document and the
// largest answer there may be, and takes memory for what was written only. It is sealed against growing and
// shrinking, so that a hostile worker cannot make main's reads fault. Main writes the request part and reads
// the answer part; the worker may write anywhere at any time, so main copies what it reads and judges the
// copy.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/config.hpp"
#include "base/failure.hpp"
#include "worker/descriptor.hpp"

namespace fetchd::worker {

// In bytes, all of them whole pages.
struct area_shape {
    std::size_t request = 0;
    std::size_t answer = 0;
    std::size_t kept = 0;  // of each part, its first bytes, what stays in memory from document to document

    static area_shape of(workers_config const&);
    std::size_t whole() const;  // with the words
};

class area {
  public:
    static result<descriptor> make(area_shape const&);
    // Maps what make() made, once size and seals are seen to be right.
    static result<area> map(descriptor, area_shape const&);

    area() = default;
    area(area&&) noexcept;
    area& operator=(area&&) noexcept;
    ~area();

    // The words both sides signal by: futex words, so 32 bits.
    struct words {
        std::atomic<std::uint32_t>
            posted;  // main: the number of the visit to be done; the worker sleeps on it
        std::atomic<std::uint32_t> started;  // worker: the visit it took up
        std::atomic<std::uint32_t> asleep;   // worker: 1 when it needs a wake-up
    };
    words& control() const { return *static_cast<words*>(base_); }
    std::span<char> request() const;
    std::span<char> answer() const;
    area_shape const& shape() const { return shape_; }

    // Copies into the request part, and out of the answer part to the end of `out`. Past what is kept it goes
    // by the file: pages that would have to be mapped, and zeroed, are only filled so.
    void put(std::size_t at, std::string_view bytes) const;
    void take(std::size_t at, std::size_t bytes, std::string& out) const;

    // Bytes of it that take memory, whoever wrote them.
    std::size_t in_memory() const;
    bool holds_more_than(std::size_t kept) const;  // in each of its parts
    // Frees the memory of a piece of it (whole pages), which reads as zeroes from now on.
    static void drop(std::span<char> piece);

  private:
    descriptor memory_;
    void* base_ = nullptr;
    area_shape shape_;
};

// Sleeping and waking across processes. Main only wakes: it must never wait for what a worker can hold up.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t while_value);
void futex_wake(std::atomic<std::uint32_t>& word);

}  // namespace fetchd::worker
