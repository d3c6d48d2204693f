// What callers may ask for.
#include "api/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace {

using namespace fetchd;
using namespace fetchd::api;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Schema : public testing::Test {
  protected:
    fetch_config settings_;
    phase_limits phases_;
    schema_limits limits_{settings_, phases_, tasks::standard()};
    asked out_;

    // The detail of the refusal; empty when all is well.
    std::string detail(std::optional<reply> const& refused) {
        if (!refused)
            return {};
        EXPECT_EQ(refused->status, 400);
        boost::json::error_code ec;
        auto const problem = boost::json::parse(refused->body, ec);
        EXPECT_FALSE(ec) << refused->body;
        return ec ? "not JSON" : std::string(problem.at("detail").as_string());
    }
    std::string query(std::string const& text, bool with_output = true) {
        out_ = {};
        return detail(read_query(text, with_output, limits_, out_));
    }
    std::string body(std::string const& text) {
        out_ = {};
        return detail(read_fetch_body(text, limits_, out_));
    }
    std::string member(std::string const& text) { return body(R"({"url":"http://a.test/",)" + text + "}"); }
    fetch_request const& request() { return out_.fetch.value(); }
};

TEST_F(Schema, QueryNeedsOnlyTheUrl) {
    EXPECT_EQ(query("url=http%3A%2F%2Fa.test%2Fp%3Fq%3D1%23frag"), "");
    EXPECT_EQ(request().target.href(), "http://a.test/p?q=1") << "the fragment stays here";
    EXPECT_EQ(request().max_redirects, settings_.max_redirects);
    EXPECT_EQ(request().max_bytes, settings_.max_bytes);
    EXPECT_EQ(out_.timeout, settings_.total_timeout);
    EXPECT_THAT(request().output, IsEmpty());
    EXPECT_THAT(query(""), StartsWith("url: is missing"));
}

TEST_F(Schema, QueryTakesEveryParameter) {
    EXPECT_EQ(query("timeout_ms=5&max_redirects=0&max_bytes=7&output=links,text&url=http://a.test/"), "");
    EXPECT_EQ(out_.timeout, milliseconds(5));
    EXPECT_EQ(request().max_redirects, 0U);
    EXPECT_EQ(request().max_bytes, 7U);
    EXPECT_THAT(request().output, ElementsAre("links", "text"));
}

TEST_F(Schema, QueryNamesWhatItDoesNotKnow) {
    EXPECT_THAT(query("url=http://a.test/&timeout=5"), HasSubstr("unknown parameter \"timeout\""));
    EXPECT_THAT(query("url=http://a.test/?x=1&y=2"), HasSubstr("is the url percent-encoded?"));
    EXPECT_THAT(query("URL=http://a.test/"), HasSubstr("\"URL\""));
    EXPECT_THAT(query("url=http://a.test/&output=text", false), HasSubstr("\"output\""));
    EXPECT_THAT(query("headers=x"), HasSubstr("\"headers\""));
    EXPECT_THAT(query("%C3%A4%00%22=x"), HasSubstr("unknown parameter"));
}

TEST_F(Schema, QueryTakesEachParameterOnce) {
    EXPECT_THAT(query("url=http://a.test/&url=http://b.test/"), HasSubstr("\"url\" is given twice"));
    EXPECT_THAT(query("url=http://a.test/&timeout_ms=5&timeout_ms=5"), HasSubstr("\"timeout_ms\""));
}

TEST_F(Schema, QueryWantsWholeNumbers) {
    for (auto const* value : {"", "x", "1.5", "-1", "%2B1", "1e3", " 1", "1 ", "0x1", "18446744073709551616"})
        EXPECT_EQ(query("url=http://a.test/&max_bytes=" + std::string(value)),
                  "max_bytes: want a whole number")
            << value;
}

TEST_F(Schema, NumbersAreHeldToTheirRange) {
    settings_.max_timeout = milliseconds(1000);
    struct row {
        char const* name;
        std::vector<char const*> good, bad;
    };
    for (auto const& r :
         std::vector<row>{{"timeout_ms", {"1", "2", "999", "1000"}, {"0", "1001", "9223372036854775807"}},
                          {"max_redirects", {"0", "1", "19", "20"}, {"21", "9223372036854775807"}},
                          {"max_bytes", {"1", "2", "9223372036854775807"}, {"0"}}}) {
        for (auto const* value : r.good) {
            EXPECT_EQ(query("url=http://a.test/&" + std::string(r.name) + "=" + value), "");
            EXPECT_EQ(member("\"" + std::string(r.name) + "\":" + value), "");
        }
        for (auto const* value : r.bad) {
            auto const want = std::string(r.name) + ": want ";
            EXPECT_THAT(query("url=http://a.test/&" + std::string(r.name) + "=" + value), StartsWith(want));
            EXPECT_THAT(member("\"" + std::string(r.name) + "\":" + value), StartsWith(want));
        }
    }
    EXPECT_THAT(query("url=http://a.test/&max_bytes=18446744073709551615"), StartsWith("max_bytes: want "));
}

TEST_F(Schema, UrlsMustBeHttp) {
    for (auto const* url :
         {"", "a.test", "//a.test/", "http://", "http://[::1", "http://a.test:99999/", "http://a b/"})
        EXPECT_THAT(query("url=" + std::string(url)), HasSubstr("not a URL")) << url;
    for (auto const* url : {"ftp://a.test/", "file:///etc/passwd", "javascript:1", "ws://a.test/", "data:,x"})
        EXPECT_THAT(query("url=" + std::string(url)), HasSubstr("Only http and https")) << url;
    EXPECT_THAT(body(R"({"url":"nonsense"})"), HasSubstr("not a URL"));
}

TEST_F(Schema, OutputsAreKnownNames) {
    EXPECT_EQ(query("url=http://a.test/&output=markdown,text,links,metadata,sha256"), "");
    EXPECT_EQ(request().output.size(), 5U);
    EXPECT_EQ(query("url=http://a.test/&output=text,text"), "");
    EXPECT_THAT(request().output, ElementsAre("text")) << "once is enough";
    EXPECT_THAT(query("url=http://a.test/&output=pdf"), HasSubstr("output: unknown \"pdf\"; known are "));
    EXPECT_THAT(query("url=http://a.test/&output=text,,links"), HasSubstr("unknown \"\""));
    EXPECT_THAT(query("url=http://a.test/&output=Text"), HasSubstr("unknown"));
    EXPECT_EQ(member(R"("output":"links")"), "");
    EXPECT_THAT(request().output, ElementsAre("links"));
    EXPECT_EQ(member(R"("output":["links","text"])"), "");
    EXPECT_THAT(request().output, ElementsAre("links", "text"));
    for (auto const* value : {"[]", "5", "null", "{}", "[5]", "[[\"text\"]]", "true"})
        EXPECT_EQ(member("\"output\":" + std::string(value)), "output: want a list of names") << value;
}

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

// A long name is cut, and never in the middle of a character: the answer is JSON too.
TEST_F(Schema, LongNamesAreCutWhereTheyMayBe) {
    for (std::size_t lead = 60; lead < 66; ++lead) {
        auto const name = std::string(lead, 'x') + "\xe2\x82\xac\xf0\x9f\x98\x80";
        EXPECT_THAT(member("\"" + name + "\":1"), StartsWith("unknown field \"xxx"));
        EXPECT_THAT(member("\"output\":\"" + name + "\""), StartsWith("output: unknown \"xxx"));
        EXPECT_THAT(member("\"headers\":{\"" + name + "\":\"\"}"), StartsWith("headers: \"xxx"));
        EXPECT_THAT(query(name + "=1"), StartsWith("unknown parameter \"xxx"));
    }
    EXPECT_LT(member("\"" + std::string(100'000, 'x') + "\":1").size(), 200U);
}

TEST_F(Schema, HeadersAreFieldsOfTheRequest) {
    for (auto const* value : {"5", "null", "[]", "\"a: b\"", "[[\"a\",\"b\"]]"})
        EXPECT_EQ(member("\"headers\":" + std::string(value)), "headers: want an object of names and texts");
    for (auto const* value : {"5", "null", "[\"a\"]", "{}"})
        EXPECT_EQ(member(R"("headers":{"a":)" + std::string(value) + "}"), "headers.\"a\": want a text");
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
          "Upgrade", "Proxy-Authorization", "Proxy-Connection", "Expect", "Accept-Encoding",
          "Content-Encoding", "Via", "Date"})
        EXPECT_THAT(member(R"("headers":{")" + std::string(name) + R"(":"x"})"), HasSubstr("cannot be set"))
            << name;
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
    auto const long_one = [](std::size_t n) {
        return R"("headers":{"a":")" + std::string(n - 1, 'x') + "\"}";
    };
    EXPECT_EQ(member(long_one(8191)), "");
    EXPECT_EQ(member(long_one(8192)), "");
    EXPECT_THAT(member(long_one(8193)), HasSubstr("not a valid header field"));
}

TEST_F(Schema, ProcessTakesOutputBaseAndTimeout) {
    process_asked p;
    EXPECT_FALSE(read_process_query("", limits_, p));
    EXPECT_THAT(p.output, ElementsAre("markdown"));
    EXPECT_EQ(p.base_url, "");
    EXPECT_EQ(p.timeout, settings_.total_timeout);

    EXPECT_FALSE(read_process_query("output=links,text&url=http://a.test/x&timeout_ms=9", limits_, p));
    EXPECT_THAT(p.output, ElementsAre("links", "text"));
    EXPECT_EQ(p.base_url, "http://a.test/x");
    EXPECT_EQ(p.timeout, milliseconds(9));

    EXPECT_THAT(detail(read_process_query("max_bytes=5", limits_, p)), HasSubstr("\"max_bytes\""));
    EXPECT_THAT(detail(read_process_query("timeout_ms=0", limits_, p)), StartsWith("timeout_ms: want 1.."));
    EXPECT_THAT(detail(read_process_query("timeout_ms=x", limits_, p)), HasSubstr("whole number"));
    EXPECT_THAT(detail(read_process_query("url=x", limits_, p)), HasSubstr("not a URL"));
    EXPECT_THAT(detail(read_process_query("output=x", limits_, p)), HasSubstr("unknown \"x\""));
    EXPECT_THAT(detail(read_process_query("output=text&output=text", limits_, p)), HasSubstr("given twice"));
}

TEST_F(Schema, QueriesAreBounded) {
    std::string many = "url=http://a.test/";
    for (int i = 0; i < 200; ++i)
        many += "&a" + std::to_string(i) + "=";
    EXPECT_NE(query(many), "");
    EXPECT_NE(query("url=http://a.test/" + std::string(100'000, 'x')), "");
}

TEST(PassRequestFields, HandsOnWhatIsOfTheMessageAndNothingElse) {
    headers from, to;
    for (auto const* name :
         {"Accept", "accept-language", "Accept-Encoding", "RANGE", "If-Range", "If-None-Match",
          "If-Modified-Since", "Cookie", "Authorization", "Host", "Connection", "User-Agent",
          "X-Forwarded-For", "Content-Length", "Transfer-Encoding", "Range"})
        from.add(name, "v");
    pass_request_fields(from, to);
    std::string passed;
    to.write_to(passed);
    EXPECT_EQ(passed,
              "Accept: v\r\naccept-language: v\r\nAccept-Encoding: v\r\nRANGE: v\r\nIf-Range: v\r\n"
              "If-None-Match: v\r\nIf-Modified-Since: v\r\nRange: v\r\n");
}

}  // namespace
