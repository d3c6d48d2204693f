// Theme: through proxies that other people wrote.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/real_proxy.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

script plain(std::string text) {
    return script{}.answer(200, std::move(text), {{"content-type", "text/plain"}});
}

std::string by(std::string const& proxy) {
    return ",\"proxy\":\"" + proxy + "\"";
}

std::string by_query(std::string const& proxy) {
    return "&proxy=" + percent_encode(proxy);
}

// Of the attempt that brought the answer. tinyproxy closes connections for forwarded requests without saying
// so, so that the one before may have been at a stale one.
std::string of_last(document const& got, std::string_view member) {
    return got["/attempts/" + std::to_string(got.size("/attempts") - 1) + "/" + std::string(member)];
}

struct way {
    proxy_program which;
    bool login;
    bool tls;

    std::string text() const {
        return std::string(name(which)) + (login ? "_login" : "") + (tls ? "_https" : "_http");
    }
    friend void PrintTo(way const& w, std::ostream* out) { *out << w.text(); }
};

std::vector<way> all_ways() {
    std::vector<way> all;
    for (auto const which :
         {proxy_program::tinyproxy, proxy_program::squid, proxy_program::microsocks, proxy_program::dante})
        for (bool const login : {false, true})
            for (bool const tls : {false, true})
                if (!login || takes_credentials(which))
                    all.push_back({which, login, tls});
    return all;
}

class Proxy : public testing::TestWithParam<way> {
  protected:
    void SetUp() override {
        if (!real_proxy::installed(GetParam().which))
            GTEST_SKIP() << name(GetParam().which) << " is not installed";
        start_proxy();
    }

    void start_proxy() {
        through = GetParam().login ? std::make_unique<real_proxy>(GetParam().which, "me", "s3cret")
                                   : std::make_unique<real_proxy>(GetParam().which);
    }

    void start_service(std::string const& net = {}, std::string const& rest = {}) {
        service.emplace(with("[net]\nca_file = \"" + ca.file() + "\"\n" + net + rest));
    }

    std::unique_ptr<scripted_origin> origin_at(std::string const& address = "127.0.0.1") {
        origin_options options;
        options.listen = {address};
        if (GetParam().tls)
            options.tls.emplace().identity = ca.for_names({address, "only-here.test"});
        auto origin = std::make_unique<scripted_origin>(std::move(options));
        origin->on("/", plain("through"));
        return origin;
    }

    // The proxy reads each request and sends it on itself, instead of leading to the origin.
    static bool forwarded() { return !GetParam().tls && !speaks_socks(GetParam().which); }
    // tinyproxy serves one forwarded request a connection.
    static bool keeps() { return !forwarded() || GetParam().which != proxy_program::tinyproxy; }

    void expect_no_secret(std::string const& text) const {
        EXPECT_EQ(text.find("s3cret"), text.npos) << text;
        EXPECT_EQ(text.find("bWU6czNjcmV0"), text.npos) << text;  // me:s3cret in base64
    }

    test_ca ca;
    std::unique_ptr<real_proxy> through;
    std::optional<fetchd_process> service;
};

TEST_P(Proxy, IsGoneThroughWhenTheRequestNamesIt) {
    start_service();
    auto const origin = origin_at();

    auto const answer = post(service->port(), "/v1/fetch", fetch_body(origin->url(), by(through->url())));

    document const got(answer.body);
    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/output/text"], "through");
    ASSERT_EQ(got.size("/attempts"), 1u);
    EXPECT_EQ(got["/attempts/0/proxy"], through->text());
    EXPECT_EQ(got["/attempts/0/address"], "127.0.0.1:" + std::to_string(through->port()));
    ASSERT_EQ(origin->requests_seen(), 1u);
    auto const seen = origin->request(0);
    EXPECT_EQ(seen.target, "/");
    EXPECT_EQ(seen.count("proxy-authorization"), 0u) << seen.head;
    EXPECT_EQ(seen.header("host"), "127.0.0.1:" + std::to_string(origin->port()));
    expect_no_secret(answer.body);
    expect_no_secret(service->log());
}

TEST_P(Proxy, IsAParameterOfTheOtherRequestsToo) {
    start_service();
    auto const origin = origin_at();

    auto const raw = get(service->port(), raw_target(origin->url(), by_query(through->url())));
    auto const page = read(*service, origin->url(), by_query(through->url()));

    EXPECT_TRUE(raw.ok());
    EXPECT_EQ(raw.body, "through");
    expect_no_secret(raw.head);
    EXPECT_EQ(page["/attempts/0/proxy"], through->text());
    EXPECT_EQ(origin->requests_seen(), 2u);
}

TEST_P(Proxy, OfTheConfigurationIsGoneThroughUnasked) {
    start_service("proxy = \"" + through->url() + "\"\nno_proxy = [\"127.0.0.3/32\"]\n");
    auto const origin = origin_at();
    auto const near = origin_at("127.0.0.3");

    auto const got = fetch(*service, origin->url());
    auto const straight = fetch(*service, near->url_at("127.0.0.3"));

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/attempts/0/proxy"], through->text());
    EXPECT_EQ(straight.outcome(), "ok");
    EXPECT_EQ(straight["/attempts/0/proxy"], "absent");
    EXPECT_EQ(straight["/attempts/0/address"], "127.0.0.3:" + std::to_string(near->port()));
    expect_no_secret(service->log());
}

// Who wrote the configuration may reach inside with it; where the fetch goes is judged all the same.
TEST_P(Proxy, DoesNotWidenWhatMayBeFetched) {
    start_service("proxy = \"" + through->url() + "\"\n", "[egress]\nallow = [\"127.0.0.2/32\"]\n");
    auto const allowed = origin_at("127.0.0.2");
    auto const inside = origin_at("127.0.0.1");
    allowed->on("/in", script{}.answer(302, "", {{"location", inside->url()}}));

    EXPECT_EQ(fetch(*service, allowed->url_at("127.0.0.2")).outcome(), "ok");
    EXPECT_EQ(fetch(*service, inside->url()).outcome(), "egress.refused");
    EXPECT_EQ(fetch(*service, allowed->url_at("127.0.0.2", "/in")).outcome(), "egress.refused");
    EXPECT_EQ(inside->connections_opened(), 0u);
}

TEST_P(Proxy, NamedByARequestIsJudgedItself) {
    start_service({}, "[egress]\nallow = [\"127.0.0.2/32\"]\n");
    auto const origin = origin_at("127.0.0.2");

    auto const got = fetch(*service, origin->url_at("127.0.0.2"), by(through->url()));

    EXPECT_EQ(got.outcome(), "egress.refused");
    EXPECT_TRUE(contains(got["/error/message"], "the proxy " + through->text()));
    EXPECT_EQ(got.size("/attempts"), 0u);
    EXPECT_EQ(origin->connections_opened(), 0u);
}

// The name exists here only: a proxy that were given it could not connect.
TEST_P(Proxy, IsToldTheJudgedAddressAndNoName) {
    if (forwarded())
        GTEST_SKIP() << "a forwarded request names its host";
    start_service("resolve = [\"only-here.test:*:127.0.0.1\"]\n");
    auto const origin = origin_at();

    auto const got = fetch(*service, origin->url_at("only-here.test"), by(through->url()));

    EXPECT_EQ(got["/output/text"], "through");
    EXPECT_EQ(origin->request(0).header("host"), "only-here.test:" + std::to_string(origin->port()));
    if (GetParam().tls) {
        EXPECT_EQ(origin->record().connections.at(0).tls.server_name, "only-here.test");
    }
}

TEST_P(Proxy, LeadsToIpv6) {
    if (GetParam().which == proxy_program::dante)
        GTEST_SKIP() << "set up with an IPv4 address to go out from";
    start_service();
    auto const origin = origin_at("::1");

    auto const got = fetch(*service, origin->url_at("[::1]"), by(through->url()));

    EXPECT_EQ(got["/output/text"], "through");
    EXPECT_EQ(origin->request(0).header("host"), "[::1]:" + std::to_string(origin->port()));
}

TEST_P(Proxy, IsGoneThroughByEveryHop) {
    start_service();
    auto const first = origin_at();
    auto const second = origin_at();
    first->on("/hop", script{}.answer(302, "", {{"location", "/far"}}));
    first->on("/far", script{}.answer(302, "", {{"location", second->url()}}));

    auto const got = fetch(*service, first->url("/hop"), by(through->url()));

    EXPECT_EQ(got["/output/text"], "through");
    auto const attempts = got.size("/attempts");
    if (keeps()) {
        EXPECT_EQ(attempts, 3u);
    }
    ASSERT_GE(attempts, 3u);
    for (std::size_t i = 0; i < attempts; ++i)
        EXPECT_EQ(got["/attempts/" + std::to_string(i) + "/proxy"], through->text()) << i;
    EXPECT_EQ(second->request(0).count("proxy-authorization"), 0u);
}

TEST_P(Proxy, KeptConnectionsServeTheSameWayOnly) {
    start_service();
    auto const origin = origin_at();
    for (int i = 0; i < 3; ++i) {
        auto const got = fetch(*service, origin->url(), by(through->url()));
        EXPECT_EQ(got.outcome(), "ok");
        EXPECT_EQ(of_last(got, "reused"), i > 0 && keeps() ? "true" : "false") << i;
    }
    if (!forwarded()) {
        EXPECT_EQ(origin->connections_opened(), 1u);
    }

    auto const direct = fetch(*service, origin->url());
    EXPECT_EQ(direct.outcome(), "ok");
    EXPECT_EQ(direct["/attempts/0/reused"], "false");
    EXPECT_EQ(direct["/attempts/0/proxy"], "absent");

    auto const back = fetch(*service, origin->url(), by(through->url()));
    EXPECT_EQ(of_last(back, "reused"), keeps() ? "true" : "false");
    EXPECT_EQ(of_last(back, "proxy"), through->text());
}

TEST_P(Proxy, OtherOriginsDoNotShareATunnel) {
    start_service();
    auto const one = origin_at();
    auto const other = origin_at();
    other->on("/", plain("the other"));

    EXPECT_EQ(fetch(*service, one->url(), by(through->url()))["/output/text"], "through");
    auto const got = fetch(*service, other->url(), by(through->url()));

    EXPECT_EQ(got["/output/text"], "the other");
    EXPECT_EQ(of_last(got, "reused"), forwarded() && keeps() ? "true" : "false");
}

// A connection that one caller's credentials opened must not serve another's.
TEST_P(Proxy, WrongOrMissingCredentialsAreToldApartFromEverythingElse) {
    if (!GetParam().login)
        GTEST_SKIP() << "asks for none";
    start_service();
    auto const origin = origin_at();
    EXPECT_EQ(fetch(*service, origin->url(), by(through->url())).outcome(), "ok");

    auto const missing = fetch(*service, origin->url(), by(through->text()));
    auto const wrong = fetch(*service, origin->url(), by(through->url_as("me", "wr0ng")));

    EXPECT_EQ(missing.outcome(), "connect.proxy_auth");
    EXPECT_EQ(missing["/error/retryable"], "false");
    EXPECT_EQ(missing.size("/attempts"), 1u);
    EXPECT_EQ(missing["/attempts/0/reused"], "false");
    if (forwarded() && GetParam().which == proxy_program::tinyproxy) {
        // It answers 401, which cannot be told from an answer of the origin.
        EXPECT_EQ(wrong["/status"], "401");
    } else {
        EXPECT_EQ(wrong.outcome(), "connect.proxy_auth");
    }
    EXPECT_EQ(origin->requests_seen(), 1u);
    expect_no_secret(service->log());
    EXPECT_EQ(service->log().find("wr0ng"), std::string::npos);
}

TEST_P(Proxy, ThatCannotReachTheOriginSaysSo) {
    start_service();
    std::string url;
    {
        auto const origin = origin_at();
        url = origin->url();
    }

    auto const got = fetch(*service, url, by(through->url()));

    if (forwarded()) {
        EXPECT_GE(got.number("/status"), 500);  // the proxy's own page
        return;
    }
    EXPECT_EQ(got.outcome(), "connect.proxy_refused");
    EXPECT_EQ(got["/error/retryable"], "true");
    EXPECT_TRUE(contains(got["/error/message"],
                         speaks_socks(GetParam().which) ? "(connection refused)" : "(status 5"));
}

TEST_P(Proxy, ThatIsGoneRefusesTheConnection) {
    start_service();
    auto const origin = origin_at();
    through->stop();

    auto const got = fetch(*service, origin->url(), by(through->url()));

    EXPECT_EQ(got.outcome(), "connect.refused");
    EXPECT_EQ(origin->connections_opened(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Real, Proxy, testing::ValuesIn(all_ways()),
                         [](auto const& each) { return each.param.text(); });

}  // namespace
}  // namespace fetchd::test
