// Every task of the registry in a real worker, in the sandbox as it is here: no library may want more.
//
// A task that is added needs a document below that it takes, and settings where it does not go without.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "http/base64.hpp"
#include "support/compress.hpp"
#include "support/pdf_writer.hpp"
#include "unit/worker/lane_fixture.hpp"

namespace fetchd::worker {
namespace {

struct sample {
    std::string content_type;
    std::string body;
    std::string encoding = {};
};

std::string const page =
    "<!DOCTYPE html><html lang=de><head><title>Titel</title><meta name=description content=x>"
    "<script "
    "type='application/ld+json'>{\"@type\":\"Article\",\"datePublished\":\"2024-02-29T10:00:00+02:00\"}"
    "</script></head><body><nav><a href=/>Start</a></nav><main><h1>Titel</h1><p>Ein Absatz, mit <b>Text</b>, "
    "der lang genug ist, um als Inhalt zu gelten, und <a href='/b?x=1'>einem Verweis</a>.</p><p>Noch einer, "
    "auch mit Worten, Kommas, und allem, was dazu geh\xc3\xb6rt.</p><img src=a.png srcset='b.png 2x'>"
    "<table><tr><th>a<th>b<tr><td>1<td>2</table><ul><li>eins<li>zwei</ul></main></body></html>";

std::string const feed =
    "<?xml version=\"1.0\" encoding=\"windows-1252\"?><rss version=\"2.0\"><channel><title>F\xfc"
    "r</title><link>http://a.example/</link><item><title>One</title><link>/1</link>"
    "<pubDate>Thu, 29 Feb 2024 10:00:00 +0200</pubDate></item></channel></rss>";

std::string const sitemap =
    "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url>"
    "<loc>http://a.example/</loc><lastmod>2024-02-29</lastmod></url></urlset>";

std::string picture() {
    return *base64_decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAbElEQVR42hXNQRUAUQhCUaMYhShGeVGIQhSizB+XXA7ODDtouIHB"
        "Q4YOM8suWm5h8ZKl+0CskDiBsIioHhx76LiDw0eO3oN/4FVf+J8h0PduzBqZ8x/bxNQPwgaFy192SGgelC0q13/"
        "CJaXlA8Z7WAFXOT"
        "byAAAAAElFTkSuQmCC");
}

std::string pdf() {
    test::pdf_file f;
    f.info = "/CreationDate(D:20240229235959+05'30')/Title(x)";
    f.pages = {{test::pdf_text_at(72, 700, "Some words"), {}, {}}};
    return f.write();
}

std::vector<sample> const& samples() {
    static std::vector<sample> const all = {
        {"text/html", page},
        {"text/html; charset=shift_jis", "<title>\x93\xfa\x96{</title><p>\x93\xfa\x96{\x8c\xea"},
        {"text/html; charset=gb18030", "<p>\xc4\xe3\xba\xc3 \x81\x30\x81\x30"},
        {"text/html; charset=iso-2022-jp", "<p>\x1b$BF|K\\\x1b(B"},
        {"text/html; charset=big5", "<p>\xa7\x41\xa6\x6e"},
        {"text/html", std::string("<p>") + std::string(200, '\xe9') + " \xcf\xf0\xe8\xe2\xe5\xf2 guessed"},
        {"text/html", test::gzip_encoded(page), "gzip"},
        {"text/html", test::br_encoded(page), "br"},
        {"text/html", test::zstd_encoded(page), "zstd"},
        {"text/plain; charset=utf-16", std::string("\xff\xfeh\0i\0", 6)},
        {"text/csv", "a,b\n1,2\n"},
        {"application/json", R"({"a":[1,2,{"b":"x"}],"when":1709164800})"},
        {"application/rss+xml", feed},
        {"application/feed+json", R"({"version":"https://jsonfeed.org/version/1.1","title":"x","items":[]})"},
        {"application/xml", sitemap},
        {"application/gzip", test::gzip_encoded(sitemap)},
        {"application/pdf", pdf()},
        {"image/png", picture()},
        {"application/octet-stream", std::string("\0\1\2\3", 4)},
        {"text/html", ""},
    };
    return all;
}

// What a task needs to be told, or what makes it do the most; several: one visit each.
std::vector<std::vector<tasks::setting>> settings_of(std::string_view task) {
    if (task == "select")
        return {
            {{"select", "fields",
              R"({"t":"h1","rows":{"css":"tr","all":true},"x":{"xpath":"//a[1]/@href"},"m":{"css":"main","get":"markdown"}})"}}};
    if (task == "jq")
        return {{{"jq", "filter", ".a[2].b | test(\"^X$\"; \"i\")"}},
                {{"jq", "filter",
                  ".when | todate, (gmtime | mktime), strftime(\"%A %Z\"), (localtime | tojson)"}},
                {{"jq", "filter", "[.a[:2] | sort, add], @base64 \"\\(.)\", (tojson | fromjson), $ENV, env"}},
                {{"jq", "filter",
                  "now | floor, (strflocaltime(\"%c\")), ([limit(3; range(10))] | sort_by(-.))"}}};
    if (task == "image")
        return {{}, {{"image", "thumbnail", "4"}}};
    if (task == "markdown" || task == "text" || task == "html")
        return {{}, {{std::string(task), "main", "true"}}};
    return {{}};
}

class SandboxedTasks : public Lane {
  protected:
    result<visit> ask_for(std::vector<std::string> names, std::vector<tasks::setting> wanted,
                          sample const& s) {
        tasks::request r;
        r.names = std::move(names);
        r.settings = std::move(wanted);
        r.content_type = s.content_type;
        if (!s.encoding.empty())
            r.content_encoding = {s.encoding};
        r.base_url = "http://a.example/";
        auto const c = begin(std::move(r), s.body);
        finish(*c);
        return *c->got;
    }
};

TEST_F(SandboxedTasks, NoneWantsMoreThanTheSandboxAllows) {
    start(settings(), layer_set::all(), tasks::standard());
    for (auto const& task : tasks::standard()) {
        std::size_t succeeded = 0;
        for (auto const& wanted : settings_of(task.name))
            for (auto const& s : samples()) {
                auto const v = ask_for({std::string(task.name)}, wanted, s);
                if (v)
                    ++succeeded;
                else
                    EXPECT_NE(v.error().what, code::crashed)
                        << task.name << " " << s.content_type << ": " << v.error().message();
            }
        EXPECT_GT(succeeded, 0U) << task.name << " needs a document that it takes";
    }
    EXPECT_EQ(lane().numbers().crashed, 0U);
}

// What is picked by type, and all at once.
TEST_F(SandboxedTasks, NoDocumentKillsAWorker) {
    start(settings(), layer_set::all(), tasks::standard());
    for (auto const& s : samples()) {
        ask_for({}, {}, s);
        ask_for({"links", "markdown", "metadata", "text"}, {}, s);
    }
    EXPECT_EQ(lane().numbers().crashed, 0U);
}

TEST_F(SandboxedTasks, PagesOfTheCorpusKillNoWorker) {
    std::filesystem::path const pages = FETCHD_SOURCE_DIR "/../shared/corpora/readability";
    if (!std::filesystem::exists(pages))
        GTEST_SKIP() << "no " << pages;
    start(settings(), layer_set::all(), tasks::standard());
    std::size_t read = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(pages)) {
        if (entry.path().filename() != "source.html")
            continue;
        std::ifstream in(entry.path(), std::ios::binary);
        sample s{"text/html", std::string(std::istreambuf_iterator<char>(in), {})};
        auto const v = ask_for({"links", "main", "markdown", "metadata", "text"}, {}, s);
        EXPECT_TRUE(v) << entry.path() << ": " << v.error().message();
        ++read;
    }
    EXPECT_GT(read, 0U);
    EXPECT_EQ(lane().numbers().crashed, 0U);
}

}  // namespace
}  // namespace fetchd::worker
