// What is deleted in the end, and what is kept until then.
#include "results_fixture.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(Results, OldEndedJobsGoWhollyAndTheirObjectsToo) {
    auto const old = submit(2);
    for (item_number n = 1; n <= 2; ++n) {
        auto e = one(old, n);
        e.output = "\"" + std::string(40'000, 'o') + "\"";
        settle(e);
    }
    auto const running = submit(1);
    s.now += 1000;
    auto const young = submit(1);
    settle(one(young, 1));
    retention keep;
    keep.age = 500;
    sweep(keep);
    EXPECT_EQ(s.wait(s.store->find(old)).error().what, code::not_found);
    EXPECT_THAT(objects(), IsEmpty());
    EXPECT_TRUE(s.wait(s.store->find(running)));
    EXPECT_TRUE(s.wait(s.store->find(young)));
}

TEST_F(Results, ADraftThatNobodyCommittedGoesAfterADay) {
    auto const old = s.must(s.store->begin({}));
    s.must(s.store->add(old, items(3)));
    s.now += 24 * 3'600'000 + 1;
    auto const young = s.must(s.store->begin({}));
    sweep({});
    EXPECT_EQ(s.wait(s.store->add(old, items(1))).error().what, code::not_found);
    EXPECT_TRUE(s.wait(s.store->add(young, items(1))));
    EXPECT_TRUE(s.wait(s.store->commit(young, {})));
}

TEST_F(Results, AJobWithPendingEventsIsKeptUntilTheyEnd) {
    job_draft d;
    d.subscriptions = {{"hook", false, true, 1, 0}};
    auto const j = submit(1, d);
    settle(one(j, 1));
    s.now += 1000;
    retention keep;
    keep.age = 500;
    sweep(keep);
    auto const waiting = s.must(s.store->due(s.now, 10)).events;
    ASSERT_THAT(waiting, SizeIs(1));
    EXPECT_TRUE(s.wait(s.store->find(j)));
    s.must(s.store->mark({{waiting[0].key, event_state::dead, 0, 10, "gone"}}));
    sweep(keep);
    EXPECT_EQ(s.wait(s.store->find(j)).error().what, code::not_found);
}

TEST_F(Results, AClockThatStepsAheadDeletesNothing) {
    auto const j = submit(1);
    settle(one(j, 1));
    auto const key = s.must(s.store->begin({}));
    s.must(s.store->add(key, items(1)));
    auto const named = s.wait(s.store->commit(key, {"k", "body", s.now + 1000}))->job;
    retention keep;
    keep.age = 500;
    s.step = 3'600'000;
    sweep(keep);
    EXPECT_TRUE(s.wait(s.store->find(j)));
    EXPECT_EQ(s.must(s.store->find_answer("", "k"))->job_id, named.id);
    s.step = 0;
    s.now += 1001;
    sweep(keep);
    EXPECT_FALSE(s.wait(s.store->find(j)));
    EXPECT_FALSE(s.must(s.store->find_answer("", "k")));
}

TEST_F(Results, EventsAreDueByAClockThatGoesOnEvenly) {
    job_draft d;
    d.subscriptions = {{"hook", false, true, 1, 0}};
    auto const j = submit(1, d);
    s.step = 3'600'000;
    settle(one(j, 1));
    auto const due = s.must(s.store->due(s.now, 10)).events;
    ASSERT_THAT(due, SizeIs(1));
    EXPECT_EQ(due[0].created, s.now + s.step) << "a timestamp";
    EXPECT_EQ(due[0].due, s.now);
}

TEST_F(Results, WhatAClockThatWasAheadPutOffIsDueAfterTheRestart) {
    job_draft d;
    d.subscriptions = {{"hook", false, true, 1, 0}};
    settle(one(submit(1, d), 1));
    auto const event = s.must(s.store->due(s.now, 10)).events.at(0);
    for (auto const wait : {unix_ms{47}, unix_ms{49}}) {
        s.must(s.store->mark({{event.key, event_state::pending, s.now + wait * 3'600'000, 1, ""}}));
        s.close();
        s.open();
        EXPECT_EQ(s.must(s.store->due(s.now, 10)).events.size(), wait == 49 ? 1U : 0U) << wait;
    }
}

TEST_F(Results, AnIdempotencyKeyLivesUntilItExpiresAlsoWithoutItsJob) {
    auto const again = [this](std::string const& body, unix_ms expires) {
        auto const key = s.must(s.store->begin({}));
        s.must(s.store->add(key, items(1)));
        return s.wait(s.store->commit(key, {"k", body, expires}));
    };
    auto const first = again("body", s.now + 5000)->job;
    lane = s.must(s.store->lanes(first.key, before_all_lanes, 1, s.now)).ready.at(0).key;
    settle(one(first.key, 1));
    s.now += 1000;
    retention keep;
    keep.age = 500;
    sweep(keep);
    EXPECT_EQ(s.wait(s.store->find(first.key)).error().what, code::not_found);
    EXPECT_EQ(s.must(s.store->find_answer("", "k"))->job_id, first.id);
    EXPECT_EQ(again("body", never).error().what, code::not_found) << "it is not run again";
    EXPECT_EQ(again("another", never).error().what, code::refused);
    s.now += 4000;
    EXPECT_FALSE(again("body", never)->replayed);
}

TEST_F(Results, BeyondTheBytesTheOldestResultsOfEndedJobsGoFirst) {
    std::vector<job_key> all;
    for (int i = 0; i < 3; ++i) {
        all.push_back(submit(1));
        auto e = one(all.back(), 1);
        e.output = "\"" + std::string(1000, 'x') + "\"";
        settle(e);
        s.now += 10;
    }
    retention keep;
    keep.bytes = 2500;
    sweep(keep);
    auto const gone = read(all[0]);
    EXPECT_THAT(gone.results, IsEmpty());
    EXPECT_EQ(gone.first_seq, 2U);
    EXPECT_EQ(gone.next, 1U);
    EXPECT_TRUE(gone.has_gap(0));
    EXPECT_FALSE(gone.has_gap(1));
    EXPECT_EQ(s.must(s.store->find(all[0])).first_seq, 2U);
    EXPECT_THAT(read(all[1]).results, SizeIs(1));
    EXPECT_LE(s.store->count().result_bytes, 2500U);
}

TEST_F(Results, ASharedObjectStaysAsLongAsOneResultNeedsIt) {
    std::string const shared = "\"" + std::string(40'000, 's') + "\"";
    auto const first = submit(1);
    auto e = one(first, 1);
    e.output = shared;
    settle(e);
    s.now += 1000;
    auto const second = submit(1);
    auto f = one(second, 1);
    f.output = shared;
    settle(f);
    EXPECT_THAT(objects(), SizeIs(1));
    retention keep;
    keep.age = 500;
    sweep(keep);
    EXPECT_THAT(objects(), SizeIs(1));
    EXPECT_FALSE(read(second).results.at(0).damaged);
    s.now += 1000;
    sweep(keep);
    EXPECT_THAT(objects(), IsEmpty());
}

TEST_F(Results, FilesNothingRefersToAreSweptInTime) {
    fs::create_directories(folder.path() + "/objects/ab");
    std::ofstream(folder.path() + "/objects/ab/ab" + std::string(62, '0')) << "left behind";
    std::ofstream(folder.path() + "/objects/new/7") << "begun";
    s.close();
    s.open();
    EXPECT_THAT(objects(), SizeIs(1));
    for (int i = 0; i < 256; ++i)
        s.must(s.store->sweep({}));
    EXPECT_THAT(objects(), IsEmpty());
}

}  // namespace
