// Megabytes of HTML a second on one core: bare parsing, and the tasks of one visit beside it.
//
//   tasks_bench FILE...
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

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

// The best of five rounds over all pages.
template <class Work>
double megabytes_a_second(std::vector<std::string> const& pages, Work&& work) {
    double best = 0;
    for (int round = 0; round < 5; ++round) {
        std::size_t bytes = 0;
        auto const start = std::chrono::steady_clock::now();
        for (auto const& page : pages) {
            work(page);
            bytes += page.size();
        }
        std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
        best = std::max(best, static_cast<double>(bytes) / 1e6 / took.count());
    }
    return best;
}

double tasks(std::vector<std::string> const& pages, std::vector<std::string> names) {
    fetchd::tasks::request want;
    want.names = std::move(names);
    want.content_type = "text/html";
    want.base_url = "http://example.org/a/b";
    return megabytes_a_second(pages, [&](std::string const& page) {
        auto const done = fetchd::tasks::perform(fetchd::tasks::standard(), want, page);
        if (!done)
            std::fprintf(stderr, "%s\n", done.error().message().c_str());
    });
}

}  // namespace

int main(int argc, char** argv) {
    auto const pages = read_all(argc, argv);
    auto const bare = megabytes_a_second(pages, [](std::string const& page) {
        if (!fetchd::html::document::parse(page))
            std::fprintf(stderr, "not parsed\n");
    });
    std::printf("%-34s %7.1f MB/s\n", "parse", bare);
    for (auto const& names : std::vector<std::vector<std::string>>{{"sha256"},
                                                                   {"text"},
                                                                   {"metadata"},
                                                                   {"links"},
                                                                   {"markdown"},
                                                                   {"markdown", "links", "metadata"}}) {
        auto const speed = tasks(pages, names);
        std::string label = "perform";
        for (auto const& name : names)
            label += " " + name;
        std::printf("%-34s %7.1f MB/s  %.2f of parse\n", label.c_str(), speed, speed / bare);
    }
}
