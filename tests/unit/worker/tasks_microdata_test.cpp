// Microdata: items, values, itemref, and what hostile pages make of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/tasks/microdata.hpp"

namespace fetchd::tasks {
namespace {

using testing::HasSubstr;

std::string items(std::string_view page, microdata_limits const& most = {}) {
    auto const document = html::document::parse(page);
    if (!document)
        return document.error().message();
    std::vector<html::node> scopes;
    std::uint32_t number = 0;
    html::walk(document->root(), [&](html::node n) {
        n.set_number(++number);
        if ((n.annotations() & html::node::itemscope) != 0)
            scopes.push_back(n);
        return html::step::into;
    });
    auto const base = url::parse("http://example.org/a/b");
    resolver links(*base, *base);
    std::string out;
    append_microdata(out, document->root(), scopes, links, most);
    return out;
}

TEST(Microdata, ItemsHaveTypesAnIdAndProperties) {
    EXPECT_EQ(items("<p>none"), "");
    EXPECT_EQ(
        items("<div itemscope itemtype='http://t/A  http://t/B' itemid='/x'><i itemprop='a b'>1 "
              "<b>2</b></i></div>"),
        R"([{"type":["http://t/A","http://t/B"],"id":"http://example.org/x","properties":{"a":["1 2"],"b":["1 2"]}}])");
    EXPECT_EQ(items("<div itemscope><i itemprop=a>1</i><i itemprop=b>2</i><i itemprop=a>3</i></div>"
                    "<div itemscope><i itemprop=' c  c '>4</i></div>"),
              R"([{"properties":{"a":["1","3"],"b":["2"]}},{"properties":{"c":["4"]}}])");
}

TEST(Microdata, ItemsMayBeValues) {
    EXPECT_EQ(
        items("<div itemscope><div itemprop=x itemscope><i itemprop=y>1</i></div><i itemprop=z>2</i></div>"),
        R"([{"properties":{"x":[{"properties":{"y":["1"]}}],"z":["2"]}}])");
    EXPECT_EQ(items("<div itemscope><div itemscope><i itemprop=y>1</i></div></div>"),
              R"([{"properties":{},"value":"1"},{"properties":{"y":["1"]}}])");
}

TEST(Microdata, ValuesAreWhatTheElementIsFor) {
    auto const value = [](std::string_view element) {
        auto const all = items("<div itemscope>" + std::string(element) + "</div>");
        auto const begin = all.find("{\"x\":[\"") + 7;
        return all.substr(begin, all.find("\"]", begin) - begin);
    };
    EXPECT_EQ(value("<meta itemprop=x content=' a  b '>"), "a b");
    EXPECT_EQ(value("<a itemprop=x href=c>text</a>"), "http://example.org/a/c");
    EXPECT_EQ(value("<link itemprop=x href=c>"), "http://example.org/a/c");
    EXPECT_EQ(value("<img itemprop=x src=c>"), "http://example.org/a/c");
    EXPECT_EQ(value("<object itemprop=x data=c></object>"), "http://example.org/a/c");
    EXPECT_EQ(value("<data itemprop=x value=7>seven</data>"), "7");
    EXPECT_EQ(value("<meter itemprop=x value=7>seven</meter>"), "7");
    EXPECT_EQ(value("<time itemprop=x datetime=2020-01-01>then</time>"), "2020-01-01");
    EXPECT_EQ(value("<time itemprop=x>then</time>"), "then");
    EXPECT_EQ(value("<span itemprop=x content=c>text</span>"), "c");
    EXPECT_EQ(value("<a itemprop=x>text</a>"), "");
    EXPECT_EQ(value("<img itemprop=x src='http://['>"), "");
    EXPECT_EQ(value("<div itemprop=x><p>a</p>b<script>no</script></div>"), "a b");
}

TEST(Microdata, ItemrefAddsWhatStandsElsewhereInTreeOrder) {
    EXPECT_EQ(
        items("<p id=r><i itemprop=a>1</i></p><div itemscope itemref='r none r'><i itemprop=a>2</i></div>"
              "<p id=r><i itemprop=a>3</i></p>"),
        R"([{"properties":{"a":["1","2"]}}])");
    EXPECT_EQ(
        items("<div itemscope itemref='inner outer'></div><p id=outer><b id=inner itemprop='a b'>1</b></p>"),
        R"([{"properties":{"a":["1"],"b":["1"]}}])")
        << "reached twice, said once";
}

TEST(Microdata, ItemsWithinThemselvesEnd) {
    EXPECT_EQ(
        items("<div itemscope id=a itemref='a b'></div><div itemprop=p itemscope id=b itemref=b>1</div>"),
        R"([{"properties":{"p":[{"properties":{},"value":"1"}]}}])");
    EXPECT_EQ(items("<div itemscope itemref=b></div><div itemprop=p itemscope id=b itemref=c></div>"
                    "<div itemprop=q itemscope id=c itemref=b></div>"),
              R"([{"properties":{"p":[{"properties":{"q":[{"properties":{"p":["ERROR"]}}]}}]}}])");
}

TEST(Microdata, EndsAtItsLimits) {
    microdata_limits few;
    few.values = 3;
    EXPECT_EQ(items("<div itemscope><i itemprop=a>1</i><i itemprop=b>2</i><i itemprop=c>3</i></div>", few),
              R"([{"properties":{"a":["1"],"b":["2"]}}])");
    microdata_limits flat;
    flat.depth = 1;
    EXPECT_EQ(items("<div itemscope><i itemprop=a itemscope><b itemprop=x>1</b></i></div>", flat),
              R"([{"properties":{"a":["ERROR"]}}])");
    microdata_limits small;
    small.text = 1;
    EXPECT_EQ(items("<div itemscope><i itemprop=a>12</i><i itemprop=b>2</i></div>", small),
              R"([{"properties":{"a":["12"]}}])");
    microdata_limits blind;
    blind.nodes = 1;
    EXPECT_EQ(items("<div itemscope><i itemprop=a>1</i><i itemprop=b>2</i></div>", blind),
              R"([{"properties":{"a":["1"]}}])");
}

TEST(Microdata, OfHostilePagesIsBounded) {
    std::string doubled;  // each item holds the next one twice
    for (int i = 0; i < 60; ++i) {
        auto const next = std::to_string(i + 1);
        for (std::string half : {"a", "b"})
            doubled += "<p itemscope itemprop=x id=" + half + std::to_string(i) + " itemref='a" + next +
                       " b" + next + "'></p>";
    }
    auto const all = items("<div itemscope itemref='a0 b0'></div>" + doubled);
    EXPECT_LT(all.size(), 1U << 20U);

    std::string deep;
    for (int i = 0; i < 900; ++i)
        deep += "<div itemscope itemprop=x>";
    EXPECT_THAT(items("<div itemscope>" + deep + "</div>"), HasSubstr("ERROR"));

    std::string wide = "<div id=all>";
    for (int i = 0; i < 20'000; ++i)
        wide += "<i itemprop=a>1</i>";
    wide += "</div>";
    for (int i = 0; i < 20'000; ++i)
        wide += "<i itemscope itemref=all></i>";
    EXPECT_LT(items(wide).size(), 4U << 20U);
}

}  // namespace
}  // namespace fetchd::tasks
