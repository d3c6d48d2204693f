#include "fetch/pace.hpp"

#include <algorithm>
#include <cmath>

namespace fetchd {
namespace {

milliseconds rounded(double ms) {
    return milliseconds(std::llround(ms));
}

}  // namespace

void pace::good(std::optional<milliseconds> first_byte, time began, time now) {
    if (first_byte) {
        auto const ms = static_cast<double>(std::clamp<milliseconds::rep>(first_byte->count(), 0, 3'600'000));
        // An average from the first answer on: the weight of one never falls below the one named here.
        ++answers_;
        usual_ += (ms - usual_) * std::max(0.02, 1.0 / answers_);
        recent_ += (ms - recent_) * std::max(0.3, 1.0 / answers_);
        answers_ = std::min(answers_, 1000);
        if (slower() && began >= fell_) {
            usual_ += (recent_ - usual_) * 0.1;  // slowness that stays becomes the usual in the end
            return fall(on_delay, began, now);
        }
    }
    share_ = std::min(1.0, share_ + step);
}

void pace::bad(time began, time now) {
    fall(on_error, began, now);
}

bool pace::slower() {
    auto const much = std::max(2 * usual_, usual_ + static_cast<double>(too_little.count()));
    return answers_ >= warm_up && recent_ > much;
}

void pace::fall(double factor, time began, time now) {
    if (began < fell_)
        return;
    fell_ = now;
    share_ = std::max(lowest, share_ * factor);
}

void pace::restore(double share) {
    share_ = std::isfinite(share) ? std::clamp(share, lowest, 1.0) : 1.0;
}

std::optional<milliseconds> pace::usual() const {
    return answers_ == 0 ? std::nullopt : std::optional(rounded(usual_));
}

std::optional<milliseconds> pace::recent() const {
    return answers_ == 0 ? std::nullopt : std::optional(rounded(recent_));
}

std::size_t pace::connections(std::size_t limit) const {
    return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(limit) * share_ + 1e-9));
}

// Where there is no delay to stretch, what the origin takes for an answer is stretched instead.
milliseconds pace::delay(milliseconds limit, milliseconds longest) const {
    if (share_ >= 1)
        return limit;
    auto const stretched = std::max(static_cast<double>(limit.count()), usual_) * (1 / share_ - 1);
    return std::max(limit, std::min(longest, limit + rounded(stretched)));
}

}  // namespace fetchd
