#include "support/real_proxy.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "support/http_client.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

// So many bytes, or what came before the connection ended or nothing came any more.
std::string take(http_client const& client, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        pollfd on{client.descriptor(), POLLIN, 0};
        if (::poll(&on, 1, static_cast<int>(patience().count())) != 1)
            break;
        auto const n = ::recv(client.descriptor(), bytes.data() + got, size - got, 0);
        if (n <= 0)
            break;
        got += static_cast<std::size_t>(n);
    }
    bytes.resize(got);
    return bytes;
}

class RealProxy : public testing::TestWithParam<proxy_program> {
  protected:
    void SetUp() override {
        if (!real_proxy::installed(GetParam()))
            GTEST_SKIP() << name(GetParam()) << " is not installed";
        origin.on("/", script{}.answer(200, "through"));
    }

    scripted_origin origin;
};

// By hand, so that the proxies are what they are taken for whatever fetchd does.
TEST_P(RealProxy, LeadsToTheOrigin) {
    real_proxy through(GetParam());
    http_client client(through.port());
    if (speaks_socks(GetParam())) {
        auto const port = origin.port();
        ASSERT_TRUE(client.send(std::string("\5\1\0", 3)));
        EXPECT_EQ(take(client, 2), std::string("\5\0", 2));
        std::string request("\5\1\0\1\x7f\0\0\1", 8);
        request += {static_cast<char>(port >> 8), static_cast<char>(port & 255)};
        ASSERT_TRUE(client.send(request));
        EXPECT_EQ(take(client, 10).substr(0, 4), std::string("\5\0\0\1", 4));
        EXPECT_EQ(client.exchange("GET", "/").body, "through");
    } else {
        auto const got = client.exchange("GET", origin.url());
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.body, "through");
    }
    EXPECT_EQ(origin.requests_seen(), 1u);
}

TEST_P(RealProxy, AsksForItsCredentials) {
    if (!takes_credentials(GetParam()))
        GTEST_SKIP() << "only with accounts of the system";
    real_proxy through(GetParam(), "me", "secret");
    EXPECT_NE(through.url().find("://me:secret@127.0.0.1:"), std::string::npos);
    EXPECT_EQ(through.text().find("secret"), std::string::npos);
    http_client client(through.port());
    if (speaks_socks(GetParam())) {
        ASSERT_TRUE(client.send(std::string("\5\1\0", 3)));
        EXPECT_EQ(take(client, 3), "\5\xff");
    } else {
        EXPECT_EQ(client.exchange("GET", origin.url()).status, 407);
        EXPECT_EQ(get(through.port(), origin.url(), {{"proxy-authorization", "Basic bWU6c2VjcmV0"}}).status,
                  200);
    }
}

TEST_P(RealProxy, IsGoneWhenStopped) {
    real_proxy through(GetParam());
    EXPECT_TRUE(http_client(through.port()).connected());
    through.stop();
    EXPECT_FALSE(http_client(through.port()).connected());
}

INSTANTIATE_TEST_SUITE_P(Each, RealProxy,
                         testing::Values(proxy_program::tinyproxy, proxy_program::squid,
                                         proxy_program::microsocks, proxy_program::dante),
                         [](auto const& which) { return std::string(name(which.param)); });

}  // namespace
}  // namespace fetchd::test
