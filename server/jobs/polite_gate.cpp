#include "jobs/polite_gate.hpp"

#include "base/log.hpp"
#include "fetch/robots_fetch.hpp"
#include "http/retry.hpp"
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

// The last try of each hop is what the origin there has to be judged by.
attempt const* last_of(fetch_result const& r, std::size_t hop) {
    attempt const* last = nullptr;
    for (auto const& a : r.trace.attempts)
        if (a.hop == hop && !a.outraced)
            last = &a;
    return last;
}

class polite_turn final : public gate::turn {
  public:
    polite_turn(politeness& p, politeness::turn t) : politeness_(p), turn_(std::move(t)) {}

    void finish(fetch_result const& r, time_point now) override {
        auto const hops = r.trace.redirects.size();
        auto const asked_for =
            retry_after(r.fields, std::chrono::floor<std::chrono::seconds>(system_clock::now()));
        for (std::size_t hop = hops; hop > 0; --hop)
            if (auto const* const last = last_of(r, hop))
                if (auto const target = url::parse(r.trace.redirects[hop - 1].to))
                    politeness_.observe(*target, told(*last, hop == hops, asked_for), now);
        if (auto const* const first = last_of(r, 0))
            turn_.finish(told(*first, hops == 0, asked_for), now);
    }

  private:
    static politeness::outcome told(attempt const& a, bool final, std::optional<milliseconds> asked_for) {
        return final ? outcome_of(a, asked_for) : outcome_of(a);
    }

    politeness& politeness_;
    politeness::turn turn_;
};

}  // namespace

polite_gate::polite_gate(executor ex, politeness& p, robots_rules& rules, store& s, timer_wheel& wheel)
    : executor_(ex), politeness_(p), rules_(rules), store_(s), next_save_(wheel, [this] { keep_saving(); }) {}

gate::answer polite_gate::ask(manner const& how, url const& target, time_point now) {
    milliseconds crawl_delay{0};
    if (how.robots && politeness_.minds_robots(target.host())) {
        auto const said = rules_.look(target, how.user_agent);
        if (!said)
            return prepare{};
        if (auto refused = refuse(*said, target, now))
            return std::move(*refused);
        crawl_delay = said->crawl_delay;
    }
    auto asked = politeness_.ask(target, now, crawl_delay);
    if (auto const* const later = std::get_if<politeness::wait>(&asked))
        return wait{later->until};
    return go{std::make_unique<polite_turn>(politeness_, std::get<politeness::turn>(std::move(asked)))};
}

std::optional<gate::answer> polite_gate::refuse(robots_answer const& said, url const& target,
                                                time_point now) {
    using verdict = robots_answer::verdict;
    if (said.what == verdict::disallowed)
        return skip{
            failure(stage::robots, code::refused, "line " + std::to_string(said.line) + ": " + said.why)};
    if (said.what == verdict::allowed) {
        if (!missing_.empty())
            missing_.erase(target.origin());
        return {};
    }
    if (said.what == verdict::held)  // a pause, a back-off: patience has nothing to do with it
        return wait{said.until};
    if (missing_.size() >= max_missing)
        missing_.clear();  // their patience begins anew
    auto const since = missing_.emplace(target.origin(), now).first->second;
    if (now - since > robots_patience)
        return skip{failure(stage::robots, code::unreachable, said.why)};
    return wait{said.until};
}

awaitable<void> polite_gate::prepare_for(manner how, url target, scope& life) {
    co_await rules_.may_fetch(std::move(target), std::move(how.user_agent), life);
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
