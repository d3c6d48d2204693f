#include "worker/tasks/feed.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "worker/tasks/feed_text.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

feed read(std::string_view text, std::string_view address = "http://example.org/feeds/all.xml") {
    auto found = read_feed(text, address);
    EXPECT_TRUE(found.has_value()) << found.error().message();
    return found ? *found : feed();
}

feed_item item(std::string const& inside) {
    auto const all = read(
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/' "
        "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
        "xmlns:atom='http://www.w3.org/2005/Atom'><channel><item>" +
        inside + "</item></channel></rss>");
    EXPECT_EQ(all.items.size(), 1U);
    return all.items.empty() ? feed_item() : all.items.front();
}

std::string failed(std::string_view text) {
    auto const r = read_feed(text);
    return r ? "read" : std::string(name(r.error().what)) + ": " + r.error().detail;
}

TEST(Feed, Rss2) {
    auto const f = read(R"(<?xml version="1.0"?><rss version="2.0"><channel>
        <title>A &amp; B</title><link>/</link><description>About &lt;b&gt;it&lt;/b&gt;</description>
        <language>en-us</language><lastBuildDate>Tue, 10 Jun 2003 09:41:01 GMT</lastBuildDate>
        <copyright>(c) A</copyright><generator>G 1</generator>
        <managingEditor>e@example.org (The Editor)</managingEditor><category>News</category>
        <image><url>logo.png</url><title>not this</title><link>http://not.example/</link></image>
        <textInput><title>nor this</title></textInput>
        <item><title>One</title><link>one?a=1&amp;b=2</link><description>Plain.</description>
          <pubDate>Tue, 03 Jun 2003 09:39:21 GMT</pubDate><guid>http://example.org/one</guid>
          <author>lawyer@boyer.net (Lawyer Boyer)</author><category>x</category><category>x</category>
          <enclosure url="a.mp3" length="12216320" type="audio/mpeg"/></item>
        <item><guid isPermaLink="false">id-2</guid><description>&lt;p&gt;Rich &amp;amp; text&lt;/p&gt;</description></item>
        </channel></rss>)");
    EXPECT_EQ(f.type, "rss");
    EXPECT_EQ(f.version, "2.0");
    EXPECT_EQ(f.title, "A & B");
    EXPECT_EQ(f.home, "http://example.org/");
    EXPECT_EQ(f.description, "About it");
    EXPECT_EQ(f.language, "en-us");
    EXPECT_EQ(f.updated, "2003-06-10T09:41:01Z");
    EXPECT_EQ(f.rights, "(c) A");
    EXPECT_EQ(f.generator, "G 1");
    EXPECT_EQ(f.icon, "http://example.org/feeds/logo.png");
    ASSERT_EQ(f.authors.size(), 1U);
    EXPECT_EQ(f.authors[0].name, "The Editor");
    EXPECT_EQ(f.authors[0].email, "e@example.org");
    EXPECT_EQ(f.categories, std::vector<std::string>{"News"});
    EXPECT_FALSE(f.truncated);
    ASSERT_EQ(f.items.size(), 2U);
    auto const& one = f.items[0];
    EXPECT_EQ(one.id, "http://example.org/one");
    EXPECT_EQ(one.url, "http://example.org/feeds/one?a=1&b=2");
    EXPECT_EQ(one.title, "One");
    EXPECT_EQ(one.summary, "Plain.");
    EXPECT_EQ(one.content_html + one.content_text, "");
    EXPECT_EQ(one.published, "2003-06-03T09:39:21Z");
    EXPECT_EQ(one.authors.at(0).name, "Lawyer Boyer");
    EXPECT_EQ(one.categories, std::vector<std::string>{"x"});
    ASSERT_EQ(one.enclosures.size(), 1U);
    EXPECT_EQ(one.enclosures[0].url, "http://example.org/feeds/a.mp3");
    EXPECT_EQ(one.enclosures[0].type, "audio/mpeg");
    EXPECT_EQ(one.enclosures[0].length, 12216320U);
    auto const& two = f.items[1];
    EXPECT_EQ(two.id, "id-2");
    EXPECT_EQ(two.url, "");
    EXPECT_EQ(two.summary, "Rich & text");
    EXPECT_EQ(two.content_html, "<p>Rich &amp; text</p>");
}

TEST(Feed, Rss1) {
    auto const f = read(R"(<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="x"><title>T</title><link>http://example.org/</link>
          <items><rdf:Seq><rdf:li resource="a"/></rdf:Seq></items><dc:date>2001-01-02T03:04+01:00</dc:date></channel>
        <image rdf:about="i"><url>http://example.org/i.png</url></image>
        <item rdf:about="http://example.org/a"><title>A</title><link>http://example.org/a.html</link>
          <dc:creator>Me</dc:creator><dc:date>2001-01-02</dc:date><dc:subject>s</dc:subject></item></rdf:RDF>)");
    EXPECT_EQ(f.type + f.version, "rss1.0");
    EXPECT_EQ(f.title, "T");
    EXPECT_EQ(f.updated, "2001-01-02T02:04:00Z");
    EXPECT_EQ(f.icon, "http://example.org/i.png");
    ASSERT_EQ(f.items.size(), 1U);
    EXPECT_EQ(f.items[0].id, "http://example.org/a");
    EXPECT_EQ(f.items[0].url, "http://example.org/a.html");
    EXPECT_EQ(f.items[0].published, "2001-01-02T00:00:00Z");
    EXPECT_EQ(f.items[0].authors.at(0).name, "Me");
    EXPECT_EQ(f.items[0].categories.at(0), "s");
}

TEST(Feed, Atom) {
    auto const f = read(R"(<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"
        xml:base="http://example.net/base/"><title type="html">&lt;em&gt;E&lt;/em&gt; &amp;amp; F</title>
        <subtitle>S</subtitle><link rel="self" href="feed.atom"/><link href="/home"/><link rel="next" href="?p=2"/>
        <updated>2003-12-13T18:30:02+01:00</updated><author><name>N</name><uri>/me</uri><email>n@x.org</email></author>
        <icon>i.ico</icon><rights>R</rights><generator uri="u">Gen</generator>
        <entry xml:base="sub/"><title>T &lt; U</title><id>urn:1</id><link href="a" type="application/json"/>
          <link href="b.html" type="text/html" rel="alternate"/><link rel="enclosure" href="c.ogg" length="7" type="audio/ogg"/>
          <published>2003-12-13T08:29:29-04:00</published><updated>2003-12-14T00:00:00Z</updated>
          <summary type="html">&lt;p&gt;Sum&lt;/p&gt;</summary>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p class="x">a &lt; b<br/></p></div></content>
          <category term="t" label="The T"/></entry>
        <entry><id>2</id><content>just &lt;text&gt;</content></entry>
        <entry><id>3</id><content type="image/png">aGFsbG8=</content></entry>
        <entry><id>4</id><content src="http://example.com/x" type="text/html"/></entry></feed>)");
    EXPECT_EQ(f.type + f.version, "atom1.0");
    EXPECT_EQ(f.title, "E & F");
    EXPECT_EQ(f.description, "S");
    EXPECT_EQ(f.language, "de");
    EXPECT_EQ(f.url, "http://example.net/base/feed.atom");
    EXPECT_EQ(f.home, "http://example.net/home");
    EXPECT_EQ(f.next, "http://example.net/base/?p=2");
    EXPECT_EQ(f.updated, "2003-12-13T17:30:02Z");
    EXPECT_EQ(f.icon, "http://example.net/base/i.ico");
    EXPECT_EQ(f.rights + f.generator, "RGen");
    ASSERT_EQ(f.authors.size(), 1U);
    EXPECT_EQ(f.authors[0].url, "http://example.net/me");
    ASSERT_EQ(f.items.size(), 4U);
    auto const& one = f.items[0];
    EXPECT_EQ(one.title, "T < U");
    EXPECT_EQ(one.url, "http://example.net/base/sub/b.html");
    EXPECT_EQ(one.published, "2003-12-13T12:29:29Z");
    EXPECT_EQ(one.summary, "Sum");
    EXPECT_EQ(one.content_html, "<p class=\"x\">a &lt; b<br></p>");
    EXPECT_EQ(one.categories.at(0), "The T");
    EXPECT_EQ(one.enclosures.at(0).url, "http://example.net/base/sub/c.ogg");
    EXPECT_EQ(f.items[1].content_text, "just <text>");
    EXPECT_EQ(f.items[2].content_text + f.items[2].content_html, "");
    EXPECT_EQ(f.items[3].url, "http://example.com/x");
}

TEST(Feed, Atom03) {
    auto const f = read(
        R"(<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title mode="escaped">A &amp;amp; B</title>
        <tagline>t</tagline><modified>2003-12-13T18:30:02Z</modified>
        <entry><issued>2003-12-13T08:29:29-04:00</issued><content type="text/html" mode="escaped">&lt;i&gt;x&lt;/i&gt;</content>
        </entry><entry><content mode="xml"><i>y</i></content></entry></feed>)");
    EXPECT_EQ(f.type + f.version, "atom0.3");
    EXPECT_EQ(f.title, "A & B");
    EXPECT_EQ(f.description, "t");
    EXPECT_EQ(f.items.at(0).published, "2003-12-13T12:29:29Z");
    EXPECT_EQ(f.items.at(0).content_html, "<i>x</i>");
    EXPECT_EQ(f.items.at(1).content_html, "<i>y</i>");
}

TEST(Feed, JsonFeed) {
    auto const f =
        read(R"({"version":"https://jsonfeed.org/version/1.1","title":"T","home_page_url":"https://e.org/",
        "feed_url":"feed.json","next_url":"feed2.json","description":"D","icon":"i.png","language":"en",
        "authors":[{"name":"N","url":"https://n.org/"}],
        "items":[{"id":7,"url":"a","title":"A","content_html":"<p>x","summary":"s","image":"i.jpg",
          "date_published":"2010-02-07T14:04:00-05:00","date_modified":"x","tags":["t",1],
          "attachments":[{"url":"a.mp3","mime_type":"audio/mpeg","size_in_bytes":9},{"title":"none"}]},
          {"id":"b","external_url":"https://o.org/","content_text":"plain","author":{"name":"Old"}}, 3]})");
    EXPECT_EQ(f.type + f.version, "json1.1");
    EXPECT_EQ(f.title + f.description + f.language, "TDen");
    EXPECT_EQ(f.url, "http://example.org/feeds/feed.json");
    EXPECT_EQ(f.next, "http://example.org/feeds/feed2.json");
    EXPECT_EQ(f.authors.at(0).url, "https://n.org/");
    ASSERT_EQ(f.items.size(), 2U);
    EXPECT_EQ(f.items[0].id, "7");
    EXPECT_EQ(f.items[0].url, "http://example.org/feeds/a");
    EXPECT_EQ(f.items[0].published, "2010-02-07T19:04:00Z");
    EXPECT_EQ(f.items[0].updated, "");
    EXPECT_EQ(f.items[0].categories, std::vector<std::string>{"t"});
    ASSERT_EQ(f.items[0].enclosures.size(), 1U);
    EXPECT_EQ(f.items[0].enclosures[0].length, 9U);
    EXPECT_EQ(f.items[1].url, "https://o.org/");
    EXPECT_EQ(f.items[1].content_text, "plain");
    EXPECT_EQ(f.items[1].authors.at(0).name, "Old");
}

TEST(Feed, FullTextStandsBesideTheSummary) {
    auto const i = item("<description>short</description><content:encoded>&lt;p&gt;long</content:encoded>");
    EXPECT_EQ(i.summary, "short");
    EXPECT_EQ(i.content_html, "<p>long");
    auto const elements = item("<description>a <b>bold</b> &amp; <br/>word</description>");
    EXPECT_EQ(elements.summary, "a bold & word");
    EXPECT_EQ(elements.content_html, "a <b>bold</b> &amp; <br>word");
}

TEST(Feed, MediaAndPodcastExtensions) {
    auto const i = item(
        "<media:group><media:title>M</media:title><media:description>D</media:description>"
        "<media:content url='v.mp4' type='video/mp4' fileSize='5'/><media:thumbnail url='t.jpg'/>"
        "</media:group><media:content medium='image' url='p.jpg'><media:title>P</media:title></media:content>"
        "<itunes:author>Pod</itunes:author><enclosure url='v.mp4' length='0'/>");
    EXPECT_EQ(i.title, "M");
    EXPECT_EQ(i.summary, "D");
    EXPECT_EQ(i.image, "http://example.org/feeds/t.jpg");
    ASSERT_EQ(i.enclosures.size(), 2U);
    EXPECT_EQ(i.enclosures[0].url, "http://example.org/feeds/v.mp4");
    EXPECT_EQ(i.enclosures[0].length, 5U);
    EXPECT_EQ(i.enclosures[1].length, std::nullopt);
    EXPECT_EQ(i.authors.at(0).name, "Pod");
    EXPECT_EQ(item("<itunes:image href='cover.jpg'/>").image, "http://example.org/feeds/cover.jpg");
    EXPECT_EQ(item("<atom:link href='x'/>").url, "http://example.org/feeds/x");
}

TEST(Feed, NoUrlThatIsNone) {
    EXPECT_EQ(item("<link>javascript:alert(1)</link>").url, "");
    EXPECT_EQ(item("<link>http://[</link>").url, "");
    EXPECT_EQ(item("<link>" + std::string(9000, 'a') + "</link>").url, "");
    EXPECT_EQ(item("<guid>tag:x,2003:1</guid>").url, "");
    EXPECT_EQ(item("<guid>https://e.org/p</guid>").url, "https://e.org/p");
    auto const f = read("<rss><channel><link>/home</link></channel></rss>", "");
    EXPECT_EQ(f.home, "");
}

TEST(Feed, SalvagesWhatIsIllFormed) {
    auto const f = read(
        "\n junk <rss><channel><title>Tom & Jerry&nbsp;&copy; &bogus; 1 < 2</title>"
        "<item><description>one<br>two</description><title>A</title></item>"
        "<item><title>B</b></title><dc:creator>C</dc:creator></item><item><title>cut");
    EXPECT_EQ(f.title, "Tom & Jerry\u00a0\u00a9 &bogus; 1 < 2");
    ASSERT_EQ(f.items.size(), 3U);
    EXPECT_EQ(f.items[0].title, "A");
    EXPECT_EQ(f.items[0].content_html, "one<br>two");
    EXPECT_EQ(f.items[1].title, "B");
    EXPECT_EQ(f.items[1].authors.at(0).name, "C");
    EXPECT_EQ(f.items[2].title, "cut");
}

TEST(Feed, CharacterEncodings) {
    EXPECT_EQ(
        read("<?xml version='1.0' encoding='iso-8859-1'?><rss><channel><title>\xe9</title></channel></rss>")
            .title,
        "\u00e9");
    auto const labelled = read_feed("<rss><channel><title>\xe4</title></channel></rss>", "", "windows-1251");
    ASSERT_TRUE(labelled.has_value());
    EXPECT_EQ(labelled->title, "\u0434");
    EXPECT_EQ(read("\xEF\xBB\xBF<rss><channel><title>\u00e9</title></channel></rss>").title, "\u00e9");
}

TEST(Feed, RefusesWhatIsNoFeed) {
    EXPECT_EQ(failed(""), "unsupported_type: no XML");
    EXPECT_EQ(failed("text"), "unsupported_type: no XML");
    EXPECT_EQ(failed("<!DOCTYPE html><html><body>x"), "unsupported_type: the root element is html");
    EXPECT_EQ(failed("{\"a\":1}"), "unsupported_type: JSON that is no JSON Feed");
    EXPECT_TRUE(failed("{\"a\":").starts_with("bad_document: JSON: "));
}

TEST(Feed, ItemsAreLimited) {
    std::string text = "<rss><channel><item><title>1</title></item><item/>";
    feed_limits two;
    two.items = 2;
    auto const whole = read_feed(text, "", "", two);
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(whole->items.size(), 2U);
    EXPECT_FALSE(whole->truncated);
    auto const more = read_feed(text + "<item/>", "", "", two);
    ASSERT_TRUE(more.has_value());
    EXPECT_EQ(more->items.size(), 2U);
    EXPECT_TRUE(more->truncated);
}

TEST(Feed, WhatIsKeptIsLimited) {
    feed_limits small;
    small.bytes = 100;
    auto const fits =
        read_feed("<feed><entry><id>" + std::string(100, 'x') + "</id></entry></feed>", "", "", small);
    ASSERT_TRUE(fits.has_value());
    EXPECT_FALSE(fits->truncated);
    ASSERT_EQ(fits->items.size(), 1U);
    EXPECT_EQ(fits->items[0].id.size(), 100U);
    auto const over =
        read_feed("<feed><entry><id>" + std::string(101, 'x') + "</id></entry></feed>", "", "", small);
    ASSERT_TRUE(over.has_value());
    EXPECT_TRUE(over->truncated);
}

TEST(Feed, ListsOfOneItemAreLimited) {
    std::string many;
    for (int i = 0; i < 200; ++i) {
        auto const n = std::to_string(i);
        many += "<category>" + n + "</category><author>" + n + "</author><enclosure url='" + n + "'/>";
    }
    auto const i = item(many);
    EXPECT_EQ(i.categories.size(), 100U);
    EXPECT_EQ(i.authors.size(), 100U);
    EXPECT_EQ(i.enclosures.size(), 100U);
}

TEST(Feed, LongTextsAreCut) {
    EXPECT_EQ(item("<title>" + std::string(20000, 'x') + "</title>").title.size(), 8192U);
    auto const i = item("<description>" + std::string(20000, 'x') + "</description>");
    EXPECT_EQ(i.summary.size(), 8192U);
    EXPECT_EQ(i.content_text.size(), 20000U);
}

TEST(Feed, PeopleAsTheyAreWritten) {
    for (auto const* written : {"lawyer@boyer.net (Lawyer Boyer)", "Lawyer Boyer <lawyer@boyer.net>",
                                "\"Lawyer Boyer\" <mailto:lawyer@boyer.net>"}) {
        EXPECT_EQ(person_of(written).name, "Lawyer Boyer") << written;
        EXPECT_EQ(person_of(written).email, "lawyer@boyer.net") << written;
    }
    EXPECT_EQ(person_of("a@b.c").name, "");
    EXPECT_EQ(person_of("Just Me").name, "Just Me");
    EXPECT_EQ(person_of("@").email, "@");
}

TEST(Feed, TheTaskReadsAFeedWhateverItIsSentAs) {
    for (auto const* type :
         {"application/rss+xml", "text/xml", "text/html", "text/plain", "application/octet-stream", ""}) {
        request want;
        want.names = {"feed"};
        want.content_type = type;
        want.base_url = "http://example.org/";
        auto const done = perform(
            standard(), want,
            "<rss version='2.0'><channel><title>T\"</title><item><link>a</link></item></channel></rss>");
        ASSERT_TRUE(done.has_value()) << type << ": " << done.error().message();
        EXPECT_EQ(
            done->output,
            R"({"feed":{"type":"rss","version":"2.0","title":"T\"","items":[{"url":"http://example.org/a"}]}})");
    }
}

TEST(Feed, OutputIsLimited) {
    request want;
    want.names = {"feed"};
    want.max_output = 1000;
    std::string text = "<rss><channel>";
    for (int i = 0; i < 100; ++i)
        text += "<item><title>twenty bytes of text</title></item>";
    auto const done = perform(standard(), want, text);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().what, code::output_too_large);
}

}  // namespace
}  // namespace fetchd::tasks
