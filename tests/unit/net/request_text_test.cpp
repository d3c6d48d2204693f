#include "net/request_text.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

std::string text_of(outgoing const& request, std::string_view target, proxy const* through = nullptr) {
    return request_text(request, *url::parse(target), through, "agent/1");
}

TEST(RequestText, IsOriginFormWithWhatTheCallerLeftOut) {
    EXPECT_EQ(text_of({}, "http://a.test:81/p?q#f"),
              "GET /p?q HTTP/1.1\r\nHost: a.test:81\r\nUser-Agent: agent/1\r\nAccept: */*\r\n\r\n");
}

TEST(RequestText, FieldsOfTheCallerReplaceOurs) {
    outgoing request;
    request.fields.add("user-agent", "mine");
    request.fields.add("ACCEPT", "text/html");
    request.fields.add("X-Other", "1");
    EXPECT_EQ(
        text_of(request, "https://a.test/"),
        "GET / HTTP/1.1\r\nHost: a.test\r\nuser-agent: mine\r\nACCEPT: text/html\r\nX-Other: 1\r\n\r\n");
}

TEST(RequestText, BodyHasItsLengthAndAnEmptyOneWhereTheMethodMeansContent) {
    outgoing request;
    request.method = "PATCH";
    EXPECT_TRUE(text_of(request, "http://a/").ends_with("Content-Length: 0\r\n\r\n"));
    request.body = std::string("a\0b", 3);
    EXPECT_TRUE(text_of(request, "http://a/").ends_with(std::string("Content-Length: 3\r\n\r\na\0b", 24)));
    request.method = "DELETE";
    request.body.clear();
    EXPECT_EQ(text_of(request, "http://a/").find("Content-Length"), std::string::npos);
}

TEST(RequestText, CredentialsOfTheUrlAreSentUnlessTheCallerHasOthers) {
    EXPECT_NE(text_of({}, "http://us%65r:p%40ss@a/").find("Authorization: Basic dXNlcjpwQHNz\r\n"),
              std::string::npos);
    outgoing request;
    request.fields.add("authorization", "Bearer x");
    EXPECT_EQ(text_of(request, "http://user:pass@a/").find("Basic"), std::string::npos);
}

TEST(RequestText, ProxyGetsTheAbsoluteFormAndItsOwnCredentials) {
    auto const through = *parse_proxy("http://me:secret@proxy.test:3128");
    auto const text = text_of({}, "http://user:pass@a.test:81/p?q#f", &through);
    EXPECT_TRUE(text.starts_with("GET http://a.test:81/p?q HTTP/1.1\r\nHost: a.test:81\r\n")) << text;
    EXPECT_NE(text.find("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"), std::string::npos);
    EXPECT_NE(text.find("\r\nAuthorization: Basic dXNlcjpwYXNz\r\n"), std::string::npos);
}

}  // namespace
}  // namespace fetchd
