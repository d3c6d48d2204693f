// The cache of robots.txt: who waits, what is believed and for how long, what is forgotten.
#include "fetch/robots_rules.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>

#include "loop/bell.hpp"

namespace fetchd {
namespace {

using namespace std::chrono_literals;
using verdict = robots_answer::verdict;
using kind = robots_reply::kind;

robots_reply file(std::string_view text) {
    robots_reply r;
    r.what = kind::file;
    r.rules = parse_robots(text, "fetchd");
    return r;
}

robots_reply other(kind what, time_point until = {}) {
    robots_reply r;
    r.what = what;
    r.why = "because";
    r.until = until;
    return r;
}

// Answers when the test says so.
class scripted : public robots_source {
  public:
    explicit scripted(executor ex) : executor_(ex) {}

    struct visit {
        std::string url;
        std::string user_agent;
        std::string token;
        std::optional<robots_reply> reply{};
        bool cancelled = false;
        bell* done = nullptr;
    };
    std::deque<visit> visits;

    awaitable<robots_reply> fetch(url file, std::string user_agent, std::string token, scope& life) override {
        auto& v =
            visits.emplace_back(visit{std::string(file.href()), std::move(user_agent), std::move(token)});
        bell done(executor_);
        v.done = &done;
        scope::hold const hold(life, [&v] {
            v.cancelled = true;
            v.done->ring();
        });
        co_await done.wait();
        if (v.cancelled)
            co_return other(kind::unreachable);
        co_return std::move(*v.reply);
    }

    std::optional<time_point> held_until(url const&) override { return held; }
    std::optional<time_point> held;

    void answer(std::size_t i, robots_reply r) {
        visits.at(i).reply = std::move(r);
        visits.at(i).done->ring();
    }

  private:
    executor executor_;
};

// Whose waiting coroutines can be destroyed while all they refer to is still there.
struct ending_loop : asio::io_context {
    using asio::execution_context::shutdown;
    using asio::io_context::io_context;
};

class RobotsRules : public testing::Test {
  protected:
    ~RobotsRules() override { io_.shutdown(); }

    ending_loop io_{1};
    timer_wheel wheel_{io_.get_executor()};
    time_point now_ = time_point(1000h);
    scripted source_{io_.get_executor()};
    robots_limits limits_;
    std::optional<robots_rules> made_;
    std::deque<scope> scopes_;
    std::deque<std::optional<robots_answer>> answers_;

    robots_rules& rules() {
        if (!made_)
            made_.emplace(io_.get_executor(), wheel_, source_, politeness_config(), "fetchd/0.1", limits_,
                          [this] { return now_; });
        return *made_;
    }

    void run() {
        io_.restart();
        while (io_.poll() > 0) {
        }
    }

    // Which of the answers it will be.
    std::size_t ask(std::string_view target, std::string user_agent = {}) {
        auto const i = answers_.size();
        answers_.emplace_back();
        auto& life = scopes_.emplace_back(wheel_, clock::now() + 1h);
        asio::co_spawn(io_, rules().may_fetch(*url::parse(target), std::move(user_agent), life),
                       [this, i](std::exception_ptr error, robots_answer a) {
                           EXPECT_FALSE(error);
                           answers_[i] = std::move(a);
                       });
        run();
        return i;
    }
    void reply(std::size_t visit, robots_reply r) {
        source_.answer(visit, std::move(r));
        run();
    }
    verdict look(std::string_view target) { return rules().look(*url::parse(target)).value().what; }
};

TEST_F(RobotsRules, FileIsFetchedOnceForAllWhoWait) {
    for (auto const* path : {"http://a.test/1", "http://a.test/private/2", "http://a.test/3?x"})
        ask(path);
    ASSERT_EQ(source_.visits.size(), 1U);
    EXPECT_EQ(source_.visits[0].url, "http://a.test/robots.txt");
    EXPECT_EQ(source_.visits[0].token, "fetchd");
    EXPECT_EQ(source_.visits[0].user_agent, "");
    EXPECT_FALSE(answers_[0]);
    reply(0, file("User-agent: *\nDisallow: /private\nCrawl-delay: 7\n"));
    EXPECT_EQ(answers_[0].value().what, verdict::allowed);
    EXPECT_EQ(answers_[0]->crawl_delay, 7s);
    EXPECT_EQ(answers_[1].value().what, verdict::disallowed);
    EXPECT_EQ(answers_[1]->line, 2U);
    EXPECT_EQ(answers_[1]->why, "Disallow: /private");
    EXPECT_EQ(answers_[2].value().what, verdict::allowed);
    EXPECT_EQ(look("http://a.test/private"), verdict::disallowed);
    EXPECT_EQ(source_.visits.size(), 1U);
}

TEST_F(RobotsRules, EachOriginHasItsOwn) {
    for (auto const* target :
         {"http://a.test/", "https://a.test/", "http://a.test:81/", "http://u:p@a.test/x"})
        ask(target);
    EXPECT_EQ(source_.visits.size(), 3U);
}

TEST_F(RobotsRules, AnotherUserAgentIsAnotherFile) {
    ask("http://a.test/");
    ask("http://a.test/", "MyBot/2.0");
    ask("http://a.test/", "fetchd/0.1");
    ASSERT_EQ(source_.visits.size(), 2U);
    EXPECT_EQ(source_.visits[1].user_agent, "MyBot/2.0");
    EXPECT_EQ(source_.visits[1].token, "mybot");
}

TEST_F(RobotsRules, NothingIsKnownWithoutFetching) {
    EXPECT_FALSE(rules().look(*url::parse("http://a.test/")));
    run();
    EXPECT_TRUE(source_.visits.empty());
}

TEST_F(RobotsRules, NoFileAllowsEverythingForADay) {
    ask("http://a.test/x");
    reply(0, other(kind::none));
    EXPECT_EQ(answers_[0].value().what, verdict::allowed);
    now_ += 24h - 1ms;
    EXPECT_EQ(look("http://a.test/x"), verdict::allowed);
    now_ += 1ms;
    EXPECT_FALSE(rules().look(*url::parse("http://a.test/x")));
}

TEST_F(RobotsRules, UnreachableFileAllowsNothingForSomeMinutes) {
    ask("http://a.test/x");
    reply(0, other(kind::unreachable));
    EXPECT_EQ(answers_[0].value().what, verdict::unavailable);
    EXPECT_EQ(answers_[0]->why, "because");
    EXPECT_EQ(answers_[0]->until, now_ + 5min);
    now_ += 5min - 1ms;
    EXPECT_EQ(look("http://a.test/y"), verdict::unavailable);
    now_ += 1ms;
    ask("http://a.test/x");
    EXPECT_EQ(source_.visits.size(), 2U);
}

TEST_F(RobotsRules, FileIsFetchedAnewAfterADay) {
    ask("http://a.test/x");
    reply(0, file("User-agent: *\nDisallow: /x\n"));
    now_ += 24h;
    ask("http://a.test/x");
    ASSERT_EQ(source_.visits.size(), 2U);
    reply(1, file(""));
    EXPECT_EQ(answers_[1].value().what, verdict::allowed);
}

TEST_F(RobotsRules, OldFileStandsInForOneThatCannotBeHad) {
    ask("http://a.test/x");
    reply(0, file("User-agent: *\nDisallow: /private\n"));
    for (std::size_t days = 1; days < 30; ++days) {
        now_ += 24h;
        auto const i = ask("http://a.test/x");
        reply(days, other(kind::unreachable));
        EXPECT_EQ(answers_[i].value().what, verdict::allowed) << days;
        EXPECT_EQ(look("http://a.test/private"), verdict::disallowed);
    }
    now_ += 24h;
    auto const i = ask("http://a.test/x");
    reply(30, other(kind::unreachable));
    EXPECT_EQ(answers_[i].value().what, verdict::unavailable);
}

TEST_F(RobotsRules, WhatWasNeverAskedIsLeftToWhoTries) {
    ask("http://a.test/x");
    reply(0, other(kind::not_asked));
    EXPECT_EQ(answers_[0].value().what, verdict::allowed);
    EXPECT_EQ(look("http://a.test/x"), verdict::allowed);
    now_ += 10s;
    EXPECT_FALSE(rules().look(*url::parse("http://a.test/x")));
}

TEST_F(RobotsRules, PolitenessSaysWhenToComeAgain) {
    ask("http://a.test/x");
    source_.held = now_ + 2h;
    reply(0, other(kind::later, now_ + 2h));
    EXPECT_EQ(answers_[0].value().what, verdict::held);
    EXPECT_EQ(answers_[0]->until, now_ + 2h);
    EXPECT_EQ(look("http://a.test/x"), verdict::held);
    now_ += 2h;
    EXPECT_FALSE(rules().look(*url::parse("http://a.test/x")));
}

TEST_F(RobotsRules, EndOfAPauseIsNoticed) {
    ask("http://a.test/x");
    source_.held = time_point::max();
    reply(0, other(kind::later, time_point::max()));
    EXPECT_EQ(answers_[0].value().until, time_point::max());
    EXPECT_EQ(look("http://a.test/x"), verdict::held);
    source_.held.reset();
    EXPECT_FALSE(rules().look(*url::parse("http://a.test/x")));
    ask("http://a.test/x");
    reply(1, file(""));
    EXPECT_EQ(answers_[1].value().what, verdict::allowed);
}

TEST_F(RobotsRules, FileThatCannotBeFetchedAnewYetIsNotForgotten) {
    ask("http://a.test/private");
    reply(0, file("User-agent: *\nDisallow: /private\n"));
    now_ += 24h;
    ask("http://a.test/private");
    source_.held = now_ + 2h;
    reply(1, other(kind::later, now_ + 2h));
    EXPECT_EQ(answers_[1].value().what, verdict::held);
    now_ += 2h;
    source_.held.reset();
    ask("http://a.test/private");
    reply(2, other(kind::unreachable));
    EXPECT_EQ(answers_[2].value().what, verdict::disallowed);
}

TEST_F(RobotsRules, WhoGoesAwayTakesNothingFromTheOthers) {
    ask("http://a.test/1");
    ask("http://a.test/2");
    scopes_[0].end(code::cancelled);
    run();
    EXPECT_EQ(answers_[0].value().what, verdict::unavailable);
    EXPECT_FALSE(answers_[1]);
    EXPECT_FALSE(source_.visits[0].cancelled);
    reply(0, file(""));
    EXPECT_EQ(answers_[1].value().what, verdict::allowed);
}

TEST_F(RobotsRules, LastOneToGoAwayLeavesTheFileForTheNext) {
    ask("http://a.test/1");
    scopes_[0].end(code::cancelled);
    run();
    ask("http://a.test/2");
    EXPECT_EQ(source_.visits.size(), 1U);
    reply(0, file(""));
    EXPECT_EQ(answers_[1].value().what, verdict::allowed);
}

TEST_F(RobotsRules, WaitersAreBounded) {
    limits_.waiting = 3;
    for (int i = 0; i < 5; ++i)
        ask("http://a.test/");
    EXPECT_FALSE(answers_[2]);
    EXPECT_EQ(answers_[3].value().what, verdict::unavailable);
    EXPECT_EQ(answers_[4].value().why, "too many wait for it");
    reply(0, file(""));
    EXPECT_EQ(answers_[2].value().what, verdict::allowed);
}

TEST_F(RobotsRules, FilesAreBoundedInNumber) {
    limits_.files = 3;
    for (int i = 0; i < 10; ++i) {
        ask("http://h" + std::to_string(i) + ".test/");
        reply(static_cast<std::size_t>(i), file(""));
        EXPECT_LE(rules().count().files, 3U);
    }
    EXPECT_TRUE(rules().look(*url::parse("http://h9.test/")));
    EXPECT_FALSE(rules().look(*url::parse("http://h0.test/")));
}

TEST_F(RobotsRules, FilesAreBoundedInBytes) {
    limits_.bytes = 100'000;
    std::string text = "User-agent: *\n";
    for (int i = 0; i < 1000; ++i)
        text += "Disallow: /" + std::to_string(i) + "\n";
    for (int i = 0; i < 20; ++i) {
        ask("http://h" + std::to_string(i) + ".test/");
        reply(static_cast<std::size_t>(i), file(text));
        EXPECT_LE(rules().count().bytes, 100'000U);
        EXPECT_EQ(answers_.back().value().what, verdict::allowed);
    }
    EXPECT_GT(rules().count().forgotten, 10U);
    EXPECT_GT(rules().count().files, 0U);
}

TEST_F(RobotsRules, WhatIsBeingFetchedIsNotForgotten) {
    limits_.files = 2;
    ask("http://slow.test/private");
    for (std::size_t i = 0; i < 10; ++i) {
        ask("http://h" + std::to_string(i) + ".test/");
        reply(i + 1, file(""));
    }
    ask("http://slow.test/x");
    EXPECT_EQ(source_.visits.size(), 11U);
    reply(0, file("User-agent: *\nDisallow: /private\n"));
    EXPECT_EQ(answers_[0].value().what, verdict::disallowed);
    EXPECT_EQ(answers_.back().value().what, verdict::allowed);
}

TEST_F(RobotsRules, StopEndsWhatIsUnderWay) {
    ask("http://a.test/");
    rules().stop();
    run();
    EXPECT_TRUE(source_.visits[0].cancelled);
    EXPECT_EQ(answers_[0].value().what, verdict::unavailable);
    ask("http://b.test/");
    EXPECT_EQ(source_.visits.size(), 1U);
    EXPECT_EQ(answers_[1].value().what, verdict::unavailable);
}

TEST_F(RobotsRules, SettingsSayHowLongAFileIsBelieved) {
    politeness_config c;
    c.robots_time = 10min;
    rules().configure(c, "fetchd/0.1");
    ask("http://a.test/");
    reply(0, file(""));
    now_ += 10min;
    EXPECT_FALSE(rules().look(*url::parse("http://a.test/")));
}

}  // namespace
}  // namespace fetchd
