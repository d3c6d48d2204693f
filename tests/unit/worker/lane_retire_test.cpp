// Workers that have served for long enough, and how long a replacement takes.
#include <signal.h>

#include <numeric>

#include "unit/worker/lane_fixture.hpp"

namespace fetchd::worker {
namespace {

class Retirement : public Lane {
  protected:
    std::string pid() {
        auto const v = ask("pid", "");
        EXPECT_TRUE(v) << v.error().message();
        return v ? v->outcome.output : std::string();
    }
    workers_config one_worker() const {
        auto c = settings();
        c.count = 1;
        return c;
    }
    std::uint64_t replacements() {
        auto const& counts = lane().replacement_times().counts();
        return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    }
};

TEST_F(Retirement, ComesAfterAsManyDocumentsAsSet) {
    auto c = one_worker();
    c.max_documents = 3;
    start(c);
    std::vector<std::string> pids;
    for (int i = 0; i < 7; ++i)
        pids.push_back(pid());

    EXPECT_EQ(pids[0], pids[2]);
    EXPECT_NE(pids[2], pids[3]);
    EXPECT_EQ(pids[3], pids[5]);
    EXPECT_NE(pids[5], pids[6]);
    auto const n = lane().numbers();
    EXPECT_EQ(n.retired, 2U);
    EXPECT_EQ(n.restarts, 0U);
    EXPECT_EQ(n.crashed, 0U);
    EXPECT_EQ(replacements(), 0U);
    run_until([&] { return worker_pids().size() == 1; });
}

TEST_F(Retirement, ComesAfterAsMuchWorkAsSet) {
    auto c = one_worker();
    c.cpu_limit = c.task_timeout + milliseconds(1001);
    start(c);
    auto const v = ask("big", "20000000");
    ASSERT_TRUE(v);
    run_until([&] { return lane().numbers().retired == 1; });
    EXPECT_TRUE(ask("echo", "after"));
}

TEST_F(Retirement, LosesAndDelaysNoDocument) {
    auto c = settings();
    c.max_documents = 5;
    start(c);
    auto const before = (echo("warm"), open_descriptors());
    std::vector<std::shared_ptr<call>> all;
    for (unsigned i = 0; i < 500; ++i) {
        all.push_back(begin("echo", text_of(i * 20, i)));
        if (i >= 8) {
            auto const& c8 = *all[i - 8];
            finish(c8);
            ASSERT_TRUE(*c8.got) << c8.got->error().message();
            EXPECT_EQ((*c8.got)->outcome.output, text_of((i - 8) * 20, i - 8));
        }
    }
    for (auto const& each : all)
        finish(*each);
    run_until([&] { return lane().numbers().up == 2; });
    EXPECT_GE(lane().numbers().retired, 98U);
    EXPECT_EQ(lane().numbers().crashed, 0U);
    EXPECT_LE(open_descriptors(), before + 4);
}

// A process for every document: what is in its memory is nobody else's.
TEST_F(Retirement, MayComeAfterEachDocument) {
    auto c = one_worker();
    c.max_documents = 1;
    start(c);
    std::vector<std::string> pids;
    for (int i = 0; i < 20; ++i)
        pids.push_back(pid());
    EXPECT_EQ(std::adjacent_find(pids.begin(), pids.end()), pids.end());
}

TEST_F(Retirement, IsPutOffWhenTheSuccessorDies) {
    auto c = one_worker();
    c.max_documents = 1;
    start(c);
    auto const worn = pid();
    wait_until([&] { return worker_pids().size() == 2; });
    auto const successor = worker_pids().back();
    ::kill(successor, SIGKILL);
    wait_until([&] { return ::kill(successor, 0) != 0; });

    EXPECT_EQ(pid(), worn);

    EXPECT_NE(pid(), worn);
    EXPECT_EQ(lane().numbers().retired, 1U);
}

TEST_F(Retirement, OfOneThatDiesMeanwhileIsAReplacement) {
    auto c = one_worker();
    c.max_documents = 1;
    start(c);
    auto const worn = pid();
    ::kill(std::stoi(worn), SIGKILL);

    EXPECT_NE(pid(), worn);

    EXPECT_EQ(lane().numbers().crashed + lane().numbers().retired, 1U);
}

// Taken over by its document, it goes on ringing while its successor is made.
TEST_F(Retirement, OfOneThatRingsMeanwhileHurtsNobody) {
    auto c = one_worker();
    c.max_documents = 1;
    start(c);
    for (int i = 0; i < 20; ++i) {
        (void)ask("lie_bell", std::to_string(i));
        EXPECT_TRUE(ask("echo", "after"));
    }
}

TEST_F(Retirement, ReplacementsAreTimed) {
    start(settings());
    for (unsigned i = 1; i <= 5; ++i) {
        EXPECT_FALSE(ask("crash", std::to_string(i)));
        run_until([&] { return lane().numbers().up == 2; });
        EXPECT_EQ(replacements(), i);
    }
    EXPECT_GT(lane().replacement_times().sum(), 0);
}

}  // namespace
}  // namespace fetchd::worker
