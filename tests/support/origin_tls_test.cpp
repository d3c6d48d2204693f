#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "support/http_client.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What a TLS client saw: enough to know that the origin's side of it is real.
struct tls_visit {
    bool trusted = false;
    std::string alpn;
    std::string version;
    std::string body;
};

class tls_client {
  public:
    explicit tls_client(std::string const& ca_file) : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_load_verify_locations(context_, ca_file.c_str(), nullptr);
        SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    }
    ~tls_client() {
        SSL_SESSION_free(session_);
        SSL_CTX_free(context_);
    }

    tls_visit get(std::uint16_t port, char const* name) {
        tls_visit visit;
        http_client wire(port);
        SSL* ssl = SSL_new(context_);
        SSL_set_fd(ssl, wire.descriptor());
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name));
        SSL_set1_host(ssl, name);
        unsigned char const alpn[] = "\x02h2\x08http/1.1";
        SSL_set_alpn_protos(ssl, alpn, sizeof alpn - 1);
        if (session_)
            SSL_set_session(ssl, session_);
        if (SSL_connect(ssl) == 1) {
            visit.trusted = SSL_get_verify_result(ssl) == X509_V_OK;
            unsigned char const* chosen = nullptr;
            unsigned size = 0;
            SSL_get0_alpn_selected(ssl, &chosen, &size);
            visit.alpn.assign(reinterpret_cast<char const*>(chosen), size);
            visit.version = SSL_get_version(ssl);
            char const request[] = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
            SSL_write(ssl, request, sizeof request - 1);
            char bytes[4096];
            for (int n = 0; (n = SSL_read(ssl, bytes, sizeof bytes)) > 0;)
                visit.body.append(bytes, static_cast<std::size_t>(n));
            SSL_SESSION_free(session_);
            session_ = SSL_get1_session(ssl);
            SSL_shutdown(ssl);
        }
        SSL_free(ssl);
        return visit;
    }

  private:
    SSL_CTX* context_;
    SSL_SESSION* session_ = nullptr;
};

TEST(ScriptedOrigin, SpeaksTlsAndRemembersNameAlpnAndReuse) {
    test_ca ca;
    for (auto const version : {tls_version::tls_1_2, tls_version::tls_1_3}) {
        origin_options options;
        options.tls = tls_options{ca.for_names({"example.test"}), version, {"http/1.1"}, true};
        scripted_origin origin(options);
        origin.on("/", script{}.answer(200, "secret"));
        tls_client client(ca.file());

        auto const first = client.get(origin.port(), "example.test");
        auto const second = client.get(origin.port(), "example.test");

        EXPECT_TRUE(first.trusted);
        EXPECT_EQ(first.alpn, "http/1.1");
        EXPECT_THAT(first.body, HasSubstr("secret"));
        EXPECT_THAT(second.body, HasSubstr("secret"));
        ASSERT_TRUE(origin.wait_for_closed(2));
        auto const seen = origin.record();
        EXPECT_EQ(seen.connections[0].tls.server_name, "example.test");
        EXPECT_THAT(seen.connections[0].tls.alpn_offered, ElementsAre("h2", "http/1.1"));
        EXPECT_EQ(seen.connections[0].tls.version, version == tls_version::tls_1_2 ? "TLSv1.2" : "TLSv1.3");
        EXPECT_FALSE(seen.connections[0].tls.session_reused);
        EXPECT_TRUE(seen.connections[1].tls.session_reused);
    }
}

TEST(TestCa, WrongCertificatesAreWrong) {
    test_ca ca;
    for (auto const& wrong : {ca.expired(), ca.wrong_name(), ca.self_signed()}) {
        origin_options options;
        options.tls = tls_options{wrong};
        scripted_origin origin(options);
        EXPECT_FALSE(tls_client(ca.file()).get(origin.port(), "localhost").trusted);
    }
    origin_options options;
    options.tls = tls_options{ca.issue({})};
    scripted_origin origin(options);
    EXPECT_TRUE(tls_client(ca.file()).get(origin.port(), "localhost").trusted);
}

TEST(ScriptedOrigin, RecordsAHandshakeThatFails) {
    test_ca ca;
    origin_options options;
    options.tls = tls_options{ca.issue({})};
    scripted_origin origin(options);
    http_client client(origin.port());
    client.send("GET / HTTP/1.1\r\n\r\n");

    ASSERT_TRUE(origin.wait_for_closed(1));
    auto const seen = origin.record().connections[0];
    EXPECT_EQ(seen.end, ending::bad_handshake);
    EXPECT_THAT(seen.tls.error, HasSubstr("http request"));
}

}  // namespace
}  // namespace fetchd::test
