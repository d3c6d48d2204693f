// Theme: redirects.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

script redirect_to(std::string location, int status = 302) {
    return script{}.answer(status, "moved", {{"location", std::move(location)}});
}

script page() {
    return script{}.answer(200, "<h1>There</h1>", {{"content-type", "text/html"}});
}

TEST(Redirect, EveryStatusIsFollowedAndRecorded) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/there", page());
    for (int const status : {301, 302, 303, 307, 308}) {
        auto const from = "/" + std::to_string(status);
        origin.on(from, redirect_to(origin.url("/there"), status));

        auto const got = fetch(service, origin.url(from));

        EXPECT_EQ(got.outcome(), "ok") << status;
        EXPECT_EQ(got["/url"], origin.url(from));
        EXPECT_EQ(got["/final_url"], origin.url("/there"));
        EXPECT_EQ(got["/status"], "200");
        EXPECT_EQ(got["/output/markdown"], "# There\n");
        ASSERT_EQ(got.size("/redirects"), 1u);
        EXPECT_EQ(got["/redirects/0/status"], std::to_string(status));
        EXPECT_EQ(got["/redirects/0/url"], origin.url(from));
        EXPECT_EQ(got["/redirects/0/location"], origin.url("/there"));
        ASSERT_EQ(got.size("/attempts"), 2u);
        EXPECT_EQ(got["/attempts/0/url"], origin.url(from));
        EXPECT_EQ(got["/attempts/1/url"], origin.url("/there"));
    }
}

TEST(Redirect, RelativeLocationsAreResolvedAgainstTheirUrl) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/a/b/start", redirect_to("../c?d=e"));
    origin.on("/a/c?d=e", redirect_to("//127.0.0.1:" + std::to_string(origin.port()) + "/f"));
    origin.on("/f", redirect_to("?g#frag"));
    origin.on("/f?g", page());

    auto const got = fetch(service, origin.url("/a/b/start"));

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got.size("/redirects"), 3u);
    EXPECT_EQ(origin.request(3).target, "/f?g");
}

TEST(Redirect, ConnectionIsReusedForTheNextHop) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", redirect_to("/there"));
    origin.on("/there", page());

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got["/attempts/1/reused"], "true");
    EXPECT_EQ(origin.connections_opened(), 1u);
}

// The first visit was a POST: nothing goes in circles.
TEST(Redirect, BackToWhereTheFormWasSentIsNoLoop) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/form", answer_with([](seen_request const& r) {
                  return r.method == "POST" ? script{}.answer(303, "", {{"location", "/done"}})
                                            : script{}.answer(200, "form", {{"content-type", "text/plain"}});
              }));
    origin.on("/done", script{}.answer(302, "", {{"location", "/form"}}));

    auto const got = fetch(service, origin.url("/form"), ",\"method\":\"POST\",\"body\":\"a=b\"");

    EXPECT_EQ(got["/output/text"], "form");
    EXPECT_EQ(got.size("/redirects"), 2U);
}

TEST(Redirect, LoopIsFoundAtOnce) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/self", redirect_to("/self"));
    origin.on("/a", redirect_to("/b"));
    origin.on("/b", redirect_to("/a"));

    EXPECT_EQ(fetch(service, origin.url("/self")).outcome(), "head.redirect_loop");
    EXPECT_EQ(origin.requests_seen(), 1u);
    EXPECT_EQ(fetch(service, origin.url("/a")).outcome(), "head.redirect_loop");
    EXPECT_EQ(origin.requests_seen(), 3u);
}

TEST(Redirect, TooManyIsAFailureWithTheOnesTaken) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", [](seen_request const& r) { return redirect_to(r.target + "x"); });
    origin.otherwise(script{}.close());
    for (int i = 0; i < 12; ++i)
        origin.on("/" + std::string(static_cast<std::size_t>(i), 'x'),
                  redirect_to("/" + std::string(static_cast<std::size_t>(i) + 1, 'x')));

    auto const by_default = fetch(service, origin.url());
    EXPECT_EQ(by_default.outcome(), "head.too_many_redirects");
    EXPECT_EQ(by_default.size("/redirects"), 10u);

    auto const fewer = fetch(service, origin.url(), ",\"max_redirects\":2");
    EXPECT_EQ(fewer.outcome(), "head.too_many_redirects");
    EXPECT_EQ(fewer.size("/redirects"), 2u);
    EXPECT_EQ(get(service.port(), raw_target(origin.url(), "&max_redirects=2")).status, 502);
}

TEST(Redirect, NoneAllowedGivesTheRedirectItself) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", redirect_to("/there", 307));

    auto const raw = get(service.port(), raw_target(origin.url(), "&max_redirects=0"));
    EXPECT_EQ(raw.status, 307);
    EXPECT_EQ(raw.header("location"), "/there");
    EXPECT_EQ(raw.body, "moved");
    auto const got = fetch(service, origin.url(), ",\"max_redirects\":0,\"output\":[\"sha256\"]");
    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/status"], "307");
    EXPECT_EQ(got.size("/redirects"), 0u);
    EXPECT_EQ(origin.requests_seen(), 2u);
}

TEST(Redirect, ToARefusedAddressFetchesNothing) {
    fetchd_process service;
    scripted_origin origin;
    for (auto const* const to :
         {"http://10.1.2.3/", "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/",
          "http://0x0a000001/", "http://192.168.0.1:8080/", "http://[::ffff:10.0.0.1]/"}) {
        origin.on("/", redirect_to(to));
        auto const got = fetch(service, origin.url());
        EXPECT_EQ(got.outcome(), "egress.refused") << to;
        EXPECT_EQ(got.size("/redirects"), 1u);
        EXPECT_EQ(get(service.port(), raw_target(origin.url())).status, 403);
    }
}

TEST(Redirect, ToTheServiceItselfIsRefused) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", redirect_to(service.base_url() + "/metrics"));

    EXPECT_EQ(fetch(service, origin.url())["/error/stage"], "egress");
}

TEST(Redirect, ToSomethingElseThanHttpIsABadLocation) {
    fetchd_process service;
    scripted_origin origin;
    for (auto const* const to : {"file:///etc/passwd", "javascript:alert(1)", "http://[", "ftp://x/"}) {
        origin.on("/", redirect_to(to));
        EXPECT_EQ(fetch(service, origin.url()).outcome(), "head.bad_location") << to;
    }
}

TEST(Redirect, StatusWithoutALocationIsAnAnswer) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.answer(302, "nowhere", {{"content-type", "text/plain"}}));

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/status"], "302");
}

TEST(Redirect, CredentialsDoNotFollowToAnotherOrigin) {
    fetchd_process service;
    scripted_origin origin;
    scripted_origin other;
    other.on("/", page());
    origin.on("/away", redirect_to(other.url()));
    origin.on("/here", redirect_to("/there"));
    origin.on("/there", page());
    std::string const secret =
        ",\"headers\":{\"authorization\":\"Bearer s\",\"cookie\":\"a=b\","
        "\"accept-language\":\"de\"}";

    EXPECT_EQ(fetch(service, origin.url("/here"), secret).outcome(), "ok");
    EXPECT_EQ(origin.request(1).header("authorization"), "Bearer s");
    EXPECT_EQ(origin.request(1).header("cookie"), "a=b");
    EXPECT_EQ(fetch(service, origin.url("/away"), secret).outcome(), "ok");
    EXPECT_EQ(other.request(0).header("authorization"), std::nullopt);
    EXPECT_EQ(other.request(0).header("cookie"), std::nullopt);
    EXPECT_EQ(other.request(0).header("accept-language"), "de");
}

// A redirect's own body is not waited for when it is long or never ends.
TEST(Redirect, EndlessBodyOfARedirectIsLeftAlone) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}.send(answer_head(302, {{"location", "/there"}})).send_repeated("x", 1ull << 40));
    origin.on("/there", page());

    auto const got = fetch(service, origin.url());

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/attempts/1/reused"], "false");
}

// Chunked, so its length is not known; it stops in the middle.
TEST(Redirect, StalledBodyOfARedirectDoesNotHoldTheFetchForLong) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", script{}
                       .send(answer_head(302, {{"location", "/there"}, {"transfer-encoding", "chunked"}}) +
                             chunk("some"))
                       .stall());
    origin.on("/there", page());

    auto const got = fetch(service, origin.url(), ",\"timeout_ms\":10000");

    EXPECT_EQ(got.outcome(), "ok");
}

TEST(Redirect, RawSaysWhereItEnded) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", redirect_to("/there"));
    origin.on("/there", page());

    auto const got = get(service.port(), raw_target(origin.url()));

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.header("fetchd-url"), origin.url("/there"));
    EXPECT_EQ(got.body, "<h1>There</h1>");
}

}  // namespace
}  // namespace fetchd::test
