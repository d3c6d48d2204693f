// Theme: what a fetch would be, told without fetching.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

document explain(fetchd_process const& service, std::string_view url, std::string_view more = {}) {
    auto const got = post(service.port(), "/v1/explain", fetch_body(url, more));
    EXPECT_TRUE(got.ok()) << got.status << " " << got.body;
    return document(got.body);
}

TEST(Explain, ShowsTheRequestAsItWouldBeSent) {
    fetchd_process service;
    scripted_origin origin;
    origin.otherwise(script{}.answer(200, ""));
    std::string const more =
        R"(,"method":"POST","body":"gr\u00fcn","headers":{"x-a":["1","2"],"range":"bytes=0-","x-b":"\u00e4"})";

    auto const said = explain(service, origin.url("/a%20b?c"), more);
    EXPECT_EQ(said["/would"], "fetch");
    EXPECT_EQ(origin.connections_opened(), 0u);

    fetch(service, origin.url("/a%20b?c"), more);
    auto const seen = origin.request(0);
    auto head = said["/request/line"] + "\r\n";
    for (std::size_t i = 0; i < said.size("/request/headers"); ++i) {
        auto const at = "/request/headers/" + std::to_string(i);
        head += said[at + "/0"] + ": " + said[at + "/1"] + "\r\n";
    }
    EXPECT_EQ(head + "\r\n", seen.head) << "to the letter";
    EXPECT_EQ(said["/request/body_bytes"], std::to_string(seen.body.size()));
}

TEST(Explain, HidesWhatOpensDoors) {
    fetchd_process service{with("[net]\nproxy = \"http://agent:hush1@127.0.0.1:3128\"\n")};

    auto const got = post(service.port(), "/v1/explain",
                          fetch_body("http://user:hush2@127.0.0.1/",
                                     R"(,"headers":{"cookie":"hush3","authorization":"hush4"})"));

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.body.find("hush"), got.body.npos) << got.body;
    EXPECT_TRUE(contains(got.body, R"x(["Proxy-Authorization","(hidden)"])x"));
    EXPECT_TRUE(contains(got.body, R"x(["authorization","(hidden)"])x"));
    EXPECT_TRUE(contains(got.body, R"x(["cookie","(hidden)"])x"));
    EXPECT_TRUE(contains(explain(service, "http://user:hush2@127.0.0.1/")["/request/headers"],
                         R"x(["Authorization","(hidden)"])x"));
}

TEST(Explain, NamesEveryLimit) {
    fetchd_process service{with("[fetch]\nretries = 3\n")};
    std::string const url = "http://127.0.0.1/";

    auto const usual = explain(service, url);
    EXPECT_EQ(
        usual["/limits"],
        R"({"timeout_ms":30000,"dns_timeout_ms":5000,"connect_timeout_ms":10000,"tls_timeout_ms":10000,)"
        R"("first_byte_timeout_ms":60000,"body_idle_timeout_ms":60000,"min_speed":0,"max_bytes":16777216,)"
        R"("max_decoded":67108864})");
    EXPECT_EQ(usual["/redirects"], R"({"most":10,"allow_downgrade":false})");
    EXPECT_EQ(usual["/retries"],
              R"({"most":3,"idempotent":true,"backoff_base_ms":250,"backoff_max_ms":10000})");
    EXPECT_EQ(usual["/politeness/applied"], "false");
    EXPECT_EQ(usual["/proxy"], "absent");
    EXPECT_EQ(usual["/session"], "absent");

    auto const named = explain(
        service, url,
        R"(,"timeout_ms":1,"dns_timeout_ms":2,"connect_timeout_ms":3,"tls_timeout_ms":4,"first_byte_timeout_ms":5,
            "body_idle_timeout_ms":6,"min_speed":7,"max_bytes":8,"max_redirects":9,"allow_downgrade":true,
            "retries":10,"method":"POST","session":"mine")");
    EXPECT_EQ(named["/limits"],
              R"({"timeout_ms":1,"dns_timeout_ms":2,"connect_timeout_ms":3,"tls_timeout_ms":4,)"
              R"("first_byte_timeout_ms":5,"body_idle_timeout_ms":6,"min_speed":7,"max_bytes":8,)"
              R"("max_decoded":67108864})");
    EXPECT_EQ(named["/redirects"], R"({"most":9,"allow_downgrade":true})");
    EXPECT_EQ(named["/retries/most"], "10");
    EXPECT_EQ(named["/retries/idempotent"], "false");
    EXPECT_EQ(named["/session"], "mine");
}

TEST(Explain, JudgesTheTargetAndTheNamedProxy) {
    fetchd_process service;

    auto const inside = explain(service, "http://127.0.0.1/", R"(,"proxy":"socks5://me:hush@10.0.0.1")");
    EXPECT_EQ(inside["/would"], "fail");
    EXPECT_EQ(inside.outcome(), "egress.refused");
    EXPECT_TRUE(contains(inside["/error/message"], "the proxy socks5://10.0.0.1:1080: iana: 10.0.0.0/8"));
    EXPECT_EQ(inside["/proxy"],
              R"({"url":"socks5://10.0.0.1:1080","named_by":"request","manner":"socks5","addresses":)"
              R"([{"address":"10.0.0.1","allowed":false,"rule":"iana: 10.0.0.0/8 Private-Use"}]})");

    auto const target = explain(service, "http://10.0.0.2/", R"(,"proxy":"http://127.0.0.1:3128")");
    EXPECT_EQ(target.outcome(), "egress.refused");
    EXPECT_EQ(target["/proxy/manner"], "forward");
    EXPECT_EQ(target["/proxy/addresses/0/allowed"], "true");
    EXPECT_EQ(target["/request/line"], "GET http://10.0.0.2/ HTTP/1.1");

    auto const tunnel = explain(service, "https://127.0.0.1/", R"(,"proxy":"http://127.0.0.1:3128")");
    EXPECT_EQ(tunnel["/would"], "fetch");
    EXPECT_EQ(tunnel["/proxy/manner"], "connect");
    EXPECT_EQ(tunnel["/request/line"], "GET / HTTP/1.1");
}

TEST(Explain, TakesTheConfiguredProxyForGranted) {
    fetchd_process service{
        with("[net]\nproxy = \"http://me:hush@10.0.0.1:3128\"\nno_proxy = [\"127.0.0.2\"]\n")};

    auto const said = explain(service, "http://127.0.0.1/");
    EXPECT_EQ(said["/would"], "fetch");
    EXPECT_EQ(said["/proxy"],
              R"({"url":"http://10.0.0.1:3128","named_by":"configuration","manner":"forward","addresses":)"
              R"([{"address":"10.0.0.1","allowed":true,"rule":"net.proxy"}]})");
    EXPECT_EQ(explain(service, "http://127.0.0.2/")["/proxy"], "absent");
}

TEST(Explain, SaysThatANameCannotBeResolved) {
    fetchd_process service{faulty("")};

    EXPECT_EQ(explain(service, "http://missing.test/").outcome(), "dns.not_found");
    auto const proxy = explain(service, "http://here.test/", R"(,"proxy":"http://missing.test")");
    EXPECT_EQ(proxy.outcome(), "dns.not_found");
    EXPECT_TRUE(contains(proxy["/error/message"], "the proxy http://missing.test:80"));
    EXPECT_EQ(proxy["/addresses/0/address"], "127.0.0.1");
    EXPECT_EQ(proxy["/proxy/addresses"], "[]");
}

TEST(Explain, RefusesWhatAFetchWouldRefuse) {
    fetchd_process service;
    for (auto const* more : {R"(,"method":"TRACE")", R"(,"body":"x")", R"(,"proxy":"ftp://x")",
                             R"(,"retries":11)", R"(,"session":"")", R"(,"headers":{"host":"x"})"}) {
        auto const body = fetch_body("http://127.0.0.1/", more);
        auto const explained = post(service.port(), "/v1/explain", body);
        EXPECT_EQ(explained.status, 400) << more;
        EXPECT_EQ(explained.body, post(service.port(), "/v1/fetch", body).body);
    }
}

}  // namespace
}  // namespace fetchd::test
