// Theme: names whose addresses change under the service's feet (DNS rebinding).
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "service/ask.hpp"
#include "support/scripted_dns.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

// What a name may be at one moment. Only 127.0.0.2 is allowed.
struct face {
    std::vector<std::string> addresses;
    bool allowed;
    char const* rule;  // that refuses the rest
};

std::array<face, 9> const faces{{
    {{"127.0.0.2"}, true, ""},
    {{"127.0.0.3"}, false, "iana: 127.0.0.0/8 Loopback"},
    {{"127.0.0.3", "127.0.0.2"}, true, ""},
    {{"::ffff:127.0.0.3"}, false, "embedded v4-mapped: iana: 127.0.0.0/8 Loopback"},
    {{"127.0.0.2", "::ffff:127.0.0.3"}, true, ""},
    {{"::1"}, false, "iana: ::1/128 Loopback"},
    {{"::1", "::ffff:127.0.0.3", "127.0.0.3", "127.0.0.2"}, true, ""},
    {{"::ffff:127.0.0.2"}, false, "IPv4-mapped"},
    {{"127.0.0.2", "127.0.0.3"}, true, ""},
}};

class Rebinding : public testing::Test {
  protected:
    Rebinding() {
        origin_options in;
        in.listen = {"127.0.0.3", "127.0.0.1", "::1"};
        inside = std::make_unique<scripted_origin>(in);
        inside->otherwise(script{}.answer(200, "inside"));
        origin_options out;
        out.listen = {"127.0.0.2"};
        out.port = inside->port();
        outside = std::make_unique<scripted_origin>(out);
        outside->otherwise(script{}.answer(200, "outside"));
        names.otherwise([this](dns_question const& asked) {
            return dns_answer::of(faces[face_of(asked.name, asked.number)].addresses);
        });
    }

    // Each name has its own order of faces, in which no two neighbours are the same for long.
    static std::size_t face_of(std::string const& name, std::size_t number) {
        auto const seed = std::hash<std::string>()(name) + number * 0x9e3779b97f4a7c15U;
        return (seed ^ seed >> 29U) * 0xbf58476d1ce4e5b9U % faces.size();
    }

    void start(std::string const& net, std::string const& allow = "\"127.0.0.2\"") {
        service = std::make_unique<fetchd_process>(faulty(
            "[net]\ndns_ttl = \"0ms\"\n" + net + "[egress]\nallow = [" + allow + "]\n", {names.variable()}));
    }

    std::string url_of(std::string const& name) const {
        return "http://" + name + ":" + std::to_string(inside->port()) + "/";
    }
    // By way of a redirect from an address that is allowed.
    std::string redirect_to(std::string const& name) {
        auto const path = "/to/" + name;
        outside->on(path, script{}.answer(302, "", {{"location", url_of(name)}}));
        return "http://127.0.0.2:" + std::to_string(inside->port()) + path;
    }

    // Fetches one name again and again, each time with another face. Says the first one that was not as its
    // face wants it; nothing where all were.
    std::string fetch_all(std::string const& name, std::size_t times, bool redirected) {
        auto const target = raw_target(redirected ? redirect_to(name) : url_of(name));
        http_client client(service->port());
        std::string wrong;
        for (std::size_t i = 0; i < times; ++i) {
            auto const& now = faces[face_of(name, i)];
            auto const got = client.exchange("GET", target);
            bool const as_wanted = now.allowed ? got.ok() && got.body == "outside" : refused(got, now.rule);
            if (!as_wanted && wrong.empty())
                wrong =
                    name + ", fetch " + std::to_string(i) + ", " + now.addresses.front() + ": " + got.body;
        }
        return wrong;
    }

    static bool refused(answer const& got, char const* rule) {
        if (got.status != 403)
            return false;
        document const said(got.body);
        return said.outcome() == "egress.refused" && said["/detail"].find(rule) != std::string::npos;
    }

    // All of them, from several clients at once; half of the names by way of redirects.
    void fetch_many(std::size_t fetches) {
        constexpr std::size_t clients = 8;
        auto const each = fetches / clients;
        std::vector<std::thread> running;
        std::array<std::string, clients> wrong;
        for (std::size_t i = 0; i < clients; ++i)
            running.emplace_back([this, i, each, &wrong] {
                wrong[i] = fetch_all("flip-" + std::to_string(i) + ".test", each, i % 2 == 1);
            });
        for (auto& each_one : running)
            each_one.join();
        for (std::size_t i = 0; i < clients; ++i) {
            // Where the resolver had to ask twice, because it had no answer within a second, the faces are
            // not in step with the fetches any more.
            auto const asked = names.questions("flip-" + std::to_string(i) + ".test", 1);
            EXPECT_GE(asked, each);
            if (asked == each) {
                EXPECT_EQ(wrong[i], "");
            }
        }
    }

    void expect_nothing_inside() {
        EXPECT_EQ(inside->connections_opened(), 0u);
        EXPECT_GT(outside->requests_seen(), 0u);
    }

    static std::size_t many(std::size_t usual) {
        return static_cast<std::size_t>(static_cast<double>(usual) / slowness());
    }

    scripted_dns names;
    std::unique_ptr<scripted_origin> inside;
    std::unique_ptr<scripted_origin> outside;
    std::unique_ptr<fetchd_process> service;
};

TEST_F(Rebinding, NeverGetsInsideWithKeptConnections) {
    start({});
    fetch_many(many(10'000));
    expect_nothing_inside();
    EXPECT_GT(metric(*service, "fetchd_origin_connections_total{connection=\"reused\"}"), 0);
}

TEST_F(Rebinding, NeverGetsInsideWithANewConnectionEachTime) {
    start("max_idle = 0\n");
    fetch_many(many(10'000));
    expect_nothing_inside();
    EXPECT_EQ(metric(*service, "fetchd_origin_connections_total{connection=\"reused\"}"), 0);
}

// Many fetches that wait for one lookup, and lookups that overtake each other.
TEST_F(Rebinding, NeverGetsInsideByOneNameForAll) {
    start({});
    std::vector<std::thread> running;
    std::atomic<std::size_t> neither = 0;
    for (int i = 0; i < 16; ++i)
        running.emplace_back([&, i] {
            auto const target = raw_target(i % 2 == 0 ? url_of("shared.test") : redirect_to("shared.test"));
            http_client client(service->port());
            for (std::size_t n = many(2'000) / 16; n > 0; --n) {
                auto const got = client.exchange("GET", target);
                neither += got.body == "outside" || refused(got, "iana: ") ? 0 : 1;
            }
        });
    for (auto& each : running)
        each.join();
    EXPECT_EQ(neither, 0u);
    expect_nothing_inside();
}

// Without the guard the same names do lead inside: the tests above can fail.
TEST_F(Rebinding, GetsInsideWhereThatIsAllowed) {
    start("max_idle = 0\n", "\"127.0.0.0/8\", \"::1\"");
    auto const target = raw_target(url_of("flip-0.test"));
    http_client client(service->port());
    for (int i = 0; i < 50; ++i)
        client.exchange("GET", target);

    EXPECT_GT(inside->connections_opened(), 0u);
}

}  // namespace
}  // namespace fetchd::test
