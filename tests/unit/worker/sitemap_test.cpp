#include "worker/tasks/sitemap.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::string_view here = "http://www.example.com/maps/sitemap.xml";

std::string gzip(std::string_view text) {
    z_stream z{};
    deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&z, text.size()) + 64, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

sitemap read(std::string_view bytes, sitemap_limits const& limits = {}) {
    auto const found = read_sitemap(bytes, here, "", limits);
    EXPECT_TRUE(found.has_value()) << found.error().message();
    return found ? *found : sitemap();
}

std::string failed(std::string_view bytes) {
    auto const r = read_sitemap(bytes, here);
    return r ? "read" : std::string(name(r.error().what)) + ": " + r.error().detail;
}

std::string urlset(std::string const& inside) {
    return "<?xml version='1.0' encoding='UTF-8'?><urlset "
           "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
           "xmlns:xhtml='http://www.w3.org/1999/xhtml' "
           "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1' "
           "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9' "
           "xmlns:video='http://www.google.com/schemas/sitemap-video/1.1'>" +
           inside + "</urlset>";
}

sitemap_entry only(std::string const& inside) {
    auto const all = read(urlset("<url>" + inside + "</url>"));
    EXPECT_EQ(all.urls.size(), 1U);
    return all.urls.empty() ? sitemap_entry() : all.urls.front();
}

TEST(Sitemap, UrlsWithWhatIsSaidOfThem) {
    auto const all =
        read(urlset("<url><loc> http://www.example.com/a?x=1&amp;y=2 </loc><lastmod>2005-01-01</lastmod>"
                    "<changefreq>Monthly</changefreq><priority>0.8</priority></url>"
                    "<url><loc>/b#top</loc><lastmod>soon</lastmod><changefreq>often</changefreq>"
                    "<priority>1.5</priority></url>"));
    EXPECT_EQ(all.type, sitemap_kind::urlset);
    ASSERT_EQ(all.urls.size(), 2U);
    EXPECT_EQ(all.urls[0].loc, "http://www.example.com/a?x=1&y=2");
    EXPECT_EQ(all.urls[0].lastmod, "2005-01-01");
    EXPECT_EQ(all.urls[0].changefreq, "monthly");
    EXPECT_EQ(all.urls[0].priority, 0.8);
    EXPECT_EQ(all.urls[1].loc, "http://www.example.com/b");
    EXPECT_EQ(all.urls[1].lastmod + all.urls[1].changefreq, "");
    EXPECT_EQ(all.urls[1].priority, std::nullopt);
    EXPECT_FALSE(all.truncated);
    EXPECT_EQ(all.refused + all.elsewhere, 0U);
}

TEST(Sitemap, Extensions) {
    auto const one = only(
        "<loc>/a</loc><xhtml:link rel='alternate' hreflang='de' href='/de'/><xhtml:link rel='x' href='/no'/>"
        "<image:image><image:loc>/i.jpg</image:loc><image:title>t</image:title></image:image>"
        "<image:image><image:loc>ftp://x/</image:loc></image:image>"
        "<video:video><video:thumbnail_loc>/t.jpg</video:thumbnail_loc><video:content_loc>/v.mp4</"
        "video:content_loc></video:video>"
        "<news:news><news:publication><news:name>P</news:name><news:language>en</news:language></"
        "news:publication>"
        "<news:publication_date>2008-12-23T10:00Z</news:publication_date><news:title>A &amp; "
        "B</news:title></news:news>");
    ASSERT_EQ(one.alternates.size(), 1U);
    EXPECT_EQ(one.alternates[0].language + one.alternates[0].url, "dehttp://www.example.com/de");
    EXPECT_EQ(one.images, std::vector<std::string>{"http://www.example.com/i.jpg"});
    EXPECT_EQ(one.videos, std::vector<std::string>{"http://www.example.com/v.mp4"});
    ASSERT_TRUE(one.news.has_value());
    EXPECT_EQ(one.news->title, "A & B");
    EXPECT_EQ(one.news->published, "2008-12-23T10:00:00Z");
    EXPECT_EQ(one.news->publication + one.news->language, "Pen");
}

TEST(Sitemap, Index) {
    auto const all = read(
        "<sitemapindex><sitemap><loc>a.xml.gz</loc><lastmod>2004-10-01T18:23:17+00:00</lastmod></sitemap>"
        "<sitemap>http://www.example.com/b.xml</sitemap></sitemapindex>");
    EXPECT_EQ(all.type, sitemap_kind::index);
    EXPECT_TRUE(all.urls.empty());
    ASSERT_EQ(all.sitemaps.size(), 2U);
    EXPECT_EQ(all.sitemaps[0].loc, "http://www.example.com/maps/a.xml.gz");
    EXPECT_EQ(all.sitemaps[0].lastmod, "2004-10-01T18:23:17Z");
    EXPECT_EQ(all.sitemaps[1].loc, "http://www.example.com/b.xml");
}

TEST(Sitemap, OneUrlALine) {
    auto const all = read(
        "\xEF\xBB\xBFhttp://www.example.com/a\r\n\r\n  https://other.example/b  \nhttp://www.example.com/c");
    EXPECT_EQ(all.type, sitemap_kind::text);
    ASSERT_EQ(all.urls.size(), 3U);
    EXPECT_EQ(all.urls[1].loc, "https://other.example/b");
    EXPECT_TRUE(all.urls[1].elsewhere);
    EXPECT_EQ(all.elsewhere, 1U);
    EXPECT_EQ(all.urls[2].loc, "http://www.example.com/c");
}

TEST(Sitemap, AFeed) {
    auto const all = read(
        "<rss><channel><item><link>/a</link><pubDate>Tue, 03 Jun 2003 09:39:21 GMT</pubDate></item>"
        "<item><title>no link</title></item></channel></rss>");
    EXPECT_EQ(all.type, sitemap_kind::feed);
    ASSERT_EQ(all.urls.size(), 1U);
    EXPECT_EQ(all.urls[0].loc, "http://www.example.com/a");
    EXPECT_EQ(all.urls[0].lastmod, "2003-06-03T09:39:21Z");
    EXPECT_EQ(all.refused, 1U);
}

TEST(Sitemap, Gzip) {
    EXPECT_EQ(read(gzip(urlset("<url><loc>/a</loc></url>"))).urls.at(0).loc, "http://www.example.com/a");
    EXPECT_EQ(read(gzip("http://www.example.com/a\n")).type, sitemap_kind::text);
    auto const twice = failed(gzip(gzip("http://www.example.com/a\n")));
    EXPECT_TRUE(twice.starts_with("unsupported_type")) << twice;
    auto cut = gzip(urlset("<url><loc>/a</loc></url>"));
    cut.resize(cut.size() - 9);
    EXPECT_TRUE(failed(cut).starts_with("truncated"));
    auto broken = gzip(urlset("<url><loc>/a</loc></url>"));
    broken[broken.size() - 5] ^= 1;
    EXPECT_TRUE(failed(broken).starts_with("corrupt"));
}

TEST(Sitemap, UrlsThatCannotBeFetchedAreCounted) {
    auto const all =
        read(urlset("<url><loc>mailto:a@b</loc></url><url><loc>http://[</loc></url><url></url>"
                    "<url><loc>http://www.example.com/" +
                    std::string(2048, 'a') + "</loc></url><url><loc>https://www.example.com/</loc></url>"));
    EXPECT_EQ(all.refused, 4U);
    ASSERT_EQ(all.urls.size(), 1U);
    EXPECT_TRUE(all.urls[0].elsewhere);
    auto const nowhere =
        read_sitemap("<urlset><url><loc>/a</loc></url><url><loc>http://a/</loc></url></urlset>");
    ASSERT_TRUE(nowhere.has_value());
    EXPECT_EQ(nowhere->refused, 1U);
    EXPECT_EQ(nowhere->elsewhere, 0U);
}

TEST(Sitemap, EntriesAreLimited) {
    sitemap_limits two;
    two.entries = 2;
    auto const entry = "<url><loc>/a</loc></url>";
    EXPECT_FALSE(read(urlset(std::string(entry) + entry), two).truncated);
    auto const more = read(urlset(std::string(entry) + entry + entry), two);
    EXPECT_TRUE(more.truncated);
    EXPECT_EQ(more.urls.size(), 2U);
    EXPECT_FALSE(read("http://a/\nhttp://b/\n", two).truncated);
    EXPECT_TRUE(read("http://a/\nhttp://b/\nhttp://c/\n", two).truncated);
}

TEST(Sitemap, BytesAreLimitedAfterDecompression) {
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "http://www.example.com/\u00e4" + std::to_string(i) + "\n";
    sitemap_limits small;
    small.bytes = text.size();
    EXPECT_FALSE(read(text, small).truncated);
    EXPECT_FALSE(read(gzip(text), small).truncated);
    small.bytes = text.size() - 1;
    EXPECT_TRUE(read(text, small).truncated);
    EXPECT_TRUE(read(gzip(text), small).truncated);
    // Cut in the middle of a character: still UTF-8.
    small.bytes = text.find("\u00e4") + 1;
    EXPECT_EQ(read(text, small).urls.at(0).loc, "http://www.example.com/");
    // A bomb is not decompressed further than that.
    small.bytes = 1 << 20;
    EXPECT_TRUE(read(gzip("http://a/\n" + std::string(100 << 20, '\n')), small).truncated);
}

TEST(Sitemap, WhatIsKeptIsLimited) {
    sitemap_limits small;
    small.kept = 30;
    auto const all = read("http://www.example.com/aaaaaaa\nhttp://www.example.com/b\n", small);
    EXPECT_EQ(all.urls.size(), 1U);
    EXPECT_TRUE(all.truncated);
    std::string many = "<loc>/</loc>";
    for (int i = 0; i < 2000; ++i)
        many += "<image:image><image:loc>/i</image:loc></image:image>";
    EXPECT_EQ(only(many).images.size(), 1000U);
}

TEST(Sitemap, RefusesWhatIsNoSitemap) {
    EXPECT_EQ(failed("<!DOCTYPE html><html><body>404"), "unsupported_type: the root element is html");
    EXPECT_EQ(failed(""), "unsupported_type: neither XML nor one URL a line");
    EXPECT_EQ(failed("Not found: http://www.example.com/"),
              "unsupported_type: neither XML nor one URL a line");
    EXPECT_EQ(failed("http://a/\nsome\ntext"), "unsupported_type: neither XML nor one URL a line");
    EXPECT_EQ(failed("<?xml version='1.0'?>"), "unsupported_type: XML without an element");
    EXPECT_EQ(failed("\x1f\x8b\x08"), "truncated: ");
}

TEST(Sitemap, TheTaskWritesJson) {
    request want;
    want.names = {"sitemap"};
    want.base_url = here;
    want.content_type = "application/gzip";
    auto const done = perform(standard(), want,
                              gzip(urlset("<url><loc>/\"</loc><priority>0.5</priority></url><url/>"
                                          "<url><loc>https://o.example/</loc></url>")));
    ASSERT_TRUE(done.has_value()) << done.error().message();
    EXPECT_EQ(done->output, R"({"sitemap":{"type":"urlset","refused":1,"elsewhere":1,"urls":[)"
                            R"({"loc":"http://www.example.com/%22","priority":0.5},)"
                            R"({"loc":"https://o.example/","elsewhere":true}]}})");
    auto const index = perform(standard(), want, "<sitemapindex/>");
    ASSERT_TRUE(index.has_value());
    EXPECT_EQ(index->output, R"({"sitemap":{"type":"index","sitemaps":[]}})");
}

}  // namespace
}  // namespace fetchd::tasks
