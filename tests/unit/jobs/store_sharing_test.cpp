// The promises of the store about who shares what: a folder, a commit, the queue, records by key.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "jobs/patience.hpp"
#include "store_fixture.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(Store, RecordsAreKeptByKeyUntilTheyExpire) {
    s.must(s.store->put({{"origin/a", "1", never}, {"origin/b", "2", s.now + 5}, {"other/c", "3", never}}));
    s.must(s.store->put(record{"origin/a", "one", never}));
    restart();
    EXPECT_EQ(s.must(s.store->get("origin/a", s.now))->value, "one");
    EXPECT_THAT(s.must(s.store->records("origin/", "", 10, s.now)).records, SizeIs(2));
    auto const page = s.must(s.store->records("origin/", "", 1, s.now));
    ASSERT_TRUE(page.next);
    EXPECT_EQ(s.must(s.store->records("origin/", *page.next, 1, s.now)).records.at(0).key, "origin/b");
    s.now += 5;
    EXPECT_FALSE(s.must(s.store->get("origin/b", s.now)));
    EXPECT_THAT(s.must(s.store->records("", "", 10, s.now)).records, SizeIs(2));
    s.must(s.store->erase("origin/a"));
    EXPECT_FALSE(s.must(s.store->get("origin/a", s.now)));
}

TEST_F(Store, TwoProcessesCannotOwnOneFolder) {
    driven_store other(folder.path());
    auto const refused = other.try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, code::failed);
    s.close();
    EXPECT_TRUE(other.try_open());
}

TEST_F(Store, AFloodOfReadersHoldsNoLeaseUp) {
    s.close();
    s.settings.reads = 4;
    s.open();
    auto const key = submit(items(500));
    int waiting = 0;
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
        ++waiting;
        asio::co_spawn(s.io, s.store->read({.job = key}), [&](std::exception_ptr, result<result_page> page) {
            --waiting;
            refused += page ? 0 : 1;
        });
    }
    EXPECT_THAT(lease(key, 500), SizeIs(500));
    s.until([&] { return waiting == 0; });
    EXPECT_GT(refused, 0) << "they were too many";
}

TEST_F(Store, CallsThatComeTogetherShareACommit) {
    auto const key = submit(items(500));
    auto const got = lease(key, 500);
    auto const before = s.store->count().commits;
    int waiting = 0;
    for (auto const& it : got) {
        ++waiting;
        std::vector<settlement> one;
        one.push_back(ended(it.ref));
        asio::co_spawn(s.io, s.store->settle(std::move(one)),
                       [&](std::exception_ptr, result<std::vector<std::uint64_t>> seqs) {
                           EXPECT_TRUE(seqs);
                           --waiting;
                       });
    }
    s.until([&] { return waiting == 0; });
    EXPECT_EQ(find(key).counts.succeeded, 500U);
    EXPECT_LE(s.store->count().commits - before, 4U);
}

TEST_F(Store, OneCallTakesSoManyItemsAndNoMore) {
    auto const key = s.must(s.store->begin({}));
    EXPECT_EQ(s.wait(s.store->add(key, items(store::max_batch_items + 1))).error().what, code::overloaded);
    EXPECT_EQ(s.must(s.store->add(key, items(store::max_batch_items))).items, store::max_batch_items);
    std::vector<settlement> many(store::max_batch_items + 1);
    EXPECT_EQ(s.wait(s.store->settle(std::move(many))).error().what, code::overloaded);
}

// The queue is written in steps while a job is accepted: at, before and behind the seam nothing is missing.
TEST_F(Store, JobsLargerThanAStepOfTheQueueAreWhole) {
    auto const key = s.must(s.store->begin({}));
    constexpr std::size_t steps = 7;
    for (std::size_t i = 0; i < steps; ++i)
        s.must(s.store->add(key, items(9'999)));
    s.must(s.store->commit(key, {}));
    std::size_t total = 0;
    item_number last = 0;
    while (true) {
        auto const got = lease(key, 10'000);
        if (got.empty())
            break;
        for (auto const& it : got)
            EXPECT_EQ(it.ref.n, ++last);
        total += got.size();
        settle(got);
    }
    EXPECT_EQ(total, steps * 9'999);
    EXPECT_EQ(find(key).state, job_state::finished);
}

TEST_F(Store, AFullQueueRefusesAtOnce) {
    s.close();
    s.settings.queue.calls = 4;
    s.open();
    s.must(s.store->begin({}));  // behind what the store itself has to write at its start
    int done = 0, refused = 0;
    for (int i = 0; i < 20; ++i)
        asio::co_spawn(s.io, s.store->begin({}), [&](std::exception_ptr, result<job_key> key) {
            ++done;
            if (!key) {
                EXPECT_EQ(key.error().what, code::overloaded);
                ++refused;
            }
        });
    s.until([&] { return done == 20; });
    EXPECT_EQ(refused, 15);  // one under way, four waiting
    EXPECT_EQ(s.store->count().overloaded, 15U);
    EXPECT_TRUE(s.wait(s.store->begin({})));
}

TEST_F(Store, PatienceOutlastsAFullQueue) {
    s.close();
    s.settings.queue.calls = 4;
    s.open();
    int done = 0;
    std::function<awaitable<result<job_key>>()> const begin = [this] { return s.store->begin({}); };
    for (int i = 0; i < 20; ++i)
        asio::co_spawn(s.io, patiently(begin, clock::now() + std::chrono::minutes(1)),
                       [&](std::exception_ptr, result<job_key> key) {
                           EXPECT_TRUE(key);
                           ++done;
                       });
    s.until([&] { return done == 20; });
    EXPECT_GT(s.store->count().overloaded, 0U);
}

}  // namespace
