// What the store of jobs costs: accepting a million items, then leasing and settling a hundred thousand of
// them with results of 1 KiB, and the memory this process has above where it began.
//
// store_bench FOLDER [origins [items [add]]]. The folder should be on the disk that is meant. Not run by
// ctest.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "jobs/border.hpp"
#include "jobs/sqlite/sqlite_store.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;

struct plan {
    std::size_t origins = 1000;
    std::size_t items = 1'000'000;
    std::size_t add = 2000;
    std::size_t settled = 100'000;
    std::size_t lease = 256;
    std::size_t settle = 64;
    int in_flight = 4;
};

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::strtol(line.c_str() + 6, nullptr, 10);
    return 0;
}

class memory {
  public:
    void look() { most_ = std::max(most_, resident_kib()); }
    double above_mib() const { return static_cast<double>(most_ - idle_) / 1024; }

  private:
    long idle_ = resident_kib();
    long most_ = idle_;
};

double since(time_point t) {
    return std::chrono::duration<double>(clock::now() - t).count();
}

std::string origin_of(plan const& p, std::size_t i) {
    return "https://host" + std::to_string(i % p.origins) + ".example";
}

awaitable<job_key> accept(store& s, plan const& p, memory& m) {
    auto const began = clock::now();
    auto const key = (co_await s.begin(job_draft())).value();
    for (std::size_t done = 0; done < p.items;) {
        std::vector<item_draft> some;
        for (; some.size() < p.add && done < p.items; ++done) {
            item_draft item;
            item.origin = origin_of(p, done);
            item.url = item.origin + "/some/path/of/usual/length/page-" + std::to_string(done) + ".html";
            some.push_back(std::move(item));
        }
        (co_await s.add(key, std::move(some))).value();
        m.look();
    }
    auto const committed = (co_await s.commit(key, idempotency())).value();
    auto const seconds = since(began);
    std::printf("accept   %zu items of %zu origins in adds of %zu: %.2f s, %.0f a second\n", p.items,
                p.origins, p.add, seconds, static_cast<double>(committed.job.counts.accepted) / seconds);
    co_return key;
}

// One of several that lease and settle beside each other.
awaitable<void> run(store& s, plan const& p, memory& m, job_key job, std::vector<lane> const& lanes,
                    std::size_t& next_lane, std::size_t& left, int& running) {
    std::string const kib(1000, 'x');
    while (left > 0) {
        std::vector<lease_want> wants;
        for (std::size_t i = 0; i < std::min(lanes.size(), p.lease); ++i) {
            lease_want want;
            want.job = job;
            want.lane = lanes[next_lane++ % lanes.size()].key;
            want.count = static_cast<std::uint32_t>(std::max<std::size_t>(1, p.lease / lanes.size()));
            wants.push_back(want);
        }
        auto const now = clock::now();
        auto const items = (co_await s.lease(std::move(wants), now, now + std::chrono::minutes(1))).value();
        if (items.empty())
            break;
        for (std::size_t i = 0; i < items.size();) {
            std::vector<settlement> some;
            for (; i < items.size() && some.size() < p.settle; ++i) {
                settlement e;
                e.ref = items[i].ref;
                e.head = "\"url\":\"" + items[i].url + "\",\"outcome\":\"ok\",\"status\":200";
                e.output = "\"" + kib + "\"";
                some.push_back(std::move(e));
            }
            left -= std::min(left, some.size());
            (co_await s.settle(std::move(some))).value();
            m.look();
        }
    }
    --running;
}

awaitable<void> work(store& s, plan p, asio::io_context& io) {
    memory m;
    auto const job = co_await accept(s, p, m);
    std::printf("memory   %.1f MiB above idle\n", m.above_mib());
    auto const page = (co_await s.lanes(job, before_all_lanes, 4096, 0)).value();
    std::size_t next_lane = 0;
    std::size_t left = p.settled;
    int running = p.in_flight;
    auto const before = s.count().commits;
    auto const began = clock::now();
    for (int i = 0; i < p.in_flight; ++i)
        asio::co_spawn(io, run(s, p, m, job, page.ready, next_lane, left, running), [](std::exception_ptr e) {
            if (e)
                std::rethrow_exception(e);
        });
    timer tick(io.get_executor());
    while (running > 0) {
        tick.expires_after(std::chrono::milliseconds(1));
        co_await tick.async_wait(no_throw);
    }
    auto const seconds = since(began);
    auto const done = (co_await s.find(job)).value().counts.succeeded;
    auto const commits = s.count().commits - before;
    std::printf(
        "settle   %zu with 1 KiB each, %zu a call, %d at once: %.2f s, %.0f a second, %.0f a commit\n",
        static_cast<std::size_t>(done), p.settle, p.in_flight, seconds, static_cast<double>(done) / seconds,
        static_cast<double>(done) / static_cast<double>(commits));
    std::printf("memory   %.1f MiB above idle\n", m.above_mib());
    io.stop();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "store_bench FOLDER [origins [items [add]]]\n");
        return 2;
    }
    plan p;
    if (argc > 2)
        p.origins = std::strtoull(argv[2], nullptr, 10);
    if (argc > 3)
        p.items = std::strtoull(argv[3], nullptr, 10);
    if (argc > 4)
        p.add = std::strtoull(argv[4], nullptr, 10);
    asio::io_context io{1};
    auto const stay = asio::make_work_guard(io);
    sqlite_settings settings;
    settings.database.folder = argv[1];
    auto opened = open_sqlite_store(io.get_executor(), settings);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message().c_str());
        return 1;
    }
    asio::co_spawn(io, work(**opened, p, io), [](std::exception_ptr e) {
        if (e)
            std::rethrow_exception(e);
    });
    io.run();
}
