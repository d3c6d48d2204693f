#include "fetch/journey.hpp"

#include "http/retry.hpp"
#include "loop/wait_until.hpp"

namespace fetchd {
namespace {

cookie_time cookie_now() {
    return std::chrono::system_clock::now();
}

}  // namespace

journey::journey(client& c, fetch_request const& request, std::shared_ptr<cookie_jar> cookies,
                 std::minstd_rand& random, scope& life, fetch_trace& trace)
    : client_(c),
      request_(request),
      cookies_(std::move(cookies)),
      random_(random),
      life_(life),
      trace_(trace) {}

outgoing& journey::change() {
    if (!changed_)
        changed_ = std::make_unique<outgoing>(request_.out);
    return *changed_;
}

void journey::take_cookies() {
    if (!cookies_)
        return;
    auto const value = cookies_->cookies_for(at(), cookie_now());
    if (value.empty() && !out().fields.has("Cookie"))
        return;
    change().fields.remove("Cookie");
    if (!value.empty())
        change().fields.add("Cookie", value);
}

awaitable<result<journey::end>> journey::travel() {
    while (true) {
        auto answer = co_await persist();
        if (!answer)
            co_return answer.error();
        auto const status = (*answer)->head.status;
        if (request_.max_redirects == 0 || status < 300 || status > 399)
            co_return arrive(std::move(*answer));
        answer = co_await go_on(std::move(*answer));
        if (!answer)
            co_return answer.error();
        if (*answer)
            co_return arrive(std::move(*answer));
    }
}

// Where a redirect leads; the answer itself where it is none after all. A coroutine of its own, so that those
// who wait for their first answer, thousands of them, do not carry along what it needs.
awaitable<result<std::unique_ptr<response>>> journey::go_on(std::unique_ptr<response> answer) {
    auto next =
        next_hop(answer->head.status, answer->head.fields, at(), out().method, request_.allow_downgrade);
    if (!next)
        co_return next.error();
    if (!*next)
        co_return std::move(answer);
    auto const followed = follow(*answer, std::move(**next));
    if (!followed)
        co_return followed.error();
    co_await leave(*answer);
    answer.reset();  // its connection may serve others meanwhile
    if (request_.way) {
        auto const began = clock::now();
        auto const passed = co_await request_.way->move(at(), trace_.attempts.back(), life_);
        if (!passed)
            co_return passed.error();
        waited_ = clock::now() - began;
    }
    co_return std::unique_ptr<response>();
}

journey::end journey::arrive(std::unique_ptr<response> answer) {
    return {std::move(moved_), std::move(answer), std::move(changed_)};
}

// Reads what is left of an answer that is not the final one.
awaitable<void> journey::leave(response& answer) {
    auto const began = clock::now();
    co_await answer.discard();
    auto& last = trace_.attempts.back();
    last.body = clock::now() - began;
    last.wire_bytes = answer.body_bytes();
}

// One URL, again and again while that may help.
awaitable<result<std::unique_ptr<response>>> journey::persist() {
    for (std::size_t tries = 1;; ++tries) {
        take_cookies();
        auto const first = trace_.attempts.size();
        auto answer = co_await client_.open(out(), at(), life_, trace_.attempts);
        for (auto i = first; i < trace_.attempts.size(); ++i) {
            trace_.attempts[i].hop = trace_.redirects.size();
            trace_.attempts[i].queue = i == first ? std::exchange(waited_, {}) : clock::duration{};
        }
        if (answer && cookies_)
            cookies_->store(at(), (*answer)->head.fields, cookie_now());
        auto const pause = wait_before_retry(answer, tries);
        if (!pause)
            co_return answer;
        if (answer) {
            co_await leave(**answer);
            answer->reset();
        }
        waited_ = co_await wait_until(client_.get_executor(), clock::now() + *pause, life_);
    }
}

// Nothing where what came is to stand.
std::optional<milliseconds> journey::wait_before_retry(result<std::unique_ptr<response>> const& answer,
                                                       std::size_t tries) {
    if (tries > request_.retry.most || life_.ended())
        return {};
    auto const& method = out().method;
    std::optional<milliseconds> asked_for;
    if (!answer && !worth_retrying(method, answer.error()))
        return {};
    if (answer) {
        auto const& head = (*answer)->head;
        if (!worth_retrying(method, head.status))
            return {};
        auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        asked_for = retry_after(head.fields, now);
    }
    auto const random = static_cast<std::uint32_t>(random_() << 1U);
    auto const pause = backoff(request_.retry, tries, random, asked_for);
    auto const leaving = answer ? response::discard_time : milliseconds(0);
    if (clock::now() + leaving + pause >= life_.deadline())
        return {};
    return pause;
}

result<void> journey::follow(response const& answer, redirect&& hop) {
    if (trace_.redirects.size() >= request_.max_redirects)
        return failure(stage::head, code::too_many_redirects,
                       "after " + std::to_string(request_.max_redirects));
    trace_.redirects.push_back({answer.head.status, shown(at()), shown(hop.to)});
    if (hop.drop_body)  // the same URL is asked for something else from here on
        alike_since_ = trace_.redirects.size();
    // A cookie may make the difference at the second visit.
    for (auto i = alike_since_; !cookies_ && i < trace_.redirects.size(); ++i)
        if (trace_.redirects[i].from == trace_.redirects.back().to)
            return failure(stage::head, code::redirect_loop);
    if (hop.cross_origin)
        drop_credentials(change().fields);
    if (hop.drop_body) {
        auto& out = change();
        out.method = "GET";
        out.body.clear();
        drop_body_fields(out.fields);
    }
    moved_ = std::move(hop.to);
    return {};
}

}  // namespace fetchd
