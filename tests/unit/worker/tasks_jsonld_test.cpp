// JSON-LD as pages write it: mended where that is safe, and read for facts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/tasks/jsonld.hpp"
#include "worker/tasks/jsonld_clean.hpp"

namespace fetchd::tasks {
namespace {

using testing::ElementsAre;

std::string clean(std::string_view text) {
    std::string out;
    append_clean_json(out, text);
    return out;
}

std::string values(std::string_view script) {
    jsonld scripts;
    scripts.add(script);
    return scripts.values();
}

jsonld_facts facts(std::initializer_list<std::string_view> scripts) {
    jsonld all;
    for (auto script : scripts)
        all.add(script);
    return all.facts();
}

TEST(CleanJson, LeavesGoodJsonAsItIs) {
    for (std::string_view good :
         {R"({"a":[1,-2.50e+10,true,null],"b":{"":"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00"}})",
          R"("// no /* comment")", R"(["<!-- no -->","]]>"," , ; "])", "[]", "0.10"})
        EXPECT_EQ(clean(good), good);
    EXPECT_EQ(clean(" { \"a\" :\r\n\t1 } "), R"({"a":1})");
}

TEST(CleanJson, TakesCommentsAndMarksAway) {
    EXPECT_EQ(clean("// one\n{\"a\": 1, // two\n \"b\": 2 /* three */}"), R"({"a":1,"b":2})");
    EXPECT_EQ(clean("<!-- words -->\n{\"a\":1}"), R"({"a":1})");
    EXPECT_EQ(clean("<!--\n{\"a\":1}\n-->"), R"({"a":1})");
    EXPECT_EQ(clean("//<![CDATA[\n{\"a\":1}\n//]]>"), R"({"a":1})");
    EXPECT_EQ(clean("<![CDATA[{\"a\":1}]]>"), R"({"a":1})");
    EXPECT_EQ(clean("/* never ends"), "");
    EXPECT_EQ(clean("\xEF\xBB\xBF{\xC2\xA0}"), "{}");
}

TEST(CleanJson, TakesCommasAndSemicolonsTooManyAway) {
    EXPECT_EQ(clean("[1, 2, ]"), "[1,2]");
    EXPECT_EQ(clean("{\"a\":1,,\"b\":2,}"), R"({"a":1,"b":2})");
    EXPECT_EQ(clean("{\"a\":1};"), R"({"a":1})");
}

TEST(CleanJson, MendsStrings) {
    EXPECT_EQ(clean("\"a\nb\tc\r\nd\re\x01"
                    "f\""),
              R"("a\nb\tc\nd\nef")");
    EXPECT_EQ(clean(R"("it\'s \- \x")"), R"("it's - x")");
    EXPECT_EQ(clean(R"("\ud83d \ude00 \ud83d\ud83d\ude00 \ud83dx")"),
              R"("\ufffd \ufffd \ufffd\ud83d\ude00 \ufffdx")");
    EXPECT_EQ(clean(R"("\u12 \uxyz1")"), R"("u12 uxyz1")");
    EXPECT_EQ(clean(R"("\)"), R"(")");
}

TEST(Jsonld, PassesObjectsOnAsTheyAreWritten) {
    EXPECT_EQ(values(R"({"price": 1.50, "id": 12345678901234567890})"),
              R"({"price":1.50,"id":12345678901234567890})");
    EXPECT_EQ(values(R"([{"a":1},{"b":"],["},null,{"c":[1,2]}])"), R"({"a":1},{"b":"],["},{"c":[1,2]})");
    jsonld two;
    two.add("{}");
    two.add("[{\"a\":\"\\\"}\"}]");
    EXPECT_EQ(two.values(), R"({},{"a":"\"}"})");
}

TEST(Jsonld, LeavesOutWhatSaysNothing) {
    for (std::string_view none : {"", "null", "false", "1", "\"x\"", "[]", "[null,1]", "[[{}]]"})
        EXPECT_EQ(values(none), "") << none;
}

TEST(Jsonld, LeavesOutWhatIsNoJson) {
    for (std::string_view bad :
         {"{", "{}}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{\"a\":01}", "{\"a\":\"", "[{}", "{} {}",
          "{\"a\" 1}", "{\"a\":NaN}", "{\"a\":.5}", "<b>{}</b>"})
        EXPECT_EQ(values(bad), "") << bad;
}

TEST(Jsonld, EndsAtItsLimits) {
    auto const deep = [](std::size_t levels) {
        return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
    };
    EXPECT_EQ(values(deep(max_jsonld_depth)), deep(max_jsonld_depth));
    EXPECT_EQ(values(deep(max_jsonld_depth + 1)), "");
    EXPECT_EQ(values(deep(1'000'000)), "");

    jsonld many;
    for (std::size_t i = 0; i < max_jsonld_scripts + 1; ++i)
        many.add("{}");
    EXPECT_EQ(many.values().size(), max_jsonld_scripts * 3 - 1);

    auto const sized = [](std::size_t bytes) { return "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}"; };
    EXPECT_EQ(values(sized(max_jsonld_bytes)).size(), max_jsonld_bytes);
    EXPECT_EQ(values(sized(max_jsonld_bytes + 1)), "");
    jsonld two;
    two.add(sized(max_jsonld_bytes - 100));
    two.add(sized(101));
    two.add("{}");
    EXPECT_EQ(two.values().size(), max_jsonld_bytes - 100 + 3);
}

TEST(JsonldFacts, AreOfTheWorkBeforeThePageAroundIt) {
    auto const all = facts({R"({"@graph":[
        {"@type":"WebSite","name":"The Site"},
        {"@type":"WebPage","datePublished":"2001-01-01","dateModified":"2003-03-03"},
        {"@type":["NewsArticle","Thing"],"headline":"H","datePublished":"2002-02-02",
         "author":[{"@type":"Person","name":"A B"},"C D"],"publisher":{"name":"The Publisher"},
         "comment":{"author":"nobody","datePublished":"1999-09-09"}}]})"});
    EXPECT_EQ(all.published, "2002-02-02");
    EXPECT_EQ(all.modified, "2003-03-03");
    EXPECT_EQ(all.headline, "H");
    EXPECT_THAT(all.authors, ElementsAre("A B", "C D"));
    EXPECT_EQ(all.site_name, "The Publisher");
}

TEST(JsonldFacts, TheFirstStands) {
    auto const all =
        facts({R"({"@type":"Article","datePublished":"1"})",
               R"({"@type":"http://schema.org/BlogPosting","datePublished":"2","author":{"name":"N"}})",
               R"({"@type":"Article","author":"M")"});
    EXPECT_EQ(all.published, "1");
    EXPECT_THAT(all.authors, ElementsAre("N"));
    EXPECT_EQ(facts({R"({"@type":"Person","name":"P"})"}).site_name, "");
    EXPECT_EQ(facts({R"({"mainEntity":{"@type":"Article","dateModified":"3"}})"}).modified, "3");
}

}  // namespace
}  // namespace fetchd::tasks
