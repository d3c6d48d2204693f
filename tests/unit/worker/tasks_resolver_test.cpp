// The resolver says what url::parse says.
#include <gtest/gtest.h>

#include "worker/tasks/links_resolve.hpp"

namespace fetchd::tasks {
namespace {

std::optional<url> parsed(std::string_view text) {
    auto made = url::parse(text);
    return made ? std::optional<url>(std::move(*made)) : std::nullopt;
}

std::string by_parser(std::string_view reference, std::optional<url> const& base) {
    auto const made = url::parse(reference, base ? &*base : nullptr);
    return made ? std::string(made->href()) : "none";
}

constexpr std::string_view bases[] = {
    "http://example.org/",
    "http://example.org/a/b?c#d",
    "https://u:p@example.org:8443/a/b/?q",
    "http://example.org/a;x=1/b/c#",
    "http://[::1]/x/y",
    "file:///etc/x",
    "mailto:someone",
    "http://example.org/?x/y",
    "https://example.org/a/b/../c",
};

constexpr std::string_view references[] = {
    "",
    "x",
    "/x",
    "//other/x",
    "//other",
    "//other?x",
    "//other#x",
    "?q",
    "#f",
    "?q#f?",
    "x/y/",
    "./x",
    "../x",
    "x/./y",
    "x/../y",
    "x/..",
    "/.",
    "/.well-known/x",
    "x.html",
    "a.b/c.d",
    ".hidden",
    "x/.hidden",
    "x/%2e%2e/y",
    "x/%2E",
    "%2e",
    "x%20y",
    "x%2fy",
    "x y",
    " x",
    "x ",
    "x\ty",
    "x\ny",
    "\xC3\xA4",
    "x?\xC3\xA4",
    "x#\xC3\xA4",
    "x'y",
    "x?'y",
    "x\"y",
    "x<y>",
    "x`y",
    "x{y}",
    "x|y",
    "x^y",
    "x[y]",
    "x\\y",
    "\\x",
    "/\\x",
    "http://other",
    "http://other/",
    "http://other/x",
    "http://OTHER/x",
    "http://other:80/x",
    "http://other:81/x",
    "http://other?x",
    "http://other#x",
    "http://other.:81/",
    "http://u@other/x",
    "http://u:p@other/x",
    "https://other/x",
    "HTTP://other/x",
    "http:x",
    "http:/x",
    "http:///x",
    "https:x",
    "http://",
    "http://[",
    "http://%6fther/x",
    "http://0x7f.1/",
    "///x",
    "////x",
    "mailto:a@b",
    "tel:1",
    "javascript:x",
    "data:,x",
    "a:b",
    "a/b:c",
    "?a:b",
    "#a:b",
    "x:",
    ":x",
    "1:2",
    "http://other//x",
    "//x//y",
    "/x//y",
    "x;y=1",
    "x,y",
    "x&y",
    "x=y",
    "x!y",
    "x*y",
    "x(y)",
    "x+y",
    "x@y",
    "x$y",
    "x~y",
    "#",
    "?",
    "/",
    ".",
    "..",
    "...",
    "x/...",
    "x#y#z",
    "x?y?z",
    "http://xn--/x",
    "http://other:99999/",
    "http://other/x",
    "http://other/%2e/x",
    "https://other",
    "//other/x/../y",
    "http://other:81",
    "http://other:81/x",
};

TEST(Resolver, SaysWhatTheUrlParserSays) {
    std::size_t compared = 0;
    for (auto base_text : bases) {
        auto const base = parsed(base_text);
        resolver links(base, base);
        for (int round = 0; round < 2; ++round)  // origins are known in the second
            for (auto reference : references) {
                auto const target = links.resolve(reference);
                EXPECT_EQ(target ? std::string(target->href) : "none", by_parser(reference, base))
                    << "\"" << reference << "\" in " << base_text;
                ++compared;
            }
    }
    EXPECT_EQ(compared, std::size(bases) * std::size(references) * 2);
}

TEST(Resolver, LeavesVeryLongReferencesToTheParser) {
    auto const base = parsed("http://example.org/a/b");
    resolver links(base, base);
    for (std::size_t size : {4095U, 4096U, 4097U, 65'000U, 66'000U}) {
        auto const reference = std::string(size, 'x');
        auto const target = links.resolve(reference);
        EXPECT_EQ(target ? std::string(target->href) : "none", by_parser(reference, base)) << size;
    }
    auto const long_base = parsed("http://example.org/" + std::string(65'000, 'y') + "/x");
    resolver others(long_base, long_base);
    EXPECT_FALSE(others.resolve(std::string(4000, 'x')));
}

TEST(Resolver, ResolvesNothingPastItsLimit) {
    auto const base = parsed("http://example.org/" + std::string(60'000, 'y') + "/");
    resolver links(base, base);
    auto const bytes = base->href().size() + 1;
    for (std::size_t i = 0; i < max_resolved_bytes / bytes; ++i)
        ASSERT_TRUE(links.resolve("x")) << i;
    EXPECT_FALSE(links.resolve("x"));
    EXPECT_FALSE(links.resolve("http://example.org/"));
}

TEST(Resolver, WithoutABaseResolvesWhatIsAbsolute) {
    resolver links(std::nullopt, std::nullopt);
    EXPECT_FALSE(links.resolve("x"));
    EXPECT_FALSE(links.resolve("//x/"));
    ASSERT_TRUE(links.resolve("http://x/y"));
    EXPECT_EQ(links.resolve("http://x/y")->href, "http://x/y");
    EXPECT_EQ(links.resolve("http://x/y")->scope, link_scope::none);
}

TEST(Resolver, TellsTheScopeWhetherKnownOrNot) {
    auto const own = parsed("http://www.example.org/x");
    resolver links(own, own);
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(links.resolve("y")->scope, link_scope::internal);
        EXPECT_EQ(links.resolve("//img.example.org/y")->scope, link_scope::internal);
        EXPECT_EQ(links.resolve("http://example.com/y")->scope, link_scope::external);
        EXPECT_EQ(links.resolve("http://user@example.org/y")->scope, link_scope::internal);
        EXPECT_EQ(links.resolve("http://org/y")->scope, link_scope::external);
        EXPECT_EQ(links.resolve("http://192.0.2.1/y")->scope, link_scope::external);
        EXPECT_EQ(links.resolve("ftp://example.org/y")->scope, link_scope::none);
    }
    auto const suffix = parsed("http://github.io/");
    resolver others(suffix, suffix);
    EXPECT_EQ(others.resolve("http://github.io/x")->scope, link_scope::internal);
    EXPECT_EQ(others.resolve("http://someone.github.io/x")->scope, link_scope::external);
}

}  // namespace
}  // namespace fetchd::tasks
