// Pages through real workers: how much faster two of them are than one, and how late the loop runs meanwhile.
//
//   pages_lane FILE...
//
// Each round gives every file once, as main, markdown, links and metadata, by turns to one worker and to two.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "loop/lag.hpp"
#include "worker/supervisor.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::worker;

constexpr int rounds = 5;
constexpr int passes = 4;  // over all pages, in a round

struct work {
    std::vector<std::string> pages;  // one for each visit: taken, not copied
    std::size_t next = 0;
    std::size_t open = 0;
    std::size_t failed = 0;
};

awaitable<void> caller(supervisor& lane, timer_wheel& wheel, work& all) {
    scope life(wheel, clock::now() + std::chrono::minutes(10));
    while (all.next < all.pages.size()) {
        auto page = std::move(all.pages[all.next++]);
        tasks::request r;
        r.names = {"main", "markdown", "links", "metadata"};
        r.content_type = "text/html";
        r.base_url = "http://example.org/a/b";
        auto const v = co_await lane.run(std::move(r), std::move(page), life);
        if (!v)
            ++all.failed;
    }
    --all.open;
}

// Seconds that one round takes.
double round(std::size_t workers, std::vector<std::string> const& pages, std::vector<double>& lags) {
    workers_config settings;
    settings.count = workers;
    auto link = start_zygote(settings, tasks::standard());
    if (!link)
        return 0;
    asio::io_context loop(1);
    timer_wheel wheel(loop.get_executor());
    supervisor lane(loop.get_executor(), wheel, std::move(*link), settings, tasks::standard());
    while (lane.numbers().up < workers)
        loop.run_one();
    work all;
    for (int i = 0; i < passes; ++i)
        all.pages.insert(all.pages.end(), pages.begin(), pages.end());
    lag_watch lag(loop.get_executor(), [&](clock::duration late) {
        lags.push_back(std::chrono::duration<double, std::milli>(late).count());
    });
    lag.start();
    auto const begun = clock::now();
    for (all.open = 2 * workers; loop.poll_one() > 0;) {
    }
    for (std::size_t i = 0; i < 2 * workers; ++i)
        asio::co_spawn(loop, caller(lane, wheel, all), asio::detached);
    while (all.open > 0)
        loop.run_one();
    if (all.failed > 0)
        std::fprintf(stderr, "%zu pages failed\n", all.failed);
    return std::chrono::duration<double>(clock::now() - begun).count();
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> pages;
    double megabytes = 0;
    for (int i = 1; i < argc; ++i) {
        std::ostringstream all;
        all << std::ifstream(argv[i], std::ios::binary).rdbuf();
        pages.push_back(all.str());
        megabytes += passes * static_cast<double>(pages.back().size()) / 1e6;
    }
    if (pages.empty())
        return std::fprintf(stderr, "usage: pages_lane FILE...\n"), 2;
    std::vector<double> lags;
    std::vector<double> ratios;
    for (int i = 0; i < rounds; ++i) {
        auto const one = round(1, pages, lags);
        auto const two = round(2, pages, lags);
        ratios.push_back(one / two);
        std::printf("one worker %6.1f MB/s, two %6.1f MB/s: %.2f times\n", megabytes / one, megabytes / two,
                    ratios.back());
    }
    std::sort(ratios.begin(), ratios.end());
    std::sort(lags.begin(), lags.end());
    std::printf("two workers are %.2f times one (median); loop lag p99 %.2f ms, longest %.2f ms\n",
                ratios[ratios.size() / 2], lags[lags.size() * 99 / 100], lags.back());
}
