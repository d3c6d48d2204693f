// Does many things at once and hands the results over in their order.
//
// `work(i)` runs on up to `parallel` threads; `take(i, value)` on the caller's, for 0, 1, 2, ... as soon as
// each is there. At most `4 * parallel` results wait: work does not run further ahead of a slow one. When
// take says false, no further work is begun and what is in flight is waited for and dropped.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
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

    // Also when take throws: the threads must not wait for us while we wait for them.
    auto stop = [&](void*) {
        std::lock_guard lock(mutex);
        stopping = true;
        changed.notify_all();
    };
    std::unique_ptr<void, decltype(stop)> stopped_on_the_way_out(&mutex, stop);

    for (bool go_on = true; go_on && taken < count;) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return ready.contains(taken); });
        T value = std::move(ready.extract(taken).mapped());
        lock.unlock();
        go_on = take(taken, std::move(value));
        lock.lock();
        ++taken;
        changed.notify_all();
    }
}

}  // namespace fetchctl
