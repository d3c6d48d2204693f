// Theme: origins behind TLS.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class Tls : public testing::Test {
  protected:
    void start(std::string const& more = {}) {
        service = std::make_unique<fetchd_process>(with("[net]\nca_file = \"" + ca.file() + "\"\n" + more));
    }
    // An origin that shows this certificate and serves a page.
    std::unique_ptr<scripted_origin> origin_with(certificate identity,
                                                 tls_version version = tls_version::any) {
        origin_options options;
        options.tls.emplace().identity = std::move(identity);
        options.tls->version = version;
        auto origin = std::make_unique<scripted_origin>(options);
        origin->on("/", script{}.answer(200, "secret", {{"content-type", "text/plain"}}));
        return origin;
    }

    test_ca ca;
    std::unique_ptr<fetchd_process> service;
};

TEST_F(Tls, VerifiedOriginIsFetched) {
    start();
    auto const origin = origin_with(ca.issue({}));

    auto const got = fetch(*service, origin->url());

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/output/markdown"], "secret");
    EXPECT_GT(got.number("/timings_us/tls"), 0);
    EXPECT_TRUE(get(service->port(), raw_target(origin->url())).ok());
    EXPECT_EQ(origin->connections_opened(), 1u);
    EXPECT_EQ(metric(*service, "fetchd_tls_handshakes_total"), 1);
}

TEST_F(Tls, WithoutItsAuthorityNothingIsTrusted) {
    fetchd_process stranger;
    auto const origin = origin_with(ca.issue({}));

    EXPECT_EQ(fetch(stranger, origin->url()).outcome(), "tls.bad_certificate");
}

TEST_F(Tls, WrongCertificatesAreRefused) {
    start();
    for (auto const& [identity, words] : std::initializer_list<std::pair<certificate, char const*>>{
             {ca.wrong_name(), "mismatch"}, {ca.expired(), "expired"}, {ca.self_signed(), "self-signed"}}) {
        auto const origin = origin_with(identity);
        auto const got = fetch(*service, origin->url());
        EXPECT_EQ(got.outcome(), "tls.bad_certificate") << words;
        EXPECT_TRUE(contains(got["/error/message"], words));
        EXPECT_EQ(got["/error/retryable"], "false");
        EXPECT_EQ(origin->requests_seen(), 0u);
    }
    leaf future;
    future.valid_from_s = 3600;
    EXPECT_EQ(fetch(*service, origin_with(ca.issue(future))->url()).outcome(), "tls.bad_certificate");
}

TEST_F(Tls, NameOfTheUrlIsWhatTheCertificateMustBeFor) {
    auto const origin = origin_with(ca.for_names({"good.test"}));
    auto const port = std::to_string(origin->port());
    start("resolve = [\"good.test:*:127.0.0.1\", \"other.test:*:127.0.0.1\"]\n");

    EXPECT_EQ(fetch(*service, "https://good.test:" + port + "/").outcome(), "ok");
    EXPECT_EQ(fetch(*service, "https://other.test:" + port + "/").outcome(), "tls.bad_certificate");
    EXPECT_EQ(fetch(*service, origin->url()).outcome(), "tls.bad_certificate");
}

TEST_F(Tls, ServerNameAndProtocolAreSaid) {
    auto const origin = origin_with(ca.for_names({"good.test", "127.0.0.1"}));
    start("resolve = [\"good.test:*:127.0.0.1\"]\n");

    EXPECT_EQ(fetch(*service, "https://good.test:" + std::to_string(origin->port()) + "/").outcome(), "ok");
    EXPECT_EQ(fetch(*service, origin->url()).outcome(), "ok");

    auto const seen = origin->record();
    EXPECT_EQ(seen.connections[0].tls.server_name, "good.test");
    EXPECT_EQ(seen.connections[0].tls.alpn_offered, std::vector<std::string>{"http/1.1"});
    EXPECT_EQ(seen.connections[0].tls.alpn, "http/1.1");
    EXPECT_EQ(seen.connections[1].tls.server_name, "");  // an address is no name (RFC 6066 §3)
}

TEST_F(Tls, SecondConnectionResumesTheSession) {
    start("max_idle = 0\n");
    for (auto const version : {tls_version::tls_1_2, tls_version::tls_1_3}) {
        auto const origin = origin_with(ca.issue({}), version);
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(fetch(*service, origin->url()).outcome(), "ok");

        auto const seen = origin->record();
        ASSERT_EQ(seen.connections.size(), 3u);
        EXPECT_FALSE(seen.connections[0].tls.session_reused);
        EXPECT_TRUE(seen.connections[1].tls.session_reused);
        EXPECT_TRUE(seen.connections[2].tls.session_reused);
        EXPECT_EQ(seen.connections[0].tls.version, version == tls_version::tls_1_2 ? "TLSv1.2" : "TLSv1.3");
    }
    EXPECT_EQ(metric(*service, "fetchd_tls_resumptions_total"), 4);
}

TEST_F(Tls, IdleConnectionThatWasClosedIsReplaced) {
    start();
    auto const origin = origin_with(ca.issue({}));
    origin->on("/", {script{}.answer(200, "one", {{"content-type", "text/plain"}}).gate("idle").close(),
                     script{}.answer(200, "two", {{"content-type", "text/plain"}})});
    EXPECT_EQ(fetch(*service, origin->url()).outcome(), "ok");
    ASSERT_TRUE(origin->wait_at_gate("idle"));
    origin->open_gate("idle");
    ASSERT_TRUE(origin->wait_for_closed(1));

    EXPECT_EQ(fetch(*service, origin->url())["/output/markdown"], "two");
    EXPECT_EQ(origin->requests_seen(), 2u);
}

TEST_F(Tls, PortWithoutTlsFails) {
    start();
    scripted_origin plain;
    plain.on_accept(script{}.send("HTTP/1.1 400 Bad Request\r\n\r\n"));
    scripted_origin closing;
    closing.on_accept(script{}.close());

    auto const url = [](scripted_origin const& o) {
        return "https://127.0.0.1:" + std::to_string(o.port()) + "/";
    };
    EXPECT_EQ(fetch(*service, url(plain)).outcome(), "tls.failed");
    auto const closed = fetch(*service, url(closing)).outcome();
    EXPECT_TRUE(closed == "tls.closed" || closed == "tls.reset") << closed;
}

TEST_F(Tls, HandshakeThatHangsIsTimedOut) {
    start("connect_timeout = \"150ms\"\n");
    scripted_origin silent;
    silent.on_accept(script{}.stall());

    auto const got = fetch(*service, "https://127.0.0.1:" + std::to_string(silent.port()) + "/");

    EXPECT_EQ(got.outcome(), "tls.timeout");
    EXPECT_TRUE(silent.wait_for_none_open());
}

// Without close_notify the end of such a body may have been made by anybody on the way.
TEST_F(Tls, BodyThatEndsWithoutCloseNotifyIsTruncated) {
    start();
    auto const origin = origin_with(ca.issue({}));
    origin->on("/cut", script{}.send(answer_head(200) + "half").cut());
    origin->on("/close", script{}.send(answer_head(200, {{"content-type", "text/plain"}}) + "all").close());

    EXPECT_EQ(fetch(*service, origin->url("/cut")).outcome(), "body.truncated");
    EXPECT_EQ(fetch(*service, origin->url("/close"))["/output/markdown"], "all");
}

TEST_F(Tls, RedirectBackToPlainTextIsRefused) {
    start();
    auto const origin = origin_with(ca.issue({}));
    scripted_origin plain;
    origin->on("/", script{}.answer(302, "", {{"location", plain.url()}}));
    plain.on("/", script{}.answer(302, "", {{"location", origin->url("/page")}}));
    origin->on("/page", script{}.answer(200, "safe", {{"content-type", "text/plain"}}));

    EXPECT_EQ(fetch(*service, origin->url()).outcome(), "head.downgrade_refused");
    EXPECT_EQ(plain.requests_seen(), 0u);
    EXPECT_EQ(fetch(*service, plain.url())["/output/markdown"], "safe");
}

TEST_F(Tls, LargeBodiesPassThrough) {
    start();
    auto const origin = origin_with(ca.issue({}));
    constexpr std::uint64_t total = 64ull << 20;
    origin->on("/", script{}
                        .send(answer_head(200, {{"content-length", std::to_string(total)}}))
                        .send_repeated("0123456789abcdef", total));
    read_options count_only;
    count_only.keep = 0;

    auto const got = get(service->port(), raw_target(origin->url()), {}, count_only);

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.body_bytes, total);
}

}  // namespace
}  // namespace fetchd::test
