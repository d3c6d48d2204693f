// Results as they are read back, and the events that tell of them.
#include "results_fixture.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

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
