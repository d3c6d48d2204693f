// Whether to ask again after the service was not there, and when. Pure, but for wait().
//
// A service that never was there is not waited for: that is a mistake in its address. One that was there is
// restarted, perhaps: it is asked again after 0.2 s, 0.4 s ... 15 s, a little apart from others that do the
// same, for five minutes.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "fetchd/answer.hpp"

namespace fetchctl {

class persistence {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    static constexpr milliseconds first{200};
    static constexpr milliseconds longest{15'000};
    static constexpr milliseconds patience{300'000};

    void went_well();

    // How long to wait before the next try; nothing: give up. chance: 0 to 1.
    std::optional<milliseconds> after(fetchd::client_error const&, time_point now, double chance);

    bool broken() const { return since_.has_value(); }

  private:
    bool was_there_ = false;
    std::optional<time_point> since_;  // when it went wrong
    milliseconds delay_ = first;
};

double chance();

// False: told to stop.
bool wait(std::stop_token const&, std::chrono::milliseconds);

}  // namespace fetchctl
