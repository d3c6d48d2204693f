// Whether and when an event is sent to its receiver: the attempts, what each answer means, and the circuit
// that keeps a receiver that is down from being asked all the time.
//
// Pure decisions: the clock and the randomness are given, nothing is sent. Times are milliseconds of the
// system clock, for they are stored with the events (store.hpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "http/headers.hpp"
#include "jobs/store.hpp"

namespace fetchd::jobs {

constexpr std::uint32_t max_delivery_attempts = 10;
constexpr unix_ms delivery_timeout_ms = 15'000;         // of one attempt, all of it
constexpr unix_ms longest_retry_after_ms = 86'400'000;  // a receiver that asks for more gets a day

// Before attempt n+2, from the first attempt's end: 5 s, 30 s, 2 min, 10 min, 1 h, 4 h, 10 h, 24 h, 35.8 h:
// 75 hours in all. Where the first wait is another one (jobs.webhook_wait), all are longer or shorter by as
// much.
std::span<unix_ms const> delivery_schedule();
constexpr unix_ms usual_first_wait_ms = 5'000;

// How one attempt ended.
struct delivery_answer {
    int status = 0;                      // 0: there was none
    std::optional<unix_ms> retry_after;  // what the receiver asked for, from now
    std::string failed;                  // without an answer: why, for a person
};

// What an answer's head says. now: for a Retry-After that is a date.
delivery_answer answer_of(int status, headers const&, unix_ms now);
delivery_answer answer_of(failure const&);

// What comes of it. The mark counts the attempt that has just ended.
struct delivery_verdict {
    event_mark mark;              // to be stored
    bool disable = false;         // 410: the receiver wants nothing any more
    bool counts_against = false;  // the receiver failed, as its circuit counts
    unix_ms quiet_until = 0;      // the receiver wants nothing before
};

// random: anywhere in [0, 2^32).
delivery_verdict judge(event const& sent, delivery_answer const&, unix_ms now, std::uint32_t random,
                       unix_ms first_wait = usual_first_wait_ms);

// Of a dead event: to be sent again, as if it were new, with its old id.
event_mark replay(event const&, unix_ms now);

// What is known of a receiver. Small enough to be stored as a record with every change.
//
// Closed, events go as they are due. After `trips` failures in a row it opens: nothing is sent for a while,
// then one event alone goes to try. That one's success closes the circuit, its failure doubles the while.
class endpoint_circuit {
  public:
    static constexpr std::uint32_t trips = 5;
    static constexpr unix_ms first_pause_ms = 30'000;
    static constexpr unix_ms longest_pause_ms = 3'600'000;

    bool may_send(unix_ms now) const { return !disabled_ && !trying_ && now >= until_; }
    void sent() { trying_ = open(); }     // may_send() was true, and an event goes
    void given_up() { trying_ = false; }  // sent(), and then no attempt was made after all
    void ended(delivery_verdict const&, unix_ms now, std::uint32_t random);

    // What becomes of an event that is due while may_send() is false. An attempt that falls into the time
    // when the circuit is open counts though it is not made, so that no event waits for ever.
    event_mark held(event const&, unix_ms now, std::uint32_t random,
                    unix_ms first_wait = usual_first_wait_ms) const;

    bool disabled() const { return disabled_; }
    std::uint32_t failures() const { return failures_; }  // in a row
    unix_ms quiet_until() const { return until_; }
    void enable() { *this = endpoint_circuit(); }  // by an operator: as if it were new

    // Read from the store: quiet for no longer than any answer can ask for, whatever clock wrote it.
    void bound(unix_ms now) { until_ = std::min(until_, now + longest_retry_after_ms); }

    // Four numbers as text; nothing where the text is anything else.
    std::string text() const;
    static std::optional<endpoint_circuit> parse(std::string_view);

  private:
    bool open() const { return failures_ >= trips; }

    std::uint32_t failures_ = 0;  // in a row
    unix_ms until_ = 0;           // nothing goes before
    unix_ms pause_ = first_pause_ms;
    bool disabled_ = false;
    bool trying_ = false;  // open, and one event is out; not stored
};

}  // namespace fetchd::jobs
