// The promises of the store's interface, on SQLite.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "store_fixture.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(Store, AJobComesBackAsItWasSubmitted) {
    job_draft d;
    d.owner = "alice";
    d.priority = -3;
    d.concurrency = 7;
    d.not_before = 5;
    d.deadline = 99;
    d.options = R"({"a":1})";
    d.labels = R"({"team":"x"})";
    d.subscriptions = {{"hook", true, true, 10, 500}};
    auto const key = submit(items(3), d);
    for (int i = 0; i < 2; ++i, restart()) {
        auto const j = find(key);
        EXPECT_EQ(j.state, job_state::active);
        EXPECT_EQ(j.created, s.now);
        EXPECT_EQ(j.draft.owner, "alice");
        EXPECT_EQ(j.draft.priority, -3);
        EXPECT_EQ(j.draft.concurrency, 7U);
        EXPECT_EQ(j.draft.not_before, 5);
        EXPECT_EQ(j.draft.deadline, 99);
        EXPECT_EQ(j.draft.options, d.options);
        EXPECT_EQ(j.draft.labels, d.labels);
        ASSERT_THAT(j.draft.subscriptions, SizeIs(1));
        EXPECT_EQ(j.draft.subscriptions[0].endpoint, "hook");
        EXPECT_EQ(j.draft.subscriptions[0].batch, 10U);
        EXPECT_EQ(j.counts.accepted, 3U);
        EXPECT_EQ(j.counts.pending(), 3U);
        EXPECT_EQ(s.must(s.store->find(j.id)).key, key);
        EXPECT_EQ(j.id.size(), 34U);
    }
}

TEST_F(Store, NothingIsSeenOfAJobBeforeItsCommit) {
    auto const key = s.must(s.store->begin({}));
    s.must(s.store->add(key, items(5)));
    EXPECT_EQ(s.wait(s.store->find(key)).error().what, code::not_found);
    EXPECT_THAT(s.must(s.store->unfinished(0, 10)), IsEmpty());
    EXPECT_THAT(s.must(s.store->list("", "", 10, {})).jobs, IsEmpty());
    EXPECT_THAT(lease(key), IsEmpty());
    restart();
    EXPECT_EQ(s.wait(s.store->commit(key, {})).error().what, code::not_found);
    EXPECT_EQ(s.wait(s.store->add(key, items(1))).error().what, code::not_found);
}

TEST_F(Store, AnEmptyJobIsFinishedAtOnce) {
    auto const key = submit({});
    EXPECT_EQ(find(key).state, job_state::finished);
    EXPECT_EQ(find(key).ended, s.now);
}

TEST_F(Store, ItemsAreHandedOutOnceAndInTheirOrder) {
    auto const key = submit(items(5));
    auto const first = lease(key, 2);
    auto const second = lease(key, 10);
    ASSERT_THAT(first, SizeIs(2));
    ASSERT_THAT(second, SizeIs(3));
    for (int i = 0; i < 5; ++i) {
        auto const& it = i < 2 ? first[i] : second[i - 2];
        EXPECT_EQ(it.ref.n, i + 1);
        EXPECT_EQ(it.url, "https://a.example/" + std::to_string(i + 1));
    }
    EXPECT_THAT(lease(key), IsEmpty());
    EXPECT_EQ(s.store->count().leased, 5U);
}

TEST_F(Store, LeasesAskedForTogetherShareNothing) {
    auto const key = submit(items(100));
    auto const lane = lanes(key).ready.at(0).key;
    std::multiset<item_number> seen;
    int waiting = 10;
    for (int i = 0; i < 10; ++i) {
        std::vector<lease_want> const wants{{key, lane, 10}};
        asio::co_spawn(s.io, s.store->lease(wants, at, at + std::chrono::minutes(1)),
                       [&](std::exception_ptr, result<std::vector<leased_item>> got) {
                           --waiting;
                           for (auto const& it : got.value())
                               seen.insert(it.ref.n);
                       });
    }
    s.until([&] { return waiting == 0; });
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(std::set<item_number>(seen.begin(), seen.end()).size(), 100U);
}

TEST_F(Store, AnExpiredLeaseIsHandedOutAgain) {
    auto const key = submit(items(2));
    EXPECT_THAT(lease(key), SizeIs(2));
    at += std::chrono::seconds(59);
    EXPECT_THAT(lease(key), IsEmpty());
    at += std::chrono::seconds(1);
    auto const again = lease(key);
    ASSERT_THAT(again, SizeIs(2));
    EXPECT_EQ(again[0].attempts, 1U);
    // Whoever was late and whoever came second: one of them counts.
    EXPECT_THAT(settle(again), ElementsAre(1, 2));
    EXPECT_THAT(settle(again), ElementsAre(0, 0));
    EXPECT_EQ(find(key).counts.succeeded, 2U);
}

TEST_F(Store, WhatIsGivenBackWaitsForItsTime) {
    auto const key = submit(items(2));
    auto const got = lease(key);
    s.store->give_back({got[0].ref}, at + std::chrono::seconds(5));
    EXPECT_THAT(lease(key), IsEmpty());
    at += std::chrono::seconds(5);
    auto const again = lease(key);
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_EQ(again[0].ref.n, 1);
}

TEST_F(Store, WhatWasNotSettledIsThereAfterARestart) {
    auto const key = submit(items(4));
    auto const got = lease(key);
    settle({got[0], got[2]});
    restart();
    auto const unfinished = s.must(s.store->unfinished(0, 10));
    ASSERT_THAT(unfinished, SizeIs(1));
    EXPECT_EQ(unfinished[0].counts.pending(), 2U);
    auto const again = lease(key);
    ASSERT_THAT(again, SizeIs(2));
    EXPECT_EQ(again[0].ref.n, 2);
    EXPECT_EQ(again[1].ref.n, 4);
    EXPECT_EQ(s.store->count().pending_items, 2U);
}

TEST_F(Store, TheLastResultFinishesTheJobAndItsLanes) {
    auto all = items(2);
    all.push_back(item("https://b.example/", "https://b.example"));
    auto const key = submit(all);
    EXPECT_THAT(lanes(key).ready, SizeIs(2));
    auto const got = lease(key);
    ASSERT_THAT(got, SizeIs(3));
    settle({got[0]}, outcome::failed);
    settle({got[1]}, outcome::skipped);
    EXPECT_EQ(find(key).state, job_state::active);
    s.now += 10;
    settle({got[2]});
    auto const j = find(key);
    EXPECT_EQ(j.state, job_state::finished);
    EXPECT_EQ(j.ended, s.now);
    EXPECT_EQ(j.counts.succeeded + j.counts.failed + j.counts.skipped, 3U);
    EXPECT_THAT(lanes(key).ready, IsEmpty());
    EXPECT_THAT(s.must(s.store->unfinished(0, 10)), IsEmpty());
}

TEST_F(Store, LanesAreAPageOfWhatIsReady) {
    std::vector<item_draft> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(item("https://x/", "https://" + std::to_string(i) + ".example"));
    auto const key = submit(all);
    auto const first = lanes(key, 4);
    ASSERT_THAT(first.ready, SizeIs(4));
    ASSERT_TRUE(first.next);
    s.must(s.store->put_off(key, first.ready[0].key, s.now + 50));
    s.must(s.store->put_off(key, first.ready[1].key, s.now + 40));
    auto const page = lanes(key);
    EXPECT_THAT(page.ready, SizeIs(8));
    EXPECT_FALSE(page.next);
    EXPECT_EQ(page.soonest, s.now + 40);
    auto const rest = s.must(s.store->lanes(key, *first.next, 100, s.now));
    EXPECT_THAT(rest.ready, SizeIs(6));
    s.now += 50;
    EXPECT_THAT(lanes(key).ready, SizeIs(10));
}

TEST_F(Store, DuplicatesAreLeftOutWhereAskedFor) {
    job_draft d;
    d.deduplicate = true;
    auto const key = s.must(s.store->begin(d));
    auto const one =
        s.must(s.store->add(key, {item("https://a/x"), item("https://a/x#part"), item("https://a/y")}));
    EXPECT_EQ(one.items, 2U);
    EXPECT_EQ(one.duplicates, 1U);
    auto const two = s.must(s.store->add(key, {item("https://a/y"), item("https://a/z")}));
    EXPECT_EQ(two.duplicates, 1U);
    auto const j = s.must(s.store->commit(key, {})).job;
    EXPECT_EQ(j.counts.accepted, 3U);
    EXPECT_EQ(j.counts.duplicates, 2U);
    EXPECT_EQ(find(submit({item("https://a/x"), item("https://a/x")})).counts.accepted, 2U);
}

// With room for 300 hashes of three drafts that come in at a time: the last ones go on in the table.
TEST_F(Store, DuplicatesAreLeftOutHoweverManyThereAre) {
    s.close();
    s.settings.database.most_seen = 300;
    s.open();
    job_draft d;
    d.deduplicate = true;
    std::vector<job_key> drafts;
    for (int i = 0; i < 3; ++i)
        drafts.push_back(s.must(s.store->begin(d)));
    std::mt19937 random(1);
    std::vector<std::set<std::string>> unlike(3);
    for (int step = 0; step < 60; ++step) {
        auto const of = random() % 3;
        std::vector<item_draft> some;
        std::uint64_t twice = 0;
        for (int i = 0; i < 20; ++i) {
            some.push_back(item("https://a/" + std::to_string(random() % 400)));
            twice += unlike[of].insert(some.back().url).second ? 0 : 1;
        }
        EXPECT_EQ(s.must(s.store->add(drafts[of], some)).duplicates, twice);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        auto const j = s.must(s.store->commit(drafts[i], {})).job;
        EXPECT_EQ(j.counts.accepted, unlike[i].size());
        EXPECT_GT(j.counts.duplicates, 0U);
    }
}

TEST_F(Store, AnIdempotencyKeyReplaysItsFirstAnswer) {
    auto const begin = [&](char const* owner) {
        job_draft d;
        d.owner = owner;
        auto const key = s.must(s.store->begin(d));
        s.must(s.store->add(key, items(2)));
        return key;
    };
    idempotency const same{"k", "body", s.now + 100};
    auto const first = s.must(s.store->commit(begin("a"), same));
    EXPECT_FALSE(first.replayed);
    auto const again = s.must(s.store->commit(begin("a"), same));
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.job.id, first.job.id);
    EXPECT_EQ(s.wait(s.store->commit(begin("a"), {"k", "other", never})).error().what, code::refused);
    EXPECT_FALSE(s.must(s.store->commit(begin("b"), same)).replayed);
    restart();
    auto const answer = s.must(s.store->find_answer("a", "k"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->job_id, first.job.id);
    EXPECT_EQ(answer->fingerprint, "body");
    EXPECT_EQ(answer->accepted, 2U);
    s.now += 100;
    EXPECT_FALSE(s.must(s.store->find_answer("a", "k")));
    EXPECT_FALSE(s.must(s.store->commit(begin("a"), same)).replayed);
}

TEST_F(Store, PausedJobsLeaseNothingAndResumeWhereTheyWere) {
    auto const key = submit(items(3));
    EXPECT_THAT(lease(key, 1), SizeIs(1));
    EXPECT_EQ(s.must(s.store->pause(key)).state, job_state::paused);
    EXPECT_THAT(lease(key), IsEmpty());
    restart();
    EXPECT_EQ(find(key).state, job_state::paused);
    EXPECT_THAT(lease(key), IsEmpty());
    EXPECT_EQ(s.must(s.store->resume(key)).state, job_state::active);
    EXPECT_THAT(lease(key), SizeIs(3));
}

TEST_F(Store, CancellingDeletesWhatIsPendingAndCountsIt) {
    std::vector<item_draft> many = items(5000);
    auto const key = submit(many);
    auto const got = lease(key, 3);
    settle({got[0]});
    bool over = false;
    auto const watch = s.store->watch_job(key, [&] { over = true; });
    EXPECT_EQ(s.must(s.store->cancel(key)).state, job_state::cancelling);
    EXPECT_THAT(lease(key), IsEmpty());
    EXPECT_EQ(s.must(s.store->cancel(key)).state, job_state::cancelling);
    while (find(key).state != job_state::cancelled)
        s.until([&] { return std::exchange(over, false); });
    auto const j = find(key);
    EXPECT_EQ(j.counts.succeeded, 1U);
    EXPECT_EQ(j.counts.cancelled, 4999U);
    EXPECT_EQ(j.counts.pending(), 0U);
    EXPECT_THAT(settle({got[1]}), ElementsAre(0));
    EXPECT_EQ(s.store->count().pending_items, 0U);
    EXPECT_EQ(s.store->count().leased, 0U);
    EXPECT_EQ(s.must(s.store->resume(key)).state, job_state::cancelled);
}

TEST_F(Store, CancellingGoesOnAfterARestart) {
    auto const key = submit(items(9000));
    s.must(s.store->cancel(key));
    restart();
    bool told = false;
    auto const watch = s.store->watch_job(key, [&] { told = true; });
    while (find(key).state != job_state::cancelled)
        s.until([&] { return std::exchange(told, false); });
    EXPECT_EQ(find(key).counts.cancelled, 9000U);
}

TEST_F(Store, ListsAnOwnersJobsNewestFirstAndInPages) {
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        job_draft d;
        d.owner = i == 2 ? "other" : "me";
        ids.push_back(find(submit(items(i % 2), d)).id);
    }
    auto const first = s.must(s.store->list("me", "", 2, {}));
    ASSERT_THAT(first.jobs, SizeIs(2));
    EXPECT_EQ(first.jobs[0].id, ids[4]);
    EXPECT_EQ(first.jobs[1].id, ids[3]);
    ASSERT_TRUE(first.next);
    auto const second = s.must(s.store->list("me", *first.next, 2, {}));
    ASSERT_THAT(second.jobs, SizeIs(2));
    EXPECT_EQ(second.jobs[0].id, ids[1]);
    EXPECT_THAT(s.must(s.store->list("", "", 100, {})).jobs, SizeIs(5));
    EXPECT_THAT(s.must(s.store->list("", "", 100, job_state::finished)).jobs, SizeIs(3));
    EXPECT_EQ(s.wait(s.store->list("me", "j-nonsense", 2, {})).error().what, code::not_found);
}

}  // namespace
