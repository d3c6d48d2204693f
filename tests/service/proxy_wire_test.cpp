// Theme: what proxies are told, and what becomes of answers that are wrong.
#include <csignal>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

using namespace std::string_literals;

script plain(std::string text) {
    return script{}.answer(200, std::move(text), {{"content-type", "text/plain"}});
}

std::string by(std::string const& proxy) {
    return ",\"proxy\":\"" + proxy + "\"";
}

std::string http_at(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port);
}

std::string socks_at(std::uint16_t port) {
    return "socks5://127.0.0.1:" + std::to_string(port);
}

// A scripted origin is an HTTP proxy, when it is asked as one.
TEST(ForwardingProxy, IsAskedInAbsoluteForm) {
    fetchd_process service{with("[net]\nresolve = [\"site.test:*:127.0.0.1\"]\n")};
    scripted_origin proxy;
    proxy.on("http://site.test:8080/a%20b?c=d", plain("forwarded"));
    proxy.on("http://site.test/", plain("default port"));

    auto const got = fetch(service, "http://user:pw@site.test:8080/a b?c=d#part", by(http_at(proxy.port())));
    auto const other =
        fetch(service, "http://site.test", by("http://me:s3cret@127.0.0.1:"s + std::to_string(proxy.port())));

    EXPECT_EQ(got["/output/text"], "forwarded");
    EXPECT_EQ(other["/output/text"], "default port");
    auto const first = proxy.request(0);
    EXPECT_EQ(first.header("host"), "site.test:8080");
    EXPECT_EQ(first.header("authorization"), "Basic dXNlcjpwdw==");
    EXPECT_EQ(first.count("proxy-authorization"), 0u);
    auto const second = proxy.request(1);
    EXPECT_EQ(second.header("host"), "site.test");
    EXPECT_EQ(second.header("proxy-authorization"), "Basic bWU6czNjcmV0");
    EXPECT_EQ(second.count("authorization"), 0u);
    EXPECT_EQ(second.count("proxy-connection"), 0u);
    EXPECT_NE(first.connection, second.connection) << "one account's connection served another";
}

TEST(ForwardingProxy, KeepsOneConnectionForAllOrigins) {
    fetchd_process service;
    scripted_origin proxy;
    proxy.otherwise(plain("forwarded"));
    for (auto const* const url : {"http://127.0.0.1:81/", "http://127.0.0.2:82/", "http://127.0.0.3:83/"})
        EXPECT_EQ(fetch(service, url, by(http_at(proxy.port()))).outcome(), "ok") << url;
    EXPECT_EQ(proxy.connections_opened(), 1u);
    EXPECT_EQ(proxy.request(2).target, "http://127.0.0.3:83/");
}

TEST(ForwardingProxy, ThatWantsCredentialsIsNoAnswerOfTheOrigin) {
    fetchd_process service;
    scripted_origin proxy;
    proxy.otherwise(script{}.answer(407, "who are you", {{"proxy-authenticate", "Basic realm=\"x\""}}));

    auto const got = fetch(service, "http://127.0.0.1:81/", by(http_at(proxy.port())));

    EXPECT_EQ(got.outcome(), "connect.proxy_auth");
    EXPECT_EQ(proxy.requests_seen(), 1u);
}

// Without a proxy a 407 is nothing but a status.
TEST(ForwardingProxy, IsNotSuspectedWhereThereIsNone) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.answer(407, "", {}));
    EXPECT_EQ(fetch(service, origin.url())["/status"], "407");
}

struct connect_case {
    char const* name;
    script answer;
    char const* outcome;
    char const* message;
};

void PrintTo(connect_case const& c, std::ostream* out) {
    *out << c.name;
}

class ConnectProxy : public testing::TestWithParam<connect_case> {};

TEST_P(ConnectProxy, AnswersWrongly) {
    fetchd_process service;
    scripted_origin proxy;
    proxy.otherwise(GetParam().answer);

    auto const got = fetch(service, "https://127.0.0.9:444/", by(http_at(proxy.port())));

    EXPECT_EQ(got.outcome(), GetParam().outcome);
    EXPECT_TRUE(contains(got["/error/message"], GetParam().message));
    ASSERT_EQ(proxy.requests_seen(), 1u);
    auto const seen = proxy.request(0);
    EXPECT_EQ(seen.method, "CONNECT");
    EXPECT_EQ(seen.target, "127.0.0.9:444");
    EXPECT_EQ(seen.header("host"), "127.0.0.9:444");
    EXPECT_EQ(got["/attempts/0/proxy"], http_at(proxy.port()));
    EXPECT_TRUE(proxy.wait_for_none_open()) << "a connection of no use was kept";
}

INSTANTIATE_TEST_SUITE_P(
    Each, ConnectProxy,
    testing::Values(
        connect_case{"Forbidden", script{}.answer(403, "no"), "connect.proxy_refused", "(status 403"},
        connect_case{"BadGateway", script{}.answer(502, "<h1>"), "connect.proxy_refused", "(status 502"},
        connect_case{"Redirects", script{}.answer(302, "", {{"location", "/login"}}), "connect.proxy_refused",
                     "(status 302"},
        connect_case{"WantsCredentials", script{}.answer(407, ""), "connect.proxy_auth", "(status 407)"},
        connect_case{"SaysItsWordsStrangely",
                     script{}.send("HTTP/1.1 500 a\tb\x80\r\ncontent-length: 0\r\n\r\n"),
                     "connect.proxy_refused", "(status 500 a?b?)"},
        connect_case{"IsNoHttp", script{}.send("SSH-2.0-x\r\n\r\n"), "connect.proxy_failed", ""},
        connect_case{"Closes", script{}.close(), "connect.proxy_failed", "it closed the connection"},
        connect_case{"Resets", script{}.reset(), "connect.proxy_failed", "it closed the connection"},
        connect_case{"StopsInTheHead", script{}.send("HTTP/1.1 200 OK\r\n").close(), "connect.proxy_failed",
                     ""},
        connect_case{"SpeaksForTheOrigin", script{}.send("HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03"),
                     "connect.proxy_failed", "bytes behind its answer"},
        connect_case{"EndsTheTunnel", script{}.send("HTTP/1.1 200 OK\r\n\r\n").close(), "tls.closed", ""}),
    [](auto const& each) { return std::string(each.param.name); });

struct socks_case {
    char const* name;
    script on_accept;
    char const* outcome;
    char const* message;
};

void PrintTo(socks_case const& c, std::ostream* out) {
    *out << c.name;
}

class SocksProxy : public testing::TestWithParam<socks_case> {};

TEST_P(SocksProxy, AnswersWrongly) {
    fetchd_process service;
    scripted_origin proxy;
    proxy.on_accept(GetParam().on_accept);

    auto const got = fetch(service, "http://127.0.0.9:81/", by(socks_at(proxy.port())));

    EXPECT_EQ(got.outcome(), GetParam().outcome);
    EXPECT_TRUE(contains(got["/error/message"], GetParam().message));
    EXPECT_EQ(got["/attempts/0/proxy"], socks_at(proxy.port()));
    EXPECT_TRUE(proxy.wait_for_none_open()) << "a connection of no use was kept";
}

INSTANTIATE_TEST_SUITE_P(
    Each, SocksProxy,
    testing::Values(
        socks_case{"WantsCredentials", script{}.send("\5\xff").stall(), "connect.proxy_auth",
                   "asks for a user"},
        socks_case{"ChoosesUnoffered", script{}.send("\5\2").stall(), "connect.proxy_failed", "not offered"},
        socks_case{"Refuses", script{}.send("\5\0\5\2\0\1"s).stall(), "connect.proxy_refused",
                   "(connection not allowed by ruleset)"},
        socks_case{"CannotReachTheHost", script{}.send("\5\0\5\4\0\1\0\0\0\0\0\0"s).stall(),
                   "connect.proxy_refused", "(host unreachable)"},
        socks_case{"IsNoSocks", script{}.send("HTTP/1.1 400 Bad Request\r\n\r\n").stall(),
                   "connect.proxy_failed", "does not speak SOCKS5"},
        socks_case{"HasNoSuchAddressType", script{}.send("\5\0\5\0\0\7"s).stall(), "connect.proxy_failed",
                   "no known type"},
        socks_case{"Closes", script{}.close(), "connect.proxy_failed", "it closed the connection"},
        socks_case{"ClosesInTheReply", script{}.send("\5\0\5\0\0\1"s).close(), "connect.proxy_failed",
                   "it closed the connection"}),
    [](auto const& each) { return std::string(each.param.name); });

// No name reaches it, so none can mean something else there.
TEST(TunnellingProxy, GetsThePlainRequestInATunnelToTheJudgedAddress) {
    fetchd_process service{with("[net]\nresolve = [\"site.test:81:127.0.0.9\"]\n")};
    scripted_origin proxy;
    proxy.on("127.0.0.9:81", script{}.send("HTTP/1.1 200 OK\r\n\r\n"));
    proxy.on("/page", plain("tunnelled"));

    auto const got =
        fetch(service, "http://site.test:81/page", by("connect://127.0.0.1:" + std::to_string(proxy.port())));

    EXPECT_EQ(got["/output/text"], "tunnelled");
    EXPECT_EQ(proxy.request(0).method, "CONNECT");
    EXPECT_EQ(proxy.request(1).target, "/page");
    EXPECT_EQ(proxy.request(1).header("host"), "site.test:81");
}

// It may have no IPv6, say: the next address of the target is asked for, and asked for first from then on.
TEST(TunnellingProxy, ThatCannotReachOneAddressIsAskedForTheNext) {
    fetchd_process service{with("[net]\nresolve = [\"two.test:81:[::1],127.0.0.9\"]\n")};
    scripted_origin proxy;
    proxy.on("[::1]:81", script{}.answer(502, "no route"));
    proxy.on("127.0.0.9:81", script{}.send("HTTP/1.1 200 OK\r\n\r\n"));
    proxy.on("/page",
             script{}.answer(200, "tunnelled", {{"content-type", "text/plain"}, {"connection", "close"}}));
    auto const through = by("connect://127.0.0.1:" + std::to_string(proxy.port()));

    auto const first = fetch(service, "http://two.test:81/page", through);
    EXPECT_EQ(first["/output/text"], "tunnelled");
    ASSERT_EQ(first.size("/attempts"), 2U);
    EXPECT_EQ(first["/attempts/0/error/code"], "proxy_refused");

    auto const second = fetch(service, "http://two.test:81/page", through);
    EXPECT_EQ(second["/output/text"], "tunnelled");
    EXPECT_EQ(second.size("/attempts"), 1U);
}

// What follows the reply is the origin's, and read as such.
TEST(SocksProxyAnswer, EndsWhereTheOriginBegins) {
    fetchd_process service;
    scripted_origin proxy;
    proxy.on_accept(script{}
                        .send("\5\0\5\0\0\3\5bound\0\1"s)
                        .send(answer_head(200, {{"content-type", "text/plain"}, {"content-length", "4"}}))
                        .send("tail")
                        .stall());
    EXPECT_EQ(fetch(service, "http://127.0.0.9:81/", by(socks_at(proxy.port())))["/output/text"], "tail");
}

// Every place where a proxy can fall silent, under the deadline of the whole fetch and under that of a phase.
TEST(SilentProxy, EndsWithTheDeadline) {
    fetchd_process service;
    deaf_listener deaf;
    scripted_origin silent;
    silent.on_accept(script{}.stall());
    scripted_origin half;
    half.on_accept(script{}.send("\5\0\5\0"s).stall());
    struct {
        std::string url;
        std::string proxy;
        char const* outcome;
    } const cases[] = {
        {"http://127.0.0.9:81/", http_at(deaf.port()), "connect.timeout"},
        {"http://127.0.0.9:81/", socks_at(deaf.port()), "connect.timeout"},
        {"http://127.0.0.9:81/", http_at(silent.port()), "head.timeout"},
        {"https://127.0.0.9:81/", http_at(silent.port()), "connect.timeout"},
        {"http://127.0.0.9:81/", socks_at(silent.port()), "connect.timeout"},
        {"https://127.0.0.9:81/", socks_at(half.port()), "connect.timeout"},
    };
    for (auto const& each : cases)
        EXPECT_EQ(fetch(service, each.url, by(each.proxy) + ",\"timeout_ms\":400").outcome(), each.outcome)
            << each.url << " by " << each.proxy;
    EXPECT_TRUE(silent.wait_for_none_open());
    EXPECT_TRUE(half.wait_for_none_open());
}

TEST(SilentProxy, EndsWhenTheCallerGoesAway) {
    fetchd_process service;
    scripted_origin silent;
    silent.on_accept(script{}.stall());
    http_client caller(service.port());
    ASSERT_TRUE(caller.send(
        "GET " + raw_target("https://127.0.0.9:81/", "&proxy=" + percent_encode(http_at(silent.port()))) +
        " HTTP/1.1\r\nhost: x\r\n\r\n"));
    ASSERT_TRUE(silent.wait_for_connections(1));
    caller.reset();
    EXPECT_TRUE(silent.wait_for_none_open());
}

TEST(MissingProxy, IsAConnectionRefused) {
    fetchd_process service;
    refusing_port nobody;
    for (auto const& proxy : {http_at(nobody.port()), socks_at(nobody.port())})
        for (auto const* const url : {"http://127.0.0.9:81/", "https://127.0.0.9:81/"})
            EXPECT_EQ(fetch(service, url, by(proxy)).outcome(), "connect.refused") << url << " by " << proxy;
}

TEST(ProxyField, IsRefusedWhereItNamesNone) {
    fetchd_process service;
    for (auto const* const text : {"https://s3cret:s3cret@127.0.0.1:1", "socks4://127.0.0.1:1",
                                   "127.0.0.1:3128", "http://127.0.0.1:1/path", "socks5://s3cret@a b",
                                   "http://s3cret:x%0ay@127.0.0.1:1", "http://127.0.0.1:0"}) {
        auto const body = post(service.port(), "/v1/fetch", fetch_body("http://127.0.0.9:81/", by(text)));
        auto const query =
            get(service.port(), raw_target("http://127.0.0.9:81/", "&proxy=" + percent_encode(text)));
        for (auto const* const got : {&body, &query}) {
            EXPECT_EQ(got->status, 400) << text << ": " << got->body;
            EXPECT_TRUE(contains(got->body, "proxy"));
            EXPECT_EQ(got->body.find("s3cret"), std::string::npos) << got->body;
        }
    }
    EXPECT_EQ(post(service.port(), "/v1/fetch", fetch_body("http://127.0.0.9:81/", ",\"proxy\":1")).status,
              400);
}

TEST(ProxySetting, IsCheckedBeforeTheStart) {
    auto options = with("[net]\nproxy = \"https://s3cret:x@127.0.0.1:1\"\nno_proxy = [\"10.0.0.1/8\"]\n");
    options.wait_listening = false;
    options.expect_clean = false;
    fetchd_process service{options};

    EXPECT_NE(service.wait_exit(), 0);
    EXPECT_TRUE(contains(service.log(), "net.proxy"));
    EXPECT_TRUE(contains(service.log(), "net.no_proxy"));
    EXPECT_EQ(service.log().find("s3cret"), std::string::npos);
}

TEST(ProxySetting, ChangesWithoutARestart) {
    scripted_origin proxy;
    scripted_origin origin;
    origin.on("/", plain("straight"));
    proxy.otherwise(plain("forwarded"));
    fetchd_process service;
    EXPECT_EQ(fetch(service, origin.url())["/output/text"], "straight");

    service.write_config("[net]\nproxy = \"" + http_at(proxy.port()) + "\"\n");
    service.signal(SIGHUP);
    ASSERT_TRUE(service.wait_for_log(" reloaded"));

    EXPECT_EQ(fetch(service, origin.url())["/output/text"], "forwarded");
    EXPECT_EQ(origin.requests_seen(), 1u);
}

}  // namespace
}  // namespace fetchd::test
