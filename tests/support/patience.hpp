// How long a test waits for something that should happen at once.
//
// Generous, because it is only ever reached when the test is about to fail: a waiting test wakes by condition
// variable or poll, never by a clock. FETCHD_TEST_PATIENCE_MS overrides it for very slow machines.
#pragma once

#include <chrono>
#include <cstdlib>

namespace fetchd::test {

using milliseconds = std::chrono::milliseconds;
using test_clock = std::chrono::steady_clock;

inline milliseconds patience() {
    char const* text = std::getenv("FETCHD_TEST_PATIENCE_MS");
    long const asked = text ? std::strtol(text, nullptr, 10) : 0;
    return milliseconds{asked > 0 ? asked : 20'000};
}

}  // namespace fetchd::test
