// What politeness and robots.txt say together of an item, and what is kept of it in the store.
#include "jobs/polite_gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "loop/spawn.hpp"
#include "unit/jobs/memory_store.hpp"

namespace fetchd::jobs {
namespace {

using namespace std::chrono_literals;

class one_file : public robots_source {
  public:
    robots_reply reply;
    int asked = 0;
    std::vector<std::string> tokens;
    awaitable<robots_reply> fetch(url, std::string, std::string token, scope&) override {
        ++asked;
        tokens.push_back(std::move(token));
        co_return reply;
    }
    std::optional<time_point> held_until(url const&) override {
        return reply.what == robots_reply::kind::later ? std::optional(reply.until) : std::nullopt;
    }
};

// Remembers the records it is given.
class noting_store : public memory_store {
  public:
    using memory_store::memory_store;
    std::vector<record> kept;
    std::optional<failure> fails;
    awaitable<result<void>> put(std::vector<record> all) override {
        kept = std::move(all);
        co_return result<void>();
    }
    awaitable<result<void>> put(record one) override {
        if (fails)
            co_return *fails;
        kept.push_back(std::move(one));
        co_return result<void>();
    }
    awaitable<result<std::optional<record>>> get(std::string key, unix_ms) override {
        if (fails)
            co_return *fails;
        for (auto const& r : kept)
            if (r.key == key)
                co_return std::optional(r);
        co_return std::nullopt;
    }
};

class one_address : public whereabouts {
  public:
    std::optional<ip_address> address;
    int asked = 0;
    awaitable<std::optional<ip_address>> address_of(url, scope&) override {
        ++asked;
        co_return address;
    }
};

class PoliteGate : public testing::Test {
  protected:
    PoliteGate() {
        config_.origin.delay = config_.domain.delay = config_.address.delay = 0ms;
        config_.adaptive = false;
        polite_.configure(config_);
    }

    void answer_with(std::string_view text) {
        source_.reply.what = robots_reply::kind::file;
        source_.reply.rules = parse_robots(text, "fetchd");
    }

    gate::answer ask(std::string_view address) {
        auto const target = *url::parse(address);
        auto said = gate_.ask(how_, target, now_);
        if (!std::holds_alternative<gate::prepare>(said))
            return said;
        scope life(wheel_, now_ + 1h);
        bool over = false;
        spawn_logged(ex_, "prepare", prepare(target, life, over));
        poll();
        EXPECT_TRUE(over);
        return gate_.ask(how_, target, now_);
    }
    awaitable<void> prepare(url const& target, scope& life, bool& over) {
        co_await gate_.prepare_for(how_, target, life);
        over = true;
    }
    std::unique_ptr<gate::turn> go(std::string_view address) {
        auto said = ask(address);
        auto* const found = std::get_if<gate::go>(&said);
        EXPECT_TRUE(found) << address;
        return found ? std::move(found->turn) : nullptr;
    }
    bool held(std::string_view address) { return as<gate::wait>(ask(address)) != nullptr; }

    // On to where a redirect led: time passes until it may be asked, or may not be.
    result<void> move(gate::turn& turn, std::string_view address, milliseconds limit = 30s) {
        scope life(wheel_, now_ + limit);
        std::optional<result<void>> came;
        spawn_logged(ex_, "move", move_on(turn, *url::parse(address), life, came));
        poll();
        for (auto const until = now_ + limit + 1s; !came && now_ < until; poll()) {
            now_ += 10ms;
            wheel_.advance(now_);
        }
        EXPECT_TRUE(came);
        return came.value_or(failure());
    }
    static awaitable<void> move_on(gate::turn& turn, url next, scope& life,
                                   std::optional<result<void>>& came) {
        attempt last;
        last.status = 302;
        auto moved = co_await turn.move(next, last, life);
        came.emplace(std::move(moved));
    }
    void poll() {
        io_.restart();
        io_.poll();
    }
    static fetch_result answered(int status, std::size_t redirects = 0) {
        fetch_result r;
        r.trace.redirects.resize(redirects);
        r.trace.attempts.emplace_back();
        r.trace.attempts.back().hop = redirects;
        r.trace.attempts.back().status = status;
        return r;
    }
    void break_circuit(std::string_view address) {
        fetch_result none = answered(0);
        none.trace.attempts.back().error = failure(stage::connect, code::refused);
        for (std::size_t i = 0; i < config_.circuit_failures; ++i)
            go(address)->finish(none, now_);
    }
    template <class T>
    static T const* as(gate::answer const& a) {
        return std::get_if<T>(&a);
    }

    asio::io_context io_{1};
    executor ex_ = io_.get_executor();
    timer_wheel wheel_{ex_};
    time_point now_ = clock::now() + 1h;
    politeness_config config_;
    politeness polite_{config_, [] { return 0U; }};
    one_file source_;
    robots_rules rules_{ex_, wheel_, source_, config_, "fetchd/1", robots_limits(), [this] { return now_; }};
    noting_store store_{ex_};
    one_address addresses_;
    polite_gate gate_{ex_, polite_, rules_, addresses_, store_, wheel_, [this] { return now_; }};
    manner how_;
};

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

TEST_F(PoliteGate, ARedirectTakesATurnOfItsOwn) {
    config_.origin = {1, 1000ms, 0};
    polite_.configure(config_);
    answer_with("");
    auto const began = now_;
    auto const turn = go("http://a.test/1");
    ASSERT_TRUE(move(*turn, "http://a.test/2"));
    EXPECT_GE(now_ - began, 1000ms);
    EXPECT_LT(now_ - began, 1100ms);
    EXPECT_EQ(polite_.count().turns, 1U) << "the first one has ended";
    EXPECT_EQ(polite_.describe("a.test", now_).origins.at(0).good, 1U);
    turn->finish(answered(200, 1), now_);
    EXPECT_EQ(polite_.count().turns, 0U);
    EXPECT_EQ(polite_.describe("a.test", now_).origins.at(0).good, 2U);
}

TEST_F(PoliteGate, ARedirectGoesBeforeItemsThatHaveNotBegun) {
    config_.origin.delay = 1000ms;
    polite_.configure(config_);
    answer_with("");
    auto const turn = go("http://a.test/1");
    scope life(wheel_, now_ + 30s);
    std::optional<result<void>> came;
    spawn_logged(ex_, "move", move_on(*turn, *url::parse("http://a.test/2"), life, came));
    poll();
    now_ += 1000ms;
    EXPECT_TRUE(held("http://a.test/3"));
    wheel_.advance(now_ + timer_wheel::tick);
    poll();
    ASSERT_TRUE(came);
    EXPECT_TRUE(*came);
}

TEST_F(PoliteGate, ARedirectIsNotFollowedIntoWhatRobotsTxtForbids) {
    answer_with("User-agent: *\nDisallow: /private\n");
    auto const turn = go("http://a.test/1");
    auto const moved = move(*turn, "http://b.test/private");
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().where, stage::robots);
    EXPECT_EQ(moved.error().advice(), verdict::refused);
    EXPECT_EQ(polite_.count().turns, 0U);
    turn->finish(answered(200), now_);  // nothing left to finish
}

TEST_F(PoliteGate, ARedirectThatMayNotBeFollowedInTimeSaysWhen) {
    answer_with("");
    auto busy = answered(429);
    busy.fields.add("Retry-After", "120");
    go("http://b.test/")->finish(busy, now_);
    auto const until = now_ + 120s;
    auto const turn = go("http://a.test/1");
    auto const began = now_;
    auto const moved = move(*turn, "http://b.test/1");
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().what, code::held);
    EXPECT_EQ(now_, began) << "it does not wait in vain";
    EXPECT_EQ(turn->held_until(), until);
}

TEST_F(PoliteGate, ARefusalAfterARedirectIsThatOfItsOrigin) {
    answer_with("");
    auto const turn = go("http://a.test/1");
    ASSERT_TRUE(move(*turn, "http://b.test/1"));
    turn->finish(answered(429, 1), now_);
    EXPECT_TRUE(held("http://b.test/2"));
    EXPECT_FALSE(held("http://a.test/2"));
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
