// What a new worker costs: from the death of one to the first answer of its successor, with and without the
// sandbox, and how long the zygote takes to start.
//
// worker_spawn [times]. Not run by ctest.
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "worker/supervisor.hpp"
#include "worker/tasks/context.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::worker;

std::vector<tasks::entry> with_exit() {
    auto const good = tasks::standard();
    std::vector<tasks::entry> all(good.begin(), good.end());
    all.push_back({"zz_exit", tasks::output_kind::text,
                   [](tasks::context&, std::string&) -> result<void> { ::_exit(3); }});
    return all;
}

double since(time_point t) {
    return std::chrono::duration<double, std::milli>(clock::now() - t).count();
}

// The time of one visit in milliseconds.
double visit_of(asio::io_context& loop, timer_wheel& wheel, supervisor& lane, char const* task) {
    bool done = false;
    auto work = [](supervisor& l, timer_wheel& w, std::string name, bool& end) -> awaitable<void> {
        scope life(w, clock::now() + std::chrono::minutes(1));
        tasks::request r;
        r.names.push_back(std::move(name));
        r.content_type = "text/html; charset=utf-8";
        static unsigned visits = 0;  // what kills twice is refused: each document is another
        auto body = "<p>" + std::to_string(++visits);
        auto const v = co_await l.run(std::move(r), std::move(body), life);
        static_cast<void>(v);
        end = true;
    };
    auto const begun = clock::now();
    asio::co_spawn(loop, work(lane, wheel, task, done), asio::detached);
    while (!done)
        loop.run_one();
    return since(begun);
}

void measure(char const* what, layer_set layers, std::size_t times) {
    auto const registry = with_exit();
    workers_config settings;
    settings.count = 1;
    auto const begun = clock::now();
    auto link = start_zygote(settings, registry, layers);
    if (!link)
        std::exit(1);
    auto const zygote = since(begun);
    asio::io_context loop(1);
    timer_wheel wheel(loop.get_executor());
    supervisor lane(loop.get_executor(), wheel, std::move(*link), settings, registry);
    std::vector<double> all;
    std::vector<double> warm;
    for (std::size_t i = 0; i < times; ++i) {
        visit_of(loop, wheel, lane, "text");
        warm.push_back(visit_of(loop, wheel, lane, "text"));
        visit_of(loop, wheel, lane, "zz_exit");
        all.push_back(visit_of(loop, wheel, lane, "text"));
    }
    std::sort(all.begin(), all.end());
    std::sort(warm.begin(), warm.end());
    std::printf(
        "%s: zygote %.1f ms; first answer of a new worker %.2f ms (p99 %.2f), of a warm one %.3f ms\n", what,
        zygote, all[times / 2], all[times * 99 / 100], warm[times / 2]);
}

}  // namespace

int main(int argc, char** argv) {
    auto const times = argc > 1 ? static_cast<std::size_t>(std::strtoull(argv[1], nullptr, 10)) : 200;
    measure("no sandbox", layer_set::none(), times);
    measure("without seccomp", layer_set::all().without(layer::seccomp), times);
    measure("without landlock", layer_set::all().without(layer::landlock), times);
    measure("whole sandbox", layer_set::all(), times);
    return 0;
}
