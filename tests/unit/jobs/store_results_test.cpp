// Results as they are read back, and what is deleted in the end.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "driven_store.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace fs = std::filesystem;

class Results : public testing::Test {
  protected:
    void SetUp() override { s.open(); }

    job_key submit(std::size_t n, job_draft draft = {}) {
        auto const key = s.must(s.store->begin(std::move(draft)));
        s.must(s.store->add(key, items(n)));
        s.must(s.store->commit(key, {"key of " + std::to_string(key), "body", never}));
        lane = s.must(s.store->lanes(key, before_all_lanes, 1, s.now)).ready.at(0).key;
        return key;
    }
    settlement one(job_key j, item_number n, outcome o = outcome::succeeded) {
        return ended({j, lane, n}, o);
    }
    std::uint64_t settle(settlement e) {
        std::vector<settlement> all;
        all.push_back(std::move(e));
        return s.must(s.store->settle(std::move(all))).at(0);
    }
    result_page read(read_want want) { return s.must(s.store->read(want)); }
    result_page read(job_key j) {
        read_want want;
        want.job = j;
        return read(want);
    }
    std::vector<fs::path> objects() {
        std::vector<fs::path> all;
        for (auto const& e : fs::recursive_directory_iterator(folder.path() + "/objects"))
            if (e.is_regular_file())
                all.push_back(e.path());
        return all;
    }
    void sweep(retention keep) {
        while (s.must(s.store->sweep(keep)).more) {
        }
    }

    temporary_folder folder;
    driven_store s{folder.path()};
    lane_key lane = 0;
};

TEST_F(Results, ALineIsMadeOfItsParts) {
    auto const j = submit(3);
    auto all = one(j, 2);
    all.output = "{\"text\":\"x\"}";
    all.tail = "\"end\":true";
    EXPECT_EQ(settle(all), 1U);
    EXPECT_EQ(settle(one(j, 1, outcome::failed)), 2U);
    auto bare = one(j, 3, outcome::skipped);
    bare.head.clear();
    EXPECT_EQ(settle(bare), 3U);
    auto const page = read(j);
    ASSERT_THAT(page.results, SizeIs(3));
    EXPECT_EQ(page.results[0].line, R"({"seq":1,"id":2,"output":{"text":"x"},"end":true})");
    EXPECT_EQ(page.results[0].n, 2);
    EXPECT_EQ(page.results[0].at, s.now);
    EXPECT_EQ(page.results[1].line, R"({"seq":2,"id":1})");
    EXPECT_EQ(page.results[1].outcome, outcome::failed);
    EXPECT_EQ(page.results[2].line, R"({"seq":3})");
    EXPECT_EQ(page.next, 3U);
    EXPECT_TRUE(page.at_end);
}

TEST_F(Results, EveryCursorGoesOnWithoutGapOrRepeat) {
    auto const j = submit(25);
    for (item_number n = 1; n <= 25; ++n)
        settle(one(j, n));
    for (std::uint32_t limit = 1; limit <= 26; ++limit) {
        std::vector<std::uint64_t> seen;
        read_want want;
        want.job = j;
        want.limit = limit;
        for (bool more = true; more;) {
            auto const page = read(want);
            EXPECT_LE(page.results.size(), limit);
            for (auto const& r : page.results)
                seen.push_back(r.seq);
            want.after = page.next;
            more = !page.at_end;
        }
        ASSERT_THAT(seen, SizeIs(25)) << limit;
        for (std::size_t i = 0; i < seen.size(); ++i)
            EXPECT_EQ(seen[i], i + 1);
    }
}

TEST_F(Results, FiltersByOutcomeAndMovesOnPastTheOthers) {
    auto const j = submit(6);
    for (item_number n = 1; n <= 6; ++n)
        settle(one(j, n, n % 2 == 0 ? outcome::failed : outcome::succeeded));
    read_want want;
    want.job = j;
    want.outcomes = 1U << static_cast<unsigned>(outcome::failed);
    want.limit = 2;
    auto const page = read(want);
    ASSERT_THAT(page.results, SizeIs(2));
    EXPECT_EQ(page.results[1].seq, 4U);
    EXPECT_EQ(page.next, 5U);
    EXPECT_FALSE(page.at_end);
    want.after = page.next;
    EXPECT_THAT(read(want).results, SizeIs(1));
    want.outcomes = 1U << static_cast<unsigned>(outcome::skipped);
    want.after = 0;
    auto const none = read(want);
    EXPECT_THAT(none.results, IsEmpty());
    EXPECT_EQ(none.next, 6U);
    EXPECT_TRUE(none.at_end);
}

TEST_F(Results, APageHoldsItsBytesButAlwaysOneResult) {
    auto const j = submit(3);
    for (item_number n = 1; n <= 3; ++n) {
        auto e = one(j, n);
        e.output = "\"" + std::string(1000, 'x') + "\"";
        settle(e);
    }
    read_want want;
    want.job = j;
    want.max_bytes = 2500;
    EXPECT_THAT(read(want).results, SizeIs(2));
    want.max_bytes = 10;
    auto const page = read(want);
    EXPECT_THAT(page.results, SizeIs(1));
    EXPECT_EQ(page.next, 1U);
    EXPECT_FALSE(page.at_end);
}

TEST_F(Results, LargeOutputsAndBodiesLieOutsideOnceEach) {
    auto const j = submit(3);
    std::string const large(40'000, 'l');
    for (item_number n = 1; n <= 3; ++n) {
        auto e = one(j, n);
        e.output = "\"" + large + "\"";
        e.body = n == 3 ? std::string("small") : large;
        settle(e);
    }
    EXPECT_THAT(objects(), SizeIs(2));
    s.close();
    s.open();
    read_want want;
    want.job = j;
    want.bodies = true;
    auto const page = read(want);
    ASSERT_THAT(page.results, SizeIs(3));
    EXPECT_EQ(page.results[0].line, "{\"seq\":1,\"id\":1,\"output\":\"" + large + "\"}");
    EXPECT_EQ(*page.results[1].body, large);
    EXPECT_EQ(*page.results[2].body, "small");
    EXPECT_FALSE(read(j).results[0].body);
    EXPECT_GE(s.must(s.store->find(j)).bytes, 5 * large.size());
}

TEST_F(Results, ADamagedObjectIsReportedAndNeverServed) {
    auto const j = submit(2);
    for (item_number n = 1; n <= 2; ++n) {
        auto e = one(j, n);
        e.output = "\"" + std::string(40'000, static_cast<char>('a' + n)) + "\"";
        settle(e);
    }
    auto const file = objects().at(0);
    std::fstream(file, std::ios::in | std::ios::out).seekp(100).put('!');
    auto const page = read(j);
    ASSERT_THAT(page.results, SizeIs(2));
    auto const& bad = page.results[0].damaged ? page.results[0] : page.results[1];
    auto const& good = page.results[0].damaged ? page.results[1] : page.results[0];
    EXPECT_TRUE(bad.damaged);
    EXPECT_FALSE(good.damaged);
    EXPECT_THAT(bad.line, HasSubstr(R"("error":{"stage":"store","code":"corrupt")"));
    auto const sentence = std::string(failure(stage::store, code::corrupt).kind().sentence);
    EXPECT_THAT(bad.line, HasSubstr("\"message\":\"" + sentence + "\""));
    EXPECT_EQ(sentence.find_first_of("\"\\"), std::string::npos) << "it goes into JSON as it is";
    EXPECT_LT(bad.line.size(), 1000U);
    EXPECT_EQ(s.store->count().damaged, 1U);
    fs::remove(file);
    read_want want;
    want.job = j;
    want.limit = 1;
    auto const one = read(want).results.at(0);
    want.after = 1;
    EXPECT_NE(one.damaged, read(want).results.at(0).damaged);
}

TEST_F(Results, WatchersAreToldAfterTheCommit) {
    auto const j = submit(2);
    std::vector<std::size_t> seen;
    auto watch = s.store->watch_job(j, [&] { seen.push_back(seen.size()); });
    settle(one(j, 1));
    EXPECT_THAT(seen, SizeIs(1));
    watch.reset();
    settle(one(j, 2));
    EXPECT_THAT(seen, SizeIs(1));
}

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

TEST_F(Results, EventsAreWrittenWithTheResultsTheyTellOf) {
    job_draft d;
    d.subscriptions = {{"hook", true, true, 3, 1000}};
    auto const j = submit(5, d);
    int told = 0;
    auto const watch = s.store->watch_outbox([&] { ++told; });
    settle(one(j, 1));
    EXPECT_EQ(told, 1);
    auto waiting = s.must(s.store->due(s.now, 10));
    EXPECT_THAT(waiting.events, IsEmpty());
    EXPECT_EQ(waiting.soonest, s.now + 1000);
    settle(one(j, 2));
    settle(one(j, 3));  // full
    auto full = s.must(s.store->due(s.now, 10));
    ASSERT_THAT(full.events, SizeIs(1));
    EXPECT_EQ(full.events[0].first_seq, 1U);
    EXPECT_EQ(full.events[0].last_seq, 3U);
    EXPECT_EQ(full.events[0].job, j);
    EXPECT_EQ(full.events[0].job_id, s.must(s.store->find(j)).id);
    settle(one(j, 4));
    s.now += 1000;
    s.must(s.store->due(s.now, 10));  // handed out: it may not grow any more
    settle(one(j, 5));
    auto const all = s.must(s.store->due(s.now, 10)).events;
    ASSERT_THAT(all, SizeIs(4));
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (auto const& e : all)
        if (e.kind == event_kind::results)
            ranges.emplace_back(e.first_seq, e.last_seq);
    EXPECT_THAT(ranges, ElementsAre(std::pair(1U, 3U), std::pair(4U, 4U), std::pair(5U, 5U)));
    EXPECT_EQ(all.back().kind, event_kind::finished);
}

TEST_F(Results, EventsAreRetriedDeliveredOrDead) {
    job_draft d;
    d.subscriptions = {{"hook", false, true, 1, 0}};
    auto const j = submit(1, d);
    settle(one(j, 1));
    auto const e = s.must(s.store->due(s.now, 10)).events.at(0);
    s.must(s.store->mark({{e.key, event_state::pending, s.now + 60, 1, "no answer"}}));
    EXPECT_THAT(s.must(s.store->due(s.now, 10)).events, IsEmpty());
    s.close();
    s.open();
    auto const again = s.must(s.store->due(s.now + 60, 10)).events.at(0);
    EXPECT_EQ(again.id, e.id);
    EXPECT_EQ(again.attempts, 1U);
    EXPECT_EQ(again.note, "no answer");
    s.must(s.store->mark({{e.key, event_state::dead, 0, 2, "gone"}}));
    EXPECT_THAT(s.must(s.store->due(never - 1, 10)).events, IsEmpty());
    auto const dead = s.must(s.store->events("hook", event_state::dead, 0, 10));
    ASSERT_THAT(dead, SizeIs(1));
    s.must(s.store->mark({{e.key, event_state::pending, s.now, 0, ""}}));
    EXPECT_THAT(s.must(s.store->due(s.now, 10)).events, SizeIs(1));
    s.must(s.store->mark({{e.key, event_state::delivered, 0, 1, ""}}));
    EXPECT_THAT(s.must(s.store->events("hook", event_state::delivered, 0, 10)), SizeIs(1));
}

TEST_F(Results, EventsThatWerePutOffCanBeHastened) {
    job_draft d;
    d.subscriptions = {
        {"hook", true, false, 1, 0}, {"other", true, false, 1, 0}, {"slow", true, false, 9, 1000}};
    auto const j = submit(3, d);
    settle(one(j, 1));
    settle(one(j, 2));
    std::vector<event_mark> marks;
    for (auto const& e : s.must(s.store->due(s.now, 10)).events)
        marks.push_back({e.key, event_state::pending, s.now + 600, 3, "no answer"});
    ASSERT_THAT(marks, SizeIs(4));
    marks.front().state = event_state::dead;
    s.must(s.store->mark(marks));
    int told = 0;
    auto const watch = s.store->watch_outbox([&] { ++told; });
    s.must(s.store->hasten({"hook", "slow", "nobody"}, s.now));
    EXPECT_EQ(told, 1);
    auto const due = s.must(s.store->due(s.now, 10));
    ASSERT_THAT(due.events, SizeIs(1)) << "the dead stay so, and what may still grow does";
    EXPECT_EQ(due.events[0].endpoint, "hook");
    EXPECT_EQ(due.events[0].attempts, 3U);
    EXPECT_EQ(due.events[0].note, "no answer");
    EXPECT_EQ(due.soonest, s.now + 600);
}

}  // namespace
