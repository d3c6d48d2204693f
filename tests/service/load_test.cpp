// Theme: large bodies and many clients, in bounded memory.

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/client_swarm.hpp"
#include "support/scripted_origin.hpp"
#include "support/slow_origin.hpp"

namespace fetchd::test {
namespace {

constexpr std::uint64_t mib = 1 << 20;

TEST(Load, HugeBodyPassesThroughInConstantMemory) {
    fetchd_process service{with("[fetch]\ntotal_timeout = \"10m\"\n")};
    scripted_origin origin;
    std::uint64_t const total = (long_tests() ? 4096 : slowness() > 1 ? 256 : 1024) * mib + 7;
    origin.on("/small", script{}.answer(200, std::string(100'000, 'x')));
    origin.on("/", script{}
                       .send(answer_head(200, {{"content-length", std::to_string(total)}}))
                       .send_repeated("0123456789abcdef", total));
    EXPECT_TRUE(get(service.port(), raw_target(origin.url("/small"))).ok());
    auto const before = service.resident();
    std::size_t most = before;
    std::uint64_t seen = 0;
    read_options counting;
    counting.keep = 0;
    counting.deadline = milliseconds{300'000};
    counting.sink = [&](std::string_view piece) {
        seen += piece.size();
        if (seen % (16 * mib) < piece.size())
            most = std::max(most, service.resident());
    };

    auto const got = get(service.port(), raw_target(origin.url()), {}, counting);

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.body_bytes, total);
    EXPECT_LT(most, before + 8 * mib * static_cast<std::uint64_t>(slowness()));
}

// Until what the origin has got rid of has not grown for a while; then how much it is.
std::uint64_t sent_when_stuck(scripted_origin const& origin) {
    std::uint64_t last = 0;
    for (int same = 0; same < 5;) {
        std::this_thread::sleep_for(milliseconds{50});
        auto const now = origin.record().connections.at(0).sent;
        same = now == last && now > 0 ? same + 1 : 0;
        last = now;
    }
    return last;
}

TEST(Load, OriginIsHeldBackWhileTheClientDoesNotRead) {
    fetchd_process service{with("[fetch]\ntotal_timeout = \"10m\"\n[server]\nidle_timeout = \"10m\"\n")};
    scripted_origin origin;
    constexpr std::uint64_t total = 256 * mib;
    origin.on("/", script{}
                       .send(answer_head(200, {{"content-length", std::to_string(total)}}))
                       .send_repeated("0123456789abcdef", total));
    auto const before = service.resident();
    http_client client(service.port());
    client.send("GET " + raw_target(origin.url()) + " HTTP/1.1\r\nhost: x\r\n\r\n");
    auto got = client.read_head();
    ASSERT_EQ(got.status, 200);

    // The kernel's socket buffers, four of them on loopback, hold a few MiB each at most.
    EXPECT_LT(sent_when_stuck(origin), 40 * mib);
    EXPECT_LT(service.resident(), before + 8 * mib * static_cast<std::uint64_t>(slowness()));
    read_options counting;
    counting.keep = 0;
    counting.deadline = milliseconds{300'000};
    client.read_body(got, counting);

    EXPECT_EQ(got.end, answer_end::complete);
    EXPECT_EQ(got.body_bytes, total);
}

// A client that reads a little now and then is slow, and not gone.
TEST(Load, SlowReaderGetsItAll) {
    fetchd_process service{with("[server]\nidle_timeout = \"2s\"\n")};
    scripted_origin origin;
    constexpr std::uint64_t total = 16 * mib;
    origin.on("/", script{}
                       .send(answer_head(200, {{"content-length", std::to_string(total)}}))
                       .send_repeated("0123456789abcdef", total));
    http_client client(service.port(), "127.0.0.1", 64 * 1024);
    client.send("GET " + raw_target(origin.url()) + " HTTP/1.1\r\nhost: x\r\n\r\n");
    auto got = client.read_head();
    int pauses = 0;
    read_options pausing;
    pausing.keep = 0;
    pausing.sink = [&](std::string_view) {
        if (++pauses <= 20)
            std::this_thread::sleep_for(milliseconds{20});
    };

    client.read_body(got, pausing);

    EXPECT_EQ(got.end, answer_end::complete);
    EXPECT_EQ(got.body_bytes, total);
}

TEST(Load, ClientThatStopsReadingIsGivenUpInTime) {
    fetchd_process service{with("[server]\nidle_timeout = \"300ms\"\n")};
    scripted_origin origin;
    origin.on("/", script{}.send(answer_head(200)).send_repeated("x", 1ull << 40));
    http_client client(service.port(), "127.0.0.1", 4096);
    client.send("GET " + raw_target(origin.url()) + " HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 200);

    EXPECT_TRUE(wait_for_metric(service, "fetchd_fetches_in_flight", 0));
    EXPECT_TRUE(origin.wait_for_none_open());
}

TEST(Load, ThousandsOfClientsWaitForASlowOrigin) {
    std::size_t const many = long_tests() ? 9'000 : slowness() > 1 ? 500 : 2'000;
    fetchd_process service;
    slow_origin_options options;
    options.delay = milliseconds{2000};
    slow_origin origin(options);
    EXPECT_EQ(get(service.port(), "/healthz").status, 200);
    auto const before = service.resident();
    std::size_t during = 0;
    swarm_options swarm;
    swarm.port = service.port();
    swarm.clients = many;
    swarm.target = raw_target(origin.url());
    swarm.deadline = milliseconds{120'000};
    std::thread watching([&] {
        if (origin.wait_until([&](auto const& counts) { return counts.open >= many; }))
            during = service.resident();
    });

    auto const got = run_swarm(swarm);
    watching.join();

    EXPECT_EQ(got.statuses.size(), 1u);
    EXPECT_EQ(got.statuses.count(200), 1u);
    EXPECT_EQ(got.failed, 0u);
    EXPECT_EQ(got.unanswered, 0u);
    EXPECT_EQ(got.body_bytes, many * std::string("slow\n").size());
    ASSERT_GT(during, before);
    auto const each = (during - before) / many;
    RecordProperty("bytes_per_pair", static_cast<int>(each));
    RecordProperty("slowest_ms", static_cast<int>(got.latencies.back().count()));
    if (slowness() <= 1) {
        EXPECT_LE(each, 16 * 1024u);
    }
    EXPECT_TRUE(wait_for_metric(service, "fetchd_fetches_in_flight", 0));
}

}  // namespace
}  // namespace fetchd::test
