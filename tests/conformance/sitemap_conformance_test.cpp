// Sitemaps as crawler-commons tests them: good ones, and such as are found.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "worker/tasks/feed.hpp"
#include "worker/tasks/sitemap.hpp"

namespace fetchd::tasks {
namespace {

std::filesystem::path const folder = FETCHD_SOURCE_DIR "/../shared/corpora/sitemaps";

class SitemapCorpus : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(folder))
            GTEST_SKIP() << "no " << folder;
    }
    static std::string bytes(std::string const& name) {
        std::ostringstream all;
        all << std::ifstream(folder / name, std::ios::binary).rdbuf();
        EXPECT_GT(all.str().size(), 0U) << name;
        return all.str();
    }
    static sitemap read(std::string const& name) {
        auto const found = read_sitemap(bytes(name), "http://www.example.com/" + name);
        EXPECT_TRUE(found.has_value()) << name << ": " << found.error().message();
        return found ? *found : sitemap();
    }
    static std::vector<std::string> places(std::vector<sitemap_entry> const& all) {
        std::vector<std::string> found;
        for (auto const& entry : all)
            found.push_back(entry.loc);
        return found;
    }
};

std::vector<std::string> const catalog = {"http://www.example.com/",
                                          "http://www.example.com/catalog?item=12&desc=vacation_hawaii",
                                          "http://www.example.com/catalog?item=73&desc=vacation_new_zealand",
                                          "http://www.example.com/catalog?item=74&desc=vacation_newfoundland",
                                          "http://www.example.com/catalog?item=83&desc=vacation_usa"};
std::vector<std::string> const domain = {"http://www.domain.com/page1.html",
                                         "http://www.domain.com/page2.html"};
std::vector<std::string> const numbered = {"http://www.example.com/1", "http://www.example.com/2"};

TEST_F(SitemapCorpus, XmlInGzip) {
    auto const all = read("xmlSitemap.gz");
    EXPECT_EQ(all.type, sitemap_kind::urlset);
    EXPECT_EQ(places(all.urls), catalog);
    EXPECT_EQ(all.urls.at(0).lastmod, "2005-01-01");
    EXPECT_EQ(all.urls.at(0).changefreq, "monthly");
    EXPECT_EQ(all.urls.at(0).priority, 0.8);
    EXPECT_EQ(all.urls.at(3).lastmod, "2004-12-23T18:00:15Z");
    EXPECT_EQ(all.urls.at(3).priority, 0.3);
    EXPECT_EQ(all.refused + all.elsewhere, 0U);
}

TEST_F(SitemapCorpus, TextPlainInGzipAndWithAMark) {
    EXPECT_EQ(read("sitemap.txt").type, sitemap_kind::text);
    EXPECT_EQ(places(read("sitemap.txt").urls), domain);
    EXPECT_EQ(read("sitemap.txt").elsewhere, 2U);
    EXPECT_EQ(places(read("sitemap-with-bom.txt").urls), domain);
    EXPECT_EQ(places(read("sitemap.txt.gz").urls), catalog);
    EXPECT_EQ(places(read("do-not-visit.txt").urls),
              std::vector<std::string>{"http://www.example.com/do-not-visit-here"});
}

TEST_F(SitemapCorpus, NamespacesWithAPrefixAndWrongOnes) {
    EXPECT_EQ(places(read("sitemap.ns.xml").urls), numbered);
    EXPECT_EQ(places(read("sitemap.badns.xml").urls), numbered);
    EXPECT_EQ(read("sitemap.badns.xml").urls.at(1).changefreq, "daily");
}

TEST_F(SitemapCorpus, IndexWithoutLocElements) {
    auto const all = read("sitemap.index.xml");
    EXPECT_EQ(all.type, sitemap_kind::index);
    ASSERT_EQ(all.sitemaps.size(), 15U);
    EXPECT_EQ(all.sitemaps[0].loc, "https://example.com/sitemap.jss?portalCode=10260&lang=en");
    EXPECT_EQ(all.sitemaps[14].loc, "https://example.com/sitemap.jss?portalCode=10570&lang=en");
}

TEST_F(SitemapCorpus, AtomAsASitemapAndAsAFeed) {
    auto const all = read("atom.xml");
    EXPECT_EQ(all.type, sitemap_kind::feed);
    EXPECT_EQ(places(all.urls), std::vector<std::string>{"http://example.org/2003/12/13/atom03.html"});
    EXPECT_EQ(all.urls.at(0).lastmod, "2003-12-13T18:30:02Z");

    auto const found = read_feed(bytes("atom.xml"), "http://www.example.com/atom.xml");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->title, "Example Feed");
    EXPECT_EQ(found->home, "http://example.org/");
    EXPECT_EQ(found->url, "http://example.org/feed/");
    ASSERT_EQ(found->items.size(), 1U);
    EXPECT_EQ(found->items[0].content_html, "<p>This is the entry content.</p>");
    EXPECT_EQ(found->items[0].authors.at(0).email, "johndoe@example.com");
}

}  // namespace
}  // namespace fetchd::tasks
