#include "fetch/back_off.hpp"

#include <algorithm>

namespace fetchd {

milliseconds doubled(milliseconds base, std::size_t times, milliseconds longest, std::uint32_t random) {
    auto const most = longest * 10 / 11;  // with the tenth more it is the longest
    auto wait = std::min(base, most);
    for (std::size_t i = 1; i < times && wait < most; ++i)
        wait = std::min(wait * 2, most);
    auto const tenth = wait.count() / 10;
    auto const by_chance = tenth * static_cast<std::int64_t>(random >> 16U) / 0xFFFF;
    return std::min(longest, wait + milliseconds(by_chance));
}

void back_off::refused(politeness_config const& c, std::optional<milliseconds> retry_after,
                       std::uint32_t random, time began, time now) {
    if (retry_after)
        retry_after = std::clamp(*retry_after, milliseconds(0), longest_asked_for);
    if (began < begun_) {
        until_ = std::max(until_, now + retry_after.value_or(milliseconds(0)));
        return;
    }
    times_ = times(c, now);
    if (!retry_after)
        ++times_;
    begun_ = now;
    until_ = now + (retry_after ? *retry_after : doubled(c.back_off, times_, c.longest_back_off, random));
    on_trial_ = true;
}

bool back_off::answered(time began) {
    if (!on_trial_ || began < begun_)
        return false;
    on_trial_ = false;
    return true;
}

std::size_t back_off::times(politeness_config const& c, time now) const {
    return times_ > 0 && now >= until_ + c.forgiveness ? 0 : times_;
}

void back_off::restore(std::size_t times, milliseconds left, politeness_config const& c, time now) {
    times_ = std::min<std::size_t>(times, 64);
    until_ = now + std::clamp(left, -c.forgiveness, longest_asked_for);
    begun_ = now;
    on_trial_ = left > milliseconds(0);
}

void circuit::failed(politeness_config const& c, bool probe, std::uint32_t random, time began, time now) {
    if (open() && !probe)
        return;  // under way when it opened
    if (!open() && began < opened_)
        return;  // older than an answer that closed it
    if (failures_++ == 0)
        since_ = now;
    if (!open() && failures_ < c.circuit_failures)
        return;
    ++openings_;
    opened_ = now;
    until_ = now + doubled(c.circuit_time, openings_, c.longest_circuit, random);
}

bool circuit::succeeded() {
    bool const was_open = open();
    failures_ = 0;
    openings_ = 0;
    return was_open;
}

void circuit::restore(std::size_t openings, milliseconds left, milliseconds failing,
                      politeness_config const& c, time now) {
    openings_ = std::min<std::size_t>(openings, 64);
    failures_ = openings_ > 0 ? c.circuit_failures : 0;
    since_ = now - std::clamp(failing, milliseconds(0), longest_failing);
    opened_ = now;
    until_ = now + std::clamp(left, milliseconds(0), c.longest_circuit);
}

}  // namespace fetchd
