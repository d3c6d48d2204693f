#include "fetchctl/persistence.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace fetchctl {

using fetchd::trouble;

void persistence::went_well() {
    was_there_ = true;
    since_.reset();
    delay_ = first;
}

std::optional<persistence::milliseconds> persistence::after(fetchd::client_error const& e, time_point now,
                                                            double luck) {
    bool const may_pass =
        e.what == trouble::no_answer || e.what == trouble::unreachable || e.what == trouble::overloaded;
    was_there_ = was_there_ || e.what == trouble::no_answer;  // it had taken the connection
    if (!may_pass || !was_there_)
        return std::nullopt;
    if (!since_)
        since_ = now;
    if (now - *since_ >= patience)
        return std::nullopt;
    auto pause =
        milliseconds(static_cast<std::int64_t>(static_cast<double>(delay_.count()) * (1 - luck / 2)));
    if (e.retry_after)
        pause = std::max(pause, std::min<milliseconds>(*e.retry_after, longest));
    delay_ = std::min(delay_ * 2, longest);
    return pause;
}

double chance() {
    return static_cast<double>(std::random_device()() % 1000) / 1000;
}

bool wait(std::stop_token const& stop, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace fetchctl
