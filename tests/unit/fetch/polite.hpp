// A politeness with a clock that a test moves, and short words for what happens to it.
#pragma once

#include <gtest/gtest.h>

#include "fetch/politeness.hpp"

namespace fetchd {

using namespace std::chrono_literals;
using reason = politeness::reason;

inline url at(std::string_view text) {
    return *url::parse(text);
}

// No limits but one connection less than nobody would reach, and nothing adaptive: each test adds its own.
inline politeness_config lax() {
    politeness_config c;
    c.origin = c.domain = c.address = {1000, milliseconds(0), 0};
    c.adaptive = false;
    return c;
}

inline politeness::outcome answered(int status, milliseconds first_byte = 10ms) {
    politeness::outcome o;
    o.status = status;
    o.first_byte = first_byte;
    return o;
}

inline politeness::outcome retry_later(int status, milliseconds retry_after) {
    auto o = answered(status);
    o.retry_after = retry_after;
    return o;
}

inline politeness::outcome failed(stage where, code what) {
    politeness::outcome o;
    o.error = failure(where, what);
    return o;
}

inline politeness::outcome reached(std::string_view address) {
    auto o = answered(200);
    o.address = ip_address::parse(address);
    return o;
}

class polite {
  public:
    explicit polite(politeness_config const& c) : is(c, [this] { return random; }) {
        is.on_change([this](std::string_view origin) { told.emplace_back(origin); });
    }

    politeness::time now = politeness::time(1000h);
    politeness::wall_time wall{std::chrono::seconds(1'800'000'000)};
    std::uint32_t random = 0;
    std::vector<std::string> told;
    politeness is;

    void pass(milliseconds d) {
        now += d;
        wall += d;
    }
    politeness::answer ask(std::string_view target, milliseconds crawl_delay = 0ms) {
        return is.ask(at(target), now, crawl_delay);
    }
    // A turn that has to be given.
    politeness::turn go(std::string_view target) {
        auto a = ask(target);
        EXPECT_TRUE(std::holds_alternative<politeness::turn>(a))
            << target << " is held by " << name(std::get<politeness::wait>(a).why);
        return std::get<politeness::turn>(std::move(a));
    }
    bool may(std::string_view target) { return std::holds_alternative<politeness::turn>(ask(target)); }
    // A request and what came of it, at once.
    void request(std::string_view target, politeness::outcome const& came) { go(target).finish(came, now); }
    // A wait that has to be told: for how long, and why. The longest for "until somebody says so".
    std::pair<milliseconds, reason> held(std::string_view target, milliseconds crawl_delay = 0ms) {
        auto const a = ask(target, crawl_delay);
        auto const* const w = std::get_if<politeness::wait>(&a);
        if (!w) {
            ADD_FAILURE() << target << " is not held";
            return {};
        }
        if (w->until == politeness::time::max())
            return {milliseconds::max(), w->why};
        return {std::chrono::duration_cast<milliseconds>(w->until - now), w->why};
    }
    politeness::origin_state state(std::string_view host) {
        auto const all = is.describe(host, now);
        return all.origins.empty() ? politeness::origin_state{} : all.origins.front();
    }
};

inline std::pair<milliseconds, reason> by(milliseconds d, reason why) {
    return {d, why};
}

}  // namespace fetchd
