#include "fetch/robots_rules.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "loop/bell.hpp"
#include "loop/spawn.hpp"

namespace fetchd {

// One robots.txt, or what is known of it.
struct robots_rules::file {
    std::string key;
    url where;
    std::string user_agent;
    std::string token;
    robots_reply::kind what = robots_reply::kind::unreachable;
    robots rules{};
    std::string why{};
    time_point believed_until = time_point::min();  // asked for again afterwards
    time_point stale_until = time_point::min();     // and until then this one, where that fails
    bool busy = false;                              // being fetched, or about to be
    time_point held_until = time_point::min();      // by politeness, when it was last to be fetched
    scope* fetching = nullptr;
    std::vector<bell*> waiting{};
    std::size_t bytes = 0;

    bool known() const { return believed_until != time_point::min(); }
};

robots_rules::robots_rules(executor ex, timer_wheel& wheel, robots_source& source, politeness_config const& c,
                           std::string agent, robots_limits const& limits, std::function<time_point()> now)
    : executor_(ex), wheel_(wheel), source_(source), limits_(limits), now_(std::move(now)) {
    configure(c, std::move(agent));
}

robots_rules::~robots_rules() = default;

void robots_rules::configure(politeness_config const& c, std::string agent) {
    believed_ = std::min<milliseconds>(c.robots_time, std::chrono::hours(24));
    agent_ = std::move(agent);
}

std::shared_ptr<robots_rules::file> robots_rules::file_of(url const& target, std::string_view user_agent) {
    bool const ours = user_agent.empty() || user_agent == agent_;
    auto token = ascii_lowered(product_token(ours ? std::string_view(agent_) : user_agent));
    auto key = token + " " + target.origin();
    if (auto const found = files_.find(key); found != files_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        return *found->second;
    }
    auto where = url::parse("/robots.txt", &target);
    auto f = std::make_shared<file>(file{std::move(key), where->without_credentials(),
                                         ours ? std::string() : std::string(user_agent), std::move(token)});
    f->bytes = sizeof(file) + f->key.size() + f->where.href().size() + f->user_agent.size();
    recent_.push_front(f);
    files_.emplace(f->key, recent_.begin());
    bytes_ += f->bytes;
    trim();
    return f;
}

// The newest one stays, whatever its size: it is about to be used.
void robots_rules::trim() {
    auto at = recent_.end();
    while ((recent_.size() > limits_.files || bytes_ > limits_.bytes) && at != recent_.begin()) {
        --at;
        if (at == recent_.begin() || (*at)->busy)
            continue;
        bytes_ -= (*at)->bytes;
        files_.erase((*at)->key);
        at = recent_.erase(at);
        ++numbers_.forgotten;
    }
}

bool robots_rules::fresh(file const& f, time_point now) const {
    return f.known() && now < f.believed_until;
}

robots_answer robots_rules::judge(file const& f, url const& target, time_point now) {
    robots_answer a;
    if (now < f.held_until) {
        a.what = robots_answer::verdict::held;
        a.why = f.why;
        a.until = f.held_until;
        return a;
    }
    switch (f.what) {
        case robots_reply::kind::none:
        case robots_reply::kind::not_asked:
            return a;
        case robots_reply::kind::unreachable:
        case robots_reply::kind::unanswered:
        case robots_reply::kind::later:
            a.what = robots_answer::verdict::unavailable;
            a.why = f.why;
            a.until = std::max(now, f.believed_until);
            ++numbers_.unavailable;
            return a;
        case robots_reply::kind::file:
            break;
    }
    a.crawl_delay = f.rules.crawl_delay().value_or(milliseconds(0));
    auto const v = f.rules.judge(target.request_target());
    if (v.allowed)
        return a;
    a.what = robots_answer::verdict::disallowed;
    a.line = v.line;
    a.why = v.costly ? "its rules take too long to match" : "Disallow: " + std::string(v.rule.substr(0, 200));
    ++numbers_.disallowed;
    return a;
}

std::optional<robots_answer> robots_rules::look(url const& target, std::string_view user_agent) {
    auto const now = now_();
    auto const f = file_of(target, user_agent);
    if (now < f->held_until && !f->busy)
        // Not for as long as was said then: a pause may have ended since.
        f->held_until = source_.held_until(f->where).value_or(time_point::min());
    if (!fresh(*f, now) && now >= f->held_until)
        return {};
    return judge(*f, target, now);
}

awaitable<robots_answer> robots_rules::may_fetch(url target, std::string user_agent, scope& life) {
    auto const f = file_of(target, user_agent);
    robots_answer ended;
    ended.what = robots_answer::verdict::unavailable;
    ended.until = now_();
    if (!fresh(*f, now_())) {
        if (stopped_ || life.ended() || f->waiting.size() >= limits_.waiting) {
            ended.why = f->waiting.size() >= limits_.waiting ? "too many wait for it" : "cancelled";
            co_return ended;
        }
        bell done(executor_);
        f->waiting.push_back(&done);
        if (!std::exchange(f->busy, true))
            spawn_logged(executor_, "robots.txt", refresh(f));
        {
            scope::hold const hold(life, [&done] { done.ring(); });
            co_await done.wait();
        }
        auto const mine = std::find(f->waiting.begin(), f->waiting.end(), &done);
        if (mine != f->waiting.end()) {  // the scope ended first
            f->waiting.erase(mine);
            ended.why = "it did not come in time";
            co_return ended;
        }
    }
    co_return judge(*f, target, now_());
}

// Nobody's own: who asked first may go away, and the others still want it.
awaitable<void> robots_rules::refresh(std::shared_ptr<file> f) {
    scope life(wheel_, clock::now() + limits_.fetch_time);
    f->fetching = &life;
    ++numbers_.fetching;
    if (stopped_)
        life.end(code::cancelled);
    auto reply = co_await source_.fetch(f->where, f->user_agent, f->token, life);
    f->fetching = nullptr;
    f->busy = false;
    --numbers_.fetching;
    ++numbers_.fetched;
    take(*f, std::move(reply), now_());
    for (auto* const b : std::exchange(f->waiting, {}))
        b->ring();
}

// How long an answer is believed.
milliseconds robots_rules::time_of(robots_reply::kind what) const {
    switch (what) {
        case robots_reply::kind::file:
        case robots_reply::kind::none:
            return believed_;
        case robots_reply::kind::unanswered:
            return limits_.unanswered_time;
        case robots_reply::kind::not_asked:
            return limits_.not_asked_time;
        default:
            return limits_.unreachable_time;
    }
}

void robots_rules::take(file& f, robots_reply&& reply, time_point now) {
    using kind = robots_reply::kind;
    if (reply.what == kind::later) {  // what was known before stays so
        f.why = std::move(reply.why);
        f.held_until = reply.until;
        return;
    }
    f.held_until = time_point::min();
    bool const failed = reply.what == kind::unreachable || reply.what == kind::unanswered;
    auto const again = now + time_of(reply.what);
    if (failed && f.what == kind::file && now < f.stale_until) {
        f.believed_until = std::min(f.stale_until, again);
        return;
    }
    f.what = reply.what;
    f.rules = std::move(reply.rules);
    f.why = std::move(reply.why);
    f.stale_until = now + (f.what == kind::file ? limits_.stale_time : milliseconds(0));
    f.believed_until = again;
    auto const bytes = sizeof(file) + f.key.size() + f.where.href().size() + f.user_agent.size() +
                       f.why.size() + f.rules.memory();
    if (files_.contains(f.key) && files_.find(f.key)->second->get() == &f)
        bytes_ += bytes - f.bytes;
    f.bytes = bytes;
    trim();
}

void robots_rules::stop() {
    stopped_ = true;
    for (auto const& f : recent_)
        if (f->fetching != nullptr)
            f->fetching->end(code::cancelled);
}

robots_rules::numbers robots_rules::count() const {
    auto n = numbers_;
    n.files = recent_.size();
    n.bytes = bytes_;
    return n;
}

}  // namespace fetchd
