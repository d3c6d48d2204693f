// The one queue in front of the writer: what comes while a commit is under way shares the next one.
//
// Loop thread; the commits run on a pool of one thread that belongs to it. Bounded in calls and in bytes: a
// call beyond that fails with (store, overloaded) at once. A call whose caller has gone away is committed all
// the same. When this goes, the commit under way is waited for and what still queued is dropped unanswered.
#pragma once

#include <deque>

#include "jobs/sqlite/database.hpp"
#include "loop/bell.hpp"
#include "offload/pool.hpp"

namespace fetchd::jobs {

class group_commit {
  public:
    struct limits {
        std::size_t calls = 4096;                         // waiting
        std::size_t bytes = std::size_t{16} << 20U;       // of the calls that wait
        std::size_t batch_calls = 512;                    // in one transaction
        std::size_t batch_bytes = std::size_t{6} << 20U;  // one call always goes
    };

    // committed(effects): after every batch, before its callers go on.
    group_commit(executor, database&, limits, std::function<void(effects const&)> committed);
    ~group_commit();
    group_commit(group_commit const&) = delete;
    group_commit& operator=(group_commit const&) = delete;

    template <class T>
    using work = std::function<result<T>(database&)>;

    // `bytes`: about what the call takes while it waits.
    template <class T>
    awaitable<result<T>> run(work<T> todo, std::size_t bytes, bool grows) {
        auto call = std::make_shared<typed<T>>(loop_, std::move(todo));
        call->grows = grows;
        call->bytes = bytes;
        if (!enqueue(call))
            co_return failure(stage::store, code::overloaded);
        while (!call->answered)
            co_await call->done.wait();
        co_return std::move(*call->answer);
    }

    void close() { pool_->close(); }
    std::size_t queued() const { return queue_.size(); }
    std::size_t queued_bytes() const { return bytes_; }
    std::uint64_t overloaded() const { return overloaded_; }
    seconds_histogram const& seconds() const { return seconds_; }

  private:
    struct queued_call : write_call {
        explicit queued_call(executor loop) : done(loop) {}
        std::size_t bytes = 0;
        bool answered = false;
        bell done;
    };
    template <class T>
    struct typed : queued_call {
        typed(executor loop, work<T> w) : queued_call(loop), todo(std::move(w)) {}
        bool run(database& db) override {
            answer.emplace(todo(db));
            return answer->has_value();
        }
        void fail(failure const& f) override { answer.emplace(f); }
        work<T> todo;
        std::optional<result<T>> answer;
    };
    struct batch;

    bool enqueue(std::shared_ptr<queued_call>);
    void start_batch();
    void finish(batch&);

    executor loop_;
    database& database_;
    limits const limits_;
    std::function<void(effects const&)> committed_;
    std::deque<std::shared_ptr<queued_call>> queue_;
    std::size_t bytes_ = 0;
    std::uint64_t overloaded_ = 0;
    bool busy_ = false;
    seconds_histogram seconds_ = make_seconds_histogram();
    std::shared_ptr<group_commit*> self_;  // null inside once this has gone: what comes late finds nobody
    std::unique_ptr<offload_pool> pool_;
};

}  // namespace fetchd::jobs
