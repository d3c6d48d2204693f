// The scheduler on the real store: what one promises the other, and how fast both are together.
#include <gtest/gtest.h>

#include <map>

#include "jobs/scheduler.hpp"
#include "loop/spawn.hpp"
#include "unit/jobs/driven_store.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::seconds;

class open_gate : public gate {
  public:
    answer ask(manner const&, url const&, time_point) override { return go{nullptr}; }
    awaitable<void> prepare_for(manner, url, scope&) override { co_return; }
};

// Whose fetches take a turn of the loop, or never end unless they are ended.
class quick_runner : public runner {
  public:
    explicit quick_runner(executor ex) : ex_(ex) {}

    std::map<std::string, int> ran;
    bool stuck = false;

    manner manner_of(job const&, leased_item const&) override { return {}; }
    std::unique_ptr<errand> take(std::shared_ptr<job const>, leased_item item, std::size_t) override {
        return std::make_unique<quick_errand>(*this, std::move(item));
    }
    settlement instead(settlement const& lost, failure) override { return lost; }

  private:
    class quick_errand : public errand {
      public:
        quick_errand(quick_runner& r, leased_item item) : runner_(r), item_(std::move(item)) {}
        milliseconds time_limit() const override { return milliseconds(30'000); }
        std::size_t retries() const override { return 0; }
        bool worth_retrying(fetch_result const&) const override { return false; }
        awaitable<fetch_result> run(scope& life, passage*) override {
            ++runner_.ran[item_.url];
            fetch_result done;
            bell over(runner_.ex_);
            scope::hold ends(life, [&over] { over.ring(); });
            if (!runner_.stuck)
                over.ring();
            co_await over.wait();
            if (life.ended())
                done.error = life.why(stage::body);
            co_return done;
        }
        settlement settle(outcome, fetch_result&&) override {
            settlement s;
            s.head = "\"url\":\"" + item_.url + "\"";
            s.output = "{\"text\":\"" + std::string(1000, 'x') + "\"}";
            return s;
        }

      private:
        quick_runner& runner_;
        leased_item item_;
    };
    executor ex_;
};

class SchedulerOnStore : public testing::Test {
  protected:
    void SetUp() override { on_.open(); }

    job submit(std::string owner, int origins, int each) {
        job_draft draft;
        draft.owner = std::move(owner);
        auto const key = on_.must(on_.store->begin(std::move(draft)));
        for (int o = 0; o < origins; ++o)
            for (int done = 0; done < each; done += 10'000) {
                auto const origin = "https://" + std::to_string(o) + ".example";
                std::vector<item_draft> some;
                for (int i = done; i < std::min(each, done + 10'000); ++i)
                    some.push_back(test::item(origin + "/" + std::to_string(i), origin));
                on_.must(on_.store->add(key, std::move(some)));
            }
        return on_.must(on_.store->commit(key, idempotency())).job;
    }
    void begin() {
        scheduler_ = std::make_unique<scheduler>(on_.io.get_executor(), *on_.store, gate_, runner_, wheel_,
                                                 scheduler_limits());
        scheduler_->start();
    }
    void end(time_point limit) {
        bool over = false;
        auto drained = [](scheduler& s, time_point until, bool& done) -> awaitable<void> {
            co_await s.drain(until);
            done = true;
        };
        spawn_logged(on_.io.get_executor(), "drain", drained(*scheduler_, limit, over));
        on_.until([&over] { return over; });
        scheduler_.reset();
    }
    void TearDown() override {
        if (scheduler_)
            end(clock::now());
        on_.close();
    }
    job now(job_key key) { return on_.must(on_.store->find(key)); }
    void until_finished(job_key key) {
        auto const watching = on_.store->watch_job(key, [this] { told_ = true; });
        while (true) {
            told_ = false;  // before looking: what is told meanwhile counts
            if (now(key).state == job_state::finished)
                return;
            on_.until([this] { return told_; });
        }
    }

    test::temporary_folder folder_;
    test::driven_store on_{folder_.path()};
    timer_wheel wheel_{on_.io.get_executor()};
    open_gate gate_;
    quick_runner runner_{on_.io.get_executor()};
    std::unique_ptr<scheduler> scheduler_;
    bool told_ = false;
};

TEST_F(SchedulerOnStore, RunsEverythingOnce) {
    auto const j = submit("ann", 100, 30);
    begin();
    until_finished(j.key);
    auto const counts = now(j.key).counts;
    EXPECT_EQ(counts.succeeded, 3000U);
    EXPECT_EQ(runner_.ran.size(), 3000U);
    for (auto const& [url, times] : runner_.ran)
        EXPECT_EQ(times, 1) << url;
    auto const page = on_.must(on_.store->read(read_want{j.key, 2990, 100}));
    EXPECT_EQ(page.results.size(), 10U);
    EXPECT_EQ(page.results.back().seq, 3000U);
}

TEST_F(SchedulerOnStore, GoesOnAfterARestart) {
    auto const j = submit("ann", 10, 100);
    runner_.stuck = true;
    begin();
    on_.until([this] { return scheduler_->count().running >= 900; });
    end(clock::now());  // as a kill: nothing that ran has a result
    on_.close();
    on_.open();
    EXPECT_EQ(now(j.key).counts.pending(), 1000U);
    runner_.stuck = false;
    begin();
    until_finished(j.key);
    EXPECT_EQ(now(j.key).counts.succeeded, 1000U);
}

TEST_F(SchedulerOnStore, CancelsPausesAndResumes) {
    auto const first = submit("ann", 10, 100);
    auto const second = submit("bob", 10, 100);
    runner_.stuck = true;
    begin();
    on_.until([this] { return scheduler_->count().running >= 900; });
    on_.must(scheduler_->cancel(first.key));
    on_.must(scheduler_->pause(second.key));
    on_.until([&] { return now(first.key).state == job_state::cancelled; });
    EXPECT_EQ(now(first.key).counts.cancelled, 1000U);
    end(clock::now());
    runner_.stuck = false;
    begin();
    EXPECT_EQ(on_.must(scheduler_->resume(second.key)).state, job_state::active);
    until_finished(second.key);
    EXPECT_EQ(now(second.key).counts.succeeded, 1000U);
    EXPECT_EQ(now(first.key).last_seq, 0U);
}

// A number to look at, not one to hold: the machine may be busy.
TEST_F(SchedulerOnStore, RunsManyThousandsASecond) {
    auto const j = submit("ann", 8, 5000);
    auto const began = clock::now();
    begin();
    until_finished(j.key);
    auto const took = std::chrono::duration<double>(clock::now() - began).count();
    RecordProperty("items_per_second", static_cast<int>(40'000 / took));
    EXPECT_GT(40'000 / took, 1000);
}

}  // namespace
}  // namespace fetchd::jobs
