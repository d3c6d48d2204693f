// robots.txt through real sockets of this machine: what an answer, a redirect, a failure comes to.
#include "fetch/robots_fetch.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <map>

#include "../net/loopback.hpp"
#include "net/tls.hpp"

namespace fetchd {
namespace {

using namespace std::chrono_literals;
using kind = robots_reply::kind;

std::string ok(std::string_view body, std::string_view fields = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(fields) + "\r\n" + std::string(body);
}

std::string status(int code, std::string_view fields = {}) {
    return "HTTP/1.1 " + std::to_string(code) + " X\r\nContent-Length: 0\r\n" + std::string(fields) + "\r\n";
}

class RobotsFetch : public test::loopback {
  protected:
    config settings_ = [] {
        config c;
        c.egress.allow = {"127.0.0.1"};
        c.politeness.origin = c.politeness.domain = c.politeness.address = {100, milliseconds(0), 0};
        return c;
    }();
    dns names_{io_.get_executor(), [](auto&&, auto&&) { return false; }, settings_.net};
    std::unique_ptr<tls_context> tls_ = *tls_context::make(settings_.net);
    connection_pool pool_{wheel_, settings_.net};
    client client_{io_.get_executor(), names_, *tls_, pool_, guard(), settings_};
    politeness polite_{settings_.politeness, [] { return 0U; }};
    robots_fetch fetch_{client_, polite_, settings_.net.limits,
                        [this](std::string body, std::vector<std::string> codings, scope&) {
                            return decode(std::move(body), std::move(codings));
                        }};
    result<std::string> decoded_ = failure(stage::decode, code::malformed);
    std::vector<std::string> to_decode_;          // the body, then its codings
    std::map<std::string, std::string> answers_;  // by target
    std::vector<std::string> heads_;              // of requests

    static std::shared_ptr<address_guard const> guard() {
        egress_policy p;
        p.allow = {"127.0.0.1"};
        return std::make_shared<address_guard const>(p);
    }

    url at(std::string_view path) const {
        return *url::parse("http://127.0.0.1:" + std::to_string(listening_.local_endpoint().port()) +
                           std::string(path));
    }

    awaitable<void> serve(tcp_socket far) {
        std::string input;
        while (true) {
            auto [ec, n] =
                co_await asio::async_read_until(far, asio::dynamic_buffer(input), "\r\n\r\n", no_throw);
            if (ec)
                co_return;
            heads_.push_back(input.substr(0, n));
            input.erase(0, n);
            auto const target = heads_.back().substr(4, heads_.back().find(' ', 4) - 4);
            auto const found = answers_.find(target);
            if (found == answers_.end())
                co_return;
            auto const [failed, sent] =
                co_await asio::async_write(far, asio::buffer(found->second), no_throw);
            if (failed)
                co_return;
        }
    }
    awaitable<void> listen() {
        while (true) {
            auto [ec, far] = co_await listening_.async_accept(no_throw);
            if (ec)
                co_return;
            asio::co_spawn(io_, serve(tcp_socket(std::move(far))), asio::detached);
        }
    }

    awaitable<result<std::string>> decode(std::string body, std::vector<std::string> codings) {
        to_decode_ = {std::move(body)};
        to_decode_.insert(to_decode_.end(), codings.begin(), codings.end());
        co_return decoded_;
    }

    robots_reply get(url file, milliseconds within = 5s) {
        if (!std::exchange(serving_, true))
            asio::co_spawn(io_, listen(), asio::detached);
        scope life(wheel_, clock::now() + within);
        return run(fetch_.fetch(std::move(file), "", "fetchd", life));
    }
    robots_reply get() { return get(at("/robots.txt")); }

    politeness::origin_state known() {
        auto const all = polite_.describe("127.0.0.1", clock::now());
        return all.origins.empty() ? politeness::origin_state() : all.origins.front();
    }

    bool serving_ = false;
};

TEST_F(RobotsFetch, FileIsReadWithItsRules) {
    answers_["/robots.txt"] = ok("User-agent: fetchd\nDisallow: /x\n");
    auto const r = get();
    ASSERT_EQ(r.what, kind::file);
    EXPECT_FALSE(r.rules.judge("/x").allowed);
    EXPECT_NE(heads_.at(0).find("\r\nAccept-Encoding: identity\r\n"), std::string::npos);
    EXPECT_NE(heads_.at(0).find("\r\nUser-Agent: fetchd/0.1\r\n"), std::string::npos);
}

TEST_F(RobotsFetch, TakesATurnAndTellsWhatCameOfIt) {
    answers_["/robots.txt"] = ok("");
    get();
    EXPECT_EQ(known().good, 1U);
    EXPECT_EQ(known().connections, 0U);
    EXPECT_EQ(known().address, "127.0.0.1");
}

TEST_F(RobotsFetch, ClientErrorsMeanThereIsNone) {
    for (int const code : {400, 401, 403, 404, 410, 451}) {
        answers_["/robots.txt"] = status(code);
        EXPECT_EQ(get().what, kind::none) << code;
    }
}

TEST_F(RobotsFetch, ServerErrorsMeanNobodyKnows) {
    for (int const code : {500, 502, 504}) {
        answers_["/robots.txt"] = status(code);
        auto const r = get();
        EXPECT_EQ(r.what, kind::unreachable) << code;
        EXPECT_EQ(r.why, "robots.txt: status " + std::to_string(code));
    }
}

TEST_F(RobotsFetch, TooManyRequestsIsNoLeave) {
    answers_["/robots.txt"] = status(429, "Retry-After: 3600\r\n");
    EXPECT_EQ(get().what, kind::unreachable);
    auto const r = get();  // it backs off as it would from any page
    EXPECT_EQ(r.what, kind::later);
    EXPECT_GT(r.until, clock::now() + 3500s);
    EXPECT_EQ(heads_.size(), 1U);
}

TEST_F(RobotsFetch, RedirectsAreFollowedFiveTimes) {
    answers_["/robots.txt"] = status(301, "Location: /1\r\n");
    for (int i = 1; i < 5; ++i)
        answers_["/" + std::to_string(i)] = status(302, "Location: /" + std::to_string(i + 1) + "\r\n");
    answers_["/5"] = ok("User-agent: *\nDisallow: /\n");
    auto const r = get();
    ASSERT_EQ(r.what, kind::file);
    EXPECT_FALSE(r.rules.judge("/").allowed);
    answers_["/5"] = status(302, "Location: /6\r\n");
    answers_["/6"] = ok("User-agent: *\nDisallow: /\n");
    EXPECT_EQ(get().what, kind::none);
}

TEST_F(RobotsFetch, RedirectThatLeadsNowhereMeansThereIsNone) {
    answers_["/robots.txt"] = status(301);
    EXPECT_EQ(get().what, kind::none);
    answers_["/robots.txt"] = status(301, "Location: ftp://a.test/\r\n");
    EXPECT_EQ(get().what, kind::none);
}

TEST_F(RobotsFetch, RedirectIsGuardedAsAnyRequest) {
    answers_["/robots.txt"] = status(301, "Location: http://127.0.0.2/robots.txt\r\n");
    auto const r = get();
    EXPECT_EQ(r.what, kind::unreachable);
    EXPECT_NE(r.why.find("may not be fetched from"), std::string::npos) << r.why;
}

TEST_F(RobotsFetch, WhatMayNotBeFetchedIsNotAskedFor) {
    EXPECT_EQ(get(*url::parse("http://127.0.0.3/robots.txt")).what, kind::not_asked);
    EXPECT_EQ(get(*url::parse("http://127.0.0.1:25/robots.txt")).what, kind::not_asked);
}

TEST_F(RobotsFetch, BrokenConnectionsMeanNobodyKnows) {
    auto r = get();  // closed without an answer
    EXPECT_EQ(r.what, kind::unanswered);
    answers_["/robots.txt"] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort";
    r = get(at("/robots.txt"), 500ms);
    EXPECT_EQ(r.what, kind::unreachable);
    auto const port = listening_.local_endpoint().port();
    listening_.close();
    r = get(*url::parse("http://127.0.0.1:" + std::to_string(port) + "/robots.txt"));
    EXPECT_EQ(r.what, kind::unanswered);
}

TEST_F(RobotsFetch, NoMoreIsReadThanCounts) {
    std::string text = "User-agent: *\nDisallow: /a\n";
    text.resize(4U << 20U, '#');
    text += "\nDisallow: /b\n";
    answers_["/robots.txt"] = ok(text);
    auto const r = get();
    ASSERT_EQ(r.what, kind::file);
    EXPECT_FALSE(r.rules.judge("/a").allowed);
    EXPECT_TRUE(r.rules.judge("/b").allowed);
}

TEST_F(RobotsFetch, FileThatComesCompressedIsDecodedByAnother) {
    answers_["/robots.txt"] = ok("\x1f\x8b", "Content-Encoding: gzip\r\n");
    decoded_ = "User-agent: *\nDisallow: /x\n";
    auto const r = get();
    ASSERT_EQ(r.what, kind::file);
    EXPECT_FALSE(r.rules.judge("/x").allowed);
    EXPECT_EQ(to_decode_, (std::vector<std::string>{"\x1f\x8b", "gzip"}));
}

TEST_F(RobotsFetch, CompressedFileThatCannotBeReadAllowsNothing) {
    answers_["/robots.txt"] = ok("\x1f\x8b", "Content-Encoding: gzip\r\n");
    EXPECT_EQ(get().what, kind::unreachable);
    decoded_ = "";
    answers_["/robots.txt"] = ok(std::string(robots::max_bytes + 1, 'x'), "Content-Encoding: gzip\r\n");
    to_decode_.clear();
    EXPECT_EQ(get().what, kind::unreachable);
    EXPECT_TRUE(to_decode_.empty()) << "more than counts is not even looked at";
}

TEST_F(RobotsFetch, IdentityIsNoCoding) {
    answers_["/robots.txt"] = ok("User-agent: *\nDisallow: /x\n", "Content-Encoding: identity\r\n");
    EXPECT_FALSE(get().rules.judge("/x").allowed);
    EXPECT_TRUE(to_decode_.empty());
}

TEST_F(RobotsFetch, PauseIsMinded) {
    politeness::host_rule rule;
    rule.paused = true;
    polite_.change("127.0.0.1", rule);
    auto const r = get();
    EXPECT_EQ(r.what, kind::later);
    EXPECT_EQ(r.until, time_point::max());
    EXPECT_EQ(fetch_.held_until(at("/robots.txt")), time_point::max());
    polite_.change("127.0.0.1", {});
    EXPECT_FALSE(fetch_.held_until(at("/robots.txt")));
    EXPECT_TRUE(heads_.empty());
}

TEST_F(RobotsFetch, SaysWhenItsTurnComes) {
    auto c = settings_.politeness;
    c.origin.delay = 50ms;
    polite_.configure(c);
    answers_["/robots.txt"] = ok("");
    auto const began = clock::now();
    get();
    auto const r = get();
    EXPECT_EQ(r.what, kind::later);
    EXPECT_GE(r.until - began, 50ms);
    EXPECT_EQ(heads_.size(), 1U);
}

TEST_F(RobotsFetch, WaitsForItsTurnAfterARedirect) {
    auto c = settings_.politeness;
    c.origin.delay = 50ms;
    polite_.configure(c);
    answers_["/robots.txt"] = status(301, "Location: /elsewhere.txt\r\n");
    answers_["/elsewhere.txt"] = ok("");
    auto const began = clock::now();
    EXPECT_EQ(get().what, kind::file);
    EXPECT_GE(clock::now() - began, 40ms);
}

}  // namespace
}  // namespace fetchd
