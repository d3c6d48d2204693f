// Where the content of a page is found and what is left out of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "worker/tasks/article.hpp"
#include "worker/tasks/article_labels.hpp"
#include "worker/tasks/article_words.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

// The text of the content, on one line.
std::string content_of(std::string_view page) {
    auto const document = html::document::parse(page);
    if (!document)
        return document.error().message();
    auto const found = find_article(*document);
    std::string out;
    for (auto const part : found.parts)
        html::walk(part, [&](html::node n) {
            if (n.tag() == html::tag::text)
                out += std::string(n.text()) + ' ';
            return found.left_out(n) || html::is_hidden(n) ? html::step::past : html::step::into;
        });
    return html::collapsed(out);
}

TEST(Article, IsFoundBetweenMenuAndFooter) {
    EXPECT_EQ(content_of("<body><nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav>"
                         "<div><p>The tide table hangs in the office, next to the door, as it always has.</p>"
                         "<p>Nobody reads it; but everybody, sooner or later, asks for it.</p></div>"
                         "<footer><p>All rights reserved.</p></footer>"),
              "The tide table hangs in the office, next to the door, as it always has. "
              "Nobody reads it; but everybody, sooner or later, asks for it.");
}

// ---- names

TEST(ArticleWords, AreFoundInNamesOfEveryMake) {
    using articles::said_by;
    namespace says = articles::says;
    EXPECT_EQ(said_by("comment"), says::comments);
    EXPECT_EQ(said_by("x-comments__list"), says::comments);
    EXPECT_EQ(said_by("postCommentList"), says::comments | says::content);
    EXPECT_EQ(said_by("SIDEBAR"), says::aside);
    EXPECT_EQ(said_by("sidebarLeft2"), says::aside);
    EXPECT_EQ(said_by("werbung kommentar"), says::advert | says::comments);
    EXPECT_EQ(said_by("css-1x2y3z"), 0U);
    EXPECT_EQ(said_by("adapter roadmap"), 0U);
    EXPECT_EQ(said_by(""), 0U);
    EXPECT_EQ(said_by("\xC3\xA9\xFF nav"), says::navigation);
}

TEST(ArticleWords, ThatHideDoSoOnlyAlone) {
    using articles::said_by;
    EXPECT_EQ(said_by("hidden"), articles::says::unseen);
    EXPECT_EQ(said_by("a hidden\tb"), articles::says::unseen);
    EXPECT_EQ(said_by("hidden-xs"), 0U);
    EXPECT_EQ(said_by("is-hidden"), 0U);
    EXPECT_EQ(said_by("hiddenTablet"), 0U);
}

TEST(ArticleWords, BehindTheLimitAreNotRead) {
    std::string names(articles::max_names - 4, 'x');
    EXPECT_EQ(articles::said_by(names + " nav"), articles::says::navigation);
    EXPECT_EQ(articles::said_by("y" + names + " nav"), 0U);
}

TEST(ArticleLabels, AreKnownWithTheirCountsAndColons) {
    using articles::labelled;
    namespace says = articles::says;
    EXPECT_EQ(labelled("Related", false), says::related);
    EXPECT_EQ(labelled(" RELATED: ", false), says::related);
    EXPECT_EQ(labelled("Comments (12)", false), says::comments);
    EXPECT_EQ(labelled("12 comments", false), says::comments);
    EXPECT_EQ(labelled("\u8BC4\u8BBA", false), says::comments);
    EXPECT_EQ(labelled("Related work is hard", false), 0U);
    EXPECT_EQ(labelled("More on bridges", false), says::related);
    EXPECT_EQ(labelled("Read more: a bridge and its piers", true), says::related);
    EXPECT_EQ(labelled("Read more a bridge and its piers", true), 0U);
    EXPECT_EQ(labelled("We use cookies to make this page", true), says::overlay);
    EXPECT_EQ(labelled("", false), 0U);
    EXPECT_EQ(labelled(" 12 ", false), 0U);
    EXPECT_EQ(labelled("related" + std::string(articles::max_label, ' ') + "x", false), 0U);
}

// ---- what it costs

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += piece;
    return out;
}

// CPU seconds of the thread.
double cpu_of_finding(std::string const& page) {
    auto const document = html::document::parse(page);
    if (!document)
        throw std::runtime_error(document.error().message());
    auto const now = [] {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
    };
    auto const start = now();
    auto const found = find_article(*document);
    EXPECT_FALSE(found.dropped.empty());
    return now() - start;
}

struct hostile_page {
    char const* name;
    std::string (*made)(std::size_t size);
};

std::string nested(std::string_view piece, std::size_t size, std::string_view inside) {
    std::string out;
    for (std::size_t i = 0; i < size / 900 + 1; ++i)
        out += repeated(piece, 900) + std::string(inside) + repeated("</div>", 900);
    return out;
}

constexpr hostile_page hostile_pages[] = {
    {"flat", [](std::size_t n) { return repeated("<p>a, b.", n); }},
    {"links", [](std::size_t n) { return repeated("<li><a href=x>one</a>", n); }},
    {"teasers",
     [](std::size_t n) { return repeated("<div><h3><a href=x>one more</a></h3>and, so on</div>", n / 3); }},
    {"labels", [](std::size_t n) { return repeated("<h3>Related</h3>", n); }},
    {"linked labels", [](std::size_t n) { return repeated("<div><a href=x>Comments</a></div>", n / 2); }},
    {"labels in boxes", [](std::size_t n) { return repeated("<div><h3>Comments</h3></div>", n / 2); }},
    {"deep", [](std::size_t n) { return nested("<div>", n, "some text, of course."); }},
    {"deep comments",
     [](std::size_t n) { return nested("<div class=comment>", n, "some text, of course."); }},
    {"deep labels", [](std::size_t n) { return nested("<div>", n, "<a href=x>Related</a>"); }},
    {"deep forms", [](std::size_t n) { return nested("<div>", n, "<input><b>some text</b>"); }},
    {"lists in lists",
     [](std::size_t n) { return nested("<div><p>x</p>", n / 2, "<ul><li><a href=x>y</a></ul>"); }},
    {"long names",
     [](std::size_t n) { return "<div class='" + repeated("commentNav ", n) + "'>text, of course</div>"; }},
    {"many names", [](std::size_t n) { return repeated("<i class='nav ad comment share'></i>", n); }},
    {"headings",
     [](std::size_t n) { return "<title>x</title>" + repeated("<h1>heading of a page</h1>", n); }},
    {"same class",
     [](std::size_t n) { return repeated("<div class=c>some text, and more of it, in a block.</div>", n); }},
    {"long text", [](std::size_t n) { return "<p>" + repeated("a, b. \xE3\x80\x82", n); }},
};

class ArticleCost : public testing::TestWithParam<hostile_page> {};

// Four times as much takes four times as long, not sixteen; small times say nothing.
TEST_P(ArticleCost, GrowsWithThePageAndNoFaster) {
    constexpr std::size_t size = 20'000;
    double least = 1e9;
    for (int i = 0; i < 3; ++i)
        least = std::min(least, cpu_of_finding(GetParam().made(size)));
    auto const more = cpu_of_finding(GetParam().made(4 * size));
    EXPECT_LT(more, 10 * std::max(least, 0.005)) << least << " s, then " << more << " s";
}

INSTANTIATE_TEST_SUITE_P(, ArticleCost, testing::ValuesIn(hostile_pages), [](auto const& page) {
    std::string name = page.param.name;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
});

TEST(Article, ManagesTheWidestAndDeepestPagesThatAreParsed) {
    EXPECT_NO_THROW(cpu_of_finding(repeated("<b>x</b>", 500'000)));
    EXPECT_NO_THROW(cpu_of_finding(repeated("<div>", 990)));
    EXPECT_NO_THROW(cpu_of_finding("<div class='" + std::string(4 << 20, 'a') + "'>x</div>"));
}

}  // namespace
}  // namespace fetchd::tasks
