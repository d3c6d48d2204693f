#include "jobs/delivery.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "http/retry.hpp"

namespace fetchd::jobs {
namespace {

constexpr unix_ms second = 1000;
constexpr unix_ms minute = 60 * second;
constexpr unix_ms hour = 60 * minute;

// The last one makes it 75 hours from the first attempt to the tenth.
constexpr unix_ms schedule[] = {5 * second,  30 * second, 2 * minute,
                                10 * minute, hour,        4 * hour,
                                10 * hour,   24 * hour,   35 * hour + 47 * minute + 25 * second};
static_assert(std::size(schedule) + 1 == max_delivery_attempts && schedule[0] == usual_first_wait_ms);

// A tenth more or less, so that what failed together does not come back together.
unix_ms jittered(unix_ms wait, std::uint32_t random) {
    auto const spread = wait / 5;
    return wait - wait / 10 + static_cast<unix_ms>((static_cast<std::uint64_t>(spread) * random) >> 32U);
}

bool delivered(int status) {
    return status >= 200 && status <= 299;
}

event_mark failed_attempt(event const& e, std::string why, unix_ms now, std::uint32_t random,
                          unix_ms first_wait) {
    event_mark mark;
    mark.key = e.key;
    mark.attempts = e.attempts + 1;
    mark.note = std::move(why);
    if (mark.attempts >= max_delivery_attempts) {
        mark.state = event_state::dead;
        return mark;
    }
    mark.state = event_state::pending;
    mark.due = now + jittered(schedule[mark.attempts - 1] * first_wait / usual_first_wait_ms, random);
    return mark;
}

std::string said(delivery_answer const& answer) {
    if (answer.status == 0)
        return answer.failed;
    if (answer.status >= 300 && answer.status <= 399)
        return "status " + std::to_string(answer.status) + ": redirects are not followed";
    return "status " + std::to_string(answer.status);
}

}  // namespace

std::span<unix_ms const> delivery_schedule() {
    return schedule;
}

delivery_answer answer_of(int status, headers const& fields, unix_ms now) {
    delivery_answer answer;
    answer.status = status;
    system_time const at(std::chrono::floor<std::chrono::seconds>(milliseconds(now)));
    if (status == 429 || status == 503)
        if (auto const asked = fetchd::retry_after(fields, at))
            answer.retry_after = std::min<unix_ms>(asked->count(), longest_retry_after_ms);
    return answer;
}

delivery_answer answer_of(failure const& f) {
    delivery_answer answer;
    answer.failed = f.message();
    return answer;
}

delivery_verdict judge(event const& sent, delivery_answer const& answer, unix_ms now, std::uint32_t random,
                       unix_ms first_wait) {
    delivery_verdict v;
    if (delivered(answer.status)) {
        v.mark.key = sent.key;
        v.mark.attempts = sent.attempts + 1;
        return v;
    }
    v.disable = answer.status == 410;
    v.counts_against = !v.disable && !answer.retry_after;
    v.quiet_until = now + answer.retry_after.value_or(0);
    v.mark = failed_attempt(sent, said(answer), now, random, first_wait);
    v.mark.due = std::max(v.mark.due, v.quiet_until);
    if (v.disable)
        v.mark.state = event_state::dead;
    return v;
}

event_mark replay(event const& dead, unix_ms now) {
    event_mark mark;
    mark.key = dead.key;
    mark.state = event_state::pending;
    mark.due = now;
    return mark;
}

void endpoint_circuit::ended(delivery_verdict const& v, unix_ms now, std::uint32_t random) {
    bool const was_trying = std::exchange(trying_, false);
    disabled_ = disabled_ || v.disable;
    until_ = std::max(until_, v.quiet_until);
    if (!v.counts_against) {
        failures_ = 0;
        pause_ = first_pause_ms;
        return;
    }
    // Events that were on their way when it opened say nothing new.
    if (open() && !was_trying)
        return;
    failures_ = std::min(failures_ + 1, trips);
    if (!open())
        return;
    pause_ = was_trying ? std::min(2 * pause_, longest_pause_ms) : first_pause_ms;
    until_ = now + jittered(pause_, random);
}

event_mark endpoint_circuit::held(event const& e, unix_ms now, std::uint32_t random,
                                  unix_ms first_wait) const {
    event_mark mark;
    mark.key = e.key;
    mark.attempts = e.attempts;
    mark.state = event_state::pending;
    mark.note = e.note;
    if (disabled_) {
        mark.state = event_state::dead;
        mark.note = "not sent: the receiver wants no more (410)";
    } else if (trying_) {
        mark.due = now + delivery_timeout_ms;
    } else if (open()) {
        mark = failed_attempt(e, "not sent: the receiver failed several times in a row", now, random,
                              first_wait);
        mark.due = std::max(mark.due, until_);
    } else {
        mark.due = until_;
    }
    return mark;
}

std::string endpoint_circuit::text() const {
    return std::to_string(failures_) + " " + std::to_string(until_) + " " + std::to_string(pause_) + " " +
           (disabled_ ? "1" : "0");
}

std::optional<endpoint_circuit> endpoint_circuit::parse(std::string_view text) {
    std::int64_t values[4] = {};
    for (auto& value : values) {
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (ec != std::errc{} || value < 0)
            return {};
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (&value != &values[3]) {
            if (!text.starts_with(' '))
                return {};
            text.remove_prefix(1);
        }
    }
    if (!text.empty() || values[0] > trips || values[2] < first_pause_ms || values[2] > longest_pause_ms ||
        values[3] > 1)
        return {};
    endpoint_circuit c;
    c.failures_ = static_cast<std::uint32_t>(values[0]);
    c.until_ = values[1];
    c.pause_ = values[2];
    c.disabled_ = values[3] == 1;
    return c;
}

}  // namespace fetchd::jobs
