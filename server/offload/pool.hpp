// The bounded thread pool, for calls that block and cannot be made asynchronous.
//
// One door: submit() takes a call or refuses it at once when `queue` calls are waiting; nothing ever waits
// for room. Few threads, all signals blocked in them. submit() on the loop thread; `work` runs on a pool
// thread and must own what it touches; `done` runs on the loop afterwards.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/config.hpp"
#include "loop/types.hpp"

namespace fetchd {

class offload_pool {
  public:
    struct numbers {
        std::size_t queued = 0;
        std::size_t running = 0;
        std::uint64_t refused = 0;
        std::uint64_t served = 0;
        clock::duration
            oldest{};  // how long the oldest waiting call has waited: grows when the pool is stuck
    };

    offload_pool(executor loop, pool_config const&);
    ~offload_pool();  // close()
    offload_pool(offload_pool const&) = delete;
    offload_pool& operator=(offload_pool const&) = delete;

    // False when the queue is full: neither function is called then.
    [[nodiscard]] bool submit(std::function<void()> work, std::function<void()> done);

    // Waits for the calls that run, drops the ones that wait, and takes no more. Before the loop is taken
    // down: nobody may post to it meanwhile.
    void close();

    numbers count() const;

  private:
    struct job {
        std::function<void()> work;
        std::function<void()> done;
        time_point since;
    };
    void serve();

    executor loop_;
    std::size_t const max_queue_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<job> queue_;
    std::size_t running_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t served_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace fetchd
