// The task main: the article of a page and what the page says of it, as JSON.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

using boost::json::object;

result<outcome> perform_main(std::string_view page, std::string format = {}, std::size_t room = 1U << 20U) {
    request r;
    r.names = {"main"};
    r.json = false;
    r.content_type = "text/html; charset=utf-8";
    r.base_url = "http://example.org/dir/page";
    r.max_output = room;
    if (!format.empty())
        r.settings = {{"main", "format", std::move(format)}};
    return perform(standard(), r, page);
}

object made(std::string_view page, std::string format = {}) {
    auto const done = perform_main(page, std::move(format));
    EXPECT_TRUE(done.has_value()) << done.error().message();
    return done ? boost::json::parse(done->output).as_object() : object();
}

std::string member(object const& o, std::string_view name) {
    auto const* value = o.if_contains(name);
    return value != nullptr ? std::string(value->as_string()) : "(none)";
}

constexpr std::string_view body =
    "<nav><a href=/>Home</a> <a href=/n>News</a></nav><main><h1>The crane</h1>"
    "<div class=byline>By <a href=/ida>Ida Holm</a>, <time datetime='2024-03-05T10:00:00Z'>5 "
    "March</time></div>"
    "<p>The crane on the gallery was taken down in 1932 and sold to a <a href=farmer>farmer</a>, who lifts "
    "hay.</p>"
    "<p>It stands in his barn to this day, as nobody has found a way to get it out without the "
    "roof.</p></main>";

TEST(Main, GivesContentAndHeadOfAPlainPage) {
    auto const page = "<html lang=en><title>The crane - Works of the Coast</title>" + std::string(body);
    auto const got = made(page);
    EXPECT_EQ(member(got, "title"), "The crane");
    EXPECT_EQ(member(got, "site"), "Works of the Coast");
    EXPECT_EQ(member(got, "byline"), "Ida Holm, 5 March");
    EXPECT_EQ(member(got, "published"), "2024-03-05T10:00:00Z");
    EXPECT_EQ(member(got, "language"), "en");
    EXPECT_EQ(member(got, "excerpt"),
              "The crane on the gallery was taken down in 1932 and sold to a farmer, who lifts hay.");
    EXPECT_EQ(member(got, "format"), "markdown");
    EXPECT_EQ(
        member(got, "content"),
        "The crane on the gallery was taken down in 1932 and sold to a "
        "[farmer](http://example.org/dir/farmer), who lifts hay.\n\n"
        "It stands in his barn to this day, as nobody has found a way to get it out without the roof.\n");
    EXPECT_EQ(got.at("length").to_number<int>(), 139);
}

TEST(Main, PrefersWhatTheMetadataSay) {
    auto const page =
        "<title>x</title><meta property=og:title content='Crane, sold - Works'><meta property=og:site_name "
        "content=Works>"
        "<meta name=author content='A. Berg'><meta name=description content='Of a crane.'>"
        "<meta property=article:published_time content=2023-01-02>" +
        std::string(body);
    auto const got = made(page);
    EXPECT_EQ(member(got, "title"), "Crane, sold");
    EXPECT_EQ(member(got, "site"), "Works");
    EXPECT_EQ(member(got, "byline"), "A. Berg");
    EXPECT_EQ(member(got, "published"), "2023-01-02");
    EXPECT_EQ(member(got, "excerpt"), "Of a crane.");
    EXPECT_EQ(member(got, "language"), "(none)");
}

TEST(Main, TakesTheHeadlineOfJsonLdOnlyWhereThePageIsAboutIt) {
    constexpr std::string_view script =
        "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"";
    auto const with = [&](std::string_view headline) {
        return member(made("<title>The crane (engine)</title>" + std::string(script) + std::string(headline) +
                           "\"}</script><p>Some text, of course, so that there is some."),
                      "title");
    };
    EXPECT_EQ(with("The crane"), "The crane");
    EXPECT_EQ(with("machine that lifts"), "The crane (engine)");
}

TEST(Main, WritesPlainTextOnRequest) {
    EXPECT_EQ(
        member(made(body, "text"), "content"),
        "The crane on the gallery was taken down in 1932 and sold to a farmer, who lifts hay.\n\n"
        "It stands in his barn to this day, as nobody has found a way to get it out without the roof.\n");
}

TEST(Main, WritesCleanedHtmlOnRequest) {
    auto const page = std::string(body) + "<script>x</script>";
    EXPECT_EQ(member(made(page, "html"), "content"),
              "<main><p>The crane on the gallery was taken down in 1932 and sold to a "
              "<a href=\"http://example.org/dir/farmer\">farmer</a>, who lifts hay.</p>"
              "<p>It stands in his barn to this day, as nobody has found a way to get it out without the "
              "roof.</p></main>");
}

TEST(Main, ShortensAnExcerptBetweenWords) {
    std::string words;
    while (words.size() < 400)
        words += "word ";
    auto const excerpt = member(made("<p>" + words + "</p>"), "excerpt");
    EXPECT_LE(excerpt.size(), 300U);
    EXPECT_GT(excerpt.size(), 280U);
    EXPECT_TRUE(excerpt.ends_with("word\u2026")) << excerpt;
}

TEST(Main, SaysOfAnEmptyPageThatItIs) {
    for (auto const* page : {"", "<!-- -->", "<body></body>", "<script>x</script>"}) {
        auto const got = made(page);
        EXPECT_EQ(member(got, "content"), "") << page;
        EXPECT_EQ(got.at("length").to_number<int>(), 0);
    }
}

TEST(Main, RefusesMoreOutputThanThereIsRoomFor) {
    auto const whole = perform_main(body);
    ASSERT_TRUE(whole.has_value());
    EXPECT_TRUE(perform_main(body, {}, whole->output.size()).has_value());
    auto const cut = perform_main(body, {}, whole->output.size() - 1);
    ASSERT_FALSE(cut.has_value());
    EXPECT_EQ(cut.error().what, code::output_too_large);
}

TEST(Main, WantsAPage) {
    request r;
    r.names = {"main"};
    r.content_type = "application/json";
    auto const done = perform(standard(), r, "{}");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().what, code::unsupported_type);
}

}  // namespace
}  // namespace fetchd::tasks
