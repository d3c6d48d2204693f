// The first line is the target, the rest the file. What it says must not depend on how it comes in pieces.
#include <algorithm>
#include <cstdlib>

#include "http/robots.hpp"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    using namespace fetchd;
    std::string_view const all(reinterpret_cast<char const*>(data), size);
    auto const end = std::min(all.find('\n'), all.size());
    auto const target = all.substr(0, end);
    auto const text = all.substr(std::min(end + 1, all.size()));
    auto const whole = parse_robots(text, "fetchd");
    robots_parser parser("fetchd");
    for (std::size_t at = 0; at < text.size(); at += 7)
        parser.feed(text.substr(at, 7));
    auto const pieces = parser.finish();
    auto const a = whole.judge(target);
    auto const b = pieces.judge(target);
    if (a.allowed != b.allowed || a.line != b.line || a.rule != b.rule ||
        whole.crawl_delay() != pieces.crawl_delay() || whole.sitemaps() != pieces.sitemaps())
        std::abort();
    return 0;
}
