// Megabytes of HTML a second of CPU: bare parsing, and the tasks of one visit beside it; and the
// decoding of a page of 1 MB, where the header names its encoding and where nothing does.
//
//   tasks_bench FILE...
#include <time.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "worker/tasks/charset.hpp"
#include "worker/tasks/html_document.hpp"
#include "worker/tasks/registry.hpp"

namespace {

std::vector<std::string> read_all(int count, char** paths) {
    std::vector<std::string> pages;
    for (int i = 1; i < count; ++i) {
        std::ostringstream all;
        all << std::ifstream(paths[i], std::ios::binary).rdbuf();
        pages.push_back(all.str());
    }
    return pages;
}

// Not wall time: on a busy machine that measures the neighbours.
double seconds_of_cpu() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// The best of five rounds over all pages.
template <class Work>
double megabytes_a_second(std::vector<std::string> const& pages, Work&& work) {
    double best = 0;
    for (int round = 0; round < 5; ++round) {
        std::size_t bytes = 0;
        auto const start = seconds_of_cpu();
        for (auto const& page : pages) {
            work(page);
            bytes += page.size();
        }
        best = std::max(best, static_cast<double>(bytes) / 1e6 / (seconds_of_cpu() - start));
    }
    return best;
}

double tasks(std::vector<std::string> const& pages, std::vector<std::string> names,
             std::vector<fetchd::tasks::setting> settings) {
    fetchd::tasks::request want;
    want.names = std::move(names);
    want.settings = std::move(settings);
    want.content_type = "text/html";
    want.base_url = "http://example.org/a/b";
    return megabytes_a_second(pages, [&](std::string const& page) {
        auto const done = fetchd::tasks::perform(fetchd::tasks::standard(), want, page);
        if (!done)
            std::fprintf(stderr, "%s\n", done.error().message().c_str());
    });
}

std::string page_of(std::string_view paragraph) {
    std::string page;
    while (page.size() < 1'000'000)
        page.append(paragraph);
    return page;
}

void decoding(char const* label, std::string_view paragraph, std::string_view header) {
    auto const speed = megabytes_a_second({page_of(paragraph)}, [&](std::string const& page) {
        std::string storage;
        auto const chosen = fetchd::charset::choose(page, header, fetchd::charset::markup::html);
        if (!chosen.valid_utf8 && fetchd::charset::to_utf8(page, chosen.name, storage).empty())
            std::fprintf(stderr, "nothing decoded\n");
    });
    std::printf("%-34s %7.1f MB/s\n", label, speed);
}

void decoding() {
    constexpr std::string_view german = "<p class=\"lead\">Die Gezeitentafel h\xE4ngt im Hafenb\xFCro.</p>\n";
    constexpr std::string_view german8 = "<p class=\"lead\">Die Gezeitentafel hängt im Hafenbüro.</p>\n";
    constexpr std::string_view russian8 = "<p>Таблица приливов висит в конторе порта.</p>\n";
    constexpr std::string_view russian =
        "<p>\xD2\xE0\xE1\xEB\xE8\xF6\xE0 \xEF\xF0\xE8\xEB\xE8\xE2\xEE\xE2 "
        "\xE2\xE8\xF1\xE8\xF2 \xE2 \xEA\xEE\xED\xF2\xEE\xF0\xE5 \xEF\xEE\xF0\xF2\xE0.</p>\n";
    decoding("decode ascii, nothing said", "<p class=\"lead\">The tide table hangs in the office.</p>\n", "");
    decoding("decode utf-8 german, header", german8, "utf-8");
    decoding("decode utf-8 german, nothing said", german8, "");
    decoding("decode utf-8 russian, nothing said", russian8, "");
    decoding("decode windows-1252, header", german, "windows-1252");
    decoding("decode windows-1252, nothing said", german, "");
    decoding("decode windows-1251, header", russian, "windows-1251");
    decoding("decode windows-1251, nothing said", russian, "");
}

}  // namespace

int main(int argc, char** argv) {
    decoding();
    if (argc < 2)
        return 0;
    auto const pages = read_all(argc, argv);
    auto const bare = megabytes_a_second(pages, [](std::string const& page) {
        if (!fetchd::html::document::parse(page))
            std::fprintf(stderr, "not parsed\n");
    });
    std::printf("%-34s %7.1f MB/s\n", "parse", bare);
    struct row {
        char const* label;
        std::vector<std::string> names;
        std::vector<fetchd::tasks::setting> settings = {};
    };
    for (auto const& r :
         std::vector<row>{{"hash", {"hash"}},
                          {"text", {"text"}},
                          {"metadata", {"metadata"}},
                          {"links", {"links"}},
                          {"markdown", {"markdown"}},
                          {"main", {"main"}},
                          {"markdown of the article", {"markdown"}, {{"markdown", "main", "true"}}},
                          {"main markdown links metadata", {"main", "markdown", "links", "metadata"}}}) {
        auto const speed = tasks(pages, r.names, r.settings);
        std::printf("%-34s %7.1f MB/s  %.2f of parse\n", r.label, speed, speed / bare);
    }
}
