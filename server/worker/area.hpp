// Shared memory between main and one worker, and sealed memfds for what does not fit in it.
//
// An area is made for one worker process and goes with it. It is sealed against growing and shrinking, so
// that a hostile worker cannot make main's reads fault. Main writes the request part and reads the answer
// part; the worker may write anywhere at any time, so main copies what it reads and judges the copy.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/failure.hpp"
#include "worker/descriptor.hpp"

namespace fetchd::worker {

class area {
  public:
    // `bytes` is what the two parts have together.
    static result<descriptor> make(std::size_t bytes);
    // Maps what make() made, once size and seals are seen to be right. The descriptor may be closed then.
    static result<area> map(descriptor const&, std::size_t bytes);

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

  private:
    void* base_ = nullptr;
    std::size_t part_ = 0;
};

// A memfd being filled, then sealed, then passed.
class sealed_memory {
  public:
    static result<descriptor> begin();
    static result<void> append(descriptor const&, std::string_view bytes);
    static result<void> seal(descriptor const&);

    // Is this a memfd of exactly this size that nobody can change any more?
    static bool is_sealed(descriptor const&, std::size_t bytes);
};

// Read-only view of a sealed memfd; one of another size or without the seals is refused.
class mapped_memory {
  public:
    static result<mapped_memory> map(descriptor const&, std::size_t bytes);
    mapped_memory() = default;
    mapped_memory(mapped_memory&&) noexcept;
    mapped_memory& operator=(mapped_memory&&) noexcept;
    ~mapped_memory();
    std::string_view bytes() const { return {static_cast<char const*>(base_), bytes_}; }

  private:
    void* base_ = nullptr;
    std::size_t bytes_ = 0;
};

// Sleeping and waking across processes. Main only wakes: it must never wait for what a worker can hold up.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t while_value,
                timespec const* at_most = nullptr);
void futex_wake(std::atomic<std::uint32_t>& word);

}  // namespace fetchd::worker
