// Whether a request is sent again after a failure or an unhappy answer, and how long is waited before.
//
// No I/O, no clock, no randomness: all three are given. Only what may be repeated is: a request that never
// reached the origin, or one whose method is idempotent (RFC 9110 §9.2.2). A wait that does not fit before
// the deadline is not begun.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/config.hpp"
#include "base/failure.hpp"
#include "http/date.hpp"
#include "http/headers.hpp"

namespace fetchd {

// May be sent again when it is not known whether the first one arrived.
bool idempotent(std::string_view method);

// An answer that another try may better: 408, 425, 429, 500, 502, 503, 504.
bool worth_retrying(std::string_view method, int status);

// A failure before the origin answered: no name, no connection, or a connection lost before the head.
bool worth_retrying(std::string_view method, failure const&);

// Retry-After in either form, counted from now (RFC 9110 §10.2.3); a date in the past is zero.
std::optional<milliseconds> retry_after(headers const& answer, system_time now);

// The wait before the next try: full jitter over a base that doubles with every try made, never shorter than
// what the origin asked for. tries: made so far, from 1. random: anywhere in [0, 2^32).
milliseconds backoff(retry_config const&, std::size_t tries, std::uint32_t random,
                     std::optional<milliseconds> asked_for);

}  // namespace fetchd
