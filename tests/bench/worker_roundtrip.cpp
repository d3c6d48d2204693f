// What a visit to a worker costs, beyond the work: a 32 KiB document there and back, one at a time.
//
// worker_roundtrip [bytes [visits [at_once]]]. Not run by ctest. The second line comes from a loop that polls
// instead of sleeping: how long the longest turn of the loop was.
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "worker/supervisor.hpp"
#include "worker/tasks/context.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::worker;

constexpr tasks::entry echo_only[] = {
    {"echo", tasks::output_kind::text, [](tasks::context& c, std::string& out) -> result<void> {
         out = c.bytes();
         return {};
     }}};

awaitable<void> caller(supervisor& lane, timer_wheel& wheel, std::string const& body, std::size_t visits,
                       std::size_t& open, std::size_t& failed, microseconds& cpu, bool& ours) {
    auto const here = co_await asio::this_coro::executor;
    scope life(wheel, clock::now() + std::chrono::minutes(10));
    for (std::size_t i = 0; i < visits; ++i) {
        tasks::request r;
        r.names.emplace_back("echo");
        r.json = false;
        r.content_type = "application/octet-stream";
        auto document = body;
        ours = true;  // the copy just made is no cost of a visit
        co_await asio::post(here, asio::use_awaitable_t<executor>());
        auto const v = co_await lane.run(std::move(r), std::move(document), life);
        if (!v || v->outcome.output.size() != body.size())
            ++failed;
        else
            cpu += v->cpu;
        co_await asio::post(here, asio::use_awaitable_t<executor>());
        ours = true;  // nor is freeing the answer
    }
    --open;
}

// Not wall time: on a busy machine that measures the neighbours.
double thread_time() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

double seconds_used() {
    rusage u{};
    ::getrusage(RUSAGE_SELF, &u);
    auto const of = [](timeval const& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return of(u.ru_utime) + of(u.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
    auto const argument = [&](int i, std::size_t otherwise) {
        return argc > i ? static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)) : otherwise;
    };
    auto const bytes = argument(1, 32 * 1024);
    auto const visits = argument(2, 100'000);
    auto const at_once = argument(3, 1);

    workers_config settings;
    settings.queue = at_once + 1;
    auto link = start_zygote(settings, echo_only);
    if (!link)
        return std::fprintf(stderr, "%s\n", link.error().message().c_str()), 1;
    asio::io_context loop(1);
    timer_wheel wheel(loop.get_executor());
    supervisor lane(loop.get_executor(), wheel, std::move(*link), settings, echo_only);

    auto const body = std::string(bytes, 'x');
    std::size_t failed = 0;
    auto const measure = [&](std::size_t each, bool polling) {
        auto open = at_once;
        bool ours = false;
        microseconds cpu{0};
        auto const begun = clock::now();
        auto const used = seconds_used();
        for (std::size_t i = 0; i < at_once; ++i)
            asio::co_spawn(loop, caller(lane, wheel, body, each, open, failed, cpu, ours), asio::detached);
        double longest = 0;
        while (open > 0) {
            if (!polling) {
                loop.run_one();
                continue;
            }
            auto const turn = thread_time();
            loop.poll_one();
            if (!std::exchange(ours, false))
                longest = std::max(longest, thread_time() - turn);
        }
        auto const n = static_cast<double>(each * at_once);
        auto const wall = std::chrono::duration<double>(clock::now() - begun).count();
        if (polling)
            std::printf("longest turn of the loop: %.0f us of CPU\n", longest * 1e6);
        else
            std::printf(
                "%zu bytes, %zu at once: %.2f us a visit, of these main's CPU %.2f, worker's CPU %.2f\n",
                bytes, at_once, wall / n * 1e6, (seconds_used() - used) / n * 1e6,
                static_cast<double>(cpu.count()) / n);
    };
    measure(visits / at_once + 1, false);
    measure(visits / at_once / 10 + 1, true);
    return failed == 0 ? 0 : 1;
}
