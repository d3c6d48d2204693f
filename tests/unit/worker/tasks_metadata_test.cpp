// The task metadata.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/tasks/metadata_robots.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

std::string metadata(std::string_view page, std::vector<response_field> fields = {},
                     std::vector<setting> settings = {}) {
    request r;
    r.names = {"metadata"};
    r.json = false;
    r.content_type = "text/html";
    r.base_url = "http://example.org/dir/page";
    r.fields = std::move(fields);
    r.settings = std::move(settings);
    auto const done = perform(standard(), r, page);
    return done ? done->output : done.error().message();
}

TEST(Metadata, SaysWhatThePageSays) {
    EXPECT_EQ(metadata("<html lang=de><title> a\n&amp; b</title><meta name=Description content=' d  e '>"
                       "<link rel='alternate canonical' href=/c><meta property=og:title content=T>"
                       "<meta property=og:image content=1><meta name=og:image content=2>"
                       "<meta property=og: content=x>"),
              R"({"title":"a & b","description":"d e","canonical":"http://example.org/c","language":"de",)"
              R"("open_graph":{"title":"T","image":["1","2"]}})");
    EXPECT_EQ(metadata("<svg><title>no</title></svg>"), "{}");
}

TEST(Metadata, NamesWhoMadeThePageAndWhatItIsAbout) {
    EXPECT_EQ(
        metadata("<meta name=author content='A B'><meta name=keywords content='x, y z,,x'>"
                 "<meta name=generator content=G><meta name=theme-color content=#fff>"
                 "<meta name=application-name content=App><meta property=og:site_name content=Site>"),
        R"({"site_name":"Site","authors":["A B"],"keywords":["x","y z"],"generator":"G","theme_color":"#fff",)"
        R"("open_graph":{"site_name":"Site"}})");
    EXPECT_THAT(metadata("<meta property=article:author content='http://fb/x'><a rel=author href=x>C D</a>"),
                HasSubstr(R"("authors":["C D"])"));
    EXPECT_THAT(metadata("<meta name=author content=N><script type='application/ld+json'>"
                         R"({"@type":"Article","author":{"name":"J"}}</script>)"),
                HasSubstr(R"("authors":["J"])"));
    EXPECT_THAT(metadata("<div itemscope><p itemprop=author itemscope><b itemprop=name>I</b></p></div>"),
                HasSubstr(R"("authors":["I"])"));
}

TEST(Metadata, DatesAreIsoWhereCertain) {
    EXPECT_THAT(metadata("<meta property=article:published_time content='June 1, 2020'>"),
                HasSubstr(R"("published":"2020-06-01")"));
    EXPECT_THAT(metadata("<meta name=date content='01/02/2020'>"), HasSubstr(R"("published":"01/02/2020")"));
    EXPECT_THAT(metadata("<meta property=article:published_time content='01/02/2020'>"
                         "<meta name=date content='2020-02-01'>"),
                HasSubstr(R"("published":"2020-02-01")"))
        << "a certain date before a better place";
    EXPECT_THAT(metadata("<meta name=date content='2019-01-01'><script type='application/ld+json'>"
                         R"({"datePublished":"2020-01-01T00:00:00Z","dateModified":"2021-01-01"}</script>)"),
                HasSubstr(R"("published":"2020-01-01T00:00:00Z","modified":"2021-01-01")"));
    EXPECT_THAT(metadata("<div itemscope><time itemprop=datePublished datetime=2018-01-01>x</time></div>"),
                HasSubstr(R"("published":"2018-01-01")"));
    EXPECT_THAT(metadata("<meta property=og:updated_time content=2017-01-01>",
                         {{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
                HasSubstr(R"("modified":"2017-01-01")"));
    EXPECT_EQ(metadata("", {{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
              R"({"modified":"1994-11-06T08:49:37Z"})");
}

TEST(Metadata, LinksOfTheHeadAreToldOfOneByOne) {
    EXPECT_EQ(metadata("<link rel=icon href=i.png sizes=16x16 type=image/png><link rel=stylesheet href=s>"
                       "<link rel=alternate type=application/rss+xml href=/f title='All  news'>"
                       "<link rel=alternate hreflang=fr href=fr><link rel=alternate media=print href=p>"),
              R"({"icons":[{"url":"http://example.org/dir/i.png","type":"image/png","sizes":"16x16"}],)"
              R"("feeds":[{"url":"http://example.org/f","type":"application/rss+xml","title":"All news"}],)"
              R"("alternates":[{"url":"http://example.org/dir/fr","language":"fr"},)"
              R"({"url":"http://example.org/dir/p","media":"print"}]})");
}

TEST(Metadata, FieldsOfTheAnswerSpeakWhereThePageDoesNot) {
    std::vector<response_field> const fields = {
        {"Content-Language", "nl"},
        {"Link", "<a>; rel=next, </c>; title=x; rel=\"up canonical\""},
        {"X-Robots-Tag", "noindex"}};
    EXPECT_EQ(metadata("", fields),
              R"({"canonical":"http://example.org/c","language":"nl","robots":["noindex"]})");
    EXPECT_EQ(
        metadata("<html lang=en><link rel=canonical href=d><meta name=robots content='NoIndex,nofollow'>",
                 fields),
        R"({"canonical":"http://example.org/dir/d","language":"en","robots":["noindex","nofollow"]})");
    EXPECT_EQ(metadata("", {{"Content-Language", "nl, fr"}, {"Link", "<x"}, {"Link", "<y>; rel=\"next"}}),
              "{}");
}

TEST(Metadata, GroupsKeepTheirPrefixButThatOfTheGroup) {
    EXPECT_EQ(
        metadata("<meta name=twitter:card content=summary><meta property=twitter:image content=i>"
                 "<meta property='article:tag' content=a><meta property='article:tag' content=b>"
                 "<meta name=DC.Title content=t><meta name=dcterms.issued content=2001-01-01>"
                 "<meta property='og:a product:b' content=c><meta property=http://ogp.me/ns#d content=e>"),
        R"({"published":"2001-01-01","open_graph":{"article:tag":["a","b"],"a":"c","product:b":"c","d":"e"},)"
        R"("twitter":{"card":"summary","image":"i"},"dublin_core":{"title":"t","issued":"2001-01-01"}})");
}

constexpr std::string_view all_three =
    "<script type=' Application/LD+JSON; charset=utf-8'>{\"datePublished\":\"2020-01-01\"}</script>"
    "<div itemscope><b itemprop=x>1</b></div><p typeof=dc:T property=dc:x>2</p>";

TEST(Metadata, HasStructuredDataUnlessNotWanted) {
    EXPECT_EQ(metadata(all_three),
              R"({"published":"2020-01-01","json_ld":[{"datePublished":"2020-01-01"}],)"
              R"("microdata":[{"properties":{"x":["1"]}}],)"
              R"("rdfa":[{"@id":"_:b1","@type":["http://purl.org/dc/terms/T"]},)"
              R"({"@id":"http://example.org/dir/page","http://purl.org/dc/terms/x":[{"@id":"_:b1"}]}]})");
    EXPECT_EQ(metadata(all_three, {}, {{"metadata", "structured", "false"}}), "{}");
}

TEST(Metadata, OpenGraphAloneIsNoRdfa) {
    EXPECT_EQ(metadata("<meta property=og:title content=T>"), R"({"open_graph":{"title":"T"}})");
    EXPECT_EQ(metadata("<template><div itemscope><b itemprop=x>1</b></div></template>"), "{}");
}

TEST(Metadata, IsBounded) {
    std::string many;
    for (int i = 0; i < 1100; ++i)
        many += "<meta property=og:image content=" + std::to_string(i) +
                "><link rel=icon href=" + std::to_string(i) + ">";
    auto const all = metadata(many);
    EXPECT_THAT(all, HasSubstr("\"999\"]"));
    EXPECT_THAT(all, Not(HasSubstr("\"1000\"")));
    EXPECT_THAT(all, HasSubstr("dir/999\"}]"));
    EXPECT_EQ(metadata("<meta name=description content='" + std::string(9000, 'x') + "'>").size(),
              8192 + std::string_view("{\"description\":\"\"}").size());
}

TEST(Metadata, LooksOnlySoOftenForOneFact) {
    std::string dates;
    for (int i = 0; i < 20; ++i)
        dates += "<i itemprop=dateModified></i>";
    EXPECT_EQ(metadata(dates.substr(29) + "<i itemprop=dateModified>2020-01-01</i>"),
              R"({"modified":"2020-01-01"})");
    EXPECT_EQ(metadata(dates + "<i itemprop=dateModified>2020-01-01</i>"), "{}");
    std::string deep;
    for (int i = 0; i < 90'000; ++i)
        deep += i % 900 == 0 ? "<p>" : "<i itemprop='datePublished author'>";
    EXPECT_EQ(metadata(deep), "{}");
}

// ---- robots

robots_rules rules(std::initializer_list<std::string_view> fields) {
    robots_rules all;
    for (auto field : fields)
        all.add(field, "", true);
    return all;
}

TEST(RobotsRules, AreListedOnceInLowerCase) {
    EXPECT_THAT(rules({"NoIndex, nofollow", "noindex"}).all, ElementsAre("noindex", "nofollow"));
    EXPECT_THAT(rules({"max-snippet: 20 ,, max-image-preview:large"}).all,
                ElementsAre("max-snippet: 20", "max-image-preview:large"));
    EXPECT_THAT(rules({"unavailable_after: Wed, 03 Aug 2022 15:00:00 GMT, noarchive"}).all,
                ElementsAre("unavailable_after: wed, 03 aug 2022 15:00:00 gmt", "noarchive"));
}

TEST(RobotsRules, InAFieldMayBeForOneRobot) {
    auto const all = rules({"noarchive, googlebot: noindex, nofollow, otherbot: none", "nosnippet"});
    EXPECT_THAT(all.all, ElementsAre("noarchive", "nosnippet"));
    EXPECT_THAT(all.agents, ElementsAre(Pair("googlebot", ElementsAre("noindex", "nofollow")),
                                        Pair("otherbot", ElementsAre("none"))));
    EXPECT_FALSE(all.nofollow());
    EXPECT_TRUE(rules({"none"}).nofollow());
}

TEST(RobotsRules, OfAPageAreByTheNameOfTheMeta) {
    EXPECT_THAT(
        metadata("<meta name=robots content=noindex><meta name=GoogleBot content='nosnippet, x: y'>"
                 "<meta name=slurp content=none><meta name=other content=nofollow>"),
        HasSubstr(
            R"("robots":["noindex"],"robots_by_agent":{"googlebot":["nosnippet","x: y"],"slurp":["none"]})"));
}

TEST(RobotsRules, AreBounded) {
    std::string list;
    for (std::size_t i = 0; i < max_robots_directives + 1; ++i)
        list += "d" + std::to_string(i) + ",";
    EXPECT_EQ(rules({list}).all.size(), max_robots_directives);
    std::string agents;
    for (int i = 0; i < 100; ++i)
        agents += "bot" + std::to_string(i) + ": none,";
    EXPECT_LE(rules({agents}).agents.size(), 20U);
}

}  // namespace
}  // namespace fetchd::tasks
