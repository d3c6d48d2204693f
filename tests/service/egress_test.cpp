// Theme: where fetches may go, and names.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

constexpr auto nothing_allowed = "[egress]\nallow = []\n";

script plain(std::string text) {
    return script{}.answer(200, std::move(text), {{"content-type", "text/plain"}});
}

TEST(Egress, WhatIsNotPublicIsRefusedInEverySpelling) {
    fetchd_process service{with(nothing_allowed)};
    for (auto const* const url : {"http://10.0.0.1/",
                                  "http://10.255.255.255/",
                                  "http://172.16.0.1/",
                                  "http://192.168.1.1/",
                                  "http://127.0.0.1/",
                                  "http://127.1/",
                                  "http://2130706433/",
                                  "http://0x7f.1/",
                                  "http://0177.0.0.1/",
                                  "http://0/",
                                  "http://169.254.169.254/latest/meta-data/",
                                  "http://100.64.0.1/",
                                  "http://224.0.0.1/",
                                  "http://255.255.255.255/",
                                  "http://[::1]/",
                                  "http://[::]/",
                                  "http://[fe80::1]/",
                                  "http://[fd00::1]/",
                                  "http://[::ffff:127.0.0.1]/",
                                  "http://[::ffff:a9fe:a9fe]/",
                                  "http://[64:ff9b::10.0.0.1]/",
                                  "http://[2002:0a00:0001::]/",
                                  "http://localhost/",
                                  "http://LOCALHOST/"}) {
        auto const got = fetch(service, url, ",\"timeout_ms\":2000");
        EXPECT_EQ(got.outcome(), "egress.refused") << url;
        EXPECT_EQ(got.size("/attempts"), 0u) << url;
    }
    auto const raw = get(service.port(), raw_target("http://10.0.0.1/"));
    EXPECT_EQ(raw.status, 403);
    EXPECT_EQ(document(raw.body).outcome(), "egress.refused");
    EXPECT_EQ(metric(service, "fetchd_origin_connections_total{connection=\"opened\"}"), 0);
}

TEST(Egress, AllowedBlocksAreFetchedFrom) {
    scripted_origin origin;
    origin.on("/", plain("here"));
    fetchd_process refusing{with(nothing_allowed)};
    fetchd_process allowing{with("[egress]\nallow = [\"127.0.0.0/8\"]\n")};

    EXPECT_EQ(fetch(refusing, origin.url()).outcome(), "egress.refused");
    EXPECT_EQ(fetch(allowing, origin.url()).outcome(), "ok");
    EXPECT_EQ(origin.connections_opened(), 1u);
}

TEST(Egress, OwnListenerIsNeverFetchedFrom) {
    fetchd_process service{with("[server]\nlisten = [\"127.0.0.1:0\", \"[::1]:0\"]\n")};
    for (auto const* const host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
        auto const url = "http://" + std::string(host) + ":" + std::to_string(service.port()) + "/healthz";
        EXPECT_EQ(fetch(service, url)["/error/stage"], "egress") << host;
    }
    fetchd_process everywhere{with("[server]\nlisten = [\"0.0.0.0:0\"]\n")};
    EXPECT_EQ(fetch(everywhere, everywhere.base_url() + "/").outcome(), "egress.own_listener");
    EXPECT_EQ(fetch(everywhere, "http://127.0.0.2:" + std::to_string(everywhere.port()) + "/").outcome(),
              "egress.own_listener");
}

TEST(Egress, NameIsJudgedByItsAddress) {
    fetchd_process service{faulty({})};
    scripted_origin origin;
    origin.on("/", plain("here"));

    EXPECT_EQ(fetch(service, "http://inside.test/").outcome(), "egress.refused");
    EXPECT_EQ(fetch(service, "http://here.test:" + std::to_string(origin.port()) + "/").outcome(), "ok");
    EXPECT_EQ(origin.request(0).header("host"), "here.test:" + std::to_string(origin.port()));
}

TEST(Egress, FixedNameIsJudgedToo) {
    fetchd_process service{with("[net]\nresolve = [\"sly.test:*:10.0.0.1\"]\n")};

    EXPECT_EQ(fetch(service, "http://sly.test/").outcome(), "egress.refused");
}

// Of several addresses only the allowed ones are dialled.
TEST(Egress, RefusedAddressesOfANameAreSkipped) {
    scripted_origin origin;
    origin.on("/", plain("here"));
    auto const port = std::to_string(origin.port());
    fetchd_process service{with("[net]\nresolve = [\"mixed.test:" + port + ":10.0.0.1,127.0.0.1\"]\n")};

    auto const got = fetch(service, "http://mixed.test:" + port + "/");

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/attempts/0/address"], "127.0.0.1:" + port);
}

TEST(Egress, PortsAreRefusedBeforeAnyName) {
    fetchd_process service{faulty({})};
    for (auto const* const url : {"http://here.test:22/", "http://here.test:25/", "http://127.0.0.1:6667/"})
        EXPECT_EQ(fetch(service, url).outcome(), "egress.port_refused") << url;
    EXPECT_EQ(metric(service, "fetchd_dns_lookups_total"), 0);

    scripted_origin origin;
    fetchd_process narrow{with("[egress]\nallow_ports = [80, 443]\n")};
    EXPECT_EQ(fetch(narrow, origin.url()).outcome(), "egress.port_refused");
    fetchd_process denying{with("[egress]\ndeny_ports = [" + std::to_string(origin.port()) + "]\n")};
    EXPECT_EQ(fetch(denying, origin.url()).outcome(), "egress.port_refused");
}

TEST(Egress, OpenModeAllowsAnyPort) {
    refusing_port const nothing;
    fetchd_process service{
        with("[egress]\nmode = \"open\"\ndeny_ports = [" + std::to_string(nothing.port()) + "]\n")};

    EXPECT_EQ(fetch(service, "http://127.0.0.1:" + std::to_string(nothing.port()) + "/").outcome(),
              "connect.refused");
}

// RFC 7617; the other origin of a redirect does not see them.
TEST(Egress, CredentialsOfTheUrlGoToItsOriginOnly) {
    scripted_origin origin;
    scripted_origin other;
    origin.on("/", script{}.answer(302, "", {{"location", other.url("/there")}}));
    other.on("/there", plain("there"));
    fetchd_process service{with({})};

    auto const port = std::to_string(origin.port());
    auto const got = fetch(service, "http://us%65r:pa%20ss@127.0.0.1:" + port + "/");

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/url"], origin.url()) << "results are shown to others";
    EXPECT_EQ(got["/attempts/0/url"], origin.url());
    EXPECT_EQ(got["/redirects/0/url"], origin.url());
    EXPECT_EQ(origin.request(0).header("authorization"), "Basic dXNlcjpwYSBzcw==");
    EXPECT_FALSE(other.request(0).header("authorization"));
    EXPECT_TRUE(service.wait_for_log("url=" + origin.url()));
    EXPECT_EQ(service.count_log("pa%20ss"), 0u);

    origin.on("/page", script{}.answer(200, "<a href=next>n</a>", {{"content-type", "text/html"}}));
    auto const page =
        fetch(service, "http://user:pass@127.0.0.1:" + port + "/page", ",\"output\":[\"links\"]");
    EXPECT_EQ(page["/output/links/0/url"], origin.url("/next"));
}

TEST(Explain, JudgesEveryAddressAndDialsNone) {
    scripted_origin origin;
    auto const port = std::to_string(origin.port());
    fetchd_process service{with("[net]\nresolve = [\"mixed.test:" + port + ":10.0.0.1,127.0.0.1\"]\n")};

    auto const said = document(
        post(service.port(), "/v1/explain", fetch_body("http://mixed.test:" + port + "/a?b#c")).body);

    EXPECT_EQ(said["/would"], "fetch");
    EXPECT_EQ(said["/url/request_target"], "/a?b");
    EXPECT_EQ(said["/url/origin"], "http://mixed.test:" + port);
    EXPECT_EQ(said["/addresses/0/address"], "10.0.0.1");
    EXPECT_EQ(said["/addresses/0/allowed"], "false");
    EXPECT_EQ(said["/addresses/0/rule"], "iana: 10.0.0.0/8 Private-Use");
    EXPECT_EQ(said["/addresses/1/allowed"], "true");
    EXPECT_EQ(said["/error"], "absent");
    EXPECT_EQ(origin.connections_opened(), 0U);
}

TEST(Explain, SaysWhyAFetchWouldFail) {
    fetchd_process service{with({})};
    auto const explained = [&](std::string const& url) {
        return document(post(service.port(), "/v1/explain", fetch_body(url)).body);
    };

    EXPECT_EQ(explained("http://10.0.0.1/").outcome(), "egress.refused");
    EXPECT_EQ(explained("http://10.0.0.1/")["/would"], "fail");
    EXPECT_EQ(explained("http://127.0.0.1:22/").outcome(), "egress.port_refused");
    EXPECT_EQ(explained(service.base_url() + "/").outcome(), "egress.own_listener");
    EXPECT_EQ(explained("ftp://10.0.0.1/").outcome(), "admission.unsupported_scheme");
}

TEST(Egress, ReportModeLogsAndFetches) {
    scripted_origin origin;
    origin.on("/", plain("here"));
    fetchd_process service{with("[egress]\nmode = \"report\"\nallow = []\n")};

    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
    EXPECT_TRUE(service.wait_for_log("egress would refuse"));
}

TEST(Names, FixedOnesNeedNoResolver) {
    scripted_origin origin;
    origin.on("/", plain("fixed"));
    auto const port = std::to_string(origin.port());
    fetchd_process service{faulty("[net]\nresolve = [\"exact.test:" + port +
                                  ":127.0.0.1\", \"any.test:*:127.0.0.1\", \"six.test:*:[::1]\"]\n")};

    EXPECT_EQ(fetch(service, "http://exact.test:" + port + "/")["/output/text"], "fixed");
    EXPECT_EQ(fetch(service, "http://ANY.test:" + port + "/")["/output/text"], "fixed");
    EXPECT_EQ(fetch(service, "http://six.test:" + port + "/").outcome(), "connect.refused");
    EXPECT_EQ(metric(service, "fetchd_dns_lookups_total"), 0);
    EXPECT_EQ(fetch(service, "http://exact.test:1234/").outcome(), "dns.not_found");
}

TEST(Names, ThatDoNotExistAreNotFoundAndRemembered) {
    fetchd_process service{faulty({})};
    for (int i = 0; i < 3; ++i) {
        auto const got = fetch(service, "http://missing.test/");
        EXPECT_EQ(got.outcome(), "dns.not_found");
        EXPECT_EQ(got["/error/retryable"], "false");
    }
    EXPECT_EQ(metric(service, "fetchd_dns_lookups_total"), 1);
    EXPECT_EQ(get(service.port(), raw_target("http://missing.test/")).status, 502);
}

TEST(Names, ResolverThatFailsIsAskedAgain) {
    fetchd_process service{faulty({})};
    for (int i = 0; i < 2; ++i) {
        auto const got = fetch(service, "http://broken.test/");
        EXPECT_EQ(got.outcome(), "dns.failed");
        EXPECT_EQ(got["/error/retryable"], "true");
    }
    EXPECT_EQ(metric(service, "fetchd_dns_lookups_total"), 2);
}

TEST(Names, AreLookedUpOnceForAllWhoWait) {
    scripted_origin origin;
    origin.on("/", plain("held"));
    auto const url = "http://held.test:" + std::to_string(origin.port()) + "/";
    names_gate gate;
    fetchd_process service{faulty({}, {gate.variable()})};
    std::vector<std::future<answer>> asked;
    for (int i = 0; i < 5; ++i)
        asked.push_back(get_later(service, raw_target(url)));
    ASSERT_TRUE(wait_for_metric(service, "fetchd_fetches_in_flight", 5));
    ASSERT_TRUE(wait_for_metric(service, "fetchd_dns_hits_total", 4));
    gate.open();

    for (auto& each : asked)
        EXPECT_EQ(each.get().body, "held");
    EXPECT_EQ(metric(service, "fetchd_dns_lookups_total"), 1);
}

TEST(Names, ThatTakeTooLongAreTimedOutAndServeLaterOnes) {
    scripted_origin origin;
    origin.on("/", plain("held"));
    auto const url = "http://held.test:" + std::to_string(origin.port()) + "/";
    names_gate gate;
    fetchd_process service{faulty("[net]\ndns_timeout = \"150ms\"\n", {gate.variable()})};

    EXPECT_EQ(fetch(service, url).outcome(), "dns.timeout");
    EXPECT_EQ(fetch(service, url, ",\"timeout_ms\":50").outcome(), "dns.timeout");
    EXPECT_EQ(metric(service, "fetchd_dns_lookups_total"), 1);
    gate.open();
    EXPECT_TRUE(wait_for_metric(service, "fetchd_pool_running", 0));
    EXPECT_EQ(fetch(service, url).outcome(), "ok");
    EXPECT_EQ(metric(service, "fetchd_dns_lookups_total"), 1);
}

}  // namespace
}  // namespace fetchd::test
