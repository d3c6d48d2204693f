#include "fetch/sessions.hpp"

#include <gtest/gtest.h>

namespace {

using namespace fetchd;
using namespace std::chrono_literals;
using std::to_string;

class Sessions : public testing::Test {
  protected:
    static session_limits few() {
        session_limits limits;
        limits.sessions = 4;
        limits.per_caller = 3;
        limits.idle = 10min;
        return limits;
    }

    void put(std::string_view caller, std::string_view name, std::string_view set_cookie = "a=1") {
        put(*all_.open(caller, name, now_), set_cookie);
    }
    static void put(cookie_jar& jar, std::string_view set_cookie) {
        headers answer;
        answer.add("Set-Cookie", set_cookie);
        jar.store(*url::parse("http://a.test/"), answer, cookie_time());
    }

    // Whether this session has a cookie; it is opened by this.
    bool kept(std::string_view caller, std::string_view name) {
        return all_.open(caller, name, now_)->size() > 0;
    }

    sessions all_{few()};
    sessions::time now_{1000h};
};

TEST(SessionName, IsVisibleAsciiOfSomeLength) {
    for (auto const* name : {"a", "!", "~", "shop-1/cart:x", "\"quoted\""})
        EXPECT_TRUE(valid_session_name(name)) << name;
    for (auto const* name : {"", " ", "a b", "a\t", "a\n", "\x7f", "caf\xc3\xa9", "\x80"})
        EXPECT_FALSE(valid_session_name(name)) << name;
    EXPECT_FALSE(valid_session_name(std::string_view("a\0b", 3)));
    EXPECT_TRUE(valid_session_name(std::string(127, 'x')));
    EXPECT_TRUE(valid_session_name(std::string(128, 'x')));
    EXPECT_FALSE(valid_session_name(std::string(129, 'x')));
}

TEST_F(Sessions, TheSameNameOpensTheSameJar) {
    put("caller", "s");
    EXPECT_TRUE(kept("caller", "s"));
    EXPECT_EQ(all_.open("caller", "s", now_), all_.open("caller", "s", now_));
    EXPECT_EQ(all_.count().sessions, 1u);
    EXPECT_EQ(all_.count().begun, 1u);
}

TEST_F(Sessions, AreNeverSharedBetweenCallers) {
    put("one", "s");
    EXPECT_FALSE(kept("two", "s"));
    EXPECT_FALSE(kept("", "s"));
    EXPECT_FALSE(kept("one", "S"));
}

TEST_F(Sessions, NoPairReadsLikeAnother) {
    put("ab", "c");
    for (auto const& [caller, name] : {std::pair("a", "bc"), std::pair("abc", ""), std::pair("", "abc")})
        EXPECT_FALSE(kept(caller, name)) << caller << "|" << name;
    EXPECT_FALSE(kept(std::string_view("ab\0", 3), "c"));
}

TEST_F(Sessions, EndWhenTheyWereIdle) {
    for (auto const off : {-1ms, 0ms, 1ms}) {
        put("one", "s");
        now_ += 10min + off;
        EXPECT_EQ(kept("one", "s"), off < 0ms);
        now_ += 1h;
    }
}

TEST_F(Sessions, EveryUseKeepsThemForLonger) {
    put("one", "s");
    for (int i = 0; i < 10; ++i) {
        now_ += 9min;
        EXPECT_TRUE(kept("one", "s"));
    }
}

TEST_F(Sessions, ExpireWithoutAnybodyOpeningOne) {
    put("one", "s");
    now_ += 5min;
    put("two", "t");
    now_ += 5min;
    all_.expire(now_);
    auto const count = all_.count();
    EXPECT_EQ(count.sessions, 1u);
    EXPECT_EQ(count.callers, 1u);
    EXPECT_EQ(count.cookies, 1u);
    EXPECT_EQ(count.expired, 1u);
    EXPECT_EQ(count.evicted, 0u);
    EXPECT_TRUE(kept("two", "t"));
}

TEST_F(Sessions, ACallerLosesItsOwnLeastRecentlyUsed) {
    put("other", "o");
    put("one", "a");
    put("one", "b");
    put("one", "c");
    EXPECT_EQ(all_.count().evicted, 0u);
    EXPECT_TRUE(kept("one", "a"));
    put("one", "d");
    EXPECT_EQ(all_.count().evicted, 1u);
    EXPECT_EQ(all_.count().sessions, 4u);
    EXPECT_TRUE(kept("other", "o")) << "another's is safe, though older";
    EXPECT_TRUE(kept("one", "a"));
    EXPECT_TRUE(kept("one", "c"));
    EXPECT_TRUE(kept("one", "d"));
    EXPECT_FALSE(kept("one", "b"));
}

TEST_F(Sessions, AreBoundedInAll) {
    for (int i = 0; i < 4; ++i)
        put("caller" + to_string(i), "s");
    EXPECT_EQ(all_.count().sessions, 4u);
    EXPECT_EQ(all_.count().evicted, 0u);
    EXPECT_TRUE(kept("caller0", "s"));
    put("caller4", "s");
    EXPECT_EQ(all_.count().sessions, 4u);
    EXPECT_EQ(all_.count().callers, 4u);
    EXPECT_EQ(all_.count().evicted, 1u);
    EXPECT_TRUE(kept("caller0", "s"));
    EXPECT_FALSE(kept("caller1", "s"));
}

TEST_F(Sessions, AreBoundedByTheirBytes) {
    put("one", "a");
    auto limits = few();
    limits.bytes = 2 * all_.count().bytes;
    all_.configure(limits);
    put("one", "b");
    EXPECT_EQ(all_.open("one", "c", now_)->size(), 0u);
    EXPECT_EQ(all_.count().sessions, 3u);
    put("one", "c");  // only now there is too much, and the next open ends the oldest
    EXPECT_TRUE(kept("one", "b"));
    EXPECT_EQ(all_.count().sessions, 2u);
    EXPECT_FALSE(kept("one", "a"));
}

TEST_F(Sessions, TheOneInUseStaysWhateverTheLimits) {
    session_limits none;
    none.sessions = none.per_caller = none.bytes = 0;
    all_.configure(none);
    put("one", "a");
    EXPECT_TRUE(kept("one", "a"));
    put("one", "b");
    EXPECT_EQ(all_.count().sessions, 1u);
}

TEST_F(Sessions, SmallerLimitsEndWhatIsTooMuch) {
    for (auto const* name : {"a", "b", "c"})
        put("one", name);
    put("two", "a");
    auto limits = few();
    limits.per_caller = 2;
    all_.configure(limits);
    EXPECT_EQ(all_.count().sessions, 3u);
    limits.sessions = 1;
    all_.configure(limits);
    EXPECT_EQ(all_.count().sessions, 1u);
    EXPECT_EQ(all_.count().cookies, 1u);
    EXPECT_TRUE(kept("two", "a"));
}

TEST_F(Sessions, AJarOutlivesItsSessionButIsNotCounted) {
    auto const held = all_.open("one", "a", now_);
    put(*held, "a=1");
    now_ += 1h;
    EXPECT_FALSE(kept("one", "a"));
    EXPECT_EQ(all_.count().cookies, 0u);
    put(*held, "b=2");
    EXPECT_EQ(held->size(), 2u);
    EXPECT_EQ(all_.count().cookies, 0u);
    EXPECT_EQ(all_.count().bytes, 0u);
}

TEST_F(Sessions, AJarOutlivesThemAll) {
    std::shared_ptr<cookie_jar> held;
    {
        sessions gone{few()};
        held = gone.open("one", "a", now_);
    }
    put(*held, "a=1");
    EXPECT_EQ(held->size(), 1u);
}

TEST_F(Sessions, CountTheirCookies) {
    put("one", "a", "x=1");
    put("one", "a", "y=1");
    put("two", "a", "x=1");
    EXPECT_EQ(all_.count().cookies, 3u);
    EXPECT_GT(all_.count().bytes, 0u);
    put("one", "a", "x=; Max-Age=0");
    EXPECT_EQ(all_.count().cookies, 2u);
}

TEST(SessionsAtFullSize, StayWithinTheirLimits) {
    sessions all{session_limits()};
    sessions::time now{1000h};
    for (int i = 0; i < 25'000; ++i)
        all.open("caller" + to_string(i % 15), "s" + to_string(i), now += 1ms);
    EXPECT_EQ(all.count().sessions, 10'000u);
    EXPECT_EQ(all.count().begun, 25'000u);
    EXPECT_EQ(all.count().evicted, 15'000u);
    for (int i = 0; i < 5'000; ++i)
        all.open("greedy", "s" + to_string(i), now);
    EXPECT_EQ(all.count().sessions, 10'000u);
    all.expire(now + 1h);
    EXPECT_EQ(all.count().sessions, 0u);
    EXPECT_EQ(all.count().callers, 0u);
}

}  // namespace
