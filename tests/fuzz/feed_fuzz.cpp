// Any bytes as a feed, as a sitemap and as gzip of one: what comes out is within its limits, and JSON.
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/feed.hpp"
#include "worker/tasks/registry.hpp"
#include "worker/tasks/sitemap.hpp"

namespace {

void must_be_json(std::string const& text) {
    boost::json::stream_parser parser;
    boost::json::error_code error;
    parser.write(text.data(), text.size(), error);
    if (!error)
        parser.finish(error);
    if (error)
        std::abort();
}

void run(char const* task, char const* type, std::string_view body) {
    fetchd::tasks::request want;
    want.names = {task};
    want.content_type = type;
    want.base_url = "http://example.org/a/b?c";
    want.max_output = 1 << 20;
    auto const done = fetchd::tasks::perform(fetchd::tasks::standard(), want, body);
    if (done)
        must_be_json(done->output);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static constexpr char const* types[] = {"application/xml", "text/html", "text/plain; charset=utf-16", "",
                                            "text/xml; charset=windows-1251"};
    if (size == 0)
        return 0;
    std::string_view const body(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const* type = types[data[0] % std::size(types)];
    run("feed", type, body);
    run("sitemap", type, body);
    fetchd::tasks::sitemap_limits few;
    few.entries = 3;
    few.bytes = 100;
    few.kept = 64;
    if (auto const found = fetchd::tasks::read_sitemap(body, "http://example.org/", "", few))
        if (found->urls.size() + found->sitemaps.size() > 3)
            std::abort();
    fetchd::tasks::feed_limits little;
    little.items = 2;
    little.bytes = 64;
    little.many = 1;
    if (auto const found = fetchd::tasks::read_feed(body, "", "", little))
        if (found->items.size() > 2)
            std::abort();
    return 0;
}
