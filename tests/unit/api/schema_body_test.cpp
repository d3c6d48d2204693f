// What callers may ask for in JSON: header fields, method and body besides.
#include "unit/api/schema_fixture.hpp"

namespace fetchd::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(Schema, BodyTakesEveryMember) {
    EXPECT_EQ(body(R"({"headers":{"Accept-Language":"de","X-A":""},"max_bytes":7,"max_redirects":1,
                       "output":["text"],"timeout_ms":5,"url":"https://a.test/#f"})"),
              "");
    EXPECT_EQ(request().target.href(), "https://a.test/");
    EXPECT_EQ(request().max_bytes, 7U);
    EXPECT_EQ(request().max_redirects, 1U);
    EXPECT_EQ(out_.timeout, milliseconds(5));
    EXPECT_EQ(request().out.fields.get("accept-language"), "de");
    EXPECT_TRUE(request().out.fields.has("X-A"));
    EXPECT_EQ(
        member(R"("dns_timeout_ms":1,"connect_timeout_ms":2,"tls_timeout_ms":3,"first_byte_timeout_ms":4,
                        "body_idle_timeout_ms":6,"min_speed":8,"retries":9,"allow_downgrade":true,"session":"s",
                        "proxy":"socks5h://u:p@10.0.0.1:1080")"),
        "");
    expect_all_options();
}

TEST_F(Schema, BodyTakesEachMemberOnce) {
    EXPECT_EQ(member(R"("url":"http://b.test/")"), "field \"url\" is given twice");
    EXPECT_EQ(member(R"("retries":1,"\u0072etries":1)"), "field \"retries\" is given twice");
    EXPECT_EQ(member(R"("headers":{"a":"1","b":"2","a":"3"})"), "field \"a\" is given twice");
    EXPECT_EQ(member(R"("headers":{"url":"1"},"output":["text","text"])"), "");
}

TEST_F(Schema, AnyMethodButThoseThatCannotBeAnsweredHere) {
    for (auto const* name : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND",
                             "M-SEARCH", "brew", "!#$%&'*+-.^_`|~09"}) {
        EXPECT_EQ(member("\"method\":\"" + std::string(name) + "\""), "") << name;
        EXPECT_EQ(request().out.method, name);
    }
    for (auto const* name : {"CONNECT", "TRACE", "TRACK", "connect", "Trace"})
        EXPECT_THAT(member("\"method\":\"" + std::string(name) + "\""),
                    testing::EndsWith("cannot be asked for"));
    for (auto const* name : {"get", "Post", "hEAD", "options"})
        EXPECT_THAT(member("\"method\":\"" + std::string(name) + "\""),
                    HasSubstr("methods are case-sensitive"));
    for (auto const* name : {"", " ", "GET ", "GET /", "G\\r\\nHost: evil", "a\\u0000", "ä", "a:b"})
        EXPECT_THAT(member("\"method\":\"" + std::string(name) + "\""),
                    testing::EndsWith("is not a method of HTTP"))
            << name;
    for (std::size_t const n : {63U, 64U})
        EXPECT_EQ(member("\"method\":\"" + std::string(n, 'M') + "\""), "");
    EXPECT_THAT(member("\"method\":\"" + std::string(65, 'M') + "\""), HasSubstr("is not a method"));
    EXPECT_EQ(member("\"method\":null"), "method: want a text");
}

TEST_F(Schema, BodiesAreTextOrBase64) {
    EXPECT_EQ(member(R"("method":"POST","body":"gr\u00fc\u0000\n")"), "");
    EXPECT_EQ(request().out.body, std::string("gr\xc3\xbc\0\n", 6));
    EXPECT_EQ(request().out.fields.get("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(member(R"("body_base64":"AP8Kgg==","method":"PUT")"), "");
    EXPECT_EQ(request().out.body, std::string("\0\xff\n\x82", 4));
    EXPECT_FALSE(request().out.fields.has("Content-Type")) << "nobody knows what it is";
    EXPECT_EQ(member(R"("body":"{}","headers":{"content-type":"application/json"},"method":"DELETE")"), "");
    EXPECT_EQ(request().out.fields.count("Content-Type"), 1U);
    EXPECT_EQ(request().out.fields.get("Content-Type"), "application/json");
    EXPECT_EQ(member(R"("body":"","method":"POST")"), "");
    EXPECT_EQ(request().out.body, "");
    for (auto const* value : {"5", "null", "[]", "{}"}) {
        EXPECT_EQ(member("\"method\":\"POST\",\"body\":" + std::string(value)), "body: want a text");
        EXPECT_EQ(member("\"method\":\"POST\",\"body_base64\":" + std::string(value)),
                  "body_base64: want a text");
    }
    for (auto const* value : {"A", "AA", "AA=", "AAAA\\n", "A-__", "AB==", "=AAA", " "})
        EXPECT_THAT(member(R"("method":"POST","body_base64":")" + std::string(value) + "\""),
                    StartsWith("body_base64: want base64"))
            << value;
    EXPECT_THAT(member(R"("method":"POST","body":"\ud800")"), HasSubstr("not JSON")) << "half a character";
}

TEST_F(Schema, BodiesGoWithAMethodAndAlone) {
    EXPECT_THAT(member(R"("method":"POST","body":"","body_base64":"")"), HasSubstr("there is one body"));
    EXPECT_THAT(member(R"("body":"x")"), StartsWith("body: GET has none"));
    EXPECT_THAT(member(R"("body":"","method":"GET")"), StartsWith("body: GET has none"));
    EXPECT_THAT(member(R"("body_base64":"AAAA","method":"HEAD")"), StartsWith("body_base64: HEAD has none"));
    EXPECT_EQ(member(R"("body":"x","method":"OPTIONS")"), "") << "whatever the order";
}

TEST_F(Schema, SessionsHaveTheirOwnCookies) {
    for (auto const* text :
         {R"("session":"s","headers":{"cookie":"a=b"})", R"("headers":{"COOKIE":["a=b"]},"session":"s")"})
        EXPECT_THAT(member(text), StartsWith("session: cannot go with a \"cookie\" header")) << text;
    EXPECT_EQ(member(R"("headers":{"cookie":"a=b"})"), "");
}

TEST_F(Schema, BodyMustBeAnObject) {
    for (auto const* text :
         {"", "{", "[]", "5", "null", "\"http://a.test/\"", "{}x", "{\"url\":\"http://a.test/\",}",
          "{'url':1}", "\xff", "{\"url\":\"\xff\"}", "{\"a\":1}\0"})
        EXPECT_NE(body(text), "") << text;
    EXPECT_THAT(body("{}"), StartsWith("url: is missing"));
    EXPECT_THAT(body(std::string(100'000, '[')), HasSubstr("not JSON")) << "nested too deep";
    EXPECT_THAT(body("{\"url\":" + std::string(40, '[') + std::string(40, ']') + "}"), HasSubstr("not JSON"));
}

TEST_F(Schema, BodyNamesUnknownAndIllTypedMembers) {
    EXPECT_EQ(member(R"("timeout":5)"), "unknown field \"timeout\"");
    EXPECT_EQ(member(R"("Url":"http://a.test/")"), "unknown field \"Url\"");
    EXPECT_EQ(member(R"("":1)"), "unknown field \"\"");
    for (auto const* value : {"5", "null", "true", "[]", "{}"})
        EXPECT_EQ(body("{\"url\":" + std::string(value) + "}"), "url: want a text") << value;
    for (auto const* name : {"timeout_ms", "max_redirects", "max_bytes"})
        for (auto const* value : {"\"5\"", "null", "true", "[]", "{}", "1.5", "5.0", "1e3", "-1",
                                  "9223372036854775808", "99999999999999999999999"})
            EXPECT_EQ(member("\"" + std::string(name) + "\":" + value),
                      std::string(name) + ": want a whole number")
                << value;
}

TEST_F(Schema, HeadersAreFieldsOfTheRequest) {
    for (auto const* value : {"5", "null", "[]", "\"a: b\"", "[[\"a\",\"b\"]]"})
        EXPECT_EQ(member("\"headers\":" + std::string(value)), "headers: want an object of names and texts");
    for (auto const* value : {"5", "null", "[]", "{}", "[5]", "[\"a\",null]", "[[\"a\"]]"})
        EXPECT_EQ(member(R"("headers":{"a":)" + std::string(value) + "}"),
                  "headers.\"a\": want a text or a list of texts");
    EXPECT_EQ(member(R"("headers":{"a":["1","","2"],"B":"3","b":["4"]})"), "");
    std::string sent;
    request().out.fields.write_to(sent);
    EXPECT_EQ(sent, "a: 1\r\na: \r\na: 2\r\nB: 3\r\nb: 4\r\n");
    for (auto const* field : {R"("a b":"x")", R"("":"x")", R"("a:":"x")", R"("a\r\nb":"x")",
                              R"("a\u0000":"x")", R"("ä":"x")", R"("a":"x\r\nHost: evil")", R"("a":"x\n")",
                              R"("a":"\u0000")", R"("a":" x")", R"("a":"x ")", R"("a":"\u007f")"})
        EXPECT_THAT(member("\"headers\":{" + std::string(field) + "}"),
                    HasSubstr("is not a valid header field"))
            << field;
}

TEST_F(Schema, SomeHeadersCannotBeSet) {
    for (auto const* name :
         {"Host", "HOST", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer",
          "Upgrade", "Proxy-Authorization", "Proxy-Connection", "Expect", "Accept-Encoding", "Via", "Date"})
        for (auto const* value : {R"("x")", R"(["x"])"})
            EXPECT_EQ(member("\"headers\":{\"" + std::string(name) + "\":" + value + "}"),
                      "headers: \"" + std::string(name) + "\" cannot be set: fetchd sets it itself");
    for (auto const* name : {"Accept", "Authorization", "Cookie", "User-Agent", "Referer", "X-Anything"})
        EXPECT_EQ(member(R"("headers":{")" + std::string(name) + R"(":"x"})"), "") << name;
}

TEST_F(Schema, HeadersAreBounded) {
    auto const many = [](int n) {
        std::string text;
        for (int i = 0; i < n; ++i)
            text += (i ? ",\"x" : "\"x") + std::to_string(i) + "\":\"\"";
        return "\"headers\":{" + text + "}";
    };
    EXPECT_EQ(member(many(63)), "");
    EXPECT_EQ(member(many(64)), "");
    EXPECT_EQ(member(many(65)), "headers: at most 64");
    auto const of_one_name = [](int n) {
        std::string text;
        for (int i = 0; i < n; ++i)
            text += i ? ",\"\"" : "\"\"";
        return "\"headers\":{\"a\":[" + text + "]}";
    };
    EXPECT_EQ(member(of_one_name(64)), "");
    EXPECT_EQ(member(of_one_name(65)), "headers: at most 64");
    auto const long_one = [](std::size_t n) {
        return R"("headers":{"a":")" + std::string(n - 1, 'x') + "\"}";
    };
    EXPECT_EQ(member(long_one(8191)), "");
    EXPECT_EQ(member(long_one(8192)), "");
    EXPECT_THAT(member(long_one(8193)), HasSubstr("not a valid header field"));
}

}  // namespace
}  // namespace fetchd::api
