#include "jobs/settler.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {

settler::settler(executor ex, store& s, timer_wheel& wheel, std::function<time_point()> now,
                 std::size_t most_held, std::size_t most_bytes, listener l)
    : ex_(ex),
      store_(s),
      now_(std::move(now)),
      most_held_(most_held),
      most_bytes_(most_bytes),
      listener_(std::move(l)),
      retry_(wheel, [this] { flush(); }),
      idle_(ex) {}

std::size_t settler::size_of(settlement const& s) {
    return sizeof(s) + s.head.size() + s.output.size() + s.tail.size() + (s.body ? s.body->size() : 0);
}

void settler::add(settlement s) {
    ++held_;
    bytes_ += size_of(s);
    waiting_.push_back(std::move(s));
    if (posted_ || stopped_ || troubled())
        return;
    posted_ = true;  // what this turn of the loop brings goes together
    asio::post(ex_, [this] {
        posted_ = false;
        if (!troubled())
            flush();
        if (stopped_)
            idle_.ring();
    });
}

void settler::flush() {
    auto const most = troubled() ? 1 : batches;
    while (!stopped_ && !waiting_.empty() && carrying_ < most) {
        ++carrying_;
        spawn_logged(ex_, "settle", carry(gather()));
    }
}

std::vector<settlement> settler::gather() {
    std::vector<settlement> batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.size() < most_at_once_ && bytes < batch_bytes) {
        bytes += size_of(waiting_.front());
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return batch;
}

awaitable<void> settler::carry(std::vector<settlement> batch) {
    auto stored = co_await store_.settle(batch);  // a copy: it is needed again where this fails
    --carrying_;
    if (stored)
        done(batch, *stored);
    else
        failed(std::move(batch), stored.error());
    listener_.changed();
    if (stopped_)
        idle_.ring();
}

void settler::done(std::vector<settlement> const& batch, std::vector<std::uint64_t> const& seqs) {
    if (troubled())
        log::line(log::level::info, "results are stored again").kv("held", held_);
    failures_ = 0;
    most_at_once_ = std::min(most_at_once_ * 2, batch_items);
    retry_.disarm();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        let_go(batch[i]);
        listener_.told(batch[i].ref, batch[i].outcome, i < seqs.size() ? seqs[i] : 0);
    }
    flush();
}

void settler::failed(std::vector<settlement> batch, failure why) {
    if (why.what == code::not_found) {  // the job is gone: nobody wants its results
        for (auto const& s : batch) {
            let_go(s);
            listener_.told(s.ref, s.outcome, 0);
        }
        return flush();
    }
    if (failures_++ == 0)
        log::line(log::level::warn, "results cannot be stored, and are held")
            .kv("held", held_)
            .kv("cause", why.message());
    trouble_ = std::move(why);
    most_at_once_ = 1;
    // Behind the others: if it is this one that cannot be stored, they can.
    for (auto& s : batch)
        waiting_.push_back(std::move(s));
    ++retried_;
    auto const wait = first_wait * (1U << std::min<std::size_t>(failures_ - 1, 10));
    if (carrying_ == 0)
        retry_.arm(now_() + std::min<milliseconds>(wait, longest_wait));
}

void settler::let_go(settlement const& s) {
    --held_;
    bytes_ -= size_of(s);
}

awaitable<void> settler::stop() {
    stopped_ = true;
    retry_.disarm();
    while (carrying_ > 0 || posted_)
        co_await idle_.wait();
    for (auto const& s : waiting_) {
        let_go(s);
        listener_.lost(s.ref);
    }
    waiting_.clear();
}

}  // namespace fetchd::jobs
