#include "jobs/scheduler.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "http/retry.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {
namespace {

constexpr int turns_at_once = 256;               // before others have the loop
constexpr auto shortest_wait = milliseconds(1);  // a gate that says "at once" must not be asked for ever
constexpr auto after_overload = milliseconds(1000);
constexpr std::uint64_t bytes_as_dear_as_an_item = 256 * 1024;
constexpr milliseconds time_as_dear_as_an_item{2000};

std::int64_t extra_cost(fetch_result const& done) {
    auto const bytes =
        std::min<std::uint64_t>(done.wire_bytes / (bytes_as_dear_as_an_item / 1024), 1U << 20U);
    auto const time = done.timings.total / (time_as_dear_as_an_item / 1000);
    return static_cast<std::int64_t>(bytes) + time;
}

outcome outcome_of(fetch_result const& done) {
    if (!done.error)
        return outcome::succeeded;
    return done.error->advice() == verdict::refused ? outcome::skipped : outcome::failed;
}

}  // namespace

struct scheduler::flying {
    window::job* of;
    place at;
    item_ref ref;
    std::string origin;
    std::size_t tries;
    std::unique_ptr<errand> work;
    std::unique_ptr<gate::turn> turn;
    std::optional<time_point> held_until;  // where a redirect led may not be asked before then
    std::list<scope>::iterator life;
    time_point began;
};

scheduler::scheduler(executor ex, store& s, gate& g, runner& r, timer_wheel& wheel,
                     scheduler_limits const& limits)
    : scheduler(ex, s, g, r, wheel, limits, clocks()) {}

scheduler::scheduler(executor ex, store& s, gate& g, runner& r, timer_wheel& wheel,
                     scheduler_limits const& limits, clocks c)
    : ex_(ex),
      store_(s),
      gate_(g),
      runner_(r),
      wheel_(wheel),
      limits_(limits),
      clocks_(std::move(c)),
      border_(clocks_.now(), clocks_.system()),
      window_(limits.held, border_),
      settler_(
          ex, s, wheel, clocks_.now, limits.unsettled, limits.unsettled_bytes,
          {[this](item_ref const& ref, outcome, std::uint64_t seq) { settled(ref, seq); },
           [this](item_ref const& ref) {
               give_back({ref});
               settled(ref, 0);
           },
           [this] {
               poke();
               gone_bell_.ring();
           },
           [this](settlement const& lost, failure why) { return runner_.instead(lost, std::move(why)); }}),
      turn_alarm_(wheel, [this] { pump(); }),
      house_alarm_(wheel, [this] { keep_house(); }),
      load_alarm_(wheel, [this] { load_bell_.ring(); }),
      load_bell_(ex),
      gone_bell_(ex) {}

scheduler::~scheduler() = default;

void scheduler::poke() {
    if (poked_ || stopping_)
        return;
    poked_ = true;
    ++coroutines_;  // what is posted holds this object as a coroutine does
    asio::post(ex_, [this] {
        poked_ = false;
        pump();
        step_out();
    });
}

bool scheduler::may_begin() const {
    return !stopping_ && running_ + preparations_.size() < limits_.held.running && !settler_.full() &&
           !settler_.troubled();
}

void scheduler::pump() {
    if (stopping_)
        return;
    auto const t = now();
    for (int i = 0; may_begin(); ++i) {
        if (i == turns_at_once) {
            poke();
            break;
        }
        auto const at = window_.next(t);
        if (!at)
            break;
        begin(*at, t);
    }
    load_bell_.ring();
    if (auto const wakes = window_.wakes())
        turn_alarm_.arm(*wakes);
    else
        turn_alarm_.disarm();
}

void scheduler::begin(place at, time_point t) {
    auto& j = *window_.find(static_cast<job_key>(at.job));
    auto& l = *window_.find(at);
    auto const& item = window_.front(l);
    if (j.deadline <= t) {
        ++numbers_.timed_out;
        return settle_unrun(j, l, failure(stage::admission, code::timeout), t);
    }
    auto target = url::parse(item.url);
    if (!target)
        return settle_unrun(j, l, target.error(), t);
    auto how = runner_.manner_of(*j.about, item);
    auto answer = gate_.ask(how, *target, t);
    if (auto* const go = std::get_if<gate::go>(&answer))
        fly(j, l, std::move(go->turn), t);
    else if (auto const* const later = std::get_if<gate::wait>(&answer))
        wait(j, l, *later, t);
    else if (auto* const skip = std::get_if<gate::skip>(&answer))
        settle_unrun(j, l, std::move(skip->why), t);
    else
        prepare(at, std::move(how), std::move(*target), t);
}

void scheduler::wait(window::job const& j, window::lane& l, gate::wait const& said, time_point t) {
    ++numbers_.waits;
    // What has not begun by the deadline fails then, not when its origin may be asked.
    window_.hold(l, std::max(std::min(said.until, j.deadline), t + shortest_wait), said.why);
}

void scheduler::fly(window::job& j, window::lane& l, std::unique_ptr<gate::turn> turn, time_point t) {
    auto f = std::make_unique<flying>();
    f->of = &j;
    f->at = l.at;
    f->origin = l.origin;
    auto item = window_.take(l, t);
    f->ref = item.ref;
    auto const failed_before = j.tries.find(item.ref.n);
    f->tries = failed_before == j.tries.end() ? 0 : failed_before->second;
    f->work = runner_.take(j.about, std::move(item), f->tries);
    f->turn = std::move(turn);
    f->began = t;
    auto const most = std::min(f->work->time_limit(), limits_.longest_fetch);
    f->life = j.flights.emplace(j.flights.end(), wheel_, std::min(t + most, j.deadline));
    ++running_;
    ++numbers_.started;
    ++coroutines_;
    spawn_logged(ex_, "item", flight(std::move(f)));
}

awaitable<void> scheduler::flight(std::unique_ptr<flying> f) {
    fetch_result done;
    try {
        done = co_await f->work->run(*f->life, f->turn.get());
    } catch (std::exception const& e) {
        done.error = failure(stage::process, code::failed, e.what());
    }
    land(*f, std::move(done), f->life->ended());
    f.reset();
    step_out();
}

// ended: somebody, or its deadline, ended it before it was over.
void scheduler::land(flying& f, fetch_result&& done, bool ended) {
    auto& j = *f.of;
    auto const t = now();
    if (f.turn) {
        f.turn->finish(done, t);
        f.held_until = f.turn->held_until();
    }
    f.turn.reset();
    window_.finished(f.at, extra_cost(done));
    j.flights.erase(f.life);
    --running_;
    if (j.cancelled) {
        give_back({f.ref});
    } else if (giving_up_ && ended) {
        ++numbers_.given_back;
        give_back({f.ref});
    } else if (!try_again(f, done, t)) {
        settle(j, *f.work, f.ref, std::move(done));
    }
    leave_if_idle(j);
    poke();
}

bool scheduler::try_again(flying& f, fetch_result const& done, time_point t) {
    auto& j = *f.of;
    if (!window_.may_retry() || !f.work->worth_retrying(done))
        return false;
    // That there was no room in this service says nothing of the item, as long as its origin was not asked.
    bool const ours = done.error && done.error->advice() == verdict::overloaded &&
                      (done.trace.attempts.empty() || f.held_until);
    if (!ours && f.tries >= f.work->retries())
        return false;
    auto const wait = ours ? spread(after_overload)
                           : backoff(limits_.backoff, f.tries + 1, static_cast<std::uint32_t>(random_()) * 2U,
                                     std::nullopt);
    auto when = t + std::max(wait, milliseconds(1));
    if (f.held_until)
        when = std::max(when, std::min(*f.held_until, t + window::max_put_off));
    if (when >= j.deadline)
        return false;
    if (stopping_) {  // after the next start
        ++numbers_.given_back;
        give_back({f.ref});
        return true;
    }
    if (!ours)
        j.tries[f.ref.n] = static_cast<std::uint8_t>(std::min<std::size_t>(f.tries + 1, 255));
    ++numbers_.retried;
    store_.give_back({f.ref}, when);
    if (!j.leaving)
        window_.try_again(j, f.ref, std::move(f.origin), when);
    return true;
}

milliseconds scheduler::spread(milliseconds most) {
    auto const half = most / 2;
    return half + milliseconds(random_() % static_cast<std::uint32_t>(half.count() + 1));
}

void scheduler::settle(window::job& j, errand& work, item_ref const& ref, fetch_result&& done) {
    auto const what = outcome_of(done);
    auto s = work.settle(what, std::move(done));
    s.ref = ref;
    s.outcome = what;
    ++j.settling;
    settler_.add(std::move(s));
}

// An item that comes to its end without having run.
void scheduler::settle_unrun(window::job& j, window::lane& l, failure why, time_point t) {
    auto const at = l.at;
    auto item = window_.take(l, t);
    auto const ref = item.ref;
    fetch_result done;
    done.requested = done.final_url = item.url;
    done.error = std::move(why);
    auto work = runner_.take(j.about, std::move(item), 0);
    window_.finished(at, 0);
    settle(j, *work, ref, std::move(done));
}

void scheduler::settled(item_ref const& ref, std::uint64_t seq) {
    auto* const j = window_.find(ref.job);
    if (!j)
        return;
    --j->settling;
    j->tries.erase(ref.n);
    if (seq != 0 && j->pending > 0 && --j->pending == 0)
        leave(*j);
    else
        leave_if_idle(*j);
}

void scheduler::prepare(place at, manner how, url target, time_point t) {
    window_.occupy(*window_.find(at));
    auto const life = preparations_.emplace(preparations_.end(), wheel_, t + limits_.prepare_time);
    ++coroutines_;
    spawn_logged(ex_, "prepare", preparation(at, std::move(how), std::move(target), life));
}

awaitable<void> scheduler::preparation(place at, manner how, url target, std::list<scope>::iterator life) {
    auto const began = now();
    try {
        co_await gate_.prepare_for(std::move(how), std::move(target), *life);
    } catch (std::exception const& e) {
        log::line(log::level::error, "preparation failed").kv("cause", e.what());
    }
    preparations_.erase(life);
    window_.finished(at, 0);
    window_.release(at, std::max(now(), began + shortest_wait));
    poke();
    step_out();
}

void scheduler::changed(std::string_view origin) {
    window_.changed(origin, now());
    poke();
}

scheduler::split scheduler::parts(job_key key, job_counts const& counts) const {
    return window_.parts(key, counts, now());
}

std::vector<window::waiting> scheduler::waits(job_key key, std::size_t most) const {
    return window_.waits(key, now(), most);
}

scheduler::numbers scheduler::count() const {
    auto n = numbers_;
    n.running = running_;
    n.preparing = preparations_.size();
    n.unsettled = settler_.held();
    n.troubled = settler_.troubled();
    n.held = window_.count();
    return n;
}

}  // namespace fetchd::jobs
