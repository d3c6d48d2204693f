#include "http/robots.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

bool allowed(std::string_view text, std::string_view target, std::string_view token = "fetchd") {
    return parse_robots(text, token).judge(target).allowed;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(Robots, NothingSaidAllowsEverything) {
    EXPECT_TRUE(allowed("", "/"));
    EXPECT_TRUE(allowed("<!doctype html><title>Not found</title>", "/x"));
    EXPECT_TRUE(allowed("Disallow: /\n", "/x"));  // in no group
}

TEST(Robots, LongestRuleDecidesWhateverTheirOrder) {
    auto const* text = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n";
    EXPECT_TRUE(allowed(text, "/"));
    EXPECT_FALSE(allowed(text, "/a/x"));
    EXPECT_TRUE(allowed(text, "/a/b/x"));
    EXPECT_FALSE(allowed(text, "/a/b/c/d"));
}

TEST(Robots, OfTwoAsLongTheOneThatAllowsWins) {
    EXPECT_TRUE(allowed("User-agent: *\nDisallow: /a\nAllow: /a\n", "/a"));
    EXPECT_TRUE(allowed("User-agent: *\nAllow: /a\nDisallow: /a\n", "/a"));
}

TEST(Robots, VerdictNamesTheRuleAndItsLine) {
    auto const rules =
        parse_robots("# hello\r\n\r\nUser-agent: *\rDisallow: /private # not yours\n", "fetchd");
    auto const v = rules.judge("/private/x");
    EXPECT_FALSE(v.allowed);
    EXPECT_EQ(v.line, 4U);
    EXPECT_EQ(v.rule, "/private");
    EXPECT_EQ(rules.judge("/public").line, 0U);
}

TEST(Robots, GroupsOfOneAgentAreOne) {
    auto const* text =
        "User-agent: fetchd\nDisallow: /a\n\nUser-agent: other\nDisallow: /b\n\nUser-agent: "
        "FETCHD\nDisallow: /c\n";
    EXPECT_FALSE(allowed(text, "/a"));
    EXPECT_TRUE(allowed(text, "/b"));
    EXPECT_FALSE(allowed(text, "/c"));
}

TEST(Robots, GroupOfItsOwnReplacesTheOneOfEverybody) {
    auto const* text = "User-agent: *\nDisallow: /\n\nUser-agent: fetchd\nDisallow: /private\n";
    EXPECT_TRUE(allowed(text, "/x"));
    EXPECT_FALSE(allowed(text, "/private"));
    EXPECT_FALSE(allowed(text, "/x", "other"));
    EXPECT_TRUE(allowed("User-agent: *\nDisallow: /\n\nUser-agent: fetchd\nDisallow:\n", "/x"));
}

TEST(Robots, OneGroupMayNameSeveralAgents) {
    auto const* text = "User-agent: a\nUser-agent: fetchd/2.0\n\nDisallow: /x\n";
    EXPECT_FALSE(allowed(text, "/x"));
    EXPECT_TRUE(allowed(text, "/x", "b"));
}

TEST(Robots, ProductTokenIsComparedAsAWhole) {
    EXPECT_TRUE(allowed("User-agent: fetch\nDisallow: /\n", "/"));
    EXPECT_TRUE(allowed("User-agent: fetchd-images\nDisallow: /\n", "/"));
}

TEST(Robots, RecordsOfOthersEndNoGroup) {
    // RFC 9309 §2.2.4: they must not interfere.
    auto const* text =
        "User-agent: fetchd\nCrawl-delay: 5\nSitemap: https://a.test/s.xml\nUser-agent: b\nDisallow: /\n";
    EXPECT_FALSE(allowed(text, "/"));
}

TEST(Robots, WildcardsAndEnds) {
    auto const* text =
        "User-agent: *\nDisallow: /*.pdf$\nDisallow: /a*b*c\nDisallow: /end$\nDisallow: *?id=\n";
    EXPECT_FALSE(allowed(text, "/x/y.pdf"));
    EXPECT_TRUE(allowed(text, "/x/y.pdf?v=1"));
    EXPECT_FALSE(allowed(text, "/aXbYcZ"));
    EXPECT_TRUE(allowed(text, "/aXcYbZ"));
    EXPECT_FALSE(allowed(text, "/end"));
    EXPECT_TRUE(allowed(text, "/ending"));
    EXPECT_FALSE(allowed(text, "/x?id=4"));
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /ab*ab$\n", "/abab"));
    EXPECT_TRUE(allowed("User-agent: *\nDisallow: /ab*ab$\n", "/ab"));  // the parts may not overlap
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /a$b\n", "/a$b"));   // '$' is an end at the end only
}

TEST(Robots, EscapesAreComparedInOneSpelling) {
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /\xC3\xA4\n", "/%c3%a4"));
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /%7ejoe/\n", "/~joe/x"));
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /~joe/\n", "/%7Ejoe/x"));
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /a b\n", "/a%20b"));
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /?q={x}\n", "/?q={x}"));
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /?q='x'\n", "/?q=%27x%27"));
    EXPECT_TRUE(allowed("User-agent: *\nDisallow: /a%2Fb\n", "/a/b"));  // reserved: not the same
    EXPECT_TRUE(allowed("User-agent: *\nDisallow: /a%2Ab\n", "/aXb"));  // no wildcard
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /a%2Ab\n", "/a%2ab"));
}

TEST(Robots, NeedlessEscapesNeverAllowMore) {
    auto const* text = "User-agent: *\nDisallow: /\nAllow: /%62az\n";
    EXPECT_TRUE(allowed(text, "/%62az"));
    EXPECT_FALSE(allowed(text, "/baz"));
    EXPECT_TRUE(allowed("User-agent: *\nDisallow: /\nAllow: /baz\n", "/%62az"));
}

TEST(Robots, ItsOwnFileIsAlwaysAllowed) {
    EXPECT_TRUE(allowed("User-agent: *\nDisallow: /\n", "/robots.txt"));
    EXPECT_FALSE(allowed("User-agent: *\nDisallow: /\n", "/robots.txt?x"));
}

TEST(Robots, CrawlDelayIsTheLongestOfItsAgent) {
    using std::chrono::milliseconds;
    auto const delay = [](std::string_view text) { return parse_robots(text, "fetchd").crawl_delay(); };
    EXPECT_EQ(delay("User-agent: *\nCrawl-delay: 10\n"), milliseconds(10'000));
    EXPECT_EQ(delay("User-agent: *\nCrawl-Delay: 0.25\nCrawl-delay: .2\n"), milliseconds(250));
    EXPECT_EQ(delay("User-agent: *\nCrawl-delay: 10\n\nUser-agent: fetchd\nDisallow: /x\n"), std::nullopt);
    EXPECT_EQ(delay("Crawl-delay: 10\n"), std::nullopt);
    EXPECT_EQ(delay("User-agent: *\nCrawl-delay: 99999999999999999999999\n"), std::chrono::hours(365 * 24));
    for (auto const* wrong : {"", ".", "-1", "1s", "1.2.3", "1e9", "0x10"})
        EXPECT_EQ(delay(std::string("User-agent: *\nCrawl-delay: ") + wrong + "\n"), std::nullopt) << wrong;
}

TEST(Robots, SitemapsBelongToNobodysGroup) {
    auto const rules = parse_robots(
        "Sitemap: https://a.test/1.xml\nUser-agent: other\nDisallow: /\nsitemap:https://a.test/2.xml#x\n",
        "fetchd");
    EXPECT_EQ(rules.sitemaps(), (std::vector<std::string>{"https://a.test/1.xml", "https://a.test/2.xml"}));
    EXPECT_EQ(parse_robots(repeated("Sitemap: x\n", 2000), "fetchd").sitemaps().size(), robots::max_sitemaps);
}

TEST(Robots, PiecesOfAnySizeReadTheSame) {
    std::string const text =
        "\xEF\xBB\xBFUser-agent: *\r\nDisallow: /a\r\n\r\nUser-agent: fetchd\rDisallow: /b";
    for (std::size_t size = 1; size < text.size(); ++size) {
        robots_parser parser("fetchd");
        for (std::size_t at = 0; at < text.size(); at += size)
            parser.feed(std::string_view(text).substr(at, size));
        auto const rules = parser.finish();
        EXPECT_TRUE(rules.judge("/a").allowed) << size;
        EXPECT_EQ(rules.judge("/b").line, 5U) << size;
    }
}

TEST(Robots, WhatIsBeyondTheLimitIsNotRead) {
    std::string const head = "User-agent: *\nDisallow: /a\n";
    std::string const filled = head + std::string(robots::max_bytes - head.size() - 12, '#') + "\n";
    EXPECT_FALSE(allowed(filled + "Disallow: /", "/x"));   // ends at the limit
    EXPECT_TRUE(allowed(filled + "Disallow: /bb", "/x"));  // half a line is none
    EXPECT_FALSE(allowed(filled + "Disallow: /bb", "/a"));
    robots_parser parser("fetchd");
    parser.feed(filled + "Disallow: /bb");
    EXPECT_TRUE(parser.full());
}

TEST(Robots, HostilePatternsCostLittleAndDisallow) {
    std::string text = "User-agent: *\n";
    while (text.size() < robots::max_bytes - 600)
        text += "Disallow: /" + repeated("*a", 250) + "b\n";
    auto const rules = parse_robots(text, "fetchd");
    auto const v = rules.judge("/" + std::string(60'000, 'a'));
    EXPECT_FALSE(v.allowed);
    EXPECT_TRUE(v.costly);
    EXPECT_FALSE(rules.judge("/x").costly);
    EXPECT_TRUE(rules.judge("/x").allowed);
}

TEST(Robots, ManyWildcardsInOnePatternAreNoTrouble) {
    auto const text = "User-agent: *\nDisallow: /" + repeated("a*", 20'000) + "b$\n";
    auto const rules = parse_robots(text, "fetchd");
    auto const v = rules.judge("/" + std::string(60'000, 'a'));
    EXPECT_TRUE(v.allowed);
    EXPECT_FALSE(v.costly);
    EXPECT_FALSE(rules.judge("/" + std::string(60'000, 'a') + "b").allowed);
}

TEST(Robots, ThousandsOfPlainRulesAreJudgedInFull) {
    std::string text = "User-agent: *\n";
    for (int i = 0; i < 25'000; ++i)
        text += "Disallow: /" + std::to_string(i) + "/\n";
    auto const rules = parse_robots(text, "fetchd");
    EXPECT_EQ(rules.rules(), 25'000U);
    EXPECT_EQ(rules.judge("/24999/x").line, 25'001U);
    EXPECT_TRUE(rules.judge("/25000/x").allowed);
    EXPECT_LT(rules.memory(), 2U * 1024 * 1024);
}

TEST(Robots, ProductTokenIsTheBeginningOfTheUserAgent) {
    EXPECT_EQ(product_token("fetchd/0.1 (+https://example.org)"), "fetchd");
    EXPECT_EQ(product_token("My_Bot-2"), "My_Bot-");
    EXPECT_EQ(product_token("(x)"), "");
}

}  // namespace
}  // namespace fetchd
