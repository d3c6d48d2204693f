#include "http/redirect.hpp"

#include <gtest/gtest.h>

namespace {

using namespace fetchd;

url from(std::string_view text) {
    auto parsed = url::parse(text);
    EXPECT_TRUE(parsed) << text;
    return *parsed;
}

result<std::optional<redirect>> hop(int status, std::string_view location,
                                    std::string_view at = "http://a.test/x/y?q",
                                    std::string_view method = "GET") {
    headers answer;
    answer.add("Server", "test");
    answer.add("location", location);
    return next_hop(status, answer, from(at), method);
}

// Where it leads: the URL, "-" where there is nothing to follow, or the code of the failure.
std::string leads_to(int status, std::string_view location, std::string_view at = "http://a.test/x/y?q") {
    auto const next = hop(status, location, at);
    if (!next)
        return std::string(name(next.error().what));
    return *next ? std::string((*next)->to.href()) : "-";
}

TEST(Redirect, FollowsTheFiveStatusesOnly) {
    for (int const status : {301, 302, 303, 307, 308})
        EXPECT_EQ(leads_to(status, "/to"), "http://a.test/to") << status;
    for (int const status : {200, 201, 204, 300, 304, 305, 306, 309, 399, 404, 500})
        EXPECT_EQ(leads_to(status, "/to"), "-") << status;
}

TEST(Redirect, NeedsALocation) {
    EXPECT_FALSE(next_hop(302, headers{}, from("http://a.test/"), "GET")->has_value());
}

TEST(Redirect, TakesTheFirstLocation) {
    headers answer;
    answer.add("Location", "/one");
    answer.add("Location", "/two");
    EXPECT_EQ((*next_hop(302, answer, from("http://a.test/"), "GET"))->to.href(), "http://a.test/one");
}

TEST(Redirect, ResolvesAgainstWhereItCameFrom) {
    EXPECT_EQ(leads_to(302, "z"), "http://a.test/x/z");
    EXPECT_EQ(leads_to(302, "../z"), "http://a.test/z");
    EXPECT_EQ(leads_to(302, "?r"), "http://a.test/x/y?r");
    EXPECT_EQ(leads_to(302, "//b.test"), "http://b.test/");
    EXPECT_EQ(leads_to(302, "https://b.test:8443/p"), "https://b.test:8443/p");
    EXPECT_EQ(leads_to(302, ""), "http://a.test/x/y?q");
    EXPECT_EQ(leads_to(302, "caf\xc3\xa9"), "http://a.test/x/caf%C3%A9");
}

TEST(Redirect, InheritsTheFragmentWhereTheLocationHasNone) {
    EXPECT_EQ(leads_to(302, "/z", "http://a.test/#here"), "http://a.test/z#here");
    EXPECT_EQ(leads_to(302, "/z#there", "http://a.test/#here"), "http://a.test/z#there");
    EXPECT_EQ(leads_to(302, "/z#", "http://a.test/#here"), "http://a.test/z#");
    EXPECT_EQ(leads_to(302, "/z"), "http://a.test/z");
}

TEST(Redirect, ToWhatIsNoUrlFails) {
    EXPECT_EQ(leads_to(302, "http://"), "bad_location");
    EXPECT_EQ(leads_to(302, "http://[::1"), "bad_location");
    EXPECT_EQ(leads_to(302, "http://a b/"), "bad_location");
    EXPECT_EQ(leads_to(302, "//"), "bad_location");
    EXPECT_EQ(leads_to(302, "http://a.test:99999/"), "bad_location");
}

TEST(Redirect, ToAnotherSchemeFails) {
    for (auto const* location : {"file:///etc/passwd", "ftp://a.test/", "javascript:alert(1)", "data:,x",
                                 "gopher://a.test/", "mailto:a@b", "ws://a.test/"})
        EXPECT_EQ(leads_to(302, location), "bad_location") << location;
}

TEST(Redirect, FromHttpsToHttpIsRefused) {
    EXPECT_EQ(leads_to(302, "http://a.test/", "https://a.test/"), "downgrade_refused");
    EXPECT_EQ(leads_to(308, "http://b.test/", "https://a.test/"), "downgrade_refused");
    EXPECT_EQ(leads_to(302, "https://b.test/", "https://a.test/"), "https://b.test/");
    EXPECT_EQ(leads_to(302, "https://b.test/", "http://a.test/"), "https://b.test/");
}

TEST(Redirect, BecomesAGetAsTheStandardSays) {
    struct row {
        int status;
        char const* method;
        bool drops;
    };
    for (auto const& r :
         {row{301, "POST", true}, row{302, "POST", true}, row{303, "POST", true}, row{307, "POST", false},
          row{308, "POST", false}, row{301, "PUT", false}, row{302, "PUT", false}, row{303, "PUT", true},
          row{303, "DELETE", true}, row{301, "GET", false}, row{303, "GET", false}, row{303, "HEAD", false},
          row{301, "HEAD", false}})
        EXPECT_EQ((*hop(r.status, "/z", "http://a.test/", r.method))->drop_body, r.drops)
            << r.status << r.method;
}

TEST(Redirect, KnowsWhenTheOriginChanges) {
    auto const crosses = [](std::string_view at, std::string_view location) {
        return (*hop(302, location, at))->cross_origin;
    };
    EXPECT_FALSE(crosses("http://a.test/", "/z"));
    EXPECT_FALSE(crosses("http://a.test/", "http://a.test:80/z"));
    EXPECT_FALSE(crosses("http://a.test/", "http://A.TEST/z"));
    EXPECT_FALSE(crosses("http://a.test/", "http://user:pass@a.test/z"));
    EXPECT_TRUE(crosses("http://a.test/", "http://a.test:81/z"));
    EXPECT_TRUE(crosses("http://a.test/", "https://a.test/z"));
    EXPECT_TRUE(crosses("http://a.test/", "http://b.a.test/z"));
    EXPECT_TRUE(crosses("http://a.test/", "http://a.test./z"));
}

TEST(Redirect, CredentialsAreTakenOffWhateverTheirCase) {
    headers fields;
    for (auto const* name :
         {"Authorization", "cookie", "PROXY-AUTHORIZATION", "Accept", "Cookie", "X-Cookie"})
        fields.add(name, "v");
    drop_credentials(fields);
    std::string left;
    fields.write_to(left);
    EXPECT_EQ(left, "Accept: v\r\nX-Cookie: v\r\n");
}

}  // namespace
