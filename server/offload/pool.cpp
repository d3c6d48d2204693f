#include "offload/pool.hpp"

#include <boost/asio/post.hpp>
#include <csignal>

namespace fetchd {

offload_pool::offload_pool(executor loop, pool_config const& settings)
    : loop_(loop), max_queue_(settings.queue) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals belong to the loop's thread
    for (std::size_t i = 0; i < settings.threads; ++i)
        threads_.emplace_back([this] { serve(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

offload_pool::~offload_pool() {
    close();
}

void offload_pool::close() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        queue_.clear();
    }
    wake_.notify_all();
    for (auto& t : threads_)
        t.join();
    threads_.clear();
}

bool offload_pool::submit(std::function<void()> work, std::function<void()> done) {
    {
        std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= max_queue_) {
            ++refused_;
            return false;
        }
        queue_.push_back({std::move(work), std::move(done), clock::now()});
    }
    wake_.notify_one();
    return true;
}

offload_pool::numbers offload_pool::count() const {
    std::lock_guard lock(mutex_);
    numbers n{queue_.size(), running_, refused_, served_, {}};
    if (!queue_.empty())
        n.oldest = clock::now() - queue_.front().since;
    return n;
}

void offload_pool::serve() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_)
            return;
        auto call = std::move(queue_.front());
        queue_.pop_front();
        ++running_;
        lock.unlock();
        call.work();
        call.work = nullptr;  // what it owns ends here, not on the loop
        asio::post(loop_, std::move(call.done));
        lock.lock();
        --running_;
        ++served_;
    }
}

}  // namespace fetchd
