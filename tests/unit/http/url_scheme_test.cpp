// What depends on the scheme: default ports, origins, hosts that may be missing, paths that are no paths.
#include <gtest/gtest.h>

#include "http/url.hpp"

namespace fetchd {
namespace {

using std::string_view;

// The URL, or "no: why".
std::string href(string_view text, string_view base = {}) {
    auto const b = url::parse(base);
    auto const u = url::parse(text, b ? &*b : nullptr);
    return u ? std::string(u->href()) : "no: " + u.error().detail;
}

url parsed(string_view text) {
    auto u = url::parse(text);
    EXPECT_TRUE(u) << text;
    return u ? *u : *url::parse("about:failed");
}

TEST(UrlScheme, IsALetterThenLettersDigitsAndThreeSigns) {
    EXPECT_EQ(href("a1+b-C.d://h/x"), "a1+b-c.d://h/x");
    EXPECT_EQ(href("Z:x"), "z:x");
    for (string_view text : {"1a:x", "a_b:x", "a{b:x", "a[b:x", "a b:x", "+a:x", ":x", "a", "", "a/b:x"})
        EXPECT_TRUE(href(text).starts_with("no: it has no scheme")) << text;
}

TEST(UrlScheme, DefaultPortIsNotWritten) {
    for (auto const& [text, port] : std::vector<std::pair<string_view, int>>{{"http://h:80/", 80},
                                                                             {"https://h:443/", 443},
                                                                             {"ws://h:80/", 80},
                                                                             {"wss://h:443/", 443},
                                                                             {"ftp://h:21/", 21}}) {
        auto const u = parsed(text);
        EXPECT_FALSE(u.port()) << text;
        EXPECT_EQ(u.effective_port(), port) << text;
        EXPECT_EQ(u.authority(), "h") << text;
    }
    for (string_view text : {"file:///x", "foo://h/", "wsx://h/", "wz://h/", "hxxp://h/", "httpz://h/"}) {
        EXPECT_EQ(parsed(text).effective_port(), 0) << text;
        EXPECT_FALSE(parsed(text).is_http()) << text;
    }
    EXPECT_EQ(href("http://h:/"), "http://h/");
    EXPECT_EQ(href("foo://h:80/"), "foo://h:80/");
}

TEST(UrlScheme, DecidesAboutTheOrigin) {
    EXPECT_EQ(parsed("ws://u:p@h:8080/x").origin(), "ws://h:8080");
    EXPECT_EQ(parsed("wss://h/x").origin(), "wss://h");
    EXPECT_EQ(parsed("ftp://h/x").origin(), "ftp://h");
    EXPECT_EQ(parsed("foo://h/x").origin(), "null");
    EXPECT_EQ(parsed("blob:http://h:8/x").origin(), "http://h:8");
    EXPECT_EQ(parsed("blob:no URL").origin(), "null");
    EXPECT_EQ(parsed("blob:ftp://h/x").origin(), "null");
}

TEST(UrlScheme, OfOnesOwnMayLackTheHostButNothingElseOfAnAuthority) {
    EXPECT_EQ(href("foo://u:p@h:1/x"), "foo://u:p@h:1/x");
    EXPECT_EQ(href("foo://h"), "foo://h");
    EXPECT_EQ(parsed("foo://h").path(), "");
    EXPECT_EQ(href("foo://"), "foo://");
    EXPECT_EQ(href("foo://u@/x"), "no: the host is empty");
    EXPECT_EQ(href("foo://:80/x"), "no: the host is empty");
    EXPECT_EQ(href("foo://a b/"), "no: the host holds the forbidden character 0x20");
    EXPECT_EQ(href("foo://a%20b\xc3\xa9/"), "foo://a%20b%C3%A9/");
    EXPECT_EQ(href("foo://a\x7f/"), "foo://a%7F/");
    EXPECT_EQ(href("http://a\x7f/"), "no: the host holds the forbidden character 0x7f");
}

// Backslashes are slashes and quotes are escaped only where browsers always had it so.
TEST(UrlScheme, OfOnesOwnKeepsBackslashesAndQuotes) {
    EXPECT_EQ(href("\\c", "foo://h/a/b"), "foo://h/a/\\c");
    EXPECT_EQ(href("\\c", "http://h/a/b"), "http://h/c");
    EXPECT_EQ(href("\\\\o\\c", "http://h/a/b"), "http://o/c");
    EXPECT_EQ(href("foo://h/a\\..\\b"), "foo://h/a\\..\\b");
    EXPECT_EQ(href("foo://h/?'"), "foo://h/?'");
    EXPECT_EQ(href("http://h/?'"), "http://h/?%27");
    EXPECT_EQ(href("//o/c", "foo://h/a"), "foo://o/c");
    EXPECT_EQ(href("", "foo://h/a?q"), "foo://h/a?q");
    EXPECT_EQ(href("..", "foo://h"), "foo://h/");
}

TEST(UrlScheme, SpaceAtTheEndOfAnOpaquePathIsKeptBeforeAMark) {
    EXPECT_EQ(href("data:x y "), "data:x y");
    EXPECT_EQ(href("data:x y ?q"), "data:x y%20?q");
    EXPECT_EQ(href("data:x y #f"), "data:x y%20#f");
    EXPECT_EQ(href("data:x?q"), "data:x?q");
    EXPECT_EQ(parsed("data:x ?q").without_fragment().href(), "data:x%20?q");
}

TEST(UrlScheme, TabsAndLineEndsInsideAreDropped) {
    EXPECT_EQ(href("ht\tt\r\np://h\t/a\r\nb?\tq#\nf"), "http://h/ab?q#f");
}

TEST(UrlPath, DotSegmentsInEverySpelling) {
    for (string_view text : {"/a/.", "/a/%2e", "/a/%2E", "/a/x/..", "/a/x/.%2e", "/a/x/%2E%2E", "/a/x/%2e.",
                             "/a/x/..?", "/a/x/../../a/b/.."})
        EXPECT_EQ(parsed("http://h" + std::string(text)).path(), "/a/") << text;
    for (string_view text :
         {"/...", "/%2", "/%3e", "/%2f", "/.a", "/%2e%2e%2e", "/..a", "/%41.x", "/a.b/c%2e"})
        EXPECT_EQ(parsed("http://h" + std::string(text)).path(), text);
}

TEST(UrlParts, OfWhatIsNotThereAreEmpty) {
    auto const bare = parsed("http://h/");
    EXPECT_EQ(bare.username(), "");
    EXPECT_EQ(bare.password(), "");
    EXPECT_EQ(bare.query(), "");
    EXPECT_EQ(bare.fragment(), "");
    EXPECT_EQ(bare.without_fragment(), bare);
    EXPECT_EQ(bare.without_credentials(), bare);
    EXPECT_EQ(parsed("http://u@h/").password(), "");
    auto const rest = parsed("http://u:p@h/a").without_credentials();
    EXPECT_EQ(rest.href(), "http://h/a");
    EXPECT_FALSE(rest.has_query());
    EXPECT_FALSE(rest.has_fragment());
}

}  // namespace
}  // namespace fetchd
