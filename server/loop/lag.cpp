#include "loop/lag.hpp"

namespace fetchd {

lag_watch::lag_watch(executor ex, std::function<void(clock::duration)> report)
    : timer_(ex), report_(std::move(report)) {}

void lag_watch::start() {
    due_ = clock::now() + period;
    timer_.expires_at(due_);
    timer_.async_wait([this](error_code ec) {
        if (ec || stopped_)
            return;
        last_ = clock::now();
        report_(last_ - due_);
        start();
    });
}

void lag_watch::stop() {
    stopped_ = true;
    timer_.cancel();
}

}  // namespace fetchd
