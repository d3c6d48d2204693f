#include "jobs/webhooks.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {
namespace {

constexpr unix_ms circuit_time = unix_ms{365} * 86'400'000;
constexpr unix_ms longest_put_off = 3'600'000;
constexpr unix_ms young = 3'600'000;  // its job may still be on its way in
constexpr std::uint32_t receiver_page = 100;

}  // namespace

webhooks::webhooks(executor ex, store& s, webhook_door& door, timer_wheel& wheel, describe d,
                   webhook_limits const& limits)
    : webhooks(ex, s, door, wheel, std::move(d), limits, clocks()) {}

webhooks::webhooks(executor ex, store& s, webhook_door& door, timer_wheel& wheel, describe d,
                   webhook_limits const& limits, clocks c)
    : ex_(ex),
      store_(s),
      door_(door),
      wheel_(wheel),
      describe_(std::move(d)),
      limits_(limits),
      clocks_(std::move(c)),
      border_(clocks_.now(), clocks_.system()),
      look_bell_(ex),
      look_alarm_(wheel, [this] { look_bell_.ring(); }),
      gone_bell_(ex) {}

webhooks::~webhooks() = default;

void webhooks::start() {
    watch_ = store_.watch_outbox([this] { poke(); });
    ++coroutines_;
    spawn_logged(ex_, "sending webhooks", rounds());
}

milliseconds webhooks::trouble(std::size_t failures) const {
    return std::min(milliseconds(100) * (1U << std::min<std::size_t>(failures, 10)), limits_.longest_trouble);
}

void webhooks::poke() {
    look_at_ = std::min(look_at_, earliest_);
    look_alarm_.arm(look_at_);
}

awaitable<void> webhooks::rounds() {
    std::size_t failures = 0;
    while (!stopping_) {
        look_at_ = time_point::max();
        earliest_ = clocks_.now() + limits_.pause;
        auto const soonest = co_await round();
        auto next = clocks_.now();
        if (soonest) {
            failures = 0;
            auto const wait = std::clamp<unix_ms>(*soonest - now(), 0, limits_.longest_rest.count());
            next = std::max(next + milliseconds(wait), earliest_);
        } else {
            if (failures == 0)
                log::line(log::level::warn, "looking for webhooks failed")
                    .kv("cause", soonest.error().message());
            ++numbers_.store_failures;
            next = earliest_ = next + trouble(failures++);
            look_at_ = time_point::max();
        }
        look_at_ = std::min(look_at_, next);
        look_alarm_.arm(look_at_);
        if (!stopping_)
            co_await look_bell_.wait();
    }
    step_out();
}

// When the next one is due.
awaitable<result<unix_ms>> webhooks::round() {
    released_.clear();
    auto const limit = static_cast<std::uint32_t>(held_.size()) + limits_.at_once;
    auto const found = co_await store_.due(now(), limit);
    if (!found)
        co_return found.error();
    std::vector<event_mark> marks;
    for (auto const& e : found->events) {
        if (stopping_)
            break;
        if (held_.contains(e.key) || released_.contains(e.key))
            continue;
        auto const taken = co_await take(e, marks);
        if (!taken)
            co_return taken.error();
    }
    start_some();
    if (!marks.empty()) {
        auto const marked = co_await store_marks(std::move(marks));
        if (!marked)
            co_return marked.error();
    }
    if (endpoints_.size() > limits_.remembered)
        std::erase_if(endpoints_, [](auto const& e) { return e.second->idle(); });
    co_return found->soonest;
}

// Counted once they are stored: until then the same ones come again.
awaitable<result<void>> webhooks::store_marks(std::vector<event_mark> marks) {
    auto const all = marks.size();
    auto const dead = static_cast<std::size_t>(std::count_if(
        marks.begin(), marks.end(), [](event_mark const& m) { return m.state == event_state::dead; }));
    auto const marked = co_await store_.mark(std::move(marks));
    if (!marked)
        co_return marked.error();
    numbers_.dead += dead;
    numbers_.put_off += all - dead;
    co_return result<void>();
}

// Into its endpoint's line; a mark where there is no place for it, or nowhere to go.
awaitable<result<void>> webhooks::take(event const& e, std::vector<event_mark>& marks) {
    auto const to = co_await receiver_of(e.endpoint);
    if (!to)
        co_return to.error();
    if (!*to) {
        event_mark gone{e.key, event_state::dead, 0, e.attempts, "not sent: its receiver is not known here"};
        marks.push_back(std::move(gone));
        co_return result<void>();
    }
    auto const found = co_await endpoint_of((*to)->endpoint);
    if (!found)
        co_return found.error();
    auto& at = **found;
    if (!at.circuit.may_send(now())) {
        marks.push_back(at.circuit.held(e, now(), random(), first_wait_));
    } else if (at.line.size() >= limits_.line || held_.size() >= limits_.held) {
        marks.push_back(put_off(at, e));
    } else {
        if (at.line.empty())
            ring_.push_back(*found);
        message next{e, *to};
        at.line.push_back(std::move(next));
        held_.insert(e.key);
    }
    co_return result<void>();
}

// Behind all that are before it, by what deliveries there take. It is looked at again then.
event_mark webhooks::put_off(endpoint& at, event const& e) {
    auto const step = std::clamp(at.took_ms / static_cast<double>(limits_.per_endpoint), 1.0, 15'000.0);
    auto const behind = now() + static_cast<unix_ms>(step * static_cast<double>(at.line.size()));
    at.tail = std::min(std::max(at.tail, behind) + static_cast<unix_ms>(step), now() + longest_put_off);
    return {e.key, event_state::pending, at.tail, e.attempts, e.note};
}

void webhooks::start_some() {
    for (auto turns = ring_.size(); turns > 0 && in_flight_ < limits_.in_flight && !stopping_;) {
        auto const at = ring_.front();
        ring_.pop_front();
        bool const started = start_one(at);
        if (!at->line.empty())
            ring_.push_back(at);
        turns = started ? ring_.size() : turns - 1;
    }
}

bool webhooks::start_one(endpoint_ptr const& at) {
    if (at->line.empty() || at->in_flight >= limits_.per_endpoint)
        return false;
    if (!at->circuit.may_send(now())) {
        drop_line(*at);
        return false;
    }
    auto next = std::move(at->line.front());
    at->line.pop_front();
    at->circuit.sent();
    ++at->in_flight;
    ++in_flight_;
    ++coroutines_;
    spawn_logged(ex_, "sending a webhook", deliver(at, std::move(next)));
    return true;
}

// They are due all the same: the next round says what becomes of them.
void webhooks::drop_line(endpoint& at) {
    for (auto const& m : at.line)
        held_.erase(m.event.key);
    at.line.clear();
    poke();
}

void webhooks::release(std::int64_t key) {
    held_.erase(key);
    released_.insert(key);
}

// Null: there is none.
awaitable<result<std::shared_ptr<receiver const>>> webhooks::receiver_of(std::string const& name) {
    if (auto const known = receivers_.find(name); known != receivers_.end())
        co_return known->second;
    auto const kept = co_await store_.get(std::string(receiver_prefix) + name, now());
    if (!kept)
        co_return kept.error();
    std::shared_ptr<receiver const> found;
    if (*kept)
        if (auto read = receiver::parse((*kept)->value))
            found = std::make_shared<receiver const>(std::move(*read));
    if (!found)
        co_return found;
    if (receivers_.size() >= limits_.remembered)
        receivers_.clear();
    receivers_.emplace(name, found);
    co_return found;
}

awaitable<result<webhooks::endpoint_ptr>> webhooks::endpoint_of(std::string const& name) {
    if (auto const known = endpoints_.find(name); known != endpoints_.end())
        co_return known->second;
    auto const kept = co_await store_.get(std::string(circuit_prefix) + name, now());
    if (!kept)
        co_return kept.error();
    auto made = std::make_shared<endpoint>();
    made->name = name;
    if (*kept)
        made->circuit = endpoint_circuit::parse((*kept)->value).value_or(endpoint_circuit());
    made->saved = made->circuit.text();
    made->circuit.bound(now());
    co_return endpoints_.emplace(name, std::move(made)).first->second;
}

awaitable<result<endpoint_circuit>> webhooks::circuit(std::string name) {
    auto const at = co_await endpoint_of(name);
    if (!at)
        co_return at.error();
    co_return (*at)->circuit;
}

awaitable<result<void>> webhooks::enable(std::string name) {
    auto const at = co_await endpoint_of(name);
    if (!at)
        co_return at.error();
    endpoint_circuit anew;
    record now_closed{std::string(circuit_prefix) + name, anew.text(), now() + circuit_time};
    auto const kept = co_await store_.put(std::move(now_closed));
    if (!kept)
        co_return kept.error();
    (*at)->circuit.enable();
    (*at)->saved = anew.text();
    poke();
    co_return co_await hasten(name);
}

// What was put off because of its circuit, of whichever job; and what failed and waits for another attempt.
awaitable<result<void>> webhooks::hasten(std::string const& name) {
    std::optional<std::string> after("");
    while (after) {
        auto const page = co_await store_.records(std::string(receiver_prefix), *after, receiver_page, now());
        if (!page)
            co_return page.error();
        std::vector<std::string> names;
        for (auto const& r : page->records)
            if (auto const read = receiver::parse(r.value); read && read->endpoint == name)
                names.push_back(r.key.substr(receiver_prefix.size()));
        auto const done = co_await store_.hasten(std::move(names), now());
        if (!done)
            co_return done.error();
        after = page->next;
    }
    co_return result<void>();
}

awaitable<result<void>> webhooks::sweep() {
    std::optional<std::string> after("");
    while (after && !stopping_) {
        auto const page = co_await store_.records(std::string(receiver_prefix), *after, receiver_page, now());
        if (!page)
            co_return page.error();
        for (auto const& r : page->records) {
            auto const read = receiver::parse(r.value);
            if (read && read->made > now() - young)
                continue;
            if (read) {
                auto const job = co_await store_.find(read->job);
                if (job || job.error().what != code::not_found)
                    continue;
            }
            auto const erased = co_await store_.erase(r.key);
            if (!erased)
                co_return erased.error();
            receivers_.erase(r.key.substr(receiver_prefix.size()));
        }
        after = page->next;
    }
    co_return result<void>();
}

awaitable<void> webhooks::drain(time_point limit) {
    stopping_ = true;
    watch_.reset();
    look_bell_.ring();
    for (auto const& at : ring_)
        at->line.clear();
    ring_.clear();
    alarm late(wheel_, [this] {
        giving_up_ = true;
        for (auto& life : lives_)
            life.end(code::cancelled);
    });
    late.arm(limit);
    while (coroutines_ > 0)
        co_await gone_bell_.wait();
}

void webhooks::step_out() {
    if (--coroutines_ == 0)
        gone_bell_.ring();
}

webhooks::numbers webhooks::count() const {
    auto n = numbers_;
    n.in_flight = in_flight_;
    n.held = held_.size();
    for (auto const& [name, at] : endpoints_)
        if (at->circuit.disabled())
            ++n.disabled;
        else if (!at->circuit.may_send(now()))
            ++n.paused;
    return n;
}

}  // namespace fetchd::jobs
