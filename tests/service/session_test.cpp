// Theme: cookies of a session, and whose session it is.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class Session : public testing::Test {
  protected:
    Session() {
        origin.on("/login",
                  script{}.answer(200, "", {{"set-cookie", "who=me; Path=/"}, {"set-cookie", "b=2"}}));
        origin.otherwise(script{}.answer(200, "", {{"content-type", "text/plain"}}));
    }

    // The Cookie that the origin was sent. key: of the caller's Authorization; empty: none.
    std::optional<std::string> visit(std::string const& target, std::string_view session,
                                     std::string const& key = "", std::string_view more = {}) {
        std::string options = session.empty() ? "" : ",\"session\":\"" + std::string(session) + "\"";
        header_list who;
        if (!key.empty())
            who.emplace_back("authorization", key);
        auto const got = post(service.port(), "/v1/fetch",
                              fetch_body(origin.url(target), options + R"(,"output":[])" + std::string(more)),
                              "application/json", who);
        EXPECT_EQ(document(got.body).outcome(), "ok") << got.body;
        return origin.request(origin.requests_seen() - 1).header("cookie");
    }

    fetchd_process service;
    scripted_origin origin;
};

TEST_F(Session, CarriesCookiesFromFetchToFetch) {
    EXPECT_EQ(visit("/login", "s"), std::nullopt);
    EXPECT_EQ(visit("/", "s"), "who=me; b=2");
    EXPECT_EQ(visit("/", "s"), "who=me; b=2");
    EXPECT_EQ(visit("/", "t"), std::nullopt) << "another session";
    EXPECT_EQ(visit("/", ""), std::nullopt) << "no session";
}

TEST_F(Session, IsTheSameOnEveryRoute) {
    visit("/login", "s");

    EXPECT_TRUE(get(service.port(), raw_target(origin.url(), "&session=s")).ok());
    EXPECT_EQ(origin.request(1).header("cookie"), "who=me; b=2");
    EXPECT_TRUE(get(service.port(), read_target(origin.url(), "&session=s&output=text")).ok());
    EXPECT_EQ(origin.request(2).header("cookie"), "who=me; b=2");
    EXPECT_TRUE(get(service.port(), raw_target(origin.url())).ok());
    EXPECT_EQ(origin.request(3).header("cookie"), std::nullopt);
}

TEST_F(Session, IsNeverSharedBetweenCallers) {
    visit("/login", "s", "Bearer one");

    EXPECT_EQ(visit("/", "s", "Bearer one"), "who=me; b=2");
    EXPECT_EQ(visit("/", "s", "Bearer two"), std::nullopt);
    EXPECT_EQ(visit("/", "s", "bearer one"), std::nullopt);
    EXPECT_EQ(visit("/", "s", "Bearer one "), "who=me; b=2") << "the space is not of the value";
    EXPECT_EQ(visit("/", "s"), std::nullopt) << "known by its address";
    EXPECT_EQ(visit("/", "s", "127.0.0.1"), std::nullopt);
    EXPECT_EQ(visit("/", "s", "address 127.0.0.1"), std::nullopt);
}

TEST_F(Session, CallersWithoutAKeyAreToldApartByAddress) {
    fetchd_process both{with("[server]\nlisten = [\"127.0.0.1:0\", \"[::1]:0\"]\n")};
    auto const ask = [&](std::uint16_t port, std::string const& address, std::string_view target) {
        http_client client(port, address);
        EXPECT_TRUE(client.exchange("GET", raw_target(origin.url(target), "&session=s")).ok());
        return origin.request(origin.requests_seen() - 1).header("cookie");
    };
    constexpr std::string_view second = "listening address=[::1]:";
    ASSERT_TRUE(both.wait_for_log(second));
    auto const log = both.log();
    auto const port_v6 = static_cast<std::uint16_t>(std::stoul(log.substr(log.find(second) + second.size())));

    ask(both.port(), "127.0.0.1", "/login");
    EXPECT_EQ(ask(both.port(), "127.0.0.1", "/"), "who=me; b=2") << "another connection, the same address";
    EXPECT_EQ(ask(port_v6, "::1", "/"), std::nullopt);
    ask(port_v6, "::1", "/login");
    EXPECT_EQ(ask(port_v6, "::1", "/"), "who=me; b=2");
}

// What the caller said to this service is not for the origin.
TEST_F(Session, TheCallersKeyStaysHere) {
    visit("/", "s", "Bearer one");
    EXPECT_EQ(origin.request(0).header("authorization"), std::nullopt);
    get(service.port(), raw_target(origin.url()), {{"authorization", "Bearer one"}});
    EXPECT_EQ(origin.request(1).header("authorization"), std::nullopt);
}

TEST_F(Session, CookiesAreTakenAtEveryHopAndStayWithTheirHost) {
    scripted_origin other;
    other.on("/", script{}.answer(200, "", {{"content-type", "text/plain"}}));
    auto const elsewhere = "http://localhost:" + std::to_string(other.port()) + "/";
    origin.on("/in", script{}.answer(302, "", {{"location", "/in2"}, {"set-cookie", "a=1"}}));
    origin.on("/in2", script{}.answer(303, "", {{"location", elsewhere}, {"set-cookie", "b=2"}}));

    auto const got = fetch(service, origin.url("/in"), R"(,"session":"s","output":[])");

    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(origin.request(0).header("cookie"), std::nullopt);
    EXPECT_EQ(origin.request(1).header("cookie"), "a=1");
    EXPECT_EQ(other.request(0).header("cookie"), std::nullopt);
    EXPECT_EQ(visit("/", "s"), "a=1; b=2");
}

TEST_F(Session, DoesNotGoWithACookieOfTheCaller) {
    auto const got = post(service.port(), "/v1/fetch",
                          fetch_body(origin.url(), R"(,"session":"s","headers":{"cookie":"a=1"})"));
    EXPECT_EQ(got.status, 400);
    EXPECT_TRUE(contains(got.body, "session: cannot go with a"));
    EXPECT_EQ(visit("/", "", "", R"(,"headers":{"cookie":"a=1"})"), "a=1");
}

}  // namespace
}  // namespace fetchd::test
