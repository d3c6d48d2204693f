// The task links, and its reading of srcset.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/tasks/links_kind.hpp"
#include "worker/tasks/links_srcset.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

using testing::HasSubstr;
using testing::Not;

struct asked {
    std::vector<setting> settings = {};
    std::string base = "http://example.org/dir/page";
    std::vector<response_field> fields = {};
};

std::string links(std::string_view page, asked how = {}) {
    request r;
    r.names = {"links"};
    r.json = false;
    r.content_type = "text/html";
    r.base_url = how.base;
    r.settings = how.settings;
    r.fields = how.fields;
    auto const done = perform(standard(), r, page);
    return done ? done->output : done.error().message();
}

asked kinds(std::string list) {
    return {.settings = {{"links", "kinds", std::move(list)}}};
}

// Only the URL and the kind of each, one a line.
std::string told(std::string_view page, asked how = kinds("all")) {
    auto const json = links(page, std::move(how));
    std::string out;
    for (std::size_t at = 0; (at = json.find("{\"url\":\"", at)) != json.npos;) {
        auto const url = at + 8;
        auto const end = json.find('"', url);
        auto const kind = json.find("\"kind\":\"", end) + 8;
        out += json.substr(kind, json.find('"', kind) - kind) + " " + json.substr(url, end - url) + "\n";
        at = end;
    }
    return out;
}

TEST(Links, AreAbsoluteInDocumentOrderWithTextAndRel) {
    EXPECT_EQ(
        links("<a href=b rel='nofollow  me'>x <b>y</b></a><a>none</a><a href='//h/?q#f'><img alt=pic></a>"
              "<map><area href=/m alt=area></map>"),
        R"([{"url":"http://example.org/dir/b","text":"x y","rel":"nofollow me","kind":"page",)"
        R"("scope":"internal","nofollow":true},)"
        R"({"url":"http://h/?q#f","text":"pic","kind":"page","scope":"external"},)"
        R"({"url":"http://example.org/m","text":"area","kind":"page","scope":"internal"}])");
}

TEST(Links, NameWhatIsNoPage) {
    EXPECT_EQ(
        links("<a href='mailto:a@b'>m</a><a href=tel:1 aria-label=call></a><a href=f.zip download>f</a>"
              "<a href='ftp://h/'>f</a><a href='http://['>bad</a>"),
        R"([{"url":"mailto:a@b","text":"m","kind":"mail"},{"url":"tel:1","text":"call","kind":"phone"},)"
        R"({"url":"http://example.org/dir/f.zip","text":"f","kind":"download","scope":"internal"},)"
        R"({"url":"ftp://h/","text":"f","kind":"other"}])");
}

TEST(Links, ThatLeadNowhereAreLeftOut) {
    EXPECT_EQ(links("<a href='javascript:x()'>j</a><a href=' JavaScript:x()'>j</a><a href='data:,x'>d</a>"
                    "<a href='about:blank'>a</a><a href='blob:x'>b</a><img src='data:image/png;base64,AAAA'>",
                    kinds("all")),
              "[]");
}

TEST(Links, BaseElementCounts) {
    EXPECT_EQ(told("<base target=x><base href=sub/><base href=no/><a href=b>t</a>"),
              "page http://example.org/dir/sub/b\n");
    EXPECT_EQ(links("<base href='http://other/x/'><a href=b>t</a>", {.base = ""}),
              R"([{"url":"http://other/x/b","text":"t","kind":"page"}])");
    EXPECT_EQ(told("<base href='javascript:x'><a href=b>t</a>"), "page http://example.org/dir/b\n");
    EXPECT_EQ(told("<a href=b>t</a><a href='http://abs/'>u</a>",
                   {.settings = {{"links", "kinds", "all"}}, .base = ""}),
              "page http://abs/\n");
}

TEST(Links, OfEveryKindStandInDocumentOrder) {
    EXPECT_EQ(
        told("<link rel=stylesheet href=1.css><script src=2.js></script><script>no</script>"
             "<link rel='shortcut icon' href=3.ico><link rel=alternate type='application/rss+xml' href=4>"
             "<link rel=alternate hreflang=de href=5><link rel=canonical href=6><link rel=preconnect href=7>"
             "<link rel=preload as=image href=8><link rel=preload as=font href=9>"
             "<meta http-equiv=refresh content='3; URL=\"10\"'>"
             "<body><img src=11><iframe src=12></iframe><form action=13><input type=image src=14>"
             "<input type=text src=no></form><video src=15 poster=16><source src=17><track src=18></video>"
             "<picture><source srcset='19 2x'><img src=20></picture><object data=21></object>"
             "<embed src=22><audio src=23></audio><a href=24 type='application/atom+xml'>f</a>"
             "<link rel='alternate stylesheet' href=25><link rel=modulepreload href=26>"),
        "style http://example.org/dir/1.css\nscript http://example.org/dir/2.js\n"
        "icon http://example.org/dir/3.ico\nfeed http://example.org/dir/4\n"
        "alternate http://example.org/dir/5\nrelated http://example.org/dir/6\n"
        "hint http://example.org/dir/7\nimage http://example.org/dir/8\nhint http://example.org/dir/9\n"
        "page http://example.org/dir/10\nimage http://example.org/dir/11\n"
        "frame http://example.org/dir/12\nform http://example.org/dir/13\n"
        "image http://example.org/dir/14\nmedia http://example.org/dir/15\n"
        "image http://example.org/dir/16\nmedia http://example.org/dir/17\n"
        "media http://example.org/dir/18\nimage http://example.org/dir/19\n"
        "image http://example.org/dir/20\nmedia http://example.org/dir/21\n"
        "media http://example.org/dir/22\nmedia http://example.org/dir/23\n"
        "feed http://example.org/dir/24\nstyle http://example.org/dir/25\n"
        "script http://example.org/dir/26\n");
}

TEST(Links, AreThoseAReaderFollowsUnlessOtherKindsAreWanted) {
    auto const page =
        "<link rel=stylesheet href=s><a href=p>p</a><img src=i alt='an image'><a href='tel:1'>t</a>";
    EXPECT_EQ(told(page, {}), "page http://example.org/dir/p\nphone tel:1\n");
    EXPECT_EQ(links(page, kinds("image")),
              R"([{"url":"http://example.org/dir/i","text":"an image","kind":"image","scope":"internal"}])");
    EXPECT_EQ(told(page, kinds("style, image")),
              "style http://example.org/dir/s\nimage http://example.org/dir/i\n");
}

TEST(Links, KindsAreCheckedBeforeAnyDocument) {
    auto const* task = find(standard(), "links");
    auto const problem = [&](std::string value) {
        std::vector<setting> const all{{"links", "kinds", std::move(value)}};
        auto const checked = task->check({task->name, task->options, all});
        return checked ? "" : checked.error().detail;
    };
    EXPECT_EQ(problem("page,image"), "");
    EXPECT_EQ(problem("all"), "");
    EXPECT_THAT(problem("page,pictures"), HasSubstr("links.kinds: want all, or some of page, "));
    EXPECT_THAT(problem(""), HasSubstr("links.kinds"));
    EXPECT_THAT(problem("page,"), HasSubstr("links.kinds"));
}

TEST(Links, InternalIsTheSameRegistrableDomain) {
    auto const page =
        "<a href='http://shop.example.co.uk/'>s</a><a href='https://example.co.uk:8443/'>e</a>"
        "<a href='http://other.co.uk/'>o</a><a href='mailto:a@example.co.uk'>m</a><a href=x>x</a>";
    auto const scoped = [&](std::string scope) {
        return told(
            page, {.settings = {{"links", "scope", std::move(scope)}}, .base = "http://www.example.co.uk/"});
    };
    EXPECT_EQ(scoped("internal"),
              "page http://shop.example.co.uk/\npage https://example.co.uk:8443/\npage "
              "http://www.example.co.uk/x\n");
    EXPECT_EQ(scoped("external"), "page http://other.co.uk/\n");
    EXPECT_EQ(told(page, {.settings = {{"links", "scope", "internal"}}, .base = "http://192.0.2.7/"}),
              "page http://192.0.2.7/x\n");
}

TEST(Links, ScopeIsByTheAddressOfTheDocumentAndNotByItsBase) {
    EXPECT_THAT(links("<base href='http://cdn.test/'><a href=x>x</a>"), HasSubstr("\"scope\":\"external\""));
    EXPECT_THAT(links("<base href='http://cdn.test/'><a href=x>x</a>", {.base = ""}),
                Not(HasSubstr("scope")));
}

TEST(Links, NofollowIsOfTheLinkThePageOrTheAnswer) {
    auto const nofollow = [](std::string_view page, std::vector<response_field> fields = {}) {
        return links(page, {.fields = std::move(fields)}).find("\"nofollow\":true") != std::string::npos;
    };
    EXPECT_FALSE(nofollow("<a href=x rel=nofollower>x</a>"));
    EXPECT_TRUE(nofollow("<a href=x rel='me NoFollow'>x</a>"));
    EXPECT_TRUE(nofollow("<meta name=ROBOTS content='noindex, NoFollow'><a href=x>x</a>"));
    EXPECT_TRUE(nofollow("<meta name=robots content=none><a href=x>x</a>"));
    EXPECT_FALSE(nofollow("<meta name=googlebot content=nofollow><a href=x>x</a>"));
    EXPECT_TRUE(nofollow("<a href=x>x</a>", {{"X-Robots-Tag", "noarchive, nofollow"}}));
    EXPECT_FALSE(nofollow("<a href=x>x</a>", {{"X-Robots-Tag", "googlebot: nofollow"}}));
    EXPECT_THAT(links("<meta name=robots content=nofollow><img src=x>", kinds("image")),
                Not(HasSubstr("nofollow")));
}

TEST(Links, UniqueOnesStandOnceWhateverTheirFragment) {
    asked once{.settings = {{"links", "unique", "true"}, {"links", "kinds", "all"}}};
    EXPECT_EQ(told("<a href=x>x</a><a href='x#1'>y</a><a href=y>y</a><a href=./x>z</a><img src=x>", once),
              "page http://example.org/dir/x\npage http://example.org/dir/y\n");
    EXPECT_EQ(told("<a href='mailto:a'>x</a><a href='mailto:a'>x</a>", once), "mail mailto:a\n");
}

TEST(Links, OfASrcsetHaveTheirDescriptors) {
    EXPECT_EQ(
        links("<img src=a srcset='a 1x, b 2x'>", kinds("image")),
        R"([{"url":"http://example.org/dir/a","text":"","kind":"image","scope":"internal"},)"
        R"({"url":"http://example.org/dir/a","text":"","kind":"image","scope":"internal","descriptor":"1x"},)"
        R"({"url":"http://example.org/dir/b","text":"","kind":"image","scope":"internal","descriptor":"2x"}])");
}

TEST(Links, OfImagesLoadedLaterAreInDataSrc) {
    EXPECT_EQ(
        told("<img src='data:image/gif;base64,AA' data-src=a><img data-src=b><img src=c data-src=d>"),
        "image http://example.org/dir/a\nimage http://example.org/dir/b\nimage http://example.org/dir/c\n");
}

TEST(Links, AreNotThoseOfTemplatesAndScriptlessParts) {
    EXPECT_EQ(told("<template><a href=x>x</a><img src=y></template><noscript><img src=z></noscript>"), "");
}

TEST(Links, RefreshNeedsAUrlOfItsOwn) {
    auto const to = [](std::string content) {
        return told("<meta http-equiv=Refresh content=\"" + content + "\">");
    };
    EXPECT_EQ(to("5"), "");
    EXPECT_EQ(to("x; url=y"), "");
    EXPECT_EQ(to("0;url='y'z"), "page http://example.org/dir/y\n");
    EXPECT_EQ(to(" .5 , y"), "page http://example.org/dir/y\n");
    EXPECT_EQ(to("0; url y"), "page http://example.org/dir/url%20y\n");
}

TEST(Links, EndAtTheirLimit) {
    std::string page;
    for (int i = 0; i < 100'001; ++i)
        page += "<a href=x>";
    auto const all = told(page, {});
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 100'000);
}

// ---- srcset

std::string candidates(std::string_view attribute) {
    std::vector<image_candidate> found;
    parse_srcset(attribute, found);
    std::string out;
    for (auto const& c : found)
        out.append(c.url).append(c.descriptor.empty() ? "" : " ").append(c.descriptor).append(";");
    return out;
}

TEST(Srcset, IsReadAsHtmlHasIt) {
    EXPECT_EQ(candidates("a"), "a;");
    EXPECT_EQ(candidates("a, b"), "a;b;");
    EXPECT_EQ(candidates("a 1x,b 2x"), "a 1x;b 2x;");
    EXPECT_EQ(candidates(" ,, a\t320w ,\n b 640w,"), "a 320w;b 640w;");
    EXPECT_EQ(candidates("a,b 2x"), "a,b 2x;") << "a comma within is part of the URL";
    EXPECT_EQ(candidates("a,, b"), "a;b;");
    EXPECT_EQ(candidates("data:,a 1x, b"), "data:,a 1x;b;");
    EXPECT_EQ(candidates("a 1.5x, b 1e2x, c .5x"), "a 1.5x;b 1e2x;c .5x;");
    EXPECT_EQ(candidates("a 100w 50h, b 100w 50h"), "a 100w;b 100w;");
    EXPECT_EQ(candidates(""), "");
    EXPECT_EQ(candidates(", ,"), "");
}

TEST(Srcset, LeavesOutCandidatesWithWrongDescriptors) {
    for (std::string wrong :
         {"x",     "w",   "1",   "-1x", "0w", "1x 2x", "1w 1x",    "1x 1w", "1w 2w", "50h",
          "1x 5h", "1.w", "1.x", "+1x", "1y", "1x(",   "(1x, 2x)", "1ex",   "0h 1w", "5h 5h 1w"})
        EXPECT_EQ(candidates("bad " + wrong + ", good"), wrong == "1x(" ? "" : "good;") << wrong;
    EXPECT_EQ(candidates("a -0x"), "a -0x;");
}

TEST(Srcset, EndsAtItsLimit) {
    std::string many;
    for (std::size_t i = 0; i < max_candidates + 1; ++i)
        many += "a 1x, ";
    std::vector<image_candidate> found;
    parse_srcset(many, found);
    EXPECT_EQ(found.size(), max_candidates);
}

TEST(LinkKinds, HaveTheNamesTheyAreAskedForBy) {
    for (unsigned i = 0; i < static_cast<unsigned>(link_kind::count); ++i) {
        auto const kind = static_cast<link_kind>(i);
        EXPECT_EQ(parse_link_kinds(name_of(kind)), bit(kind)) << name_of(kind);
    }
    EXPECT_EQ(parse_link_kinds("all"), all_link_kinds);
}

}  // namespace
}  // namespace fetchd::tasks
