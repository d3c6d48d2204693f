#include "net/dns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <optional>

namespace {

using namespace fetchd;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Where calls go that block. Nothing runs until the test says so.
//
// Names like "127.1" are addresses to getaddrinfo and to nobody else: looked up without a resolver.
struct fake_pool {
    struct call {
        std::function<void()> work, done;
    };
    std::deque<call> calls;
    bool full = false;

    off_loop door() {
        return [this](std::function<void()> work, std::function<void()> done) {
            if (full)
                return false;
            calls.push_back({std::move(work), std::move(done)});
            return true;
        };
    }
    void answer() {
        auto c = std::move(calls.front());
        calls.pop_front();
        c.work();
        c.done();
    }
    void answer_that_there_is_no_such_name() {
        auto c = std::move(calls.front());
        calls.pop_front();
        c.done();
    }
};

class Dns : public testing::Test {
  protected:
    using answer = std::optional<result<addresses>>;

    net_config settings_;
    asio::io_context io_{1};
    timer_wheel wheel_{io_.get_executor()};
    fake_pool pool_;
    std::optional<dns> names_;

    void SetUp() override { restart(); }
    void restart() { names_.emplace(io_.get_executor(), pool_.door(), settings_); }

    void ask(std::string_view host, scope& life, answer& into, std::uint16_t port = 80) {
        asio::co_spawn(io_, names_->resolve(host, port, life, settings_.limits.dns),
                       [&into](std::exception_ptr error, result<addresses> came) {
                           EXPECT_FALSE(error);
                           into.emplace(std::move(came));
                       });
        turn();
    }
    void turn() {
        io_.restart();
        io_.poll();
    }

    // The whole of it, the lookup included where one is needed: addresses, or the failure's code.
    std::string resolve(std::string_view host, std::uint16_t port = 80, bool exists = true) {
        scope life(wheel_, clock::now() + 1h);
        answer a;
        ask(host, life, a, port);
        while (!a && !pool_.calls.empty()) {
            exists ? pool_.answer() : pool_.answer_that_there_is_no_such_name();
            turn();
        }
        if (!a)
            return "nothing";
        if (!*a)
            return std::string(name(a->error().what));
        std::string all;
        for (auto const& ip : **a.value())
            all += (all.empty() ? "" : ",") + ip.text();
        return all;
    }
};

TEST_F(Dns, LiteralAddressesCostNoLookup) {
    EXPECT_EQ(resolve("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(resolve("[2001:db8::1]"), "2001:db8::1");
    EXPECT_EQ(names_->count().lookups, 0U);
    EXPECT_EQ(names_->count().entries, 0U);
}

TEST_F(Dns, LooksUpOnceAndRemembers) {
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    EXPECT_EQ(names_->count().lookups, 1U);
    EXPECT_EQ(names_->count().hits, 1U);
    EXPECT_EQ(names_->count().entries, 1U);
}

TEST_F(Dns, OneLookupAtATimeForEachName) {
    scope life(wheel_, clock::now() + 1h);
    answer a, b, c;
    ask("127.1", life, a);
    ask("127.1", life, b);
    ask("127.2", life, c);
    EXPECT_THAT(pool_.calls, SizeIs(2));
    EXPECT_FALSE(a || b || c);
    pool_.answer();
    turn();
    ASSERT_TRUE(a && b);
    EXPECT_EQ((**a)->front().text(), "127.0.0.1");
    EXPECT_EQ((**b)->front().text(), "127.0.0.1");
    EXPECT_FALSE(c);
    pool_.answer();
    turn();
    EXPECT_EQ((**c)->front().text(), "127.0.0.2");
}

TEST_F(Dns, ForgetsAfterItsTime) {
    settings_.dns_ttl = 0ms;
    restart();
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    EXPECT_EQ(names_->count().lookups, 2U);
    EXPECT_EQ(names_->count().entries, 1U);
}

TEST_F(Dns, RemembersThatThereIsNoSuchName) {
    EXPECT_EQ(resolve("gone.test", 80, false), "not_found");
    EXPECT_EQ(resolve("gone.test", 80, false), "not_found");
    EXPECT_EQ(names_->count().lookups, 1U);
    EXPECT_EQ(names_->count().failures, 1U);

    settings_.dns_negative_ttl = 0ms;
    restart();
    EXPECT_EQ(resolve("gone.test", 80, false), "not_found");
    EXPECT_EQ(resolve("gone.test", 80, false), "not_found");
    EXPECT_EQ(names_->count().lookups, 2U);
}

TEST_F(Dns, RefusesWhenThePoolIsFull) {
    pool_.full = true;
    EXPECT_EQ(resolve("127.1"), "overloaded");
    EXPECT_EQ(names_->count().refused, 1U);
    EXPECT_EQ(names_->count().entries, 0U) << "nothing is left behind";
    pool_.full = false;
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
}

TEST_F(Dns, LeastRecentlyUsedNameGoesFirst) {
    settings_.dns_entries = 2;
    restart();
    resolve("127.1");
    resolve("127.2");
    resolve("127.1");  // now 127.2 is the older one
    resolve("127.3");
    EXPECT_EQ(names_->count().entries, 2U);
    EXPECT_EQ(names_->count().lookups, 3U);
    resolve("127.1");
    EXPECT_EQ(names_->count().lookups, 3U) << "still there";
    resolve("127.2");
    EXPECT_EQ(names_->count().lookups, 4U) << "was dropped";
}

TEST_F(Dns, RefusesMoreWhenEveryEntryIsBeingLookedUp) {
    settings_.dns_entries = 2;
    restart();
    scope life(wheel_, clock::now() + 1h);
    answer a, b, c;
    ask("127.1", life, a);
    ask("127.2", life, b);
    ask("127.3", life, c);
    ASSERT_TRUE(c);
    EXPECT_EQ(c->error().what, code::overloaded);
    pool_.answer();
    turn();
    EXPECT_EQ(resolve("127.3"), "127.0.0.3") << "one entry may go now";
    EXPECT_TRUE(a && b);
    EXPECT_EQ(names_->count().entries, 2U);
}

TEST_F(Dns, GivesUpAfterItsTimeoutAndKeepsTheLookup) {
    settings_.limits.dns = 100ms;
    restart();
    scope life(wheel_, clock::now() + 1h);
    answer a;
    ask("127.1", life, a);
    EXPECT_FALSE(a);
    wheel_.advance(clock::now() + 200ms);
    turn();
    ASSERT_TRUE(a);
    EXPECT_EQ(a->error().what, code::timeout);
    EXPECT_FALSE(life.ended()) << "only this wait is over";
    pool_.answer();
    turn();
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    EXPECT_EQ(names_->count().lookups, 1U) << "the late answer is used";
}

TEST_F(Dns, CancelledWaitLeavesTheOthers) {
    scope one(wheel_, clock::now() + 1h), other(wheel_, clock::now() + 1h);
    answer a, b;
    ask("127.1", one, a);
    ask("127.1", other, b);
    one.end(code::cancelled);
    turn();
    ASSERT_TRUE(a);
    EXPECT_EQ(a->error().what, code::cancelled);
    EXPECT_FALSE(b);
    pool_.answer();
    turn();
    ASSERT_TRUE(b);
    EXPECT_TRUE(*b);
}

TEST_F(Dns, AnswerWithNobodyWaitingIsRemembered) {
    {
        scope life(wheel_, clock::now() + 1h);
        answer a;
        ask("127.1", life, a);
        life.end(code::cancelled);
        turn();
        ASSERT_TRUE(a);
    }
    pool_.answer();
    turn();
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    EXPECT_EQ(names_->count().lookups, 1U);
}

TEST_F(Dns, EndedScopeDoesNotWait) {
    scope life(wheel_, clock::now() + 1h);
    life.end(code::timeout);
    answer a;
    ask("127.1", life, a);
    ASSERT_TRUE(a);
    EXPECT_EQ(a->error().what, code::timeout);
}

TEST_F(Dns, KnownSaysOnlyWhatNeedsNoLookup) {
    EXPECT_FALSE(names_->known("127.1", 80));
    EXPECT_THAT(pool_.calls, IsEmpty());
    resolve("127.1");
    ASSERT_TRUE(names_->known("127.1", 80));
    EXPECT_EQ(names_->known("127.1", 80)->front().text(), "127.0.0.1");
    resolve("gone.test", 80, false);
    EXPECT_FALSE(names_->known("gone.test", 80));
}

TEST_F(Dns, FixedEntriesComeFirst) {
    settings_.resolve = {"a.test:80:192.0.2.1", "a.test:*:192.0.2.2,[2001:db8::2],2001:db8::3",
                         "127.1:80:192.0.2.9"};
    restart();
    EXPECT_EQ(resolve("a.test", 80), "192.0.2.1");
    EXPECT_EQ(resolve("a.test", 81), "192.0.2.2,2001:db8::2,2001:db8::3");
    EXPECT_EQ(resolve("127.1", 80), "192.0.2.9");
    EXPECT_EQ(resolve("127.1", 81), "127.0.0.1");
    EXPECT_EQ(names_->count().lookups, 1U);
}

// As URLs have them: in lower case, the port without zeros in front.
TEST_F(Dns, FixedEntriesMatchHoweverTheyAreSpelt) {
    settings_.resolve = {"A.Test:080:192.0.2.1"};
    restart();
    EXPECT_EQ(resolve("a.test", 80), "192.0.2.1");
}

TEST_F(Dns, TakesOverOtherSettings) {
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    settings_.resolve = {"127.1:80:192.0.2.1"};
    names_->configure(settings_);
    EXPECT_EQ(resolve("127.1"), "192.0.2.1");
    settings_.resolve.clear();
    names_->configure(settings_);
    EXPECT_EQ(resolve("127.1"), "127.0.0.1");
    EXPECT_EQ(names_->count().lookups, 1U) << "what was cached stays";
}

TEST(DnsSettings, NamesEveryEntryThatIsWrong) {
    EXPECT_THAT(dns::problems({"a.test:80:127.0.0.1", "a:*:::1", "a:*:[::1],10.0.0.1"}), IsEmpty());
    for (auto const* wrong : {"", "a", "a:80", "a:80:", ":80:127.0.0.1", "a:x:127.0.0.1", "a:65536:127.0.0.1",
                              "a:-1:127.0.0.1", "a::127.0.0.1", "a:80:b.test", "a:80:127.0.0.1,",
                              "a:80:,127.0.0.1", "a:80:127.1", "a:80:127.0.0.1 ", "a:8 0:127.0.0.1"})
        EXPECT_THAT(dns::problems({wrong}), SizeIs(1)) << wrong;
    EXPECT_THAT(dns::problems({"x", "a:80:127.0.0.1", "y"}), SizeIs(2));
}

}  // namespace
