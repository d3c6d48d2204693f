#include "http/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fetchd {
namespace {

using std::string_view;

url parsed(string_view text) {
    auto u = url::parse(text);
    if (!u) {
        ADD_FAILURE() << text << ": " << u.error().message();
        return *url::parse("about:failed");
    }
    return *u;
}

url resolved(string_view text, string_view base) {
    auto b = parsed(base);
    auto u = url::parse(text, &b);
    EXPECT_TRUE(u) << text;
    return u ? *u : b;
}

std::string problem(string_view text) {
    auto u = url::parse(text);
    if (u)
        return "taken as " + std::string(u->href());
    EXPECT_EQ(u.error().where, stage::admission);
    EXPECT_EQ(u.error().what, code::bad_url);
    return u.error().detail;
}

TEST(Url, NamesItsComponents) {
    auto u = parsed("HTTPS://us%20er:pa:ss@Example.ORG:8443/a/../b c?q=1'#top");
    EXPECT_EQ(u.href(), "https://us%20er:pa%3Ass@example.org:8443/b%20c?q=1%27#top");
    EXPECT_EQ(u.scheme(), "https");
    EXPECT_EQ(u.username(), "us%20er");
    EXPECT_EQ(u.password(), "pa%3Ass");
    EXPECT_EQ(u.host(), "example.org");
    EXPECT_EQ(u.kind(), host_kind::domain);
    EXPECT_EQ(u.port(), 8443);
    EXPECT_EQ(u.path(), "/b%20c");
    EXPECT_EQ(u.query(), "q=1%27");
    EXPECT_EQ(u.fragment(), "top");
}

TEST(Url, SpeaksHttp) {
    auto u = parsed("http://me:secret@example.org:8080/a?#f");
    EXPECT_EQ(u.request_target(), "/a?");
    EXPECT_EQ(u.authority(), "example.org:8080");
    EXPECT_EQ(u.origin(), "http://example.org:8080");
    EXPECT_EQ(u.effective_port(), 8080);
    EXPECT_TRUE(u.is_http());

    auto plain = parsed("https://example.org?x");
    EXPECT_EQ(plain.request_target(), "/?x");
    EXPECT_EQ(plain.authority(), "example.org");
    EXPECT_EQ(plain.effective_port(), 443);
}

TEST(Url, TellsNullFromEmpty) {
    auto neither = parsed("http://h/");
    EXPECT_FALSE(neither.has_query());
    EXPECT_FALSE(neither.has_fragment());
    auto both = parsed("http://h/?#");
    EXPECT_TRUE(both.has_query());
    EXPECT_TRUE(both.has_fragment());
    EXPECT_EQ(both.query(), "");
    EXPECT_EQ(both.href(), "http://h/?#");
    EXPECT_EQ(parsed("foo:/p").kind(), host_kind::none);
    EXPECT_EQ(parsed("foo:///p").kind(), host_kind::empty);
}

TEST(Url, UserinfoEndsAtTheLastAt) {
    auto u = parsed("http://a@b:c@d@host/");
    EXPECT_EQ(u.username(), "a%40b");
    EXPECT_EQ(u.password(), "c%40d");
    EXPECT_EQ(u.host(), "host");
    EXPECT_EQ(parsed("http://:p@host/").href(), "http://:p@host/");
    EXPECT_EQ(parsed("http://u:@host/").href(), "http://u@host/");
    EXPECT_FALSE(parsed("http://:@host/").has_credentials());
    EXPECT_EQ(parsed("http://:p@host/").password(), "p");
    EXPECT_EQ(parsed("http://:p@host/").username(), "");
}

TEST(Url, PortsGoFrom0To65535) {
    EXPECT_EQ(parsed("http://h:0/").port(), 0);
    EXPECT_EQ(parsed("http://h:0/").effective_port(), 0);
    EXPECT_EQ(parsed("http://h:65535/").port(), 65535);
    EXPECT_EQ(problem("http://h:65536/"), "the port is above 65535");
    EXPECT_EQ(problem("http://h:18446744073709551696/"), "the port is above 65535");
    EXPECT_EQ(problem("http://h:8o/"), "the port is not a number");
    EXPECT_EQ(parsed("http://h:0000080/").port(), std::nullopt);
    EXPECT_EQ(parsed("https://h:80/").port(), 80);
    EXPECT_EQ(parsed("foo://h:0/").href(), "foo://h:0/");
}

TEST(Url, SpecialSchemesNeedAHost) {
    for (string_view text : {"http://", "https:///?x", "http://:80/", "http://u:p@", "http://u@/x",
                             "ws:", "http://%AD/", "http://\xc2\xad/"})
        EXPECT_THAT(problem(text), testing::HasSubstr("host")) << text;
    EXPECT_EQ(problem("http://u@/x"), "the host is empty");
}

TEST(Url, SaysWhatIsWrongWithoutQuotingTheInput) {
    EXPECT_EQ(problem("example.org"), "it has no scheme, and there is no URL it could be relative to");
    EXPECT_EQ(problem("http://a b/"), "the host holds the forbidden character 0x20");
    EXPECT_EQ(problem("http://a<b/"), "the host holds the forbidden character '<'");
    EXPECT_EQ(problem("http://[::1/"), "the '[' of the host is never closed");
    EXPECT_EQ(problem("http://[::g]/"), "the host in brackets is not an IPv6 address");
    EXPECT_EQ(problem("http://1.2.3.4.5/"), "the host ends in a number but is not an IPv4 address");
    EXPECT_EQ(problem("http://xn--a.\xc3\x9f/"),
              "the host is not a valid international domain name (UTS 46)");
    EXPECT_EQ(problem("http://\xff/"), "the host is not valid UTF-8");
}

TEST(Url, LengthIsBounded) {
    std::string const prefix = "http://h/";
    EXPECT_TRUE(url::parse(prefix + std::string(max_url_bytes - prefix.size(), 'a')));
    EXPECT_EQ(problem(prefix + std::string(max_url_bytes - prefix.size() + 1, 'a')), "the URL is too long");
    EXPECT_EQ(problem(prefix + std::string(max_url_bytes / 2, ' ') + "x"), "the URL is too long");
    std::string international = "http://";
    for (int i = 0; i < 600; ++i)
        international += "\xc3\xa9";
    EXPECT_EQ(problem(international + "/"), "the host is too long");
}

TEST(Url, BytesThatAreNotUtf8ArePercentEncodedAsTheyAre) {
    EXPECT_EQ(parsed("http://h/caf\xe9?\xff#\x80").href(), "http://h/caf%E9?%FF#%80");
    EXPECT_EQ(parsed(string_view("http://h/a\0b", 12)).href(), "http://h/a%00b");
    EXPECT_EQ(problem(string_view("http://a\0b/", 11)), "the host holds the forbidden character 0x00");
}

// The ways through the parser that skip work have to end where the long ways end.
TEST(Url, ShortWaysAgreeWithLongWays) {
    auto const want = parsed("http://example.org/a/b.html?q");
    for (string_view text : {"http://ex%61mple.org/a/b.html?q", "http://\xef\xbd\x85xample.org/a/b.html?q",
                             "ht\ntp://example.org/a/b.html?q", "http://example.org/a/./b.html?q",
                             "http://example.org/a/x/%2e./b.html?q", "http:\\\\example.org\\a\\b.html?q",
                             "  http://EXAMPLE.org:80/a/b.html?q  ", "http:example.org/a/b.html?q"})
        EXPECT_EQ(parsed(text).href(), want.href()) << text;
    EXPECT_EQ(parsed("http://h/.well-known/..a/%2f").path(), "/.well-known/..a/%2f");
}

TEST(Url, ResolvesRelativeReferences) {
    constexpr string_view base = "http://u:p@h:8/a/b?q#f";
    EXPECT_EQ(resolved("", base).href(), "http://u:p@h:8/a/b?q");
    EXPECT_EQ(resolved("#x", base).href(), "http://u:p@h:8/a/b?q#x");
    EXPECT_EQ(resolved("?x", base).href(), "http://u:p@h:8/a/b?x");
    EXPECT_EQ(resolved("c", base).href(), "http://u:p@h:8/a/c");
    EXPECT_EQ(resolved("../../../c", base).href(), "http://u:p@h:8/c");
    EXPECT_EQ(resolved("/c", base).href(), "http://u:p@h:8/c");
    EXPECT_EQ(resolved("//o/c", base).href(), "http://o/c");
    EXPECT_EQ(resolved("http://o/c", base).href(), "http://o/c");
    EXPECT_EQ(resolved("https:c", base).href(), "https://c/");
    EXPECT_EQ(resolved("http:c", base).href(), "http://u:p@h:8/a/c");
}

TEST(Url, APathIsNeverReadAsAHost) {
    auto u = parsed("foo:/a/..//b");
    EXPECT_EQ(u.href(), "foo:/.//b");
    EXPECT_EQ(u.path(), "//b");
    EXPECT_EQ(u.kind(), host_kind::none);
    EXPECT_EQ(resolved("c", "foo:/.//b").href(), "foo:/.//c");
    EXPECT_EQ(resolved("/c", "foo:/.//b").href(), "foo:/c");
}

TEST(Url, DropsFragmentAndCredentials) {
    auto u = parsed("http://u:p@[::1]:8/a?q#f");
    auto bare = u.without_credentials();
    EXPECT_EQ(bare.href(), "http://[::1]:8/a?q#f");
    EXPECT_FALSE(bare.has_credentials());
    EXPECT_EQ(bare.host(), "[::1]");
    EXPECT_EQ(bare.path(), "/a");
    EXPECT_EQ(bare.query(), "q");
    EXPECT_EQ(bare.fragment(), "f");
    auto sent = bare.without_fragment();
    EXPECT_EQ(sent.href(), "http://[::1]:8/a?q");
    EXPECT_FALSE(sent.has_fragment());
    EXPECT_EQ(sent.query(), "q");
    EXPECT_EQ(sent, parsed(sent.href()));
}

TEST(Url, AddressesInEverySpelling) {
    ipv4_bytes const loopback{127, 0, 0, 1};
    for (string_view text : {"http://127.0.0.1/", "http://127.1", "http://0x7f.1", "http://2130706433/",
                             "http://017700000001/", "http://127.0.0.1./",
                             "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1/", "http://%31%32%37.0.0.1/"}) {
        auto u = parsed(text);
        EXPECT_EQ(u.kind(), host_kind::ipv4) << text;
        EXPECT_EQ(u.host(), "127.0.0.1") << text;
        EXPECT_EQ(u.ipv4(), loopback) << text;
    }
    auto mapped = parsed("http://[::FFFF:127.0.0.1]/");
    EXPECT_EQ(mapped.host(), "[::ffff:7f00:1]");
    EXPECT_EQ(mapped.kind(), host_kind::ipv6);
    ASSERT_TRUE(mapped.ipv6());
    EXPECT_EQ((*mapped.ipv6())[10], 0xff);
    EXPECT_EQ((*mapped.ipv6())[15], 1);
    EXPECT_FALSE(mapped.ipv4());
    EXPECT_FALSE(parsed("http://h/").ipv4());
    EXPECT_FALSE(parsed("http://h/").ipv6());
    EXPECT_EQ(parsed("foo://127.1/").kind(), host_kind::opaque);
}

TEST(Url, OriginOfWhatHasNone) {
    EXPECT_EQ(parsed("file:///etc/hosts").origin(), "null");
    EXPECT_EQ(parsed("data:,x").origin(), "null");
    EXPECT_EQ(parsed("blob:https://u@h:443/id").origin(), "https://h");
}

TEST(Url, OpaquePathsAreNoBase) {
    auto u = parsed("mailto:a@b");
    EXPECT_TRUE(u.has_opaque_path());
    EXPECT_FALSE(parsed("http://h").has_opaque_path());
    EXPECT_FALSE(url::parse("c", &u));
    EXPECT_EQ(url::parse("#f", &u)->href(), "mailto:a@b#f");
}

TEST(Url, InternationalNamesOfTheNewestUnicode) {
    EXPECT_EQ(parsed("http://STRA\xe1\xba\x9e"
                     "E.de/")
                  .host(),
              "xn--strae-oqa.de");
    // U+32931 is newer than the ICU this runs on may be.
    EXPECT_EQ(parsed("http://\xf0\xb2\xa4\xb1"
                     "20/")
                  .host(),
              "xn--20-9802c");
}

}  // namespace
}  // namespace fetchd
