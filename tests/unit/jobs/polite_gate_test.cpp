// What politeness and robots.txt say together of an item, and what is kept of it in the store.
#include "jobs/polite_gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

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
    using memory_store::put;
    std::vector<record> kept;
    awaitable<result<void>> put(std::vector<record> all) override {
        kept = std::move(all);
        co_return result<void>();
    }
};

class PoliteGate : public testing::Test {
  protected:
    PoliteGate() { config_.origin.delay = 0ms; }

    void answer_with(std::string_view text) {
        source_.reply.what = robots_reply::kind::file;
        source_.reply.rules = parse_robots(text, "fetchd");
    }

    gate::answer ask(std::string_view address) {
        auto const target = *url::parse(address);
        auto said = gate_.ask(how_, target, now_);
        if (!std::holds_alternative<gate::prepare>(said))
            return said;
        scope life(wheel_, time_point::max());
        asio::co_spawn(io_, gate_.prepare_for(how_, target, life), [&](std::exception_ptr error) {
            EXPECT_FALSE(error);
            io_.stop();
        });
        io_.restart();
        io_.run();
        return gate_.ask(how_, target, now_);
    }
    template <class T>
    static T const* as(gate::answer const& a) {
        return std::get_if<T>(&a);
    }

    asio::io_context io_{1};
    executor ex_ = io_.get_executor();
    timer_wheel wheel_{ex_};
    time_point now_ = time_point(1000h);
    politeness_config config_;
    politeness polite_{config_, [] { return 0U; }};
    one_file source_;
    robots_rules rules_{ex_, wheel_, source_, config_, "fetchd/1", robots_limits(), [this] { return now_; }};
    noting_store store_{ex_};
    polite_gate gate_{ex_, polite_, rules_, store_, wheel_};
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
    fetch_result fine;
    fine.trace.attempts.emplace_back();
    fine.trace.attempts.back().status = 200;
    {
        auto const first = ask("http://a.test/1");
        ASSERT_TRUE(as<gate::go>(first));
        as<gate::go>(first)->turn->finish(fine, now_);
    }
    auto const second = ask("http://a.test/2");
    ASSERT_TRUE(as<gate::wait>(second));
    EXPECT_EQ(as<gate::wait>(second)->until, now_ + 7s);
}

TEST_F(PoliteGate, ABackOffHoldsEveryItemOfItsOrigin) {
    answer_with("");
    fetch_result busy;
    busy.fields.add("Retry-After", "120");
    busy.trace.attempts.emplace_back();
    busy.trace.attempts.back().status = 429;
    {
        auto const first = ask("http://a.test/1");
        ASSERT_TRUE(as<gate::go>(first));
        as<gate::go>(first)->turn->finish(busy, now_);
    }
    auto const second = ask("http://a.test/2");
    ASSERT_TRUE(as<gate::wait>(second));
    EXPECT_GE(as<gate::wait>(second)->until, now_ + 120s);
    EXPECT_TRUE(as<gate::go>(ask("http://b.test/")));
}

}  // namespace
}  // namespace fetchd::jobs
