// RDFa: the steps of RDFa Core §7.5 that the public samples do not reach, and its limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/tasks/rdfa.hpp"
#include "worker/tasks/rdfa_names.hpp"

namespace fetchd::tasks {
namespace {

using testing::HasSubstr;

std::string said(std::string_view page) {
    auto const document = html::document::parse(page);
    if (!document)
        return document.error().message();
    auto const base = url::parse("http://p/");
    resolver links(*base, *base);
    std::string out;
    read_rdfa(document->root(), "http://p/", links).append_json(out);
    return out;
}

TEST(Rdfa, OfNothingIsNothing) {
    EXPECT_EQ(said("<p>words <a href=x rel=nofollow>x</a>"), "");
    EXPECT_EQ(said("<p property=title>no vocabulary, no name</p>"), "");
    EXPECT_EQ(said("<template><p property='dc:title'>x</p></template>"), "");
}

TEST(Rdfa, NamesAreTermsPrefixedOrWhole) {
    EXPECT_EQ(said("<p vocab='http://v/' typeof=T about=s property=a>x</p>"),
              R"([{"@id":"http://p/","http://www.w3.org/ns/rdfa#usesVocabulary":[{"@id":"http://v/"}]},)"
              R"({"@id":"http://p/s","@type":["http://v/T"],"http://v/a":[{"@value":"x"}]}])");
    EXPECT_EQ(
        said(
            "<p prefix='x: http://x/ broken y: http://y/' property='X:a y:b http://z/c z:d dc:e nope'>v</p>"),
        R"([{"@id":"http://p/","http://x/a":[{"@value":"v"}],"http://y/b":[{"@value":"v"}],)"
        R"("http://z/c":[{"@value":"v"}],"z:d":[{"@value":"v"}],"http://purl.org/dc/terms/e":[{"@value":"v"}]}])");
    EXPECT_EQ(said("<p prefix='x: http://x/'><i prefix='x: http://y/'></i><b property=x:a>v</b></p>"),
              R"([{"@id":"http://p/","http://x/a":[{"@value":"v"}]}])");
    EXPECT_EQ(said("<p about='[dc:x]' property=dc:a>1</p><p about='[none:x]' property=dc:a>2</p>"
                   "<p about='_:n' property=dc:a>3</p>"),
              R"([{"@id":"http://purl.org/dc/terms/x","http://purl.org/dc/terms/a":[{"@value":"1"}]},)"
              R"({"@id":"http://p/","http://purl.org/dc/terms/a":[{"@value":"2"}]},)"
              R"({"@id":"_:n-n","http://purl.org/dc/terms/a":[{"@value":"3"}]}])");
}

TEST(Rdfa, ValuesAreResourcesTextsAndDates) {
    auto const value = [](std::string_view attributes, std::string_view tag = "a") {
        auto const all = said("<" + std::string(tag) + " property=dc:v " + std::string(attributes) +
                              ">t  t</" + std::string(tag) + ">");
        auto const begin = all.find("/v\":[") + 5;
        return all.substr(begin, all.find(']', begin) - begin);
    };
    EXPECT_EQ(value("href=x"), R"({"@id":"http://p/x"})");
    EXPECT_EQ(value("href=x content=c"), R"({"@value":"c"})");
    EXPECT_EQ(value("href=x datatype=''"), R"({"@value":"t t"})");
    EXPECT_EQ(value("datatype=xsd:int content=1"),
              R"({"@value":"1","@type":"http://www.w3.org/2001/XMLSchema#int"})");
    EXPECT_EQ(value("lang=de"), R"({"@value":"t t","@language":"de"})");
    EXPECT_EQ(value("src=x", "img"), R"({"@id":"http://p/x"})");
    EXPECT_EQ(value("datetime=2020-01-01", "time"),
              R"({"@value":"2020-01-01","@type":"http://www.w3.org/2001/XMLSchema#date"})");
    EXPECT_EQ(value("", "time"), R"({"@value":"t t"})");
    EXPECT_EQ(value("resource=r href=x"), R"({"@id":"http://p/r"})");
}

TEST(Rdfa, TypedValuesAreSubjectsOfWhatIsWithin) {
    EXPECT_EQ(
        said("<p property=dc:a typeof=dc:T><i property=dc:b>x</i></p>"),
        R"([{"@id":"_:b1","@type":["http://purl.org/dc/terms/T"],"http://purl.org/dc/terms/b":[{"@value":"x"}]},)"
        R"({"@id":"http://p/","http://purl.org/dc/terms/a":[{"@id":"_:b1"}]}])");
}

TEST(Rdfa, LinksLeadForwardsAndBackAndWaitForTheirObject) {
    EXPECT_EQ(said("<a about=s rel=dc:f rev=dc:b href=o>x</a>"),
              R"([{"@id":"http://p/s","http://purl.org/dc/terms/f":[{"@id":"http://p/o"}]},)"
              R"({"@id":"http://p/o","http://purl.org/dc/terms/b":[{"@id":"http://p/s"}]}])");
    EXPECT_EQ(
        said("<p about=s rel=dc:f><i><b about=o1></b><b about=o2></b></i></p>"),
        R"([{"@id":"http://p/s","http://purl.org/dc/terms/f":[{"@id":"http://p/o1"},{"@id":"http://p/o2"}]}])");
    EXPECT_EQ(said("<p about=s rev=dc:f><b about=o></b></p>"),
              R"([{"@id":"http://p/o","http://purl.org/dc/terms/f":[{"@id":"http://p/s"}]}])");
    EXPECT_EQ(said("<a rel='nofollow license' property=dc:x href=o>x</a>"),
              R"([{"@id":"http://p/","http://purl.org/dc/terms/x":[{"@id":"http://p/o"}]}])")
        << "words of HTML next to a property";
}

TEST(Rdfa, SayingItTwiceChangesNothing) {
    EXPECT_EQ(said("<p property=dc:a>x</p><p property=dc:a>x</p><p property=dc:a>y</p>"),
              R"([{"@id":"http://p/","http://purl.org/dc/terms/a":[{"@value":"x"},{"@value":"y"}]}])");
}

TEST(Rdfa, EndsAtItsLimits) {
    std::string many;
    for (std::size_t i = 0; i < max_rdfa_triples + 1; ++i)
        many += "<p property=dc:a>" + std::to_string(i) + "</p>";
    auto const all = said(many);
    EXPECT_THAT(all, HasSubstr("{\"@value\":\"" + std::to_string(max_rdfa_triples - 1) + "\"}]"));

    std::string text;
    for (int i = 0; i < 300; ++i)
        text += "<p property=dc:a content='" + std::to_string(i) + std::string(10'000, 'x') + "'></p>";
    EXPECT_LT(said(text).size(), max_rdfa_text + 100'000);
    EXPECT_GT(said(text).size(), max_rdfa_text - 100'000);

    std::string deep;
    for (int i = 0; i < 900; ++i)
        deep += "<div prefix='p" + std::to_string(i) + ": http://x/' rel=dc:r typeof=dc:T property=dc:v>";
    EXPECT_LT(said(deep).size(), 1U << 20U);

    std::string words = "<p vocab='http://v/'>";
    for (std::size_t i = 0; i <= max_rdfa_names / 50; ++i)
        words +=
            "<p rel='a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
            "a a a a "
            "a a a a'></p>";
    EXPECT_EQ(said(words + "<p property=dc:a>heard</p>").find("heard"), std::string::npos);

    std::string prefixes = "<p prefix='";
    for (std::size_t i = 0; i < max_rdfa_prefixes + 1; ++i)
        prefixes += "q" + std::to_string(i) + ": http://q/" + std::to_string(i) + "/ ";
    auto const last = max_rdfa_prefixes - 1;
    prefixes += "' property='q" + std::to_string(last) + ":x q" + std::to_string(last + 1) + ":x'>v</p>";
    EXPECT_EQ(said(prefixes), "[{\"@id\":\"http://p/\",\"http://q/" + std::to_string(last) +
                                  "/x\":[{\"@value\":\"v\"}],\"q" + std::to_string(last + 1) +
                                  ":x\":[{\"@value\":\"v\"}]}]");
}

}  // namespace
}  // namespace fetchd::tasks
