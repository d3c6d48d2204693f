// The process is killed at random moments, round after round on one folder; what it had acknowledged by then,
// told through a pipe, is compared with what is there afterwards.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "driven_store.hpp"
#include "jobs/sqlite/check.hpp"
#include "worker/descriptor.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::IsEmpty;

// One line of what the child has done, written to the pipe whole or not at all.
struct line {
    char kind;  // 'o' opened, 'b' about to commit a job, 'c' committed it, 's' settled an item
    job_key job;
    std::int64_t items;  // or the item settled
    std::uint64_t seq;
};

void say(int pipe, line const& l) {
    if (::write(pipe, &l, sizeof l) != static_cast<ssize_t>(sizeof l))
        ::_exit(3);
}

void settle_some(driven_store& s, int pipe, job const& j, std::minstd_rand& random) {
    std::vector<lease_want> wants;
    for (auto const& l : s.must(s.store->lanes(j.key, before_all_lanes, 4, s.now)).ready)
        wants.push_back({j.key, l.key, static_cast<std::uint32_t>(1 + random() % 4)});
    auto const got = s.must(s.store->lease(wants, clock::now(), clock::now() + std::chrono::minutes(1)));
    std::vector<settlement> all;
    for (auto const& it : got) {
        all.push_back(ended(it.ref));
        all.back().output = "\"" + std::string(random() % 16 == 0 ? 33'000 : 100, 'x') + "\"";
    }
    auto const seqs = s.must(s.store->settle(std::move(all)));
    for (std::size_t i = 0; i < seqs.size(); ++i)
        say(pipe, {'s', j.key, got[i].ref.n, seqs[i]});
}

// Works until it is killed.
[[noreturn]] void child(std::string const& folder, int pipe, unsigned seed) {
    std::minstd_rand random(seed);
    driven_store s(folder);
    if (!s.try_open())
        ::_exit(2);
    say(pipe, {'o', 0, 0, 0});
    while (true) {
        auto const key = s.must(s.store->begin({}));
        auto const n = 1 + random() % 20;
        for (int lane = 0; lane < 2; ++lane)
            s.must(s.store->add(key, items(n, "https://" + std::to_string(lane) + ".example")));
        say(pipe, {'b', key, static_cast<std::int64_t>(2 * n), 0});
        s.must(s.store->commit(key, {}));
        say(pipe, {'c', key, static_cast<std::int64_t>(2 * n), 0});
        for (auto const& j : s.must(s.store->unfinished(0, 5)))
            settle_some(s, pipe, j, random);
    }
}

class ledger {
  public:
    void take(line const& l) {
        if (l.kind == 'b')
            begun_[l.job] = l.items;
        else if (l.kind == 'c')
            committed_[l.job] = l.items;
        else if (l.kind == 's')
            settled_[l.job][l.items] = l.seq;
    }

    void compare(driven_store& s) {
        std::string after;
        std::size_t seen = 0;
        do {
            auto const page = s.must(s.store->list("", after, 1000, {}));
            seen += page.jobs.size();
            for (auto const& j : page.jobs)
                compare_job(s, j);
            after = page.next.value_or("");
        } while (!after.empty());
        // Lost: acknowledged, and not there. One a round may be there without our having heard of it.
        for (auto const& [key, n] : committed_)
            EXPECT_TRUE(s.wait(s.store->find(key))) << "lost job " << key;
        EXPECT_GE(seen, committed_.size());
        jobs_ = seen;
    }
    std::size_t jobs() const { return jobs_; }
    std::size_t settled() const { return results_; }

  private:
    void compare_job(driven_store& s, job const& j) {
        ASSERT_TRUE(begun_.contains(j.key)) << "a job nobody submitted";
        EXPECT_EQ(static_cast<std::int64_t>(j.counts.accepted), begun_[j.key]) << "half a job";
        EXPECT_EQ(j.counts.succeeded, j.last_seq);
        read_want want;
        want.job = j.key;
        want.limit = 10'000;
        want.max_bytes = SIZE_MAX;
        std::map<item_number, std::uint64_t> there;
        for (auto const& r : s.must(s.store->read(want)).results) {
            EXPECT_TRUE(there.emplace(r.n, r.seq).second) << "a result twice";
            EXPECT_FALSE(r.damaged);
        }
        EXPECT_EQ(there.size(), j.counts.succeeded);
        for (auto const& [n, seq] : settled_[j.key])
            EXPECT_EQ(there[n], seq) << "a result that was acknowledged";
        results_ += there.size();
    }

    std::map<job_key, std::int64_t> begun_;
    std::map<job_key, std::int64_t> committed_;
    std::map<job_key, std::map<item_number, std::uint64_t>> settled_;
    std::size_t jobs_ = 0;
    std::size_t results_ = 0;
};

void one_round(std::string const& folder, unsigned seed, std::chrono::microseconds life, ledger& told) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    worker::descriptor reading(ends[0]), writing(ends[1]);
    auto const pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0)
        child(folder, writing.get(), seed);
    writing.reset();
    line l{};
    if (seed % 4 != 0) {  // in some rounds the moment may come while the folder is being opened
        EXPECT_EQ(::read(reading.get(), &l, sizeof l), static_cast<ssize_t>(sizeof l)) << "not opened";
    }
    std::thread executioner([pid, life] {
        std::this_thread::sleep_for(life);  // the random moment itself
        ::kill(pid, SIGKILL);
    });
    while (::read(reading.get(), &l, sizeof l) == static_cast<ssize_t>(sizeof l))
        told.take(l);
    executioner.join();
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status)) << "ended by itself: " << WEXITSTATUS(status);
}

TEST(StoreCrash, LosesNothingAndInventsNothing) {
    auto const* const asked = std::getenv("FETCHD_CRASH_ROUNDS");
    auto const rounds = asked ? std::atoi(asked) : 200;
    temporary_folder folder;
    ledger told;
    std::minstd_rand random(20'261);
    for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i)
        one_round(folder.path(), static_cast<unsigned>(i + 1), std::chrono::microseconds(random() % 20'000),
                  told);
    {
        driven_store s(folder.path());
        s.open();
        told.compare(s);
        for (int i = 0; i < 256; ++i)
            s.must(s.store->sweep({}));
    }
    EXPECT_THAT(check(folder.path()), IsEmpty());
    EXPECT_GT(told.jobs(), static_cast<std::size_t>(rounds) / 4);
    EXPECT_GT(told.settled(), static_cast<std::size_t>(rounds));
    RecordProperty("jobs", static_cast<int>(told.jobs()));
    RecordProperty("results", static_cast<int>(told.settled()));
}

}  // namespace
