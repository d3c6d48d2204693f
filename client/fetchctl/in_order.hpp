// Does many things at once and hands the results over in their order.
//
// `work(i)` runs on up to `parallel` threads; `take(i, value)` on the caller's, for 0, 1, 2, ... as soon as
// each is there. At most `4 * parallel` results wait: work does not run further ahead of a slow one. When
// take says false, no further work is begun and what is in flight is waited for and dropped.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace fetchctl {

template <class T, class Work, class Take>
void in_order(std::size_t count, unsigned parallel, Work work, Take take) {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::size_t, T> ready;
    std::size_t begun = 0;
    std::size_t taken = 0;
    bool stopping = false;

    auto run = [&] {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return stopping || begun == count || begun < taken + 4 * parallel; });
            if (stopping || begun == count)
                return;
            auto const i = begun++;
            lock.unlock();
            T value = work(i);
            lock.lock();
            ready.emplace(i, std::move(value));
            changed.notify_all();
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t n = std::min<std::size_t>(parallel, count); n > 0; --n)
        threads.emplace_back(run);

    for (std::size_t i = 0; i < count; ++i) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return ready.contains(i); });
        T value = std::move(ready.extract(i).mapped());
        lock.unlock();
        bool const go_on = take(i, std::move(value));
        lock.lock();
        ++taken;
        stopping = !go_on;
        changed.notify_all();
        if (stopping)
            break;
    }
}

}  // namespace fetchctl
