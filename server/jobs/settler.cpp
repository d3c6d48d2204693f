#include "jobs/settler.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {
namespace {

milliseconds wait_after(std::size_t failures) {
    auto const doubled = settler::first_wait * (1U << std::min<std::size_t>(failures - 1, 10));
    return std::min<milliseconds>(doubled, settler::longest_wait);
}

// Says something of the result that was to be stored, not only of how busy the store is.
bool is_refusal(failure const& why) {
    return why.what != code::overloaded;
}

}  // namespace

settler::settler(executor ex, store& s, timer_wheel& wheel, std::function<time_point()> now,
                 std::size_t most_held, std::size_t most_bytes, listener l)
    : ex_(ex),
      store_(s),
      now_(std::move(now)),
      most_held_(most_held),
      most_bytes_(most_bytes),
      listener_(std::move(l)),
      retry_(wheel, [this] { flush(); }),
      pace_(wheel, [this] { flush(); }),
      idle_(ex) {}

std::size_t settler::size_of(settlement const& s) {
    return sizeof(s) + s.head.size() + s.output.size() + s.tail.size() + (s.body ? s.body->size() : 0);
}

void settler::add(settlement s) {
    ++held_;
    bytes_ += size_of(s);
    waiting_.push_back(parcel{std::move(s)});
    if (posted_ || stopped_ || failing())
        return;
    posted_ = true;  // what this turn of the loop brings goes together
    asio::post(ex_, [this] {
        posted_ = false;
        if (!failing())
            flush();
        if (stopped_)
            idle_.ring();
    });
}

void settler::flush() {
    auto const most = failing() ? 1 : batches;
    while (!stopped_ && carrying_ < most && !(waiting_.empty() && aside_.empty())) {
        auto const t = now_();
        if (is_too_soon(t)) {
            pace_.arm(next_small_);
            break;
        }
        auto batch = gather();
        if (batch.empty())
            break;
        next_small_ = t + pace;
        ++carrying_;
        spawn_logged(ex_, "settle", carry(std::move(batch)));
    }
    if (stopped_ || failing() || aside_.empty())
        return;
    auto const soonest = std::min_element(aside_.begin(), aside_.end(),
                                          [](auto const& x, auto const& y) { return x.due < y.due; });
    retry_.arm(soonest->due);
}

// Only where all is well: in trouble nothing is made until it is known what becomes of these.
bool settler::is_too_soon(time_point t) const {
    bool const small = waiting_.size() < small_items && bytes_ < small_bytes && !full();
    bool const well = !failing() && suspects_ == 0 && aside_.empty();
    return small && well && t < next_small_;
}

// One that was set aside goes by itself.
std::vector<settler::parcel> settler::gather() {
    std::vector<parcel> batch;
    auto const t = now_();
    auto const due = std::find_if(aside_.begin(), aside_.end(), [t](auto const& p) { return p.due <= t; });
    if (due != aside_.end() && !failing()) {
        batch.push_back(take_aside(static_cast<std::size_t>(due - aside_.begin())));
        return batch;
    }
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.size() < most_at_once_ && bytes < batch_bytes) {
        bytes += size_of(waiting_.front().what);
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return batch;
}

awaitable<void> settler::carry(std::vector<parcel> batch) {
    std::vector<settlement> copies;  // they are needed again where this fails
    copies.reserve(batch.size());
    for (auto const& p : batch)
        copies.push_back(p.what);
    auto stored = co_await store_.settle(std::move(copies));
    if (!stored && is_refusal(stored.error()) && batch.front().refused >= most_tries)
        stored = co_await store_instead(batch.front(), stored.error());
    --carrying_;
    if (stored)
        done(batch, *stored);
    else
        failed(std::move(batch), stored.error());
    listener_.changed();
    if (stopped_)
        idle_.ring();
}

// Right after the result itself was refused: where this is stored, it was not the store's trouble. The
// failure that is returned is of the result itself.
awaitable<result<std::vector<std::uint64_t>>> settler::store_instead(parcel& p, failure why) {
    std::vector<settlement> small;
    auto const reason = why.what == code::too_large ? code::too_large : code::failed;
    small.push_back(listener_.instead(p.what, failure(stage::store, reason, why.detail)));
    auto stored = co_await store_.settle(std::move(small));
    if (!stored)
        co_return why;
    p.what.outcome = outcome::failed;
    log::line(log::level::warn, "a result cannot be stored, and ends as failed")
        .kv("job", p.what.ref.job)
        .kv("item", p.what.ref.n)
        .kv("cause", why.message());
    co_return stored;
}

void settler::done(std::vector<parcel> const& batch, std::vector<std::uint64_t> const& seqs) {
    if (failing())
        log::line(log::level::info, "results are stored again").kv("held", held_);
    failures_ = 0;
    suspects_ = 0;
    most_at_once_ = std::min(most_at_once_ * 2, batch_items);
    retry_.disarm();
    set_refused_aside();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        let_go(batch[i].what);
        listener_.told(batch[i].what.ref, batch[i].what.outcome, i < seqs.size() ? seqs[i] : 0);
    }
    flush();
}

void settler::failed(std::vector<parcel> batch, failure why) {
    if (why.what == code::not_found)  // the job is gone: nobody wants its results
        return done(batch, {});
    ++retried_;
    bool const by_itself = batch.size() == 1 && is_refusal(why);
    batch.front().refused += by_itself ? 1 : 0;
    if (!by_itself || failing() || !is_alone_in_this(batch.front()))
        return hold(std::move(batch), std::move(why));
    if (batch.front().refused == 1)
        log::line(log::level::warn, "a result cannot be stored, and is set aside").kv("cause", why.message());
    set_aside(std::move(batch.front()));
    flush();
}

// The first one to fail may be the only one: the next will show.
bool settler::is_alone_in_this(parcel& p) {
    return p.refused > 1 || suspects_++ == 0;
}

void settler::hold(std::vector<parcel> batch, failure why) {
    if (failures_++ == 0)
        log::line(log::level::warn, "results cannot be stored, and are held")
            .kv("held", held_)
            .kv("cause", why.message());
    trouble_ = std::move(why);
    most_at_once_ = 1;
    // Behind the others: if it is this one that cannot be stored, they can.
    for (auto& p : batch)
        waiting_.push_back(std::move(p));
    if (std::all_of(waiting_.begin(), waiting_.end(), [](auto const& p) { return p.refused > 0; })) {
        // Whether it is they or the store only others can show: let there be others.
        failures_ = 0;
        set_refused_aside();
        flush();
    } else if (carrying_ == 0) {
        retry_.arm(now_() + wait_after(failures_));
    }
}

void settler::set_aside(parcel p) {
    p.due = now_() + wait_after(p.refused);
    aside_bytes_ += size_of(p.what);
    aside_.push_back(std::move(p));
}

settler::parcel settler::take_aside(std::size_t i) {
    auto p = std::move(aside_[i]);
    aside_.erase(aside_.begin() + static_cast<std::ptrdiff_t>(i));
    aside_bytes_ -= size_of(p.what);
    return p;
}

void settler::set_refused_aside() {
    auto const refused =
        std::stable_partition(waiting_.begin(), waiting_.end(), [](auto const& p) { return p.refused == 0; });
    for (auto it = refused; it != waiting_.end(); ++it)
        set_aside(std::move(*it));
    waiting_.erase(refused, waiting_.end());
}

void settler::let_go(settlement const& s) {
    --held_;
    bytes_ -= size_of(s);
}

awaitable<void> settler::stop() {
    stopped_ = true;
    retry_.disarm();
    pace_.disarm();
    while (carrying_ > 0 || posted_)
        co_await idle_.wait();
    while (!aside_.empty())
        waiting_.push_back(take_aside(aside_.size() - 1));
    for (auto const& p : waiting_) {
        let_go(p.what);
        listener_.lost(p.what.ref);
    }
    waiting_.clear();
}

}  // namespace fetchd::jobs
