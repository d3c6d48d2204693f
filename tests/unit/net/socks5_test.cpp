#include "net/socks5.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace fetchd {
namespace {

using namespace std::literals;

proxy plain() {
    proxy p;
    p.kind = proxy_kind::socks5;
    return p;
}

proxy with_login(std::string user, std::string password) {
    auto p = plain();
    p.user = std::move(user);
    p.password = std::move(password);
    p.has_credentials = true;
    return p;
}

ip_address const target = *ip_address::parse("192.0.2.7");
ip_address const target_v6 = *ip_address::parse("2001:db8::7");

auto const method_none = "\5\0"s;
auto const method_login = "\5\2"s;
auto const logged_in = "\1\0"s;
auto const granted = "\5\0\0\1\0\0\0\0\0\0"s;

// One whole talk, the proxy's bytes given in the pieces that `cuts` says (absolute places), and what was sent
// for them. A transcript: "> sent", "done" or "stage.code (detail)". `left` is what was never asked for.
struct talk {
    std::vector<std::string> sent;
    std::string end;
    std::size_t left = 0;
};

talk hold(proxy const& through, ip_address const& to, std::string_view answers, std::size_t piece = 1000,
          std::size_t cut = 0) {
    socks5_handshake hands(through, to, 443);
    talk t;
    std::size_t at = 0;
    std::string received;
    for (;;) {
        auto const next = hands.step(received);
        if (!next) {
            t.end = std::string(name(next.error().where)) + "." + std::string(name(next.error().what)) +
                    " (" + next.error().detail + ")";
            break;
        }
        if (!next->send.empty())
            t.sent.emplace_back(next->send);
        if (next->done()) {
            t.end = "done";
            break;
        }
        auto size = std::min({next->need, piece, answers.size() - at});
        if (at < cut && at + size > cut)
            size = cut - at;
        received = answers.substr(at, size);  // copied: the machine must not look at it later
        at += size;
        if (size == 0) {
            t.end = "waits for " + std::to_string(next->need);
            break;
        }
    }
    t.left = answers.size() - at;
    return t;
}

TEST(Socks5, ConnectsWithoutCredentials) {
    auto const t = hold(plain(), target, method_none + granted);

    ASSERT_EQ(t.sent.size(), 2u);
    EXPECT_EQ(t.sent[0], "\5\1\0"s);
    EXPECT_EQ(t.sent[1], "\5\1\0\1\xc0\0\2\7\1\xbb"s);
    EXPECT_EQ(t.end, "done");
    EXPECT_EQ(t.left, 0u);
}

TEST(Socks5, NamesIpv6TargetsByAddress) {
    auto const t = hold(plain(), target_v6, method_none + granted);

    EXPECT_EQ(t.sent.at(1), "\5\1\0\4\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7\1\xbb"s);
    EXPECT_EQ(t.end, "done");
}

TEST(Socks5, LogsInWhenAskedTo) {
    auto const t = hold(with_login("me", "secret"), target, method_login + logged_in + granted);

    ASSERT_EQ(t.sent.size(), 3u);
    EXPECT_EQ(t.sent[0], "\5\2\0\2"s);
    EXPECT_EQ(t.sent[1], "\1\2me\6secret"s);
    EXPECT_EQ(t.sent[2].substr(0, 4), "\5\1\0\1"s);
    EXPECT_EQ(t.end, "done");
}

TEST(Socks5, KeepsItsCredentialsWhereNobodyAsks) {
    auto const t = hold(with_login("me", "secret"), target, method_none + granted);

    EXPECT_EQ(t.sent.size(), 2u);
    for (auto const& each : t.sent)
        EXPECT_EQ(each.find("secret"), each.npos);
    EXPECT_EQ(t.end, "done");
}

TEST(Socks5, SendsTheLongestCredentialsWhole) {
    std::string const user(255, '\xff');
    std::string const password(255, '\0');
    auto const t = hold(with_login(user, password), target, method_login + logged_in + granted);
    EXPECT_EQ(t.sent.at(1), "\1\xff"s + user + "\xff" + password);
    EXPECT_EQ(t.end, "done");

    EXPECT_EQ(hold(with_login(user, ""), target, method_login + logged_in + granted).sent.at(1),
              "\1\xff"s + user + "\0"s);
    for (auto const& p : {with_login(user + "x", "p"), with_login("u", password + "x")}) {
        auto const refused = hold(p, target, method_login);
        EXPECT_EQ(refused.end, "connect.proxy_auth (user name or password longer than 255 bytes)");
        EXPECT_TRUE(refused.sent.empty());
    }
}

TEST(Socks5, TakesEveryFormOfBoundAddress) {
    auto const of_domain = [](std::size_t size) {
        return "\5\0\0\3"s + static_cast<char>(size) + std::string(size, 'd') + "\4\x38";
    };
    for (auto const& reply : {granted, "\5\0\0\4"s + std::string(18, '\1'), of_domain(0), of_domain(1),
                              of_domain(254), of_domain(255)}) {
        auto const t = hold(plain(), target, method_none + reply + "origin");
        EXPECT_EQ(t.end, "done") << reply.size();
        EXPECT_EQ(t.left, 6u) << "the origin's bytes were taken";
        auto const waiting = hold(plain(), target, method_none + reply.substr(0, reply.size() - 1));
        EXPECT_EQ(waiting.end, "waits for 1") << reply.size();
    }
    EXPECT_EQ(hold(plain(), target, method_none + "\5\0\0\2"s).end,
              "connect.proxy_failed (its answer has an address of no known type)");
}

// Whatever the pieces, the talk is the same.
TEST(Socks5, SplitsChangeNothing) {
    auto const long_reply = "\5\0\0\3\xff"s + std::string(257, 'd');
    struct {
        proxy through;
        std::string answers;
    } const talks[] = {
        {plain(), method_none + granted},
        {plain(), method_none + "\5\0\0\4"s + std::string(18, '\1')},
        {with_login("me", "secret"), method_login + logged_in + long_reply},
        {with_login("me", "secret"), method_login + "\1\1"s},
        {plain(), method_none + "\5\5\0\1\0\0\0\0\0\0"s},
        {plain(), "\5\xff"s},
        {plain(), "HTTP/1.1 400 Bad Request\r\n\r\n"s},
    };
    for (auto const& [through, answers] : talks) {
        auto const whole = hold(through, target, answers);
        for (std::size_t cut = 0; cut <= answers.size(); ++cut) {
            auto const split = hold(through, target, answers, 1000, cut);
            EXPECT_EQ(split.end, whole.end) << cut;
            EXPECT_EQ(split.sent, whole.sent) << cut;
        }
        auto const single = hold(through, target, answers, 1);
        EXPECT_EQ(single.end, whole.end);
        EXPECT_EQ(single.sent, whole.sent);
    }
}

TEST(Socks5, EveryPrefixWaitsForMore) {
    auto const answers = method_login + logged_in + granted;
    std::vector<std::string> ends;
    for (std::size_t size = 0; size < answers.size(); ++size)
        ends.push_back(hold(with_login("me", "secret"), target, answers.substr(0, size)).end);
    std::vector<std::string> expected;
    for (int need : {2, 1, 2, 1, 4, 3, 2, 1, 6, 5, 4, 3, 2, 1})
        expected.push_back("waits for " + std::to_string(need));
    EXPECT_EQ(ends, expected);
}

TEST(Socks5, SaysWhatTheProxySaid) {
    auto const end = [](char reply) { return hold(plain(), target, method_none + "\5"s + reply).end; };
    EXPECT_EQ(end(1), "connect.proxy_refused (general SOCKS server failure)");
    EXPECT_EQ(end(2), "connect.proxy_refused (connection not allowed by ruleset)");
    EXPECT_EQ(end(3), "connect.proxy_refused (network unreachable)");
    EXPECT_EQ(end(4), "connect.proxy_refused (host unreachable)");
    EXPECT_EQ(end(5), "connect.proxy_refused (connection refused)");
    EXPECT_EQ(end(6), "connect.proxy_refused (TTL expired)");
    EXPECT_EQ(end(7), "connect.proxy_refused (command not supported)");
    EXPECT_EQ(end(8), "connect.proxy_refused (address type not supported)");
    EXPECT_EQ(end(9), "connect.proxy_refused (reply 9)");
    EXPECT_EQ(end('\xff'), "connect.proxy_refused (reply 255)");
}

TEST(Socks5, TellsWrongCredentialsFromMissingOnes) {
    EXPECT_EQ(hold(plain(), target, "\5\xff"s).end,
              "connect.proxy_auth (it asks for a user name and a password)");
    EXPECT_EQ(hold(with_login("me", "x"), target, "\5\xff"s).end,
              "connect.proxy_auth (it takes no user name and password)");
    for (auto const& answer : {"\1\1"s, "\1\xff"s, "\5\1"s})
        EXPECT_EQ(hold(with_login("me", "x"), target, method_login + answer).end,
                  "connect.proxy_auth (it does not take this user name and password)");
    EXPECT_EQ(hold(with_login("me", "x"), target, method_login + "\5\0"s + granted).end, "done");
    auto const f = failure(stage::connect, code::proxy_auth);
    EXPECT_FALSE(f.retryable());
    EXPECT_EQ(f.kind().status, 502);
}

TEST(Socks5, NonsenseFailsAtOnce) {
    auto const stranger = "connect.proxy_failed (it does not speak SOCKS5)";
    EXPECT_EQ(hold(plain(), target, "H").end, stranger);
    EXPECT_EQ(hold(plain(), target, "\4\0"s).end, stranger);
    EXPECT_EQ(hold(plain(), target, "\0\0"s).end, stranger);
    EXPECT_EQ(hold(plain(), target, method_none + "\4"s).end, stranger);
    // Nothing of the login may be sent that was not offered, nor anything of GSSAPI.
    auto const not_offered = "connect.proxy_failed (it chose a way to log in that was not offered)";
    EXPECT_EQ(hold(plain(), target, method_login).end, not_offered);
    EXPECT_EQ(hold(plain(), target, "\5\1"s).end, not_offered);
    EXPECT_EQ(hold(with_login("me", "x"), target, "\5\x80"s).end, not_offered);
}

TEST(Socks5, MoreThanItAskedForIsRefused) {
    socks5_handshake early(plain(), target, 443);
    ASSERT_EQ(early.step({})->need, 2u);
    auto const next = early.step(method_none + "\5"s);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().what, code::proxy_failed);
    EXPECT_EQ(next.error().detail, "more bytes than its answer has");

    socks5_handshake late(plain(), target, 443);
    (void)late.step({});
    (void)late.step(method_none);
    EXPECT_EQ(late.step(granted.substr(0, 4))->need, 6u);
    EXPECT_TRUE(late.step(granted.substr(4))->done());
    EXPECT_TRUE(late.step({})->done());
    EXPECT_FALSE(late.step("x"));
}

TEST(Socks5, StepsOfNothingChangeNothing) {
    socks5_handshake hands(plain(), target, 443);
    EXPECT_EQ(hands.step({})->send, "\5\1\0"s);
    EXPECT_EQ(hands.step({})->need, 2u);
    EXPECT_EQ(hands.step({})->send, "");
    EXPECT_EQ(hands.step("\5")->need, 1u);
    EXPECT_EQ(hands.step({})->need, 1u);
    EXPECT_EQ(hands.step("\0"sv)->send.size(), 10u);
}

}  // namespace
}  // namespace fetchd
