// One message of webhooks.hpp: what it says, its way out, and what is kept of it.
#include <algorithm>

#include "base/log.hpp"
#include "http/standard_webhooks.hpp"
#include "jobs/result_fields.hpp"
#include "jobs/webhook_body.hpp"
#include "jobs/webhooks.hpp"

namespace fetchd::jobs {
namespace {

constexpr unix_ms circuit_time = unix_ms{365} * 86'400'000;

}  // namespace

awaitable<void> webhooks::deliver(endpoint_ptr at, message m) {
    co_await attempt_one(*at, m);
    release(m.event.key);
    --at->in_flight;
    --in_flight_;
    start_some();
    poke();
    step_out();
}

awaitable<void> webhooks::attempt_one(endpoint& at, message const& m) {
    auto const& e = m.event;
    auto body = co_await body_of(e);
    if (!body) {
        at.circuit.given_up();
        co_await not_sent(at, e, body.error());
        co_return;
    }
    // The drain's limit ends what is on its way; what is not must not begin after it.
    if (giving_up_) {
        at.circuit.given_up();
        co_return;
    }
    auto const began = clocks_.now();
    auto const life = lives_.emplace(lives_.end(), wheel_, began + limits_.timeout);
    auto const answer = co_await send(m, std::move(*body), *life);
    lives_.erase(life);
    if (giving_up_ && answer.status == 0) {
        at.circuit.given_up();
        co_return;
    }
    auto const took = clocks_.now() - began;
    at.took_ms += (std::chrono::duration<double, std::milli>(took).count() - at.took_ms) / 8;
    auto verdict = judge(e, answer, now(), random(), first_wait_);
    at.circuit.ended(verdict, now(), random());
    count_attempt(verdict, took);
    if (verdict.mark.state != event_state::delivered)
        log::line(log::level::info, "webhook failed")
            .kv("event", e.id)
            .kv("job", e.job_id)
            .kv("attempt", std::to_string(verdict.mark.attempts))
            .kv("cause", verdict.mark.note);
    co_await keep(at, std::move(verdict.mark));
}

awaitable<void> webhooks::not_sent(endpoint& at, event const& e, failure const& why) {
    if (why.what == code::not_found || why.what == code::corrupt) {
        std::string const note =
            why.what == code::corrupt ? "not sent: what it tells of is damaged" : "not sent: its job is gone";
        event_mark dead{e.key, event_state::dead, 0, e.attempts, note};
        co_await keep(at, std::move(dead));
    } else {
        ++numbers_.store_failures;
        co_await rest(trouble(3));  // and then it is simply due again
    }
}

void webhooks::count_attempt(delivery_verdict const& v, clock::duration took) {
    numbers_.attempt_seconds.observe(std::chrono::duration<double>(took).count());
    if (v.mark.state == event_state::delivered)
        ++numbers_.delivered;
    else if (v.disable)
        ++numbers_.gone;
    else if (!v.counts_against)
        ++numbers_.later;
    else
        ++numbers_.failed;
}

// Results without their outputs, page by page: what is in memory is little more than what is sent.
awaitable<result<std::string>> webhooks::body_of(event const& e) {
    if (e.kind == event_kind::finished) {
        auto const job = co_await store_.find(e.job);
        if (!job)
            co_return job.error();
        co_return finished_body(e, describe_(*job));
    }
    auto const facts = result_fields::facts();
    std::vector<stored_result> results;
    std::size_t bytes = 0;
    read_want want;
    want.job = e.job;
    want.after = e.first_seq - 1;
    while (want.after < e.last_seq && bytes <= max_webhook_body) {
        want.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(e.last_seq - want.after, 1000));
        auto page = co_await store_.read(want);
        if (!page)
            co_return page.error();
        for (auto& r : page->results) {
            if (r.seq > e.last_seq)
                break;
            r.line = facts.of(r.line);
            bytes += r.line.size();
            results.push_back(std::move(r));
        }
        if (page->next <= want.after)
            break;
        want.after = page->next;
    }
    co_return results_body(e, results);
}

awaitable<delivery_answer> webhooks::send(message const& m, std::string body, scope& life) {
    auto const to = url::parse(m.to->url);
    std::vector<webhook_secret> secrets;
    for (auto const& text : m.to->secrets)
        if (auto secret = webhook_secret::parse(text))
            secrets.push_back(std::move(*secret));
    if (!to || secrets.empty()) {
        delivery_answer none;
        none.failed = "what is kept of the receiver is damaged";
        co_return none;
    }
    headers fields;
    fields.add("Content-Type", "application/json");
    std::chrono::sys_seconds const at(
        std::chrono::floor<std::chrono::seconds>(milliseconds(clocks_.system())));
    sign_webhook(fields, secrets, m.event.id, at, body);
    co_return co_await door_.post(*to, std::move(fields), std::move(body), life, clocks_.system());
}

// The endpoint's circuit and what became of the event, until the store has both.
awaitable<void> webhooks::keep(endpoint& at, event_mark mark) {
    for (std::size_t failures = 0;; ++failures) {
        auto text = at.circuit.text();
        auto done = result<void>();
        if (text != at.saved) {
            record kept{std::string(circuit_prefix) + at.name, text, now() + circuit_time};
            done = co_await store_.put(std::move(kept));
            if (done)
                at.saved = std::move(text);
        }
        if (done) {
            std::vector<event_mark> one{mark};
            done = co_await store_.mark(std::move(one));
        }
        if (done && mark.state == event_state::dead)
            ++numbers_.dead;
        if (done || giving_up_)
            co_return;
        ++numbers_.store_failures;
        if (failures == 0)
            log::line(log::level::warn, "what became of a webhook was not saved")
                .kv("cause", done.error().message());
        co_await rest(trouble(failures));
        if (giving_up_)
            co_return;
    }
}

awaitable<void> webhooks::rest(milliseconds time) {
    if (giving_up_)
        co_return;
    bell over(ex_);
    auto const life = lives_.emplace(lives_.end(), wheel_, clocks_.now() + time);
    {
        scope::hold const hold(*life, [&over] { over.ring(); });
        co_await over.wait();
    }
    lives_.erase(life);
}

}  // namespace fetchd::jobs
