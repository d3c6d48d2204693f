#include "unit/jobs/webhooks_fixture.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {

std::vector<std::string> scripted_door::ids() const {
    std::vector<std::string> all;
    for (auto const& m : sent)
        all.push_back(m.id);
    return all;
}

std::size_t scripted_door::sent_to(std::string_view url) const {
    return static_cast<std::size_t>(
        std::count_if(sent.begin(), sent.end(), [url](auto const& m) { return m.url == url; }));
}

awaitable<delivery_answer> scripted_door::post(url to, headers fields, std::string body, scope& life,
                                               unix_ms now) {
    message m{std::string(to.href()), std::string(fields.get("webhook-id")), fields, std::move(body), now_};
    sent.push_back(m);
    most_in_flight = std::max(most_in_flight, ++in_flight_);
    auto& here = in_flight_at_[m.url];
    auto& most = most_at[m.url];
    most = std::max(most, ++here);
    auto const what = does(m);
    bell over(ex_);
    alarm due(wheel_, [&over] { over.ring(); });
    scope::hold ends(life, [&over] { over.ring(); });
    if (what.time > milliseconds(0) && !life.ended()) {
        due.arm(now_ + what.time);
        co_await over.wait();
    }
    --in_flight_;
    --here;
    if (life.ended())
        co_return answer_of(life.why(stage::head));
    if (what.error)
        co_return answer_of(*what.error);
    headers said;
    if (!what.retry_after.empty())
        said.add("Retry-After", what.retry_after);
    co_return answer_of(what.status, said, now);
}

WebhooksTest::WebhooksTest() {
    log::set(log::level::off, log::format::text);  // receivers fail by the hundred here
}

WebhooksTest::~WebhooksTest() {
    if (webhooks_)
        end();
}

void WebhooksTest::begin() {
    jobs::clocks clocks;
    clocks.now = [this] { return now_; };
    clocks.system = [this] { return system_; };
    auto const shown = [](job const& j) { return "{\"id\":\"" + j.id + "\"}"; };
    webhooks_ = std::make_unique<webhooks>(io_.get_executor(), store_, door_, wheel_, shown, limits_, clocks);
    webhooks_->start();
    run();
}

void WebhooksTest::drain(milliseconds limit) {
    auto drained = [](webhooks& w, time_point until, bool& done) -> awaitable<void> {
        co_await w.drain(until);
        done = true;
    };
    drained_ = false;
    spawn_logged(io_.get_executor(), "drain", drained(*webhooks_, now_ + limit, drained_));
    run();
}

void WebhooksTest::end(milliseconds limit) {
    drain(limit);
    ASSERT_TRUE(pass_until([this] { return drained_; }, std::chrono::minutes(2)));
    webhooks_.reset();
}

void WebhooksTest::restart() {
    end();
    begin();
}

void WebhooksTest::run() {
    io_.restart();
    io_.poll();
}

void WebhooksTest::pass(milliseconds time, milliseconds each) {
    pass_until([] { return false; }, time, each);
}

bool WebhooksTest::pass_until(std::function<bool()> const& reached, milliseconds limit, milliseconds each) {
    while (!reached()) {
        if (limit <= milliseconds(0))
            return false;
        auto const passed = std::min(limit, each);
        now_ += passed;
        system_ += passed.count();
        limit -= passed;
        wheel_.advance(now_);
        run();
    }
    return true;
}

std::string WebhooksTest::circuit_of(std::string const& url, std::string const& owner) {
    return owner + " " + url;
}

std::string WebhooksTest::receiver_at(std::string const& url, std::string const& owner) {
    auto const job = store_.make(job_draft(), {"https://a.example"}, 1);
    for (int seq = 1; seq <= 3; ++seq)
        store_.lines[job.key].push_back("{\"seq\":" + std::to_string(seq) + ",\"outcome\":\"ok\"}");
    receiver const made{url, {secret, other_secret}, circuit_of(url, owner), job.key, system_};
    auto const name = std::to_string(job.key);
    auto const key = std::string(receiver_prefix) + name;
    store_.kept[key] = record{key, made.text(), never};
    return name;
}

event WebhooksTest::about(std::string const& receiver) const {
    event e;
    e.endpoint = receiver;
    e.job = std::stoll(receiver);
    e.job_id = "j-" + receiver;
    e.first_seq = e.last_seq = 1;
    e.created = e.due = system_;
    return e;
}

std::int64_t WebhooksTest::tell(std::string const& receiver) {
    return tell(receiver, 1).front();
}

std::vector<std::int64_t> WebhooksTest::tell(std::string const& receiver, std::size_t count) {
    std::vector<std::int64_t> keys;
    for (; count > 0; --count)
        keys.push_back(store_.write(about(receiver)));
    run();
    return keys;
}

void WebhooksTest::mark(event_mark m) {
    std::vector<event_mark> one{std::move(m)};
    ASSERT_TRUE(ask(store_.mark(std::move(one))));
}

void WebhooksTest::open_circuit(std::string const& receiver) {
    auto const does = std::exchange(door_.does, [](auto&) { return answering(500); });
    auto e = about(receiver);
    e.attempts = max_delivery_attempts - 1;
    for (std::uint32_t i = 0; i < endpoint_circuit::trips; ++i)
        store_.write(e);
    pass(milliseconds(100));
    door_.does = does;
    door_.sent.clear();
}

}  // namespace fetchd::jobs
