#include "net/tls.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <optional>

#include "net/tls_identities.hpp"
#include "net/tls_sessions.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

std::string entry(std::string const& host, certificate_files const& files) {
    return host + "=" + files.chain() + ":" + files.key();
}

TEST(TlsIdentities, AreForTheirHostsOnly) {
    test_ca const ca;
    certificate_files const files(ca.issue({}));
    std::vector<std::string> problems;
    tls_identities const ours({entry("A.test", files), entry("*.b.test", files), entry("*.c.b.test", files),
                               entry("127.0.0.1", files), entry("[::1]", files), entry("*.0.1", files)},
                              &problems);
    ASSERT_EQ(problems, std::vector<std::string>());
    auto const shown_to = [&ours](std::string_view host) {
        auto const* const found = ours.for_host(bare_host(host));
        return found ? found->host : "none";
    };

    EXPECT_EQ(shown_to("a.test"), "a.test");
    EXPECT_EQ(shown_to("a.test."), "a.test");
    EXPECT_EQ(shown_to("x.b.test"), ".b.test");
    EXPECT_EQ(shown_to("x.y.b.test"), ".b.test");
    EXPECT_EQ(shown_to("x.c.b.test"), ".c.b.test");
    EXPECT_EQ(shown_to("c.b.test"), ".b.test");
    EXPECT_EQ(shown_to("127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(shown_to("[::1]"), "::1");
    for (auto const* const other : {"x.a.test", "xa.test", "a.test.evil", "b.test", "xb.test", ".b.test",
                                    "10.0.0.1", "[::2]", "127.0.0.1.evil", "test", "", ".", "a.test.."})
        EXPECT_EQ(shown_to(other), "none") << other;
}

TEST(TlsIdentities, WithoutEntriesThereAreNone) {
    EXPECT_EQ(tls_identities({}).for_host("a.test"), nullptr);
}

TEST(TlsIdentities, HostOfAnEntryIsOneHost) {
    test_ca const ca;
    certificate_files const files(ca.issue({}));
    for (auto const* const host :
         {"", "*", "*.", "a..test", ".a.test", "a.*", "10.0.0.0/8", "[::1", "a b", "a:1"}) {
        std::vector<std::string> problems;
        tls_identities const ours({entry(host, files)}, &problems);
        ASSERT_EQ(problems.size(), 1U) << host;
        EXPECT_NE(problems[0].find("the host is neither"), std::string::npos) << problems[0];
    }
}

class TlsSessions : public testing::Test {
  protected:
    session_ptr made(int version) {
        session_ptr session(SSL_SESSION_new());
        SSL_SESSION_set_protocol_version(session.get(), version);
        return session;
    }
    bool put(std::string const& key, int version) {
        auto session = made(version);
        bool const kept = store.put(key, connection.get(), session.get());
        if (kept)
            session.release();
        return kept;
    }
    ssl_ctx_ptr context{SSL_CTX_new(TLS_client_method())};
    std::unique_ptr<SSL, freed_by<SSL_free>> connection{SSL_new(context.get())};
    tls_sessions store;
};

TEST_F(TlsSessions, TicketOfTls13IsUsedOnceAndAnOlderSessionAgain) {
    EXPECT_TRUE(put("new", TLS1_3_VERSION));
    EXPECT_TRUE(put("old", TLS1_2_VERSION));

    EXPECT_TRUE(store.take("new"));
    EXPECT_FALSE(store.take("new"));
    EXPECT_TRUE(store.take("old"));
    EXPECT_TRUE(store.take("old"));
    EXPECT_FALSE(store.take("other"));
}

TEST_F(TlsSessions, LeastRecentlyStoredGoesWhenThereAreTooMany) {
    for (std::size_t i = 0; i < tls_sessions::max_sessions; ++i)
        EXPECT_TRUE(put(std::to_string(i), TLS1_2_VERSION));
    EXPECT_EQ(store.size(), tls_sessions::max_sessions);
    put("0", TLS1_2_VERSION);  // replaced, and the newest now
    EXPECT_EQ(store.size(), tls_sessions::max_sessions);
    EXPECT_TRUE(store.take("1"));

    put("one more", TLS1_2_VERSION);

    EXPECT_EQ(store.size(), tls_sessions::max_sessions);
    EXPECT_FALSE(store.take("1"));
    EXPECT_TRUE(store.take("0"));
    EXPECT_TRUE(store.take("2"));
}

// A TLS connection to an origin that asks for a certificate, and gets none.
class TlsRefusal : public testing::Test {
  protected:
    TlsRefusal() {
        origin_options options;
        options.tls.emplace().identity = ca.issue({});
        options.tls->version = tls_version::tls_1_3;
        options.tls->clients = client_auth::required;
        options.tls->client_ca = ca.file();
        origin = std::make_unique<scripted_origin>(options);
        net_config settings;
        settings.ca_file = ca.file();
        context = std::move(*tls_context::make(settings));
        socket.connect({asio::ip::address_v4::loopback(), origin->port()});
        stream.emplace(*context, socket);
    }

    // In TLS 1.3 our side of the handshake ends before the origin has judged.
    awaitable<void> shake_hands() {
        auto const shaken = co_await stream->handshake("127.0.0.1", origin->port());
        EXPECT_TRUE(shaken);
    }
    void run(awaitable<void> work) {
        asio::co_spawn(io, std::move(work), [](std::exception_ptr error) { EXPECT_FALSE(error); });
        io.restart();
        io.run();
    }

    test_ca ca;
    asio::io_context io{1};
    tcp_socket socket{io.get_executor()};
    std::unique_ptr<scripted_origin> origin;
    std::unique_ptr<tls_context> context;
    std::optional<tls_stream> stream;
};

TEST_F(TlsRefusal, IsReadAfterTheHandshake) {
    run(shake_hands());
    auto const read = [](tls_stream& s, std::optional<failure>& why) -> awaitable<void> {
        char byte = 0;
        std::span<char> const into(&byte, 1);
        auto const got = co_await s.read_some(into);
        why = s.late_refusal(got.error);
    };
    std::optional<failure> why;
    run(read(*stream, why));

    ASSERT_TRUE(why);
    EXPECT_EQ(why->what, code::client_certificate);
    EXPECT_NE(why->detail.find("none is configured for this host"), std::string::npos) << why->detail;
}

// The origin has closed by then, so that nothing can be written; its alert is found all the same.
TEST_F(TlsRefusal, IsFoundWhereWritingFails) {
    run(shake_hands());
    ASSERT_TRUE(origin->wait_for_closed(1));
    auto const write = [](tls_stream& s, std::optional<failure>& why) -> awaitable<void> {
        for (int i = 0; i < 100 && !why; ++i) {
            auto const sent = co_await s.write("GET / HTTP/1.1\r\n\r\n");
            why = s.late_refusal(sent.error);
        }
    };
    std::optional<failure> why;
    run(write(*stream, why));

    ASSERT_TRUE(why);
    EXPECT_EQ(why->what, code::client_certificate);
}

TEST_F(TlsRefusal, OtherErrorsAreNone) {
    run(shake_hands());

    EXPECT_FALSE(stream->late_refusal({}));
    EXPECT_FALSE(stream->late_refusal(asio::error::eof));
    EXPECT_FALSE(stream->late_refusal(asio::error::connection_reset));
}

TEST(TlsContext, SaysEveryProblemOfItsFiles) {
    net_config settings;
    settings.ca_file = "/nowhere/ca.pem";
    settings.client_certificates = {"nonsense", "a.test=/nowhere/c.pem:/nowhere/k.pem"};

    auto const problems = tls_context::problems(settings);
    auto const made = tls_context::make(settings);

    EXPECT_EQ(problems.size(), 4U);
    ASSERT_FALSE(made);
    for (auto const& each : problems)
        EXPECT_NE(made.error().detail.find(each), std::string::npos) << each;
}

}  // namespace
}  // namespace fetchd::test
