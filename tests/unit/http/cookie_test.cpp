#include "http/cookie.hpp"

#include <gtest/gtest.h>

namespace {

using namespace fetchd;
using namespace std::chrono_literals;
using namespace std::string_literals;
using std::chrono::sys_days;

constexpr cookie_time now = sys_days(std::chrono::year(2024) / 3 / 1) + 12h;

url at(std::string_view text) {
    auto parsed = url::parse(text);
    EXPECT_TRUE(parsed) << text;
    return *parsed;
}

// "name|value", or "-" where the field is ignored.
std::string pair(std::string_view field) {
    auto const parsed = parse_set_cookie(field, now);
    return parsed ? std::string(parsed->name) + "|" + std::string(parsed->value) : "-";
}

set_cookie attributes(std::string const& text) {
    static std::string field;  // what the views are of
    field = "a=b;" + text;
    return parse_set_cookie(field, now).value();
}

std::optional<cookie_time> expiry(std::string const& text) {
    return attributes(text).expires;
}

std::optional<cookie> receive(std::string_view field, std::string_view from = "https://www.example.com/d/p") {
    return receive_cookie(field, at(from), now);
}

// "domain path", with a '.' before a domain that is not of the host only; "-" where it is refused.
std::string scope(std::string_view field, std::string_view from = "https://www.example.com/d/p") {
    auto const c = receive(field, from);
    return c ? (c->host_only ? "" : ".") + c->domain + " " + c->path : "-";
}

TEST(SetCookie, IsANameAndAValue) {
    EXPECT_EQ(pair("a=b"), "a|b");
    EXPECT_EQ(pair(" \ta b \t=\t c d ; Secure"), "a b|c d");
    EXPECT_EQ(pair("a=b=c"), "a|b=c");
    EXPECT_EQ(pair("a="), "a|");
    EXPECT_EQ(pair("a=\"b\""), "a|\"b\"") << "quotes are part of the value";
    EXPECT_EQ(pair("a=b, c=d"), "a|b, c=d");
    EXPECT_EQ(pair("a=\xff\xc3"), "a|\xff\xc3") << "octets, not characters";
}

TEST(SetCookie, MayHaveNoName) {
    EXPECT_EQ(pair("b"), "|b");
    EXPECT_EQ(pair("=b"), "|b");
    EXPECT_EQ(pair("=b=c"), "|b=c");
}

TEST(SetCookie, NeedsANameOrAValue) {
    for (auto const* field : {"", "=", ";", " ", " = ", "; Secure", "=; Secure", "\t"})
        EXPECT_EQ(pair(field), "-") << field;
}

TEST(SetCookie, IsIgnoredWithControlCharactersAnywhere) {
    for (int c = 0; c < 0x20; ++c) {
        std::string const bad(1, static_cast<char>(c));
        bool const tab = c == '\t';
        EXPECT_EQ(pair("a=b" + bad + "c") != "-", tab) << c;
        EXPECT_EQ(pair("a" + bad + "x=b") != "-", tab) << c;
        EXPECT_EQ(pair("a=b; x=" + bad + "y") != "-", tab) << c;
    }
    EXPECT_EQ(pair("a=\x7f"), "-");
}

TEST(SetCookie, NameAndValueAreBoundedTogether) {
    EXPECT_NE(pair("abcde=" + std::string(4090, 'x')), "-");
    EXPECT_NE(pair("abcde=" + std::string(4091, 'x')), "-");
    EXPECT_EQ(pair("abcde=" + std::string(4092, 'x')), "-");
    EXPECT_NE(pair(std::string(4096, 'n') + "="), "-");
    EXPECT_EQ(pair(std::string(4097, 'n') + "="), "-");
    EXPECT_NE(pair("a=  " + std::string(4095, 'x') + "  ; Secure"), "-")
        << "white space and attributes do not count";
}

TEST(SetCookie, AttributesMayBeInAnyCaseAndSpacing) {
    auto const c =
        attributes(" SECURE ;httponly=yes;  pATH = /p ;DoMaIn=.EXAMPLE.com; unknown; samesite = LAX");
    EXPECT_TRUE(c.secure);
    EXPECT_TRUE(c.http_only);
    EXPECT_EQ(c.path, "/p");
    EXPECT_EQ(c.domain, "example.com");
    EXPECT_EQ(c.same_site, same_site::lax);
}

TEST(SetCookie, TheLastAttributeOfANameCounts) {
    auto const c =
        attributes("Path=/a; Domain=a.test; SameSite=Strict; Path=/b; Domain=b.test; SameSite=None");
    EXPECT_EQ(c.path, "/b");
    EXPECT_EQ(c.domain, "b.test");
    EXPECT_EQ(c.same_site, same_site::none);
    EXPECT_EQ(attributes("Domain=a.test; Domain=").domain, "");
    EXPECT_EQ(attributes("Path=/a; Path=b").path, "");
    EXPECT_EQ(attributes("SameSite=Lax; SameSite=whatever").same_site, same_site::unset);
}

TEST(SetCookie, LongAttributesAreIgnored) {
    for (auto const size : {1023u, 1024u, 1025u}) {
        auto const path = "/" + std::string(size - 1, 'p');
        EXPECT_EQ(attributes("Path=/short; Path=" + path).path, size <= 1024 ? path : "/short") << size;
        auto const domain = std::string(size - 4, 'd') + ".com";
        EXPECT_EQ(attributes("Domain=short.com; Domain=" + domain).domain,
                  size <= 1024 ? domain : "short.com");
        auto const age = std::string(size - 1, '0') + "5";
        EXPECT_EQ(expiry("Max-Age=" + age), size <= 1024 ? std::optional(now + 5s) : std::nullopt);
    }
}

TEST(SetCookie, MaxAgeIsInSecondsFromNow) {
    EXPECT_EQ(expiry("Max-Age=60"), now + 60s);
    EXPECT_EQ(expiry("Max-Age=0"), cookie_time::min());
    EXPECT_EQ(expiry("Max-Age=-0"), cookie_time::min());
    EXPECT_EQ(expiry("Max-Age=-5"), cookie_time::min());
    for (auto const* bad : {"", "-", "+5", "5s", " ", "0x5", "5.0", "--5", "5-"})
        EXPECT_EQ(expiry("Max-Age=" + std::string(bad)), std::nullopt) << bad;
}

TEST(SetCookie, LivesFor400DaysAtMost) {
    constexpr auto most = 400 * 24h;
    EXPECT_EQ(expiry("Max-Age=34559999"), now + most - 1s);
    EXPECT_EQ(expiry("Max-Age=34560000"), now + most);
    EXPECT_EQ(expiry("Max-Age=34560001"), now + most);
    EXPECT_EQ(expiry("Max-Age=" + std::string(1000, '9')), now + most);
    EXPECT_EQ(expiry("Max-Age=-" + std::string(1000, '9')), cookie_time::min());
    EXPECT_EQ(expiry("Expires=Sat, 05 Apr 2025 11:59:59 GMT"), now + most - 1s);
    EXPECT_EQ(expiry("Expires=Sat, 05 Apr 2025 12:00:00 GMT"), now + most);
    EXPECT_EQ(expiry("Expires=Sat, 05 Apr 2025 12:00:01 GMT"), now + most);
    EXPECT_EQ(expiry("Expires=Fri, 31 Dec 9999 23:59:59 GMT"), now + most);
}

TEST(SetCookie, ExpiresIsADate) {
    EXPECT_EQ(expiry("Expires=Fri, 01 Mar 2024 12:00:05 GMT"), now + 5s);
    EXPECT_EQ(expiry("Expires=Thu, 01 Jan 1970 00:00:00 GMT"), cookie_time::min());
    EXPECT_EQ(expiry("Expires=Mon, 01 Jan 1601 00:00:00 GMT"), cookie_time::min());
    EXPECT_EQ(expiry("Expires=tomorrow"), std::nullopt);
    EXPECT_EQ(expiry("Secure"), std::nullopt);
}

TEST(SetCookie, MaxAgeCountsBeforeExpires) {
    EXPECT_EQ(expiry("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), now + 60s);
    EXPECT_EQ(expiry("Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60"), now + 60s);
    EXPECT_EQ(expiry("Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), cookie_time::min());
    EXPECT_EQ(expiry("Max-Age=1; Max-Age=2; Max-Age=x"), now + 2s) << "the last one that can be read";
}

TEST(SetCookie, ManyAttributesCostWhatTheirBytesCost) {
    std::string field = "a=b";
    for (int i = 0; i < 200'000; ++i)
        field += ";";
    field += "Path=/end";
    EXPECT_EQ(parse_set_cookie(field, now)->path, "/end");
}

TEST(Cookie, IsOfItsHostOnlyWithoutADomain) {
    EXPECT_EQ(scope("a=b"), "www.example.com /d");
    EXPECT_EQ(scope("a=b; Domain="), "www.example.com /d");
    EXPECT_EQ(scope("a=b; Domain=."), "www.example.com /d");
}

TEST(Cookie, MayBeOfTheHostAndOfWhatIsAboveIt) {
    EXPECT_EQ(scope("a=b; Domain=www.example.com"), ".www.example.com /d");
    EXPECT_EQ(scope("a=b; Domain=example.com"), ".example.com /d");
    EXPECT_EQ(scope("a=b; Domain=.EXAMPLE.com"), ".example.com /d");
}

TEST(Cookie, OfAnotherDomainIsRefused) {
    for (auto const* domain :
         {"other.com", "a.www.example.com", "ample.com", "www.example.com.", "..example.com",
          "example.com:443", "ex\xc3\xa4mple.com", "*.example.com", "127.0.0.1", "example.com/"})
        EXPECT_EQ(scope("a=b; Domain=" + std::string(domain)), "-") << domain;
    EXPECT_EQ(scope("a=b; Domain=example.com; Domain=other.com"), "-");
}

TEST(Cookie, OfAPublicSuffixIsRefused) {
    EXPECT_EQ(scope("a=b; Domain=com"), "-");
    EXPECT_EQ(scope("a=b; Domain=co.uk", "https://a.co.uk/"), "-");
    EXPECT_EQ(scope("a=b; Domain=co.uk.", "https://a.co.uk./"), "-");
    EXPECT_EQ(scope("a=b; Domain=github.io", "https://me.github.io/"), "-");
    EXPECT_EQ(scope("a=b; Domain=corp", "https://wiki.corp/"), "-");
    EXPECT_EQ(scope("a=b; Domain=github.io", "https://github.io/"), "github.io /") << "but its own host may";
    EXPECT_EQ(scope("a=b; Domain=localhost", "https://localhost/"), "localhost /");
}

TEST(Cookie, OfAnAddressIsOfThatAddress) {
    EXPECT_EQ(scope("a=b", "https://127.0.0.1/"), "127.0.0.1 /");
    EXPECT_EQ(scope("a=b; Domain=127.0.0.1", "https://127.0.0.1/"), ".127.0.0.1 /");
    EXPECT_EQ(scope("a=b; Domain=0.0.1", "https://127.0.0.1/"), "-");
    EXPECT_EQ(scope("a=b; Domain=1", "https://127.0.0.1/"), "-");
    EXPECT_EQ(scope("a=b", "https://[::1]/"), "[::1] /");
    EXPECT_EQ(scope("a=b; Domain=[::1]", "https://[::1]/"), ".[::1] /");
    EXPECT_EQ(scope("a=b; Domain=::1", "https://[::1]/"), "-");
}

TEST(Cookie, KnowsInternationalNamesByTheirAsciiForm) {
    EXPECT_EQ(scope("a=b; Domain=xn--mnchen-3ya.de", "https://www.m\xc3\xbcnchen.de/"),
              ".xn--mnchen-3ya.de /");
    EXPECT_EQ(scope("a=b; Domain=m\xc3\xbcnchen.de", "https://www.m\xc3\xbcnchen.de/"), "-");
}

TEST(Cookie, HasThePathItIsGivenOrThatOfThePage) {
    EXPECT_EQ(scope("a=b; Path=/x/"), "www.example.com /x/");
    EXPECT_EQ(scope("a=b; Path=x"), "www.example.com /d");
    EXPECT_EQ(scope("a=b; Path="), "www.example.com /d");
    EXPECT_EQ(scope("a=b; Path=/x; Path="), "www.example.com /d");
    EXPECT_EQ(scope("a=b", "https://www.example.com/a/b/?q=/c/d#/e"), "www.example.com /a/b");
}

TEST(Cookie, OfALongPathOrHostIsRefused) {
    for (auto const size : {1023u, 1024u, 1025u})
        EXPECT_EQ(receive("a=b", "https://a.test/" + std::string(size - 1, 'p') + "/").has_value(),
                  size <= 1024);
    auto const host = [](std::size_t size) { return std::string(size - 5, 'h') + ".test"; };
    EXPECT_TRUE(receive("a=b", "https://" + host(253) + "/"));
    EXPECT_TRUE(receive("a=b", "https://" + host(253) + "./"));
    EXPECT_FALSE(receive("a=b", "https://" + host(255) + "/"));
}

TEST(Cookie, SecureNeedsHttps) {
    EXPECT_TRUE(receive("a=b; Secure", "https://a.test/")->secure);
    EXPECT_FALSE(receive("a=b", "https://a.test/")->secure);
    EXPECT_TRUE(receive("a=b", "http://a.test/"));
    EXPECT_FALSE(receive("a=b; Secure", "http://a.test/"));
    EXPECT_FALSE(receive("a=b; Secure", "http://localhost/")) << "no exception for it";
    EXPECT_FALSE(receive("a=b; Secure", "http://127.0.0.1/"));
}

TEST(Cookie, ForOtherSitesNeedsSecure) {
    EXPECT_FALSE(receive("a=b; SameSite=None"));
    EXPECT_FALSE(receive("a=b; SameSite=None", "http://a.test/"));
    EXPECT_EQ(receive("a=b; SameSite=None; Secure")->same_site, same_site::none);
    for (auto const* other : {"Lax", "Strict", "None of these", ""})
        EXPECT_TRUE(receive("a=b; SameSite=" + std::string(other))) << other;
}

TEST(Cookie, SecurePrefixIsAPromise) {
    for (auto const* name : {"__Secure-a", "__secure-a", "__SECURE-"}) {
        EXPECT_TRUE(receive(name + "=b; Secure"s)) << name;
        EXPECT_FALSE(receive(name + "=b"s)) << name;
        EXPECT_FALSE(receive(name + "=b; Secure"s, "http://www.example.com/")) << name;
    }
    EXPECT_TRUE(receive("__Secure=b"));
    EXPECT_TRUE(receive("x__Secure-a=b"));
}

TEST(Cookie, HostPrefixIsAPromise) {
    for (auto const* name : {"__Host-a", "__host-a", "__HOST-"}) {
        auto const with = [&](std::string const& text) { return receive(name + text).has_value(); };
        EXPECT_TRUE(with("=b; Secure; Path=/")) << name;
        EXPECT_FALSE(with("=b; Path=/")) << name;
        EXPECT_FALSE(with("=b; Secure")) << name;
        EXPECT_FALSE(with("=b; Secure; Path=/d")) << name;
        EXPECT_FALSE(with("=b; Secure; Path=/; Domain=www.example.com")) << name;
        EXPECT_TRUE(with("=b; Secure; Path=/; Domain=")) << name;
    }
    EXPECT_FALSE(receive("__Host-a=b; Secure", "https://a.test/")) << "the path has to be said";
}

TEST(Cookie, WithoutANameCannotLookAsIfItHadAPrefix) {
    EXPECT_FALSE(receive("=__Host-a=b; Secure; Path=/"));
    EXPECT_FALSE(receive("__Host-a; Secure; Path=/"));
    EXPECT_FALSE(receive("=__secure-a=b; Secure"));
    EXPECT_TRUE(receive("=a__Host-=b"));
}

TEST(Cookie, IsOfHttpUrlsOnly) {
    for (auto const* from : {"ftp://a.test/", "ws://a.test/", "file:///etc", "data:,x"})
        EXPECT_FALSE(receive("a=b", from)) << from;
}

TEST(Cookie, ExpiresWhenItsTimeHasPassed) {
    auto const c = receive("a=b; Max-Age=5");
    EXPECT_FALSE(c->expired(now + 4s));
    EXPECT_FALSE(c->expired(now + 5s));
    EXPECT_TRUE(c->expired(now + 5s + 1ns));
    EXPECT_FALSE(receive("a=b")->expired(cookie_time::max()));
    EXPECT_TRUE(receive("a=b; Max-Age=0")->expired(now));
}

TEST(DomainMatch, IsEqualOrBelow) {
    EXPECT_TRUE(domain_match("example.com", "example.com"));
    EXPECT_TRUE(domain_match("a.b.example.com", "example.com"));
    EXPECT_FALSE(domain_match("example.com", "a.example.com"));
    EXPECT_FALSE(domain_match("anexample.com", "example.com"));
    EXPECT_FALSE(domain_match("example.com", ".com"));
    EXPECT_FALSE(domain_match("example.com", ""));
    EXPECT_FALSE(domain_match("example.com.", "example.com"));
    EXPECT_TRUE(domain_match("127.0.0.1", "127.0.0.1"));
    EXPECT_FALSE(domain_match("127.0.0.1", "0.0.1"));
    EXPECT_FALSE(domain_match("127.0.0.1", "1"));
}

TEST(DefaultPath, IsWhatIsBeforeTheLastSlash) {
    EXPECT_EQ(default_path("/"), "/");
    EXPECT_EQ(default_path("/a"), "/");
    EXPECT_EQ(default_path("/a/"), "/a");
    EXPECT_EQ(default_path("/a/b"), "/a");
    EXPECT_EQ(default_path("/a//b"), "/a/");
    EXPECT_EQ(default_path(""), "/");
    EXPECT_EQ(default_path("a/b"), "/");
}

TEST(PathMatch, IsEqualOrBelow) {
    EXPECT_TRUE(path_match("/", "/"));
    EXPECT_TRUE(path_match("/a", "/"));
    EXPECT_TRUE(path_match("/a", "/a"));
    EXPECT_TRUE(path_match("/a/", "/a"));
    EXPECT_TRUE(path_match("/a/b", "/a"));
    EXPECT_TRUE(path_match("/a/b", "/a/"));
    EXPECT_FALSE(path_match("/ab", "/a"));
    EXPECT_FALSE(path_match("/a", "/a/"));
    EXPECT_FALSE(path_match("/A", "/a"));
    EXPECT_FALSE(path_match("/a/b", "/b"));
}

}  // namespace
