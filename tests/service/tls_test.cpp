// Theme: origins behind TLS.
#include <gtest/gtest.h>

#include "service/tls_fixture.hpp"

namespace fetchd::test {
namespace {

class Tls : public tls_test {};

TEST_F(Tls, VerifiedOriginIsFetched) {
    start();
    auto const origin = origin_with(ca.issue({}));

    auto const got = fetch(*service, origin->url());

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got["/output/text"], "secret");
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

TEST_F(Tls, WrongCertificatesAreRefusedInWords) {
    start();
    test_ca const stranger("a stranger");
    leaf future;
    future.valid_from_s = 3600;
    leaf client;
    client.for_clients = true;
    auto with_root = stranger.issue({});
    with_root.chain_pem += stranger.own_pem();
    for (auto const& [identity, words] : std::initializer_list<std::pair<certificate, char const*>>{
             {ca.wrong_name(), "the certificate is for elsewhere.test, not for 127.0.0.1"},
             {ca.for_names({}), "is for no host name or address"},
             {ca.for_names({"a.test", "*.b.test", "10.0.0.1", "::1", "c.test", "d.test"}),
              "is for a.test, *.b.test, 10.0.0.1, ::1 and 2 more,"},
             {ca.expired(), "the certificate expired on 20"},
             {ca.issue(future), "the certificate is not valid before 20"},
             {ca.self_signed(), "the certificate is self-signed"},
             {stranger.issue({}), "neither trusted nor sent along: CN=a stranger"},
             {with_root, "the authority CN=a stranger is not trusted"},
             {ca.issue(client), "the certificate is not meant for this"}}) {
        auto const origin = origin_with(identity);
        auto const got = fetch(*service, origin->url());
        EXPECT_EQ(got.outcome(), "tls.bad_certificate") << words;
        EXPECT_TRUE(contains(got["/error/message"], words));
        EXPECT_EQ(got["/error/retryable"], "false");
        EXPECT_EQ(origin->requests_seen(), 0u);
    }
}

TEST_F(Tls, WeakCertificatesAreRefusedInWords) {
    start();
    leaf short_key;
    short_key.rsa_bits = 1024;
    leaf broken_hash;
    broken_hash.sha1 = true;
    for (auto const& [wanted, words] : std::initializer_list<std::pair<leaf, char const*>>{
             {short_key, "is too weak: RSA 1024 bits"}, {broken_hash, "broken hash: ecdsa-with-SHA1"}}) {
        tls_options tls;
        tls.identity = ca.issue(wanted);
        tls.weak = true;
        auto const got = fetch(*service, origin_with(tls)->url());
        EXPECT_EQ(got.outcome(), "tls.bad_certificate") << words;
        EXPECT_TRUE(contains(got["/error/message"], words));
    }
}

// What an origin writes into its certificate is shown, but cut and in plain ASCII.
TEST_F(Tls, NamesInCertificatesAreBounded) {
    start();
    leaf wordy;
    wordy.common_name = "short";
    wordy.names = {std::string(60, 'a') + "." + std::string(60, 'b') + ".test"};
    auto const origin = origin_with(ca.issue(wordy));

    auto const said = fetch(*service, origin->url())["/error/message"];

    EXPECT_TRUE(contains(said, std::string(60, 'a') + "." + std::string(19, 'b') + "..., not for"));
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

// RFC 6066 §3: the name is said without the dot that ends an absolute one, and a certificate never has it.
TEST_F(Tls, DotThatEndsANameIsNotPartOfIt) {
    auto const origin = origin_with(ca.for_names({"good.test"}));
    start("resolve = [\"good.test.:*:127.0.0.1\"]\n");

    auto const got = fetch(*service, https(*origin, "good.test."));

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(origin->record().connections[0].tls.server_name, "good.test");
    EXPECT_EQ(origin->request(0).header("host"), "good.test.:" + std::to_string(origin->port()));
}

// To OpenSSL an empty name is any name, and a leading dot any name below.
TEST_F(Tls, NoCertificateIsForAHostOfDots) {
    auto const origin = origin_with(ca.for_names({"a.good.test", "good.test"}));
    start("resolve = [\".:*:127.0.0.1\", \".good.test:*:127.0.0.1\"]\n");
    for (auto const* const host : {".", ".good.test"}) {
        auto const got = fetch(*service, https(*origin, host));
        EXPECT_EQ(got.outcome(), "tls.bad_certificate") << host;
        EXPECT_TRUE(contains(got["/error/message"], "no certificate can be for such a host name"));
    }
    EXPECT_EQ(origin->requests_seen(), 0u);
}

// RFC 9525 §2
TEST_F(Tls, CommonNameAloneNamesNoHost) {
    leaf nameless;
    nameless.common_name = "good.test";
    nameless.names.clear();
    auto const origin = origin_with(ca.issue(nameless));
    start("resolve = [\"good.test:*:127.0.0.1\"]\n");

    EXPECT_EQ(fetch(*service, https(*origin, "good.test")).outcome(), "tls.bad_certificate");
}

TEST_F(Tls, VersionThatIsNotAllowedIsRefusedInWords) {
    start("tls_min = \"1.3\"\n");
    auto const older = origin_with(ca.issue({}), tls_version::tls_1_2);
    auto const got = fetch(*service, older->url());
    EXPECT_EQ(got.outcome(), "tls.version_refused");
    EXPECT_TRUE(contains(got["/error/message"], "the origin refuses TLS 1.3)"));
    EXPECT_EQ(got["/error/retryable"], "false");
    EXPECT_EQ(fetch(*service, origin_with(ca.issue({}), tls_version::tls_1_3)->url()).outcome(), "ok");

    start("tls_max = \"1.2\"\n");
    auto const newer = origin_with(ca.issue({}), tls_version::tls_1_3);
    auto const other = fetch(*service, newer->url());
    EXPECT_EQ(other.outcome(), "tls.version_refused");
    EXPECT_TRUE(contains(other["/error/message"], "the origin refuses TLS 1.2)"));
    EXPECT_EQ(fetch(*service, older->url()).outcome(), "ok");
    EXPECT_EQ(older->record().connections.back().tls.version, "TLSv1.2");
}

// RFC 7301 §3.1
TEST_F(Tls, ProtocolThatWasNotOfferedIsNotSpoken) {
    start();
    tls_options tls;
    tls.identity = ca.issue({});
    tls.alpn = {"h2"};
    tls.alpn_unasked = true;

    EXPECT_EQ(fetch(*service, origin_with(tls)->url()).outcome(), "tls.failed");
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

    EXPECT_EQ(fetch(*service, origin->url())["/output/text"], "two");
    EXPECT_EQ(origin->requests_seen(), 2u);
}

// Without close_notify the end of such a body may have been made by anybody on the way.
TEST_F(Tls, BodyThatEndsWithoutCloseNotifyIsTruncated) {
    start();
    auto const origin = origin_with(ca.issue({}));
    origin->on("/cut", script{}.send(answer_head(200) + "half").cut());
    origin->on("/close", script{}.send(answer_head(200, {{"content-type", "text/plain"}}) + "all").close());

    EXPECT_EQ(fetch(*service, origin->url("/cut")).outcome(), "body.truncated");
    EXPECT_EQ(fetch(*service, origin->url("/close"))["/output/text"], "all");
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
    EXPECT_EQ(fetch(*service, plain.url())["/output/text"], "safe");
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
