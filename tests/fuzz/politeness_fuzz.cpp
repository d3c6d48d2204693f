// A record from a damaged folder: refused, or taken in and written again; what it says never holds for longer
// than the longest there is.
#include <cstdlib>

#include "fetch/politeness.hpp"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    using namespace fetchd;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    politeness p({}, [] { return 1U; });
    politeness::time const now(std::chrono::hours(1000));
    politeness::wall_time const wall(std::chrono::seconds(1'800'000'000));
    auto const target = *url::parse("http://a.test/");
    bool const origin = p.restore("origin/http://a.test", text, now, wall);
    if (!origin && p.knows(target))
        std::abort();
    auto const asked = p.ask(target, now);
    auto const* const held = std::get_if<politeness::wait>(&asked);
    if (held && held->until > now + std::chrono::hours(30 * 24))
        std::abort();
    if (p.restore("host/a.test", text, now, wall)) {
        politeness q({}, [] { return 1U; });
        if (!q.change("a.test", p.describe("a.test", now).rule))
            std::abort();
        for (auto const& r : q.take_records(10, now, wall))
            if (!r.text.empty() && !p.restore(r.key, r.text, now, wall))
                std::abort();
    }
    return 0;
}
