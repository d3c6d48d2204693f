#include "net/connect_request.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

proxy plain() {
    proxy p;
    p.host = "proxy.test";
    p.port = 3128;
    return p;
}

std::string outcome(int status, std::string_view reason) {
    auto const judged = judge_connect_answer(status, reason);
    if (judged)
        return "ok";
    EXPECT_EQ(judged.error().where, stage::connect);
    return std::string(name(judged.error().what)) + " (" + judged.error().detail + ")";
}

TEST(ConnectRequest, AsksForTheJudgedAddress) {
    EXPECT_EQ(connect_request(plain(), *ip_address::parse("192.0.2.1"), 443, "fetchd/0.1"),
              "CONNECT 192.0.2.1:443 HTTP/1.1\r\n"
              "Host: 192.0.2.1:443\r\n"
              "User-Agent: fetchd/0.1\r\n"
              "\r\n");
    EXPECT_EQ(connect_request(plain(), *ip_address::parse("2001:db8::1"), 65535, ""),
              "CONNECT [2001:db8::1]:65535 HTTP/1.1\r\n"
              "Host: [2001:db8::1]:65535\r\n"
              "\r\n");
}

TEST(ConnectRequest, CarriesTheCredentialsOfTheProxy) {
    auto p = plain();
    p.user = "Aladdin";
    p.password = "open sesame";
    p.has_credentials = true;
    EXPECT_EQ(connect_request(p, *ip_address::parse("192.0.2.1"), 80, "x"),
              "CONNECT 192.0.2.1:80 HTTP/1.1\r\n"
              "Host: 192.0.2.1:80\r\n"
              "User-Agent: x\r\n"
              "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
              "\r\n");
}

TEST(ConnectAnswer, IsATunnelForEverySuccess) {
    EXPECT_EQ(outcome(200, "Connection established"), "ok");
    EXPECT_EQ(outcome(204, ""), "ok");
    EXPECT_EQ(outcome(299, ""), "ok");
}

TEST(ConnectAnswer, SaysWhatTheProxySaid) {
    EXPECT_EQ(outcome(407, "Proxy Authentication Required"), "proxy_auth (status 407)");
    EXPECT_EQ(outcome(401, "Unauthorized"), "proxy_auth (status 401)");
    EXPECT_EQ(outcome(403, "Access violation"), "proxy_refused (status 403 Access violation)");
    EXPECT_EQ(outcome(503, ""), "proxy_refused (status 503)");
    for (int const status : {0, 100, 101, 199, 300, 302, 400, 402, 406, 408, 500, 599, 999})
        EXPECT_EQ(outcome(status, ""), "proxy_refused (status " + std::to_string(status) + ")");
}

TEST(ConnectAnswer, KeepsStrangeWordsShortAndPlain) {
    EXPECT_EQ(outcome(500, "a\nb\x01\x7f\xc3\xa9 \"c\""), "proxy_refused (status 500 a?b???? \"c\")");
    for (std::size_t const size : {99u, 100u, 101u, 10'000u}) {
        auto const kept = std::string(std::min<std::size_t>(size, 100), 'w');
        EXPECT_EQ(outcome(500, std::string(size, 'w')), "proxy_refused (status 500 " + kept + ")");
    }
}

}  // namespace
}  // namespace fetchd
