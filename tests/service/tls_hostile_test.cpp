// Theme: origins that do not speak TLS as they should.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>

#include "service/tls_fixture.hpp"

namespace fetchd::test {
namespace {

using namespace std::string_literals;

class TlsHostile : public tls_test {
  protected:
    // What fetching from an origin that says these bytes comes to.
    document from(std::string bytes) { return fetch(*service, https(*origin_saying(std::move(bytes)))); }

    // An origin that shakes hands and then does this.
    std::unique_ptr<scripted_origin> then(std::function<bool(SSL*)> what,
                                          tls_version version = tls_version::any) const {
        tls_options tls;
        tls.identity = ca.issue({});
        tls.version = version;
        tls.then = std::move(what);
        return origin_with(tls);
    }
};

std::string alert(int level, int description) {
    return "\x15\x03\x03\x00\x02"s + static_cast<char>(level) + static_cast<char>(description);
}

// A ServerHello (RFC 5246 §7.4.1.3, RFC 5746 §3.6) in its record, cut after `bytes`.
std::string server_hello(char minor, std::size_t bytes = std::string::npos) {
    auto const hello =
        "\x03"s + minor + std::string(32, 'r') + "\x00\xc0\x2f\x00\x00\x05\xff\x01\x00\x01\x00"s;
    auto const message = "\x02\x00\x00"s + static_cast<char>(hello.size()) + hello;
    return ("\x16\x03"s + minor + '\0' + static_cast<char>(message.size()) + message).substr(0, bytes);
}

// Reads the request and answers it; the head may be the whole of it.
void answer_in(SSL* s, std::string const& text) {
    char request[4096];
    SSL_read(s, request, sizeof request);
    SSL_write(s, text.data(), static_cast<int>(text.size()));
}

void send_raw(SSL* s, std::string const& bytes) {
    ::send(SSL_get_fd(s), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

TEST_F(TlsHostile, WhatIsNotTlsIsSaidToBeNone) {
    start();
    for (auto const& [bytes, words] : std::initializer_list<std::pair<std::string, char const*>>{
             {"HTTP/1.1 400 Bad Request\r\n\r\n", "plain HTTP on this port"},
             {"SSH-2.0-x\r\n", "is not TLS"},
             {std::string(5, '\0'), "is not TLS"},
             {std::string(64 * 1024, '\xff'), "is not TLS"},
             {"\x16\x02\x00\x00\x05hello"s, "is not TLS"}}) {
        auto const got = from(bytes);
        EXPECT_EQ(got.outcome(), "tls.failed") << words;
        EXPECT_TRUE(contains(got["/error/message"], words));
        EXPECT_EQ(got["/error/retryable"], "false");
    }
}

TEST_F(TlsHostile, AlertsAreSaid) {
    start();
    for (auto const& [number, outcome, words] :
         std::initializer_list<std::tuple<int, char const*, char const*>>{
             {40, "tls.failed", "the origin refused it: handshake failure (alert 40)"},
             {80, "tls.failed", "the origin refused it: internal error (alert 80)"},
             {112, "tls.failed", "the origin refused it: unrecognized name (alert 112)"},
             {70, "tls.version_refused", "the origin refuses TLS 1.2 to TLS 1.3"},
             {48, "tls.failed", "the origin refused it: unknown CA (alert 48)"},
             {255, "tls.failed", "(alert 255)"}}) {
        auto const got = from(alert(2, number));
        EXPECT_EQ(got.outcome(), outcome) << number;
        EXPECT_TRUE(contains(got["/error/message"], words));
    }
}

TEST_F(TlsHostile, OlderVersionIsSaid) {
    start();
    for (auto const& [minor, words] : std::initializer_list<std::pair<char, char const*>>{
             {'\2', "the origin answers with TLS 1.1, allowed is TLS 1.2 to TLS 1.3"},
             {'\1', "the origin answers with TLS 1.0,"},
             {'\0', "the origin answers with SSL 3,"}}) {
        auto const got = from(server_hello(minor));
        EXPECT_EQ(got.outcome(), "tls.version_refused");
        EXPECT_TRUE(contains(got["/error/message"], words));
    }
}

TEST_F(TlsHostile, FloodsAndLongRecordsFail) {
    start();
    std::string warnings;
    std::string empty;
    for (int i = 0; i < 1000; ++i) {
        warnings += alert(1, 90);
        empty += "\x16\x03\x03\x00\x00"s;
    }
    auto const hello = server_hello('\3');
    for (auto const& bytes :
         {warnings, empty, "\x16\x03\x03\xff\xff"s + std::string(70'000, 'x'), hello + hello,
          "\x17\x03\x03\x00\x05hello"s, "\x14\x03\x03\x00\x01\x01"s + empty,
          "\x16\x03\x03\x00\x04\x02\xff\xff\xff"s + std::string(70'000, 'x')})
        EXPECT_EQ(from(bytes).outcome(), "tls.failed");
}

TEST_F(TlsHostile, ConnectionThatEndsInTheHandshakeIsClosed) {
    start();
    for (auto const& bytes :
         {std::string(), "\x16"s, server_hello('\3', 20), server_hello('\3'), alert(1, 0)}) {
        scripted_origin origin;
        origin.on_accept(script{}.send(bytes).close_half().stall());
        auto const got = fetch(*service, https(origin));
        EXPECT_EQ(got.outcome(), "tls.closed") << bytes.size();
        EXPECT_EQ(got["/error/retryable"], "true");
    }
    scripted_origin rude;
    rude.on_accept(script{}.send(server_hello('\3', 20)).reset());
    auto const got = fetch(*service, https(rude)).outcome();
    EXPECT_TRUE(got == "tls.reset" || got == "connect.reset") << got;  // it may come before or after
}

TEST_F(TlsHostile, HandshakeThatStandsStillIsTimedOut) {
    start("tls_timeout = \"150ms\"\n");
    for (auto const& steps :
         {script{}.stall(), script{}.send(server_hello('\3', 20)).stall(),
          script{}.send(server_hello('\3')).stall(),
          script{}.drip("\x16\x03\x03\x40\x00"s + std::string(4000, 'x'), milliseconds(10))}) {
        scripted_origin origin;
        origin.on_accept(steps);
        EXPECT_EQ(fetch(*service, https(origin)).outcome(), "tls.timeout");
        EXPECT_TRUE(origin.wait_for_none_open());
    }
}

TEST_F(TlsHostile, CertificatesBeyondTheLimitAreNotRead) {
    start("max_idle = 0\n");
    auto identity = ca.issue({});
    auto const many = [&](int n) {
        auto all = identity;
        for (int i = 0; i < n; ++i)
            all.chain_pem += ca.own_pem();
        return all;
    };
    auto const got = fetch(*service, origin_with(many(400))->url());
    EXPECT_EQ(got.outcome(), "tls.failed");
    EXPECT_TRUE(contains(got["/error/message"], "the origin's certificates are larger than allowed"));

    // Below it they are; but such a session is too large to be remembered.
    for (auto const& [n, resumed] : std::initializer_list<std::pair<int, bool>>{{100, false}, {10, true}}) {
        auto const origin = origin_with(many(n));
        for (int i = 0; i < 2; ++i)
            EXPECT_EQ(fetch(*service, origin->url()).outcome(), "ok");
        EXPECT_EQ(origin->record().connections[1].tls.session_reused, resumed) << n;
    }
}

// RFC 5246 §7.4.1.1 lets a client ignore it; a second handshake might be with somebody else.
TEST_F(TlsHostile, RenegotiationIsRefused) {
    start();
    std::atomic<int> hellos = 0;
    auto const count = [](int sent, int, int type, void const* bytes, std::size_t, SSL*, void* into) {
        if (!sent && type == SSL3_RT_HANDSHAKE &&
            *static_cast<unsigned char const*>(bytes) == SSL3_MT_CLIENT_HELLO)
            ++*static_cast<std::atomic<int>*>(into);
    };
    auto const origin = then(
        [&](SSL* s) {
            SSL_set_msg_callback(s, count);
            SSL_ctrl(s, SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, &hellos);
            return SSL_renegotiate(s) == 1 && SSL_do_handshake(s) == 1;  // says HelloRequest, and goes on
        },
        tls_version::tls_1_2);

    EXPECT_EQ(fetch(*service, origin->url())["/output/text"], "secret");
    EXPECT_TRUE(origin->wait_for_closed(1));
    EXPECT_EQ(hellos, 0);
}

TEST_F(TlsHostile, TicketsAndNewKeysBeforeTheAnswerAreTaken) {
    start();
    auto const origin = then(
        [](SSL* s) {
            for (int i = 0; i < 500; ++i)
                if (SSL_new_session_ticket(s) != 1 || SSL_do_handshake(s) != 1 ||
                    SSL_key_update(s, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 || SSL_do_handshake(s) != 1)
                    return false;
            return true;
        },
        tls_version::tls_1_3);

    EXPECT_EQ(fetch(*service, origin->url())["/output/text"], "secret");
}

TEST_F(TlsHostile, BodyEndsAtCloseNotifyWhateverFollows) {
    start();
    auto const head = answer_head(200, {{"content-type", "text/plain"}});
    for (auto const& after : {"more in the clear"s,
                              "\x17\x03\x03\x00\x05"
                              "bogus"s,
                              ""s}) {
        auto const origin = then([&](SSL* s) {
            answer_in(s, head + "all");
            SSL_shutdown(s);
            send_raw(s, after);
            return false;
        });
        EXPECT_EQ(fetch(*service, origin->url())["/output/text"], "all");
    }
}

TEST_F(TlsHostile, BodyThatEndsInARecordThatDoesNotIsNotWhole) {
    start();
    for (auto const& head : {answer_head(200), answer_head(200, {{"content-length", "9"}})}) {
        auto const cut = then([&](SSL* s) {
            answer_in(s, head + "half");
            send_raw(s, "\x17\x03\x03\x00\x64only this"s);
            ::shutdown(SSL_get_fd(s), SHUT_WR);
            return false;
        });
        EXPECT_EQ(fetch(*service, cut->url()).outcome(), "body.truncated");

        auto const forged = then([&](SSL* s) {
            answer_in(s, head + "half");
            send_raw(s, "\x17\x03\x03\x00\x20"s + std::string(32, 'x'));
            return false;
        });
        auto const got = fetch(*service, forged->url());
        EXPECT_EQ(got["/error/stage"], "body");
        EXPECT_EQ(got["/output"], "absent");
    }
}

TEST_F(TlsHostile, PlainAnswerAfterTheHandshakeIsNoAnswer) {
    start();
    auto const origin = then([](SSL* s) {
        char request[4096];
        SSL_read(s, request, sizeof request);
        send_raw(s, answer_head(200, {{"content-length", "5"}}) + "plain");
        return false;
    });

    EXPECT_EQ(fetch(*service, origin->url())["/error/stage"], "head");
}

}  // namespace
}  // namespace fetchd::test
