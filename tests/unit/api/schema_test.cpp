// What callers may ask for in a query, and what is the same in JSON.
#include "unit/api/schema_fixture.hpp"

namespace fetchd::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(Schema, QueryNeedsOnlyTheUrl) {
    EXPECT_EQ(query("url=http%3A%2F%2Fa.test%2Fp%3Fq%3D1%23frag"), "");
    EXPECT_EQ(request().target.href(), "http://a.test/p?q=1") << "the fragment stays here";
    EXPECT_EQ(request().max_redirects, settings_.max_redirects);
    EXPECT_EQ(request().max_bytes, settings_.max_bytes);
    EXPECT_EQ(out_.timeout, settings_.total_timeout);
    EXPECT_TRUE(request().output.automatic);
    EXPECT_THAT(request().output.names, IsEmpty());
    EXPECT_EQ(request().retry.most, settings_.retry.most);
    EXPECT_EQ(request().out.limits.dns, phases_.dns);
    EXPECT_EQ(request().out.method, "GET");
    EXPECT_FALSE(request().out.via || request().allow_downgrade || out_.max_bytes_named ||
                 out_.retries_named);
    EXPECT_EQ(request().session + request().caller, "");
    EXPECT_EQ(query("url=http://a.test/", false), "");
    EXPECT_FALSE(request().output.any());
    EXPECT_THAT(query(""), StartsWith("url: is missing"));
}

TEST_F(Schema, QueryTakesEveryParameter) {
    EXPECT_EQ(query("timeout_ms=5&max_redirects=0&max_bytes=7&output=links,text&url=http://a.test/"
                    "&dns_timeout_ms=1&connect_timeout_ms=2&tls_timeout_ms=3&first_byte_timeout_ms=4"
                    "&body_idle_timeout_ms=6&min_speed=8&retries=9&allow_downgrade=true&session=s"
                    "&proxy=socks5://u:p@10.0.0.1"),
              "");
    expect_all_options();
    EXPECT_EQ(out_.timeout, milliseconds(5));
    EXPECT_EQ(request().max_redirects, 0U);
    EXPECT_EQ(request().max_bytes, 7U);
    EXPECT_THAT(request().output.names, ElementsAre("links", "text"));
    EXPECT_FALSE(request().output.automatic);
}

TEST_F(Schema, QueryNamesWhatItDoesNotKnow) {
    EXPECT_THAT(query("url=http://a.test/&timeout=5"), HasSubstr("unknown parameter \"timeout\""));
    EXPECT_THAT(query("url=http://a.test/?x=1&y=2"), HasSubstr("is the url percent-encoded?"));
    EXPECT_THAT(query("URL=http://a.test/"), HasSubstr("\"URL\""));
    EXPECT_THAT(query("url=http://a.test/&output=text", false), HasSubstr("\"output\""));
    for (auto const* name :
         {"headers", "method", "body", "body_base64", "caller", "retry", "idle_timeout_ms"})
        EXPECT_EQ(query(std::string(name) + "=1"), "unknown parameter \"" + std::string(name) + "\"");
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
    std::vector<char const*> const in_time{"1", "2", "999", "1000"};
    std::vector<char const*> const out_of_time{"0", "1001", "9223372036854775807"};
    for (auto const& r :
         std::vector<row>{{"timeout_ms", in_time, out_of_time},
                          {"dns_timeout_ms", in_time, out_of_time},
                          {"connect_timeout_ms", in_time, out_of_time},
                          {"tls_timeout_ms", in_time, out_of_time},
                          {"first_byte_timeout_ms", in_time, out_of_time},
                          {"body_idle_timeout_ms", in_time, out_of_time},
                          {"min_speed", {"0", "1", "1073741823", "1073741824"}, {"1073741825"}},
                          {"retries", {"0", "1", "9", "10"}, {"11", "9223372036854775807"}},
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
    EXPECT_EQ(request().output.names.size(), 5U);
    EXPECT_EQ(query("url=http://a.test/&output=text,text"), "");
    EXPECT_THAT(request().output.names, ElementsAre("text")) << "once is enough";
    EXPECT_THAT(query("url=http://a.test/&output=nonsense"),
                HasSubstr("output: unknown \"nonsense\"; known are "));
    EXPECT_THAT(query("url=http://a.test/&output=text,,links"), HasSubstr("unknown \"\""));
    EXPECT_THAT(query("url=http://a.test/&output=Text"), HasSubstr("unknown"));
    EXPECT_EQ(member(R"("output":"links")"), "");
    EXPECT_THAT(request().output.names, ElementsAre("links"));
    EXPECT_EQ(member(R"("output":["links","text"])"), "");
    EXPECT_THAT(request().output.names, ElementsAre("links", "text"));
    EXPECT_FALSE(request().output.automatic);
    EXPECT_EQ(member(R"("output":[])"), "");
    EXPECT_FALSE(request().output.any()) << "nothing is to be made";
    EXPECT_THAT(query("url=http://a.test/&output="), HasSubstr("unknown \"\""));
    EXPECT_THAT(query("url=http://a.test/&output=text,"), HasSubstr("unknown \"\""));
    for (auto const* value : {"5", "null", "{}", "[5]", "[[\"text\"]]", "true"})
        EXPECT_EQ(member("\"output\":" + std::string(value)), "output: want a list of names") << value;
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

TEST_F(Schema, FlagsAreTrueOrFalse) {
    for (auto const* value : {"", "1", "0", "yes", "True", "TRUE", "true "})
        EXPECT_EQ(query("url=http://a.test/&allow_downgrade=" + std::string(value)),
                  "allow_downgrade: want true or false");
    for (auto const* value : {"\"true\"", "1", "0", "null", "[]", "{}"})
        EXPECT_EQ(member("\"allow_downgrade\":" + std::string(value)), "allow_downgrade: want true or false");
    EXPECT_EQ(query("url=http://a.test/&allow_downgrade=false"), "");
    EXPECT_FALSE(request().allow_downgrade);
    EXPECT_EQ(member("\"allow_downgrade\":true"), "");
    EXPECT_TRUE(request().allow_downgrade);
}

TEST_F(Schema, SessionsHaveNamesOfVisibleCharacters) {
    for (std::size_t const n : {1U, 127U, 128U}) {
        std::string const name(n, '~');
        EXPECT_EQ(query("url=http://a.test/&session=" + name), "");
        EXPECT_EQ(request().session, name);
        EXPECT_EQ(member("\"session\":\"" + name + "\""), "");
        EXPECT_EQ(request().session, name);
    }
    auto const* const want = "session: want 1 to 128 characters of visible ASCII";
    for (auto const& name : {std::string(), std::string(129, 'x'), std::string("a b"),
                             std::string("\xc3\xa4"), std::string("a\\n"), std::string("\\u0000")})
        EXPECT_EQ(member("\"session\":\"" + name + "\""), want) << name;
    EXPECT_EQ(query("url=http://a.test/&session=%20"), want);
    EXPECT_EQ(member("\"session\":5"), "session: want a text");
}

// The refusal is an answer that others may see: it repeats nothing of what may be a password.
TEST_F(Schema, ProxiesAreUrlsAndAreNeverRepeated) {
    EXPECT_EQ(query("url=http://a.test/&proxy=http%3A%2F%2Fme%3Ahush%40p.test"), "");
    ASSERT_TRUE(request().out.via);
    EXPECT_EQ(request().out.via->text(), "http://p.test:80");
    EXPECT_EQ(request().out.via->password, "hush");
    for (auto const* text : {"", "p.test", "https://me:hush@p.test/", "socks4://me:hush@p.test",
                             "http://me:hush@p.test/path", "http://me:hush@", "direct"}) {
        auto const why = member("\"proxy\":\"" + std::string(text) + "\"");
        EXPECT_THAT(why, StartsWith("This is not a proxy that can be used")) << text;
        EXPECT_THAT(why, testing::Not(HasSubstr("hush")));
        EXPECT_EQ(query("url=http://a.test/&proxy=" + std::string(text)), why);
    }
    EXPECT_EQ(member("\"proxy\":null"), "proxy: want a text");
}

TEST_F(Schema, NamedMeansByTheCaller) {
    EXPECT_EQ(query("url=http://a.test/&max_bytes=16777216"), "");
    EXPECT_TRUE(out_.max_bytes_named && !out_.retries_named);
    EXPECT_EQ(query("url=http://a.test/&retries=2"), "");
    EXPECT_TRUE(!out_.max_bytes_named && out_.retries_named);
}

TEST_F(Schema, ProcessTakesOutputBaseAndTimeout) {
    process_asked p;
    EXPECT_FALSE(read_process_query("", limits_, p));
    EXPECT_TRUE(p.output.automatic);
    EXPECT_EQ(p.base_url, "");
    EXPECT_EQ(p.timeout, settings_.total_timeout);

    EXPECT_FALSE(read_process_query("output=links,text&url=http://a.test/x&timeout_ms=9", limits_, p));
    EXPECT_THAT(p.output.names, ElementsAre("links", "text"));
    EXPECT_EQ(p.base_url, "http://a.test/x");
    EXPECT_EQ(p.timeout, milliseconds(9));

    EXPECT_THAT(detail(read_process_query("max_bytes=5", limits_, p)), HasSubstr("\"max_bytes\""));
    for (auto const* name : {"retries", "proxy", "session", "connect_timeout_ms", "allow_downgrade"})
        EXPECT_EQ(detail(read_process_query(std::string(name) + "=1", limits_, p)),
                  "unknown parameter \"" + std::string(name) + "\"");
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

}  // namespace
}  // namespace fetchd::api
