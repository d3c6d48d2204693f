// The inside of sqlite_store.cpp, in two files for its length.
#pragma once

#include <unordered_set>

#include "jobs/sqlite/leases.hpp"
#include "jobs/sqlite/reader.hpp"
#include "jobs/sqlite/sqlite_store.hpp"

namespace fetchd::jobs {

class sqlite_store final : public store {
  public:
    sqlite_store(executor, sqlite_settings, std::unique_ptr<database>, clocks);
    ~sqlite_store() override;
    void close() override {
        commits_.close();
        reads_.thread->close();
        own_reads_.thread->close();
        objects_->close();
    }

    awaitable<result<job_key>> begin(job_draft) override;
    awaitable<result<added>> add(job_key, std::vector<item_draft>) override;
    awaitable<result<committed>> commit(job_key, idempotency) override;
    awaitable<result<void>> abandon(job_key) override;
    awaitable<result<std::optional<first_answer>>> find_answer(std::string owner, std::string key) override;

    awaitable<result<job>> find(std::string id) override;
    awaitable<result<job>> find(job_key) override;
    awaitable<result<job_page>> list(std::string owner, std::string after, std::uint32_t limit,
                                     std::optional<job_state>) override;
    awaitable<result<std::vector<job>>> unfinished(job_key after, std::uint32_t limit) override;

    awaitable<result<job>> pause(job_key) override;
    awaitable<result<job>> resume(job_key) override;
    awaitable<result<job>> cancel(job_key) override;

    awaitable<result<lane_page>> lanes(job_key, lane_key after, std::uint32_t limit, unix_ms now) override;
    awaitable<result<void>> put_off(job_key, lane_key, unix_ms ready_at) override;
    awaitable<result<std::vector<leased_item>>> lease(std::vector<lease_want>, time_point now,
                                                      time_point until) override;
    void give_back(std::vector<item_ref> const&, time_point ready_at) override;
    awaitable<result<std::vector<std::uint64_t>>> settle(std::vector<settlement>) override;

    awaitable<result<result_page>> read(read_want) override;
    std::unique_ptr<watch> watch_job(job_key, std::function<void()> told) override;

    awaitable<result<void>> put(record) override;
    awaitable<result<void>> put(std::vector<record>) override;
    awaitable<result<std::optional<record>>> get(std::string key, unix_ms now) override;
    awaitable<result<void>> erase(std::string key) override;
    awaitable<result<record_page>> records(std::string prefix, std::string after, std::uint32_t limit,
                                           unix_ms now) override;

    awaitable<result<due_events>> due(unix_ms now, std::uint32_t limit) override;
    awaitable<result<void>> mark(std::vector<event_mark>) override;
    awaitable<result<void>> hasten(std::vector<std::string> endpoints, unix_ms now) override;
    awaitable<result<std::vector<event>>> events(std::string endpoint, event_state, std::int64_t after,
                                                 std::uint32_t limit) override;
    std::unique_ptr<watch> watch_outbox(std::function<void()> told) override;

    awaitable<result<swept>> sweep(retention) override;
    store_numbers count() const override;

  private:
    class listener;
    using listeners = std::unordered_multimap<job_key, listener*>;
    using prepared = std::vector<prepared_settlement>;

    // Where questions are answered: one at a time, each by what was committed before it began.
    struct desk {
        desk(executor loop, database&, sqlite_settings const&);
        connection db;
        reader answers;
        std::unique_ptr<offload_pool> thread;
    };

    // Runs on the thread of this pool; its result comes back to the loop.
    template <class T>
    awaitable<result<T>> elsewhere(offload_pool& pool, std::function<result<T>()> work);
    template <class T>
    awaitable<result<T>> ask(desk&, std::function<result<T>(reader&)> question);
    template <class T>
    awaitable<result<T>> write(group_commit::work<T> todo, std::size_t bytes = 256, bool grows = false) {
        return commits_.run<T>(std::move(todo), bytes, grows);
    }

    moment now() const { return {clocks_.system(), border_.out(clocks_.now())}; }
    awaitable<result<job>> change(job_key, job_state wanted);
    awaitable<result<std::vector<leased_item>>> take(std::vector<lease_want> const&, time_point now,
                                                     time_point until);
    bool has_large(std::vector<settlement> const&) const;
    void took_effect(effects const&);
    void tell(job_key);
    void start_cleaning();
    static awaitable<void> clean(std::shared_ptr<sqlite_store*> self);
    std::unique_ptr<watch> listen(job_key, std::function<void()>);

    executor loop_;
    sqlite_settings const settings_;
    clocks const clocks_;
    border const border_;
    std::unique_ptr<database> database_;
    leases leases_;
    std::deque<std::shared_ptr<bell>> lease_turns_;  // the first one's turn it is
    std::unordered_set<job_key> ending_;             // cancelled, until nothing of it is pending
    std::shared_ptr<listeners> listeners_ = std::make_shared<listeners>();
    bool cleaning_ = false;
    bool dirty_ = false;  // something to clean has come since the last slice began
    std::shared_ptr<sqlite_store*> self_ = std::make_shared<sqlite_store*>(this);  // null once this has gone
    unsigned next_orphans_ = 0;
    std::uint64_t rows_ = 0;
    std::uint64_t overloaded_reads_ = 0;
    std::uint64_t damaged_ = 0;
    std::int64_t pending_ = 0;
    std::int64_t result_bytes_ = 0;
    histogram<8> rows_per_commit_ = store_numbers().rows_per_commit;
    // Last, so that they go first: their threads use what is above.
    group_commit commits_;
    desk reads_;      // for callers of the API
    desk own_reads_;  // for the scheduler and the webhooks, who must not wait behind those
    std::unique_ptr<offload_pool> objects_;
};

template <class T>
awaitable<result<T>> sqlite_store::elsewhere(offload_pool& pool, std::function<result<T>()> work) {
    struct question {
        explicit question(executor loop) : done(loop) {}
        std::optional<result<T>> answer;
        bool answered = false;
        bell done;
    };
    auto const q = std::make_shared<question>(loop_);
    auto const submitted = pool.submit([q, work = std::move(work)] { q->answer.emplace(work()); },
                                       [q] {
                                           q->answered = true;
                                           q->done.ring();
                                       });
    if (!submitted) {
        ++overloaded_reads_;
        co_return failure(stage::store, code::overloaded);
    }
    while (!q->answered)
        co_await q->done.wait();
    co_return std::move(*q->answer);
}

template <class T>
awaitable<result<T>> sqlite_store::ask(desk& at, std::function<result<T>(reader&)> question) {
    std::function<result<T>()> work = [&at, question = std::move(question)]() -> result<T> {
        try {
            return question(at.answers);
        } catch (sql_error const& e) {
            return e.as_failure();
        } catch (std::exception const& e) {
            return failure(stage::store, code::failed, e.what());
        }
    };
    return elsewhere<T>(*at.thread, std::move(work));
}

}  // namespace fetchd::jobs
