#include "unit/jobs/scheduler_fixture.hpp"

#include "base/log.hpp"

namespace fetchd::jobs {

class fake_errand : public errand {
  public:
    fake_errand(fake_runner& r, leased_item item, std::size_t tries)
        : runner_(r), item_(std::move(item)), tries_(tries) {}

    milliseconds time_limit() const override { return runner_.time_limit; }
    std::size_t retries() const override { return runner_.retries; }
    bool worth_retrying(fetch_result const& done) const override {
        return done.error ? done.error->retryable() : done.status == 503;
    }
    settlement settle(outcome what, fetch_result&& done) override {
        settlement s;
        s.head = "\"url\":\"" + item_.url + "\",\"outcome\":\"" + std::string(name(what)) + "\"";
        if (done.error)
            s.head += ",\"code\":\"" + std::string(fetchd::name(done.error->what)) + "\"";
        return s;
    }
    awaitable<fetch_result> run(scope& life, passage*) override {
        ++runner_.ran[item_.url];
        runner_.order.push_back(item_.url);
        runner_.most_in_flight = std::max(runner_.most_in_flight, ++runner_.in_flight);
        auto const what = runner_.does(item_.url, tries_);
        fetch_result done;
        done.status = what.status;
        done.error = what.error;
        done.trace.attempts.resize(what.attempts);
        bell over(runner_.ex_);
        alarm due(runner_.wheel_, [&over] { over.ring(); });
        scope::hold ends(life, [&over] { over.ring(); });
        if (what.time > milliseconds(0)) {
            due.arm(runner_.now_ + what.time);
            co_await over.wait();
        }
        if (life.ended())
            done.error = life.why(stage::body);
        --runner_.in_flight;
        co_return done;
    }

  private:
    fake_runner& runner_;
    leased_item item_;
    std::size_t tries_;
};

std::unique_ptr<errand> fake_runner::take(std::shared_ptr<job const>, leased_item item, std::size_t tries) {
    return std::make_unique<fake_errand>(*this, std::move(item), tries);
}

settlement fake_runner::instead(settlement const& lost, failure why) {
    settlement s;
    s.ref = lost.ref;
    s.outcome = outcome::failed;
    s.head = "\"instead\":\"" + std::string(fetchd::name(why.what)) + "\"";
    return s;
}

SchedulerTest::SchedulerTest() {
    limits_.held.running = 64;
    log::set(log::level::off, log::format::text);  // stores fail by the hundred here
}

SchedulerTest::~SchedulerTest() {
    if (scheduler_)
        end();
}

void SchedulerTest::begin() {
    jobs::clocks clocks;
    clocks.now = [this] { return now_; };
    clocks.system = [this] { return system_; };
    scheduler_ =
        std::make_unique<scheduler>(io_.get_executor(), store_, gate_, runner_, wheel_, limits_, clocks);
    scheduler_->start();
    run();
}

void SchedulerTest::end(milliseconds limit) {
    bool over = false;
    auto drained = [](scheduler& s, time_point until, bool& done) -> awaitable<void> {
        co_await s.drain(until);
        done = true;
    };
    spawn_logged(io_.get_executor(), "drain", drained(*scheduler_, now_ + limit, over));
    run();
    for (int i = 0; i < 10'000 && !over; ++i)
        pass(milliseconds(20));
    ASSERT_TRUE(over);
    scheduler_.reset();
    store_.restart();
}

void SchedulerTest::run() {
    io_.restart();
    auto most = patience_ ? patience_() : SIZE_MAX;
    for (; most > 0 && io_.poll_one() > 0; --most)
        if (between_)
            between_();
}

void SchedulerTest::pass(milliseconds time) {
    while (time > milliseconds(0)) {
        auto const step = std::min(time, milliseconds(20));
        now_ += step;
        system_ += step.count();
        time -= step;
        wheel_.advance(now_);
        run();
    }
}

void SchedulerTest::add(job const& j) {
    if (scheduler_)
        scheduler_->arrived(j);
    run();
}

job_draft SchedulerTest::owned_by(std::string owner) {
    job_draft draft;
    draft.owner = std::move(owner);
    return draft;
}

namespace {

awaitable<void> wait_for(awaitable<result<job>> steered) {
    (void)co_await std::move(steered);
}

}  // namespace

void SchedulerTest::pause(job_key key) {
    spawn_logged(io_.get_executor(), "pause", wait_for(scheduler_->pause(key)));
    run();
}
void SchedulerTest::resume(job_key key) {
    spawn_logged(io_.get_executor(), "resume", wait_for(scheduler_->resume(key)));
    run();
}
void SchedulerTest::cancel(job_key key) {
    spawn_logged(io_.get_executor(), "cancel", wait_for(scheduler_->cancel(key)));
    run();
}

void SchedulerTest::expect_sums(job_key key) {
    auto const c = counts(key);
    auto const p = scheduler_->parts(key, c);
    EXPECT_EQ(p.queued + p.waiting + p.running + c.succeeded + c.failed + c.skipped + c.cancelled,
              c.accepted);
}

}  // namespace fetchd::jobs
