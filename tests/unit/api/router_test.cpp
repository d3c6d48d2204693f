#include "api/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>

#include "net/client.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::api;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

worker::zygote_link nobody_at_the_other_end(worker::descriptor& far) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    far = worker::descriptor(ends[1]);
    return {worker::descriptor(ends[0]), -1};
}

// All that a router counts for, at rest: no worker ever comes, nothing is fetched.
struct resting_service {
    config settings;
    worker::descriptor zygote;
    asio::io_context io{1};
    executor ex = io.get_executor();
    timer_wheel wheel{ex};
    offload_pool pool{ex, settings.pool};
    dns names{ex, [](auto, auto) { return false; }, settings.net};
    std::unique_ptr<tls_context> tls = *tls_context::make({});
    connection_pool connections{wheel, settings.net};
    client out{ex,      names, *tls, connections, std::make_shared<address_guard const>(egress_policy{}),
               settings};
    worker::supervisor workers{ex, wheel, nobody_at_the_other_end(zygote), settings.workers, {}};
    fetcher fetches{out, workers, wheel, settings};
    metrics numbers{{fetches, workers, pool, names, connections, *tls}};
};

class Router : public testing::Test {
  protected:
    resting_service service_;
    router routes_{service_.numbers};
    int handled_ = 0;

    void SetUp() override {
        routes_.add({"/task", "GET, HEAD", false, [this](call& c) { return answer(c); }});
        routes_.add({"/task/more", "POST", false, [this](call& c) { return answer(c); }});
        routes_.add({"/task/{id}/part", "GET", false, [this](call& c) { return answer(c); }});
        routes_.add({"/task/{id}", "GET", false, [this](call& c) { return answer(c); }});
        routes_.add({"/health", "GET, HEAD", true, [this](call& c) { return answer(c); }});
    }

    awaitable<void> answer(call& c) {
        ++handled_;
        reply fine;
        fine.body = "fine" + c.parameter;
        co_await c.send(fine);
    }

    // What a client sees of its request.
    std::string ask(std::string const& method, std::string const& path, bool over = false) {
        auto& io = service_.io;
        asio::basic_socket_acceptor<tcp, executor> listening(
            io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        tcp_socket here(io);
        here.connect(listening.local_endpoint());
        auto there = listening.accept();
        byte_buffer input(64);
        request_head head;
        head.method = method;
        head.path = path;
        head.keep_alive = true;
        call c(there, input, service_.wheel, milliseconds(5000), std::move(head));
        asio::co_spawn(io, routes_.answer(c, over), [&](std::exception_ptr error) {
            EXPECT_FALSE(error);
            io.stop();
        });
        io.restart();
        io.run();
        there.close();
        std::string seen(64 * 1024, '\0');
        error_code ec;
        std::size_t n = 0;
        while (!ec)
            n += here.read_some(asio::buffer(seen.data() + n, seen.size() - n), ec);
        seen.resize(n);
        return seen;
    }
};

TEST_F(Router, GivesEachPathToItsHandler) {
    EXPECT_THAT(ask("GET", "/task"), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(ask("POST", "/task/more"), EndsWith("\r\n\r\nfine"));
    EXPECT_EQ(handled_, 2);
}

TEST_F(Router, OneSegmentMayBeAParameter) {
    EXPECT_THAT(ask("GET", "/task/7"), EndsWith("\r\n\r\nfine7"));
    EXPECT_THAT(ask("GET", "/task/a%20b"), EndsWith("\r\n\r\nfinea b"));
    EXPECT_THAT(ask("GET", "/task/7/part"), EndsWith("\r\n\r\nfine7"));
    EXPECT_THAT(ask("GET", "/task"), EndsWith("\r\n\r\nfine"));
    for (auto const* path : {"/task/7/8/part", "/task//part", "/task/7/", "/task/7/parts", "/tas/7"})
        EXPECT_THAT(ask("GET", path), StartsWith("HTTP/1.1 404 ")) << path;
}

TEST_F(Router, HeadHasNoBody) {
    auto const seen = ask("HEAD", "/task");
    EXPECT_THAT(seen, HasSubstr("\r\nContent-Length: 4\r\n"));
    EXPECT_THAT(seen, EndsWith("\r\n\r\n"));
}

TEST_F(Router, UnknownPathIs404) {
    for (auto const* path : {"", "/", "/tas", "/task/", "/TASK", "/task?x", "/%74ask", "//task"}) {
        auto const seen = ask("GET", path);
        EXPECT_THAT(seen, StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
        EXPECT_THAT(seen, HasSubstr("application/problem+json")) << path;
    }
    EXPECT_EQ(handled_, 0);
}

TEST_F(Router, WrongMethodIs405AndSaysWhichAreRight) {
    for (auto const* method : {"POST", "DELETE", "get", "GE", "GET, HEAD", "", "HEA"}) {
        auto const seen = ask(method, "/task");
        EXPECT_THAT(seen, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
        EXPECT_THAT(seen, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
    }
    EXPECT_THAT(ask("GET", "/task/more"), HasSubstr("\r\nAllow: POST\r\n"));
    EXPECT_EQ(handled_, 0);
}

TEST_F(Router, BeyondTheLimitOnlyHealthIsAnswered) {
    auto const refused = ask("GET", "/task", true);
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT_THAT(refused, HasSubstr("\r\nRetry-After: "));
    EXPECT_EQ(handled_, 0);
    EXPECT_THAT(ask("GET", "/health", true), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(handled_, 1);
    EXPECT_THAT(ask("GET", "/nothing", true), StartsWith("HTTP/1.1 404 "));
}

TEST_F(Router, CountsByRouteAndStatus) {
    ask("GET", "/task");
    ask("GET", "/task");
    ask("POST", "/task");
    ask("GET", "/no/such/path");
    ask("GET", "/another");
    auto const page = service_.numbers.text({});
    EXPECT_THAT(page, HasSubstr("fetchd_requests_total{route=\"/task\",code=\"200\"} 2\n"));
    EXPECT_THAT(page, HasSubstr("fetchd_requests_total{route=\"/task\",code=\"405\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("fetchd_requests_total{route=\"other\",code=\"404\"} 2\n"));
    EXPECT_THAT(page, HasSubstr("fetchd_request_duration_seconds_count 5\n"));
    EXPECT_THAT(page, Not(HasSubstr("/no/such/path"))) << "callers do not name our time series";
}

}  // namespace
