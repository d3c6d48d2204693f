#include "jobs/polite_gate.hpp"

#include "base/log.hpp"
#include "fetch/robots_fetch.hpp"
#include "http/retry.hpp"
#include "loop/bell.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr std::string_view prefix = "politeness/";

unix_ms in_ms(system_clock::time_point t) {
    return duration_cast<milliseconds>(t.time_since_epoch()).count();
}

}  // namespace

class polite_gate::polite_turn final : public gate::turn {
  public:
    polite_turn(polite_gate& g, manner how, politeness::turn t)
        : gate_(g), how_(std::move(how)), turn_(std::move(t)) {}

    awaitable<result<void>> move(url const& next, attempt const& last, scope& life) override {
        turn_.finish(outcome_of(last), gate_.now_());
        auto passed = co_await gate_.pass(how_, next, life, held_);
        if (!passed)
            co_return passed.error();
        turn_ = std::move(*passed);
        co_return result<void>();
    }

    // What the last try says, unless that was before a redirect, whose own turn is over.
    void finish(fetch_result const& r, time_point now) override {
        auto const hop = r.trace.redirects.size();
        attempt const* last = nullptr;
        for (auto const& a : r.trace.attempts)
            if (a.hop == hop && !a.outraced)
                last = &a;
        auto const wall = std::chrono::floor<std::chrono::seconds>(system_clock::now());
        if (last)
            turn_.finish(outcome_of(*last, retry_after(r.fields, wall)), now);
    }

    std::optional<time_point> held_until() const override { return held_; }

  private:
    polite_gate& gate_;
    manner how_;
    politeness::turn turn_;
    std::optional<time_point> held_;
};

polite_gate::polite_gate(executor ex, politeness& p, robots_rules& rules, whereabouts& w, store& s,
                         timer_wheel& wheel, std::function<time_point()> now)
    : executor_(ex),
      politeness_(p),
      rules_(rules),
      whereabouts_(w),
      store_(s),
      next_save_(wheel, [this] { keep_saving(); }),
      now_(std::move(now)) {}

gate::answer polite_gate::ask(manner const& how, url const& target, time_point now) {
    auto heard = judge(how, target, now, nullptr);
    if (auto* const given = std::get_if<politeness::turn>(&heard))
        return go{std::make_unique<polite_turn>(*this, how, std::move(*given))};
    if (auto* const skipped = std::get_if<skip>(&heard))
        return std::move(*skipped);
    if (auto const* const later = std::get_if<wait>(&heard))
        return *later;
    return prepare{};
}

polite_gate::said polite_gate::judge(manner const& how, url const& target, time_point now,
                                     politeness::follower const* me) {
    if (!politeness_.knows(target))
        return prepare{};
    auto const held = politeness_.held(target, now);
    bool const down = held && held->down > milliseconds(0);
    auto const patience = politeness_.patience();
    if (down && held->down >= patience) {  // who is let through when the circuit is half open tries for all
        auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(held->down).count();
        return skip{failure(stage::connect, code::circuit_open, "for " + std::to_string(seconds) + " s")};
    }
    auto heard = judge_known(how, target, now, me, held);
    if (auto* const later = std::get_if<wait>(&heard); later && down)
        later->until = std::min(later->until, now + (patience - held->down));
    return heard;
}

polite_gate::said polite_gate::judge_known(manner const& how, url const& target, time_point now,
                                           politeness::follower const* me,
                                           std::optional<politeness::wait> const& held) {
    milliseconds crawl_delay{0};
    if (how.robots && politeness_.minds_robots(target.host())) {
        auto const found = rules_.look(target, how.user_agent);
        // The file takes a turn, too: who has to wait for it waits here, where that costs no place.
        if (!found && held)
            return wait{held->until, name(held->why)};
        if (!found)
            return prepare{};
        if (auto refused = refuse(*found, target, now))
            return std::move(*refused);
        crawl_delay = found->crawl_delay;
    }
    auto asked = politeness_.ask(target, now, crawl_delay, me);
    if (auto const* const later = std::get_if<politeness::wait>(&asked))
        return wait{later->until, name(later->why)};
    return std::get<politeness::turn>(std::move(asked));
}

awaitable<result<politeness::turn>> polite_gate::pass(manner const& how, url const& target, scope& life,
                                                      std::optional<time_point>& held) {
    std::optional<politeness::follower> me;
    while (!life.ended()) {
        auto heard = judge(how, target, now_(), me ? &*me : nullptr);
        if (auto* const given = std::get_if<politeness::turn>(&heard))
            co_return std::move(*given);
        if (auto const* const skipped = std::get_if<skip>(&heard))
            co_return skipped->why;
        if (auto const* const later = std::get_if<wait>(&heard)) {
            if (later->until >= life.deadline()) {
                held = later->until;
                co_return failure(stage::admission, code::held, target.origin());
            }
            if (!me)
                me.emplace(politeness_, target);
            co_await rest(target.origin(), later->until, life);
            continue;
        }
        me.reset();  // robots.txt takes a turn there, too
        co_await prepare_for(how, target, life);
    }
    co_return life.why(stage::request);
}

awaitable<void> polite_gate::rest(std::string origin, time_point until, scope& life) {
    bell over(executor_);
    scope::hold const ends(life, [&over] { over.ring(); });
    alarm due(life.wheel(), [&over] { over.ring(); });
    due.arm(until);
    auto const place = resting_.emplace(std::move(origin), &over);
    co_await over.wait();
    resting_.erase(place);
}

void polite_gate::changed(std::string_view origin) {
    auto const [first, last] = resting_.equal_range(std::string(origin));
    for (auto it = first; it != last; ++it)
        it->second->ring();
}

std::optional<polite_gate::said> polite_gate::refuse(robots_answer const& found, url const& target,
                                                     time_point now) {
    using verdict = robots_answer::verdict;
    if (found.what == verdict::disallowed || found.what == verdict::allowed)
        missing_.erase(target.origin());
    if (found.what == verdict::disallowed)
        return skip{
            failure(stage::robots, code::refused, "line " + std::to_string(found.line) + ": " + found.why)};
    if (found.what == verdict::allowed) {
        return {};
    }
    if (found.what == verdict::held)  // a pause, a back-off: patience has nothing to do with it
        return wait{found.until, "robots"};
    if (missing_.size() >= max_missing)
        missing_.clear();  // their patience begins anew
    auto const since = missing_.emplace(target.origin(), now).first->second;
    if (now - since > robots_patience)
        return skip{failure(stage::robots, code::unreachable, found.why)};
    return wait{found.until, "robots"};
}

awaitable<void> polite_gate::prepare_for(manner how, url target, scope& life) {
    if (!politeness_.knows(target))
        co_await meet(target, life);
    if (how.robots && politeness_.minds_robots(target.host()) && !politeness_.held(target, now_()))
        co_await rules_.may_fetch(std::move(target), std::move(how.user_agent), life);
}

// What is to be known of an origin before the first request: what was kept of it, and whom else it shares an
// address with. Neither can fail it: without an answer it is one that nothing is known of.
awaitable<void> polite_gate::meet(url const& target, scope& life) {
    auto const key = "origin/" + target.origin();
    auto const wall = system_clock::now();
    auto const kept = co_await store_.get(std::string(prefix) + key, in_ms(wall));
    auto const address = co_await whereabouts_.address_of(target, life);
    politeness_.meet(target, address, now_());
    if (kept && *kept)
        politeness_.restore(key, (*kept)->value, now_(), wall);
    else if (!kept)
        log::line(log::level::warn, "what was known of an origin could not be read")
            .kv("cause", kept.error().message());
}

awaitable<result<void>> polite_gate::load() {
    std::optional<std::string> after("");
    while (after) {
        auto const wall = system_clock::now();
        auto const page = co_await store_.records(std::string(prefix), *after, records_at_once, in_ms(wall));
        if (!page)
            co_return page.error();
        for (auto const& r : page->records)
            if (!politeness_.restore(std::string_view(r.key).substr(prefix.size()), r.value, clock::now(),
                                     wall))
                log::line(log::level::warn, "a record of politeness makes no sense").kv("key", r.key);
        after = page->next;
    }
    co_return result<void>();
}

awaitable<result<void>> polite_gate::save_rule(std::string host) {
    auto const rule = politeness_.rule_record(host);
    auto key = std::string(prefix) + rule.key;
    if (rule.text.empty())
        co_return co_await store_.erase(std::move(key));
    record kept;
    kept.key = std::move(key);
    kept.value = rule.text;
    co_return co_await store_.put(std::move(kept));
}

void polite_gate::keep_saving() {
    spawn_logged(executor_, "saving politeness", save());
    next_save_.arm(clock::now() + save_every);
}

awaitable<void> polite_gate::save() {
    if (saving_)
        co_return;
    saving_ = true;
    auto const wall = system_clock::now();
    if (unsaved_.empty())
        unsaved_ = politeness_.take_records(records_at_once, clock::now(), wall);
    std::vector<record> kept;
    for (auto const& r : unsaved_)
        if (!r.text.empty())
            kept.push_back({std::string(prefix) + r.key, r.text, r.expires ? in_ms(*r.expires) : never});
    auto done = result<void>();
    if (!kept.empty())
        done = co_await store_.put(std::move(kept));
    for (auto const& r : unsaved_)
        if (done && r.text.empty())
            done = co_await store_.erase(std::string(prefix) + r.key);
    if (done)
        unsaved_.clear();
    else
        log::line(log::level::warn, "politeness was not saved").kv("cause", done.error().message());
    saving_ = false;
}

}  // namespace fetchd::jobs
