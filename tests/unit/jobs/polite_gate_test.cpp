// What politeness and robots.txt say together of an item, and what is kept of it in the store.
#include "unit/jobs/polite_gate_fixture.hpp"

namespace fetchd::jobs {
namespace {

TEST_F(PoliteGate, LetsGoWhatNothingForbids) {
    answer_with("");
    auto const said = ask("http://a.test/x");
    ASSERT_TRUE(as<gate::go>(said));
    EXPECT_TRUE(as<gate::go>(said)->turn);
    EXPECT_EQ(source_.asked, 1);
}

TEST_F(PoliteGate, SkipsWhatRobotsTxtForbids) {
    answer_with("User-agent: *\nDisallow: /x\n");
    auto const said = ask("http://a.test/x");
    ASSERT_TRUE(as<gate::skip>(said));
    EXPECT_EQ(as<gate::skip>(said)->why.what, code::refused);
    EXPECT_EQ(as<gate::skip>(said)->why.detail, "line 2: Disallow: /x");
    EXPECT_TRUE(as<gate::go>(ask("http://a.test/y")));
}

TEST_F(PoliteGate, LeavesRobotsTxtAsideWhereAskedTo) {
    answer_with("User-agent: *\nDisallow: /\n");
    how_.robots = false;
    EXPECT_TRUE(as<gate::go>(ask("http://a.test/x")));
    EXPECT_EQ(source_.asked, 0);
}

TEST_F(PoliteGate, AnotherUserAgentHasRulesOfItsOwn) {
    answer_with("User-agent: *\nDisallow: /\n");
    EXPECT_TRUE(as<gate::skip>(ask("http://a.test/x")));
    answer_with("");
    how_.user_agent = "Archivist/2 (+https://archive.test/)";
    EXPECT_TRUE(as<gate::go>(ask("http://a.test/x")));
    EXPECT_EQ(source_.tokens, (std::vector<std::string>{"fetchd", "archivist"}));
}

TEST_F(PoliteGate, SkipsWhereRobotsTxtCannotBeHadForLong) {
    source_.reply.what = robots_reply::kind::unreachable;
    source_.reply.why = "503";
    for (auto const until = now_ + polite_gate::robots_patience; now_ <= until; now_ += 10min) {
        auto const said = ask("http://a.test/x");
        ASSERT_TRUE(as<gate::wait>(said));
        EXPECT_GT(as<gate::wait>(said)->until, now_);
    }
    auto const said = ask("http://a.test/x");
    ASSERT_TRUE(as<gate::skip>(said));
    EXPECT_EQ(as<gate::skip>(said)->why.what, code::unreachable);

    answer_with("");  // it is there again: patience begins anew the next time
    now_ += 10min;
    EXPECT_TRUE(as<gate::go>(ask("http://a.test/x")));
}

TEST_F(PoliteGate, PatienceBeginsAnewAfterAnyAnswer) {
    source_.reply.what = robots_reply::kind::unreachable;
    EXPECT_TRUE(held("http://a.test/x"));
    now_ += 10min;
    answer_with("User-agent: *\nDisallow: /x\n");
    EXPECT_TRUE(as<gate::skip>(ask("http://a.test/x")));
    now_ += 25h;
    source_.reply = {};
    for (int i = 0; i < 8; ++i, now_ += 100h)  // until the old file is not believed any more
        EXPECT_FALSE(as<gate::skip>(ask("http://a.test/y")));
}

TEST_F(PoliteGate, ItemsDoNotWaitForAnOriginThatIsDownForEver) {
    answer_with("");
    config_.patience = 2min;
    polite_.configure(config_);
    break_circuit("http://a.test/1");
    EXPECT_TRUE(held("http://a.test/2")) << "it may come back";
    go("http://b.test/");
    fetch_result none = answered(0);
    none.trace.attempts.back().error = failure(stage::connect, code::timeout);
    for (auto const end = now_ + 2min; now_ < end; now_ += 30s)
        if (auto said = ask("http://a.test/2"); as<gate::go>(said))
            std::get<gate::go>(said).turn->finish(none, now_);
    auto const said = ask("http://a.test/2");
    ASSERT_TRUE(as<gate::skip>(said));
    EXPECT_EQ(as<gate::skip>(said)->why.what, code::circuit_open);
    EXPECT_TRUE(as<gate::skip>(said)->why.retryable()) << "a failure, not a rule";

    now_ += config_.longest_circuit;
    go("http://a.test/3")->finish(answered(200), now_);
    EXPECT_TRUE(as<gate::go>(ask("http://a.test/4"))) << "it answers again";
}

TEST_F(PoliteGate, PatienceEndsThoughAnotherLimitHoldsTheOriginForLonger) {
    config_.origin.delay = 1000ms;
    config_.adaptive = true;  // each failure makes the delay longer, up to a minute
    config_.patience = 3s;
    config_.circuit_failures = 1;
    config_.circuit_time = 100ms;
    polite_.configure(config_);
    answer_with("");
    fetch_result none = answered(0);
    none.trace.attempts.back().error = failure(stage::connect, code::refused);
    go("http://a.test/1")->finish(none, now_);
    now_ += 10s;
    go("http://a.test/1")->finish(none, now_);
    auto const said = ask("http://a.test/2");
    ASSERT_TRUE(as<gate::skip>(said));
    EXPECT_EQ(as<gate::skip>(said)->why.what, code::circuit_open);
}

TEST_F(PoliteGate, OriginsOfOneAddressShareItsLimitsFromTheFirstRequestOn) {
    config_.address = {1, milliseconds(0), 0};
    polite_.configure(config_);
    addresses_.address = ip_address::parse("192.0.2.1");
    answer_with("");
    auto const first = go("http://a.test/");
    EXPECT_TRUE(held("http://b.test/"));
    addresses_.address = ip_address::parse("192.0.2.2");
    EXPECT_TRUE(go("http://c.test/"));
    EXPECT_EQ(addresses_.asked, 3) << "once for each";
}

TEST_F(PoliteGate, WhatWasForgottenIsReadFromTheStore) {
    answer_with("");
    auto busy = answered(503);
    busy.fields.add("Retry-After", "3600");
    go("http://a.test/")->finish(busy, now_);
    asio::co_spawn(io_, gate_.save(), asio::detached);
    poll();
    ASSERT_EQ(store_.kept.size(), 1U);
    politeness fresh(config_, [] { return 0U; });
    polite_gate after(ex_, fresh, rules_, addresses_, store_, wheel_, [this] { return now_; });
    auto const target = *url::parse("http://a.test/");
    ASSERT_TRUE(as<gate::prepare>(after.ask(how_, target, now_)));
    scope life(wheel_, now_ + 1h);
    asio::co_spawn(io_, after.prepare_for(how_, target, life), asio::detached);
    poll();
    auto const said = after.ask(how_, target, now_);
    ASSERT_TRUE(as<gate::wait>(said));
    EXPECT_GT(as<gate::wait>(said)->until, now_ + 59min);
}

TEST_F(PoliteGate, AStoreThatFailsMakesNobodyWait) {
    answer_with("");
    store_.fails = failure(stage::store, code::failed);
    EXPECT_TRUE(go("http://a.test/"));
}

TEST_F(PoliteGate, ARuleIsSavedBeforeItIsAnswered) {
    politeness::host_rule rule;
    rule.paused = true;
    polite_.change("a.test", rule);
    store_.fails = failure(stage::store, code::failed);
    std::optional<result<void>> saved;
    auto save = [](polite_gate& g, std::optional<result<void>>& into) -> awaitable<void> {
        auto done = co_await g.save_rule("A.TEST");
        into.emplace(std::move(done));
    };
    spawn_logged(ex_, "save", save(gate_, saved));
    poll();
    ASSERT_TRUE(saved);
    EXPECT_FALSE(*saved);
    store_.fails.reset();
    spawn_logged(ex_, "save", save(gate_, saved));
    poll();
    EXPECT_TRUE(*saved);
    ASSERT_EQ(store_.kept.size(), 1U);
    EXPECT_EQ(store_.kept[0].key, "politeness/host/a.test");
}

TEST_F(PoliteGate, PauseCostsNoPatience) {
    source_.reply.what = robots_reply::kind::later;
    source_.reply.until = time_point::max();
    for (int hours = 0; hours < 10; ++hours, now_ += 1h) {
        auto const said = ask("http://a.test/x");
        ASSERT_TRUE(as<gate::wait>(said));
        EXPECT_EQ(as<gate::wait>(said)->until, time_point::max());
    }
    answer_with("");
    EXPECT_TRUE(as<gate::go>(ask("http://a.test/x")));
}

TEST_F(PoliteGate, WhatAnOperatorSaidIsKeptForEver) {
    politeness::host_rule rule;
    rule.paused = true;
    polite_.change("a.test", rule);
    asio::co_spawn(io_, gate_.save(), asio::detached);
    io_.run();
    ASSERT_EQ(store_.kept.size(), 1U);
    EXPECT_EQ(store_.kept[0].key, "politeness/host/a.test");
    EXPECT_EQ(store_.kept[0].expires, never);
}

TEST_F(PoliteGate, WaitsAsLongAsPolitenessAndTheCrawlDelayWant) {
    answer_with("User-agent: *\nCrawl-delay: 7\n");
    go("http://a.test/1")->finish(answered(200), now_);
    auto const second = ask("http://a.test/2");
    ASSERT_TRUE(as<gate::wait>(second));
    EXPECT_EQ(as<gate::wait>(second)->until, now_ + 7s);
}

TEST_F(PoliteGate, ABackOffHoldsEveryItemOfItsOrigin) {
    answer_with("");
    auto busy = answered(429);
    busy.fields.add("Retry-After", "120");
    go("http://a.test/1")->finish(busy, now_);
    auto const second = ask("http://a.test/2");
    ASSERT_TRUE(as<gate::wait>(second));
    EXPECT_GE(as<gate::wait>(second)->until, now_ + 120s);
    EXPECT_TRUE(as<gate::go>(ask("http://b.test/")));
}

}  // namespace
}  // namespace fetchd::jobs
