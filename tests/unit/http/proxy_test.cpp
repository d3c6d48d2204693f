#include "http/proxy.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

using namespace std::literals;

std::string text_of(std::string_view text) {
    auto const p = parse_proxy(text);
    return p ? p->text() : p.error().detail;
}

// The detail of a refusal, which must be one of the request's own.
std::string refusal(std::string_view text) {
    auto const p = parse_proxy(text);
    if (p)
        return "taken as " + p->text();
    EXPECT_EQ(p.error().where, stage::admission);
    EXPECT_EQ(p.error().what, code::bad_proxy);
    EXPECT_EQ(p.error().kind().status, 400);
    return p.error().detail;
}

TEST(ParseProxy, TakesTheSchemesItSpeaks) {
    EXPECT_EQ(text_of("http://proxy.test:3128"), "http://proxy.test:3128");
    EXPECT_EQ(text_of("http://proxy.test:3128/"), "http://proxy.test:3128");
    EXPECT_EQ(text_of("socks5://proxy.test:9050"), "socks5://proxy.test:9050");
    EXPECT_EQ(text_of("socks5h://proxy.test:9050"), "socks5://proxy.test:9050");
    EXPECT_EQ(text_of("SOCKS5://Proxy.Test:9050/"), "socks5://proxy.test:9050");
    EXPECT_EQ(parse_proxy("http://p:1")->kind, proxy_kind::http);
    EXPECT_EQ(parse_proxy("socks5h://p:1")->kind, proxy_kind::socks5);
    EXPECT_EQ(text_of("connect://proxy.test"), "connect://proxy.test:80");
    EXPECT_EQ(parse_proxy("connect://p:1")->kind, proxy_kind::connect);
}

TEST(ParseProxy, FillsInThePortOfTheScheme) {
    EXPECT_EQ(text_of("http://proxy.test"), "http://proxy.test:80");
    EXPECT_EQ(text_of("http://proxy.test:80"), "http://proxy.test:80");
    EXPECT_EQ(text_of("http://proxy.test:"), "http://proxy.test:80");
    EXPECT_EQ(text_of("socks5://proxy.test"), "socks5://proxy.test:1080");
    EXPECT_EQ(text_of("socks5://proxy.test:"), "socks5://proxy.test:1080");
    // The default ports of other schemes are ports like any other.
    EXPECT_EQ(text_of("socks5://proxy.test:80"), "socks5://proxy.test:80");
    EXPECT_EQ(text_of("socks5://proxy.test:443"), "socks5://proxy.test:443");
    EXPECT_EQ(text_of("http://proxy.test:443"), "http://proxy.test:443");
    EXPECT_EQ(text_of("socks5://proxy.test:65535"), "socks5://proxy.test:65535");
    EXPECT_EQ(text_of("socks5://proxy.test:1"), "socks5://proxy.test:1");
}

TEST(ParseProxy, ReadsHostsAsUrlsDo) {
    EXPECT_EQ(text_of("socks5://127.1:1080"), "socks5://127.0.0.1:1080");
    EXPECT_EQ(text_of("socks5://0x7f000001"), "socks5://127.0.0.1:1080");
    EXPECT_EQ(text_of("socks5://[0:0::1]:1080"), "socks5://[::1]:1080");
    EXPECT_EQ(text_of("socks5://B\xc3\xbc"
                      "cher.example"),
              "socks5://xn--bcher-kva.example:1080");
    EXPECT_EQ(text_of("http://%70roxy.test:8080"), "http://proxy.test:8080");
    EXPECT_EQ(parse_proxy("http://[::1]:3128")->host, "[::1]");
}

TEST(ParseProxy, DecodesCredentialsAndNeverShowsThem) {
    for (std::string_view const scheme : {"http", "socks5"}) {
        auto const p = parse_proxy(std::string(scheme) + "://us%65r:p%40ss%3Aw%2Ford@proxy.test:1080");
        ASSERT_TRUE(p);
        EXPECT_TRUE(p->has_credentials);
        EXPECT_EQ(p->user, "user");
        EXPECT_EQ(p->password, "p@ss:w/ord");
        EXPECT_EQ(p->text(), std::string(scheme) + "://proxy.test:1080");
    }
    auto const token = parse_proxy("socks5://token@proxy.test");
    ASSERT_TRUE(token);
    EXPECT_TRUE(token->has_credentials);
    EXPECT_EQ(token->user, "token");
    EXPECT_EQ(token->password, "");
    EXPECT_FALSE(parse_proxy("socks5://proxy.test")->has_credentials);
    EXPECT_FALSE(parse_proxy("socks5://@proxy.test")->has_credentials);
    EXPECT_EQ(parse_proxy("http://:key@proxy.test")->password, "key");
    EXPECT_EQ(parse_proxy("socks5://%00%ff:x@proxy.test")->user, "\0\xff"s);
}

TEST(ParseProxy, CredentialsTellProxiesApart) {
    EXPECT_EQ(*parse_proxy("http://a:b@p:1"), *parse_proxy("http://%61:b@P:1/"));
    EXPECT_NE(*parse_proxy("http://a:b@p:1"), *parse_proxy("http://a:c@p:1"));
    EXPECT_NE(*parse_proxy("http://a:b@p:1"), *parse_proxy("http://p:1"));
    EXPECT_NE(*parse_proxy("http://p:1"), *parse_proxy("socks5://p:1"));
}

TEST(Proxy, ForwardsOnlyPlainRequestsOfTheHttpKind) {
    EXPECT_TRUE(parse_proxy("http://p:1")->forwards(false));
    EXPECT_FALSE(parse_proxy("http://p:1")->forwards(true));
    EXPECT_FALSE(parse_proxy("connect://p:1")->forwards(false));
    EXPECT_FALSE(parse_proxy("socks5://p:1")->forwards(false));
}

TEST(ParseProxy, RefusesOtherSchemesByName) {
    EXPECT_EQ(refusal("https://proxy.test"),
              "proxies that are spoken to over TLS (https://) are not supported");
    EXPECT_EQ(refusal("socks4://proxy.test"), "of the SOCKS protocols only socks5:// is supported");
    EXPECT_EQ(refusal("socks4a://proxy.test"), "of the SOCKS protocols only socks5:// is supported");
    EXPECT_EQ(refusal("socks://proxy.test"), "of the SOCKS protocols only socks5:// is supported");
    for (auto const* const text : {"ftp://proxy.test", "file:///etc/passwd", "proxy.test:3128",
                                   "user:secret@proxy.test:3128", "socks6://proxy.test", "data:,"})
        EXPECT_EQ(refusal(text), "its scheme is none of http, connect, socks5 and socks5h") << text;
}

TEST(ParseProxy, RefusesWhatIsNotAHostAndAPort) {
    for (auto const* const text :
         {"socks5:proxy.test", "socks5:/proxy.test", "socks5:///proxy.test", "socks5://", "socks5:"})
        EXPECT_EQ(refusal(text), "no host") << text;
    for (auto const* const scheme : {"http", "socks5"})
        for (auto const* const tail : {"/path", "//", "?", "?a=b", "#", "#f", "/?", "/./x"})
            EXPECT_EQ(refusal(scheme + "://proxy.test:1080"s + tail), "more than a host and a port")
                << scheme << tail;
    for (auto const* const text :
         {"", " ", "//proxy.test", "127.0.0.1:3128", "http://", "http://a b", "socks5://a b",
          "socks5://a:99999", "socks5://a:-1", "socks5://a:b", "socks5://a^b", "socks5://a%00b",
          "http://[::1", "socks5://[::g]", "socks5://256.256.256.256", "socks5://user@", "socks5://a\\b",
          "http://proxy.test:3128:3128"})
        EXPECT_FALSE(refusal(text).starts_with("taken")) << text << ": " << refusal(text);
    EXPECT_EQ(refusal("http://proxy.test:0"), "port 0");
    EXPECT_EQ(refusal("socks5://proxy.test:0"), "port 0");
}

TEST(ParseProxy, BoundsCredentials) {
    auto const of = [](std::size_t user, std::size_t password, std::string const& scheme = "socks5") {
        return scheme + "://" + std::string(user, 'u') + ":" + std::string(password, 'p') + "@h";
    };
    auto const too_long = "its user name or password is longer than 255 bytes";
    for (std::string const scheme : {"http", "socks5"}) {
        EXPECT_EQ(parse_proxy(of(254, 254, scheme))->user.size(), 254u);
        EXPECT_EQ(parse_proxy(of(255, 255, scheme))->password.size(), 255u);
        EXPECT_EQ(refusal(of(256, 1, scheme)), too_long);
        EXPECT_EQ(refusal(of(1, 256, scheme)), too_long);
    }
    EXPECT_EQ(refusal("socks5://:password@h"), "a password without a user name");
    // What counts is what is sent: 255 bytes written as 765.
    std::string escaped;
    for (int i = 0; i < 255; ++i)
        escaped += "%41";
    EXPECT_EQ(parse_proxy("socks5://" + escaped + ":" + escaped + "@h")->user, std::string(255, 'A'));
}

// RFC 7617 §2: a ':' would end the user name, and control characters are not allowed.
TEST(ParseProxy, RefusesCredentialsThatBasicCannotCarry) {
    EXPECT_EQ(refusal("http://a%3Ab:c@h"), "a ':' in the user name");
    EXPECT_EQ(parse_proxy("socks5://a%3Ab:c@h")->user, "a:b");
    for (auto const* const text :
         {"http://a%0d%0aX:c@h", "http://a:%00@h", "http://a:b%7f@h", "http://%1f@h"})
        EXPECT_EQ(refusal(text), "a control character in the user name or the password") << text;
}

TEST(ParseProxy, BoundsTheText) {
    EXPECT_EQ(refusal(std::string(max_proxy_text + 1, 'x')), "longer than 2048 bytes");
    EXPECT_EQ(text_of(std::string(max_proxy_text - 13, ' ') + "http://h:8080"), "http://h:8080");
    EXPECT_EQ(refusal(std::string(max_proxy_text - 12, ' ') + "http://h:8080"), "longer than 2048 bytes");
}

TEST(ParseProxy, RefusalsQuoteNothing) {
    for (auto const* const text : {"secret:secret@secret", "https://secret:secret@h", "socks4://secret@h",
                                   "http://secret:a%0ab@h", "socks5://secret:secret@h/secret",
                                   "socks5://secret:secret@a b", "http://secret:secret@[", "secret"})
        EXPECT_EQ(refusal(text).find("secret"), std::string::npos) << text;
}

}  // namespace
}  // namespace fetchd
