#include "http/cookie_jar.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace fetchd;
using namespace std::chrono_literals;
using std::to_string;

constexpr cookie_time start = std::chrono::sys_days(std::chrono::year(2024) / 3 / 1);

class CookieJar : public testing::Test {
  protected:
    static url at(std::string_view text) {
        auto parsed = url::parse(text);
        EXPECT_TRUE(parsed) << text;
        return *parsed;
    }

    void set(std::string_view from, std::vector<std::string> const& fields) { set(jar_, from, fields); }
    void set(cookie_jar& jar, std::string_view from, std::vector<std::string> const& fields) {
        headers answer;
        for (auto const& field : fields)
            answer.add("Set-Cookie", field);
        jar.store(at(from), answer, now_);
    }
    std::string sent(std::string_view to) { return jar_.cookies_for(at(to), now_); }

    // How many cookies go to this URL.
    std::size_t number(std::string_view to) {
        auto const field = sent(to);
        return field.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(field.begin(), field.end(), ';'));
    }

    cookie_jar jar_;
    cookie_time now_ = start;
};

TEST_F(CookieJar, GivesBackWhatItWasGiven) {
    EXPECT_EQ(sent("http://a.test/"), "");
    set("http://a.test/", {"a=1", "b=2"});
    EXPECT_EQ(sent("http://a.test/"), "a=1; b=2");
    EXPECT_EQ(jar_.size(), 2u);
}

TEST_F(CookieJar, ReadsTheFieldWhateverItsCaseAndNoOther) {
    headers answer;
    answer.add("set-cookie", "a=1");
    answer.add("SET-COOKIE", "b=2");
    answer.add("Set-Cookie2", "c=3");
    answer.add("Cookie", "d=4");
    jar_.store(at("http://a.test/"), answer, now_);
    EXPECT_EQ(sent("http://a.test/"), "a=1; b=2");
}

TEST_F(CookieJar, KeepsToHostsAndDomains) {
    set("http://www.example.com/", {"host=1", "site=2; Domain=example.com"});
    EXPECT_EQ(sent("http://www.example.com/"), "host=1; site=2");
    EXPECT_EQ(sent("http://example.com/"), "site=2");
    EXPECT_EQ(sent("http://a.b.example.com/"), "site=2");
    for (auto const* other :
         {"http://a.www.example.net/", "http://anexample.com/", "http://example.com.evil.test/",
          "http://example.com./", "http://com/", "http://127.0.0.1/"})
        EXPECT_EQ(sent(other), "") << other;
    EXPECT_EQ(sent("http://a.www.example.com/"), "site=2") << "the other is of its host only";
}

TEST_F(CookieJar, CookiesOfAnAddressStayThere) {
    set("http://127.0.0.1/", {"a=1", "b=2; Domain=127.0.0.1"});
    EXPECT_EQ(sent("http://127.0.0.1:8080/"), "a=1; b=2") << "ports do not part cookies";
    EXPECT_EQ(sent("http://0x7f.1/"), "a=1; b=2") << "the same address";
    EXPECT_EQ(sent("http://127.0.0.2/"), "");
}

TEST_F(CookieJar, KeepsToPaths) {
    set("http://a.test/docs/page", {"page=1", "root=2; Path=/", "deep=3; Path=/docs/web/"});
    EXPECT_EQ(sent("http://a.test/docs/other?q=/docs/web/"), "page=1; root=2");
    EXPECT_EQ(sent("http://a.test/docs"), "page=1; root=2");
    EXPECT_EQ(sent("http://a.test/docs/web/"), "deep=3; page=1; root=2");
    EXPECT_EQ(sent("http://a.test/docsearch"), "root=2");
    EXPECT_EQ(sent("http://a.test/"), "root=2");
}

TEST_F(CookieJar, SecureCookiesGoToHttpsOnly) {
    set("https://a.test/", {"s=1; Secure", "p=2"});
    EXPECT_EQ(sent("https://a.test/"), "s=1; p=2");
    EXPECT_EQ(sent("http://a.test/"), "p=2");
    set("https://localhost/", {"s=1; Secure"});
    EXPECT_EQ(sent("http://localhost/"), "") << "no exception";
}

TEST_F(CookieJar, SendsAllWhateverTheySayOfOtherSites) {
    set("https://a.test/",
        {"a=1; SameSite=Strict", "b=2; SameSite=Lax", "c=3; SameSite=None; Secure", "d=4; HttpOnly"});
    EXPECT_EQ(sent("https://a.test/"), "a=1; b=2; c=3; d=4");
}

TEST_F(CookieJar, OrdersByPathThenByAge) {
    set("http://a.test/", {"z=1; Path=/", "b=2; Path=/x/y", "a=3; Path=/x/y", "m=4; Path=/x"});
    EXPECT_EQ(sent("http://a.test/x/y"), "b=2; a=3; m=4; z=1");
    now_ -= 24h;  // a clock that was set back
    set("http://a.test/", {"c=5; Path=/x/y", "b=6; Path=/x/y"});
    EXPECT_EQ(sent("http://a.test/x/y"), "b=6; a=3; c=5; m=4; z=1")
        << "a new value keeps the age of the old one";
}

TEST_F(CookieJar, WritesCookiesWithoutNameOrValueAsTheyCame) {
    set("http://a.test/", {"bare", "empty=", "=x=y"});
    EXPECT_EQ(sent("http://a.test/"), "x=y; empty=") << "the one without a name, with its second value";
}

TEST_F(CookieJar, ReplacesTheSameCookieOnly) {
    set("http://www.example.com/", {"a=1", "a=2; Domain=www.example.com", "a=3; Path=/p", "A=4"});
    EXPECT_EQ(jar_.size(), 4u);
    set("http://www.example.com/", {"a=5"});
    EXPECT_EQ(jar_.size(), 4u);
    EXPECT_EQ(sent("http://www.example.com/p"), "a=3; a=5; a=2; A=4");
}

TEST_F(CookieJar, ForgetsWhatTheServerTakesBack) {
    set("http://a.test/", {"a=1", "b=2"});
    set("http://a.test/", {"a=; Max-Age=0", "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "c=3; Max-Age=0"});
    EXPECT_EQ(jar_.size(), 0u);
    EXPECT_EQ(jar_.bytes(), 0u);
}

TEST_F(CookieJar, ForgetsWhatHasExpired) {
    set("http://a.test/", {"short=1; Max-Age=10", "long=2; Max-Age=20", "session=3"});
    now_ += 10s;
    EXPECT_EQ(sent("http://a.test/"), "short=1; long=2; session=3");
    now_ += 1s;
    EXPECT_EQ(sent("http://a.test/"), "long=2; session=3");
    now_ += 1000 * 24h;
    set("http://b.test/", {"x=1"});
    EXPECT_EQ(jar_.size(), 2u) << "storing forgets too";
}

TEST_F(CookieJar, PlainHttpCannotStandInForASecureCookie) {
    set("https://www.example.com/", {"id=good; Secure; Domain=example.com; Path=/login"});
    for (auto const* bad : {"id=evil; Domain=example.com; Path=/login", "id=evil; Path=/login",
                            "id=evil; Path=/login/en", "id=; Max-Age=0; Domain=example.com; Path=/login"})
        set("http://www.example.com/", {bad});
    EXPECT_EQ(sent("https://www.example.com/login/en"), "id=good");
    set("http://example.com/", {"id=evil; Path=/login"});
    set("http://a.www.example.com/", {"id=evil; Path=/login"});
    EXPECT_EQ(jar_.size(), 1u) << "neither from above nor from below";
    set("http://www.example.com/", {"id=wide; Path=/", "id=other; Path=/foo", "ID=case; Path=/login"});
    EXPECT_EQ(jar_.size(), 4u) << "elsewhere it may";
}

TEST_F(CookieJar, HttpsMayReplaceASecureCookieByAPlainOne) {
    set("https://a.test/", {"id=1; Secure"});
    set("https://a.test/", {"id=2"});
    EXPECT_EQ(sent("http://a.test/"), "id=2");
}

TEST_F(CookieJar, ReadsAsManyFieldsOfOneAnswerAsAreAllowed) {
    for (auto const n : {49u, 50u, 51u}) {
        cookie_jar jar;
        headers answer;
        answer.add("Set-Cookie", "=");  // counts, though it is none
        for (unsigned i = 1; i < n; ++i)
            answer.add("Set-Cookie", "c" + to_string(i) + "=1");
        jar.store(at("http://a.test/"), answer, now_);
        EXPECT_EQ(jar.size(), std::min(n, 50u) - 1) << n;
    }
}

TEST_F(CookieJar, BoundsTheCookiesOfASite) {
    for (auto const n : {49u, 50u, 51u}) {
        cookie_jar jar;
        for (unsigned i = 0; i < n; ++i)
            set(jar, "http://a.example.com/", {"c" + to_string(i) + "=1; Domain=example.com"});
        EXPECT_EQ(jar.size(), std::min(n, 50u)) << n;
    }
    for (int i = 0; i < 60; ++i)
        set("http://s" + to_string(i) + ".example.com/", {"own=1"});
    EXPECT_EQ(jar_.size(), 50u) << "hosts below the domain are the same site";
    set("http://example.net/", {"x=1"});
    EXPECT_EQ(jar_.size(), 51u) << "another is not";
}

TEST_F(CookieJar, HostsWithoutARegistrableDomainAreSitesOfTheirOwn) {
    for (int i = 0; i < 60; ++i) {
        set("http://127.0.0.1/", {"c" + to_string(i) + "=1"});
        set("http://intranet/", {"c" + to_string(i) + "=1"});
    }
    EXPECT_EQ(number("http://127.0.0.1/"), 50u);
    EXPECT_EQ(number("http://intranet/"), 50u);
}

TEST_F(CookieJar, TheLeastRecentlySentCookieOfASiteGoesFirst) {
    for (int i = 0; i < 50; ++i)
        set("http://a.test/", {"c" + to_string(i) + "=1; Path=/p" + to_string(i)});
    EXPECT_EQ(sent("http://a.test/p0"), "c0=1");
    set("http://a.test/", {"new=1"});
    EXPECT_EQ(sent("http://a.test/p0"), "c0=1; new=1");
    EXPECT_EQ(sent("http://a.test/p1"), "new=1");
    EXPECT_EQ(sent("http://a.test/p2"), "c2=1; new=1");
}

TEST_F(CookieJar, SecureCookiesOfASiteGoLast) {
    set("https://a.test/", {"old=1; Secure"});
    for (int i = 0; i < 100; ++i)
        set("http://a.test/", {"c" + to_string(i) + "=1"});
    EXPECT_EQ(jar_.size(), 50u);
    EXPECT_TRUE(sent("https://a.test/").starts_with("old=1; "));
}

TEST_F(CookieJar, BoundsAllCookies) {
    for (int i = 0; i < 299; ++i)
        set("http://site" + to_string(i) + ".test/", {"c=1"});
    EXPECT_EQ(jar_.size(), 299u);
    set("http://b.test/", {"c=1"});
    EXPECT_EQ(jar_.size(), 300u);
    EXPECT_EQ(sent("http://site0.test/"), "c=1");
    set("http://c.test/", {"c=1"});
    EXPECT_EQ(jar_.size(), 300u);
    EXPECT_EQ(sent("http://site0.test/"), "c=1") << "it was used";
    EXPECT_EQ(sent("http://site1.test/"), "");
}

TEST_F(CookieJar, BoundsTheBytesOfASiteAndOfAll) {
    cookie_limits limits;
    cookie_jar jar(limits);
    std::size_t most = 0;
    for (int i = 0; i < 100; ++i) {
        auto const site = "http://site" + to_string(i / 30) + ".test/";
        set(jar, site, {"c" + to_string(i) + "=" + std::string(4000, 'x')});
        most = std::max(most, jar.bytes());
        EXPECT_LE(jar.bytes(), i < 30 ? limits.site_bytes : limits.bytes);
    }
    EXPECT_GT(most, limits.bytes - 5000);
    EXPECT_EQ(jar.cookies_for(at("http://site0.test/"), now_), "") << "the oldest site's went first";
}

TEST_F(CookieJar, ASiteThatFillsTheJarLosesItsOwn) {
    set("http://good.test/", {"id=1"});
    for (int i = 0; i < 1000; ++i)
        set("http://evil.test/", {"c" + to_string(i) + "=" + std::string(4000, 'x')});
    EXPECT_EQ(sent("http://good.test/"), "id=1");
}

TEST_F(CookieJar, BytesAreCountedExactlyAtTheLimit) {
    set("http://a.test/", {"a=1"});
    auto const one = jar_.bytes();
    for (int const more : {-1, 0, 1}) {
        cookie_limits limits;
        limits.bytes = 2 * one - static_cast<std::size_t>(more);
        cookie_jar jar(limits);
        set(jar, "http://a.test/", {"a=1"});
        set(jar, "http://b.test/", {"a=1"});
        EXPECT_EQ(jar.size(), more > 0 ? 1u : 2u) << more;
    }
}

TEST_F(CookieJar, BoundsTheFieldItSends) {
    for (int const more : {-1, 0, 1}) {
        cookie_limits limits;
        limits.field_bytes = static_cast<std::size_t>(8 - more);
        cookie_jar jar(limits);
        set(jar, "http://a.test/", {"a=1", "b=2"});
        EXPECT_EQ(jar.cookies_for(at("http://a.test/"), now_), more > 0 ? "a=1" : "a=1; b=2") << more;
    }
}

TEST_F(CookieJar, CountsIntoTotalsUntilItLeavesThem) {
    auto const totals = std::make_shared<cookie_totals>();
    {
        cookie_jar one({}, totals);
        cookie_jar two({}, totals);
        set(one, "http://a.test/", {"a=1", "b=2"});
        set(two, "http://a.test/", {"a=1"});
        EXPECT_EQ(totals->cookies, 3u);
        EXPECT_EQ(totals->bytes, one.bytes() + two.bytes());
        set(one, "http://a.test/", {"a=; Max-Age=0"});
        EXPECT_EQ(totals->cookies, 2u);
        one.leave_totals();
        EXPECT_EQ(totals->cookies, 1u);
        EXPECT_EQ(totals->bytes, two.bytes());
        set(one, "http://a.test/", {"c=1", "d=1"});
        EXPECT_EQ(totals->cookies, 1u);
        EXPECT_EQ(one.size(), 3u) << "it goes on by itself";
    }
    EXPECT_EQ(totals->cookies, 0u);
    EXPECT_EQ(totals->bytes, 0u);
}

TEST_F(CookieJar, IsForHttpUrlsOnly) {
    set("http://a.test/", {"a=1"});
    set("ftp://a.test/", {"b=1"});
    EXPECT_EQ(sent("ftp://a.test/"), "");
    EXPECT_EQ(sent("http://user:pass@a.test:8080/#f"), "a=1");
}

}  // namespace
