#include "net/connection_pool.hpp"

#include <sys/socket.h>

#include "unit/net/loopback.hpp"

namespace {

using namespace fetchd;
using namespace std::chrono_literals;

class ConnectionPool : public test::loopback {
  protected:
    static net_config limits(std::size_t all, std::size_t per_origin, milliseconds idle = 1h) {
        net_config settings;
        settings.max_idle = all;
        settings.max_idle_per_origin = per_origin;
        settings.idle_timeout = idle;
        return settings;
    }
    // The pool looks through its connections once a second.
    void let_it_sweep() { wheel_.advance(clock::now() + 2s); }

    // Has what the origin sent arrived here? The kernel needs a moment even on loopback.
    static void wait_readable(connection& c) {
        while (c.quiet()) {
        }
    }
};

TEST_F(ConnectionPool, GivesBackWhatWasPut) {
    connection_pool pool(wheel_, limits(4, 4));
    EXPECT_FALSE(pool.take(origin()));
    auto c = connect();
    auto const* const put = c.near.get();
    pool.put(origin(), std::move(c.near));
    EXPECT_EQ(pool.count().idle, 1U);
    EXPECT_EQ(pool.take(origin()).get(), put);
    EXPECT_EQ(pool.count().idle, 0U);
    EXPECT_EQ(pool.count().reused, 1U);
    EXPECT_FALSE(pool.take(origin()));
}

TEST_F(ConnectionPool, KeepsEndpointsApart) {
    connection_pool pool(wheel_, limits(4, 4));
    auto c = connect();
    pool.put(origin(), std::move(c.near));
    auto other = origin("b.test");
    EXPECT_FALSE(pool.take(other)) << "another host at the same address";
    other = origin();
    other.address = ip_address::from_v4(0x7f000002);
    EXPECT_FALSE(pool.take(other)) << "the same host at another address: it was not judged";
    other = origin();
    other.tls = true;
    EXPECT_FALSE(pool.take(other));
    other = origin();
    ++other.port;
    EXPECT_FALSE(pool.take(other));
    EXPECT_TRUE(pool.take(origin()));
}

TEST_F(ConnectionPool, LastPutIsTakenFirst) {
    connection_pool pool(wheel_, limits(4, 4));
    auto a = connect();
    auto b = connect();
    auto const* const first = a.near.get();
    auto const* const second = b.near.get();
    pool.put(origin(), std::move(a.near));
    pool.put(origin(), std::move(b.near));
    EXPECT_EQ(pool.take(origin()).get(), second);
    EXPECT_EQ(pool.take(origin()).get(), first);
}

TEST_F(ConnectionPool, HoldsSoManyOfOneOrigin) {
    connection_pool pool(wheel_, limits(10, 2));
    auto a = connect();
    auto b = connect();
    auto c = connect();
    pool.put(origin(), std::move(a.near));
    EXPECT_EQ(pool.count().idle, 1U);
    pool.put(origin(), std::move(b.near));
    EXPECT_EQ(pool.count().idle, 2U);
    pool.put(origin(), std::move(c.near));
    EXPECT_EQ(pool.count().idle, 2U);
    EXPECT_EQ(pool.count().evicted, 1U);
    EXPECT_TRUE(hung_up(c.far)) << "the one too many goes";
    auto d = connect();
    pool.put(origin("b.test"), std::move(d.near));
    EXPECT_EQ(pool.count().idle, 3U) << "another origin has room of its own";
}

TEST_F(ConnectionPool, HoldsSoManyInAll) {
    connection_pool pool(wheel_, limits(2, 2));
    auto a = connect();
    auto b = connect();
    auto c = connect();
    pool.put(origin("a.test"), std::move(a.near));
    pool.put(origin("b.test"), std::move(b.near));
    EXPECT_EQ(pool.count().evicted, 0U);
    pool.put(origin("c.test"), std::move(c.near));
    EXPECT_EQ(pool.count().idle, 2U);
    EXPECT_EQ(pool.count().evicted, 1U);
    EXPECT_TRUE(hung_up(a.far)) << "the longest idle goes";
    EXPECT_FALSE(pool.take(origin("a.test")));
    EXPECT_TRUE(pool.take(origin("b.test")));
    EXPECT_TRUE(pool.take(origin("c.test")));
}

TEST_F(ConnectionPool, HoldsNothingWhereNothingIsAllowed) {
    for (auto const& none : {limits(0, 5), limits(5, 0)}) {
        connection_pool pool(wheel_, none);
        auto c = connect();
        pool.put(origin(), std::move(c.near));
        EXPECT_EQ(pool.count().idle, 0U);
        EXPECT_TRUE(hung_up(c.far));
    }
    EXPECT_EQ(wheel_.armed(), 0U);
}

TEST_F(ConnectionPool, ClosedByTheOriginIsNotReused) {
    connection_pool pool(wheel_, limits(4, 4));
    auto a = connect();
    auto b = connect();
    auto const* const alive = a.near.get();
    auto& dying = *b.near;
    pool.put(origin(), std::move(a.near));
    pool.put(origin(), std::move(b.near));
    b.far.close();
    wait_readable(dying);
    EXPECT_EQ(pool.take(origin()).get(), alive) << "the next one is";
    EXPECT_EQ(pool.count().stale, 1U);
    EXPECT_EQ(pool.count().reused, 1U);
}

TEST_F(ConnectionPool, OriginThatTalksOutOfTurnIsNotReused) {
    connection_pool pool(wheel_, limits(4, 4));
    auto c = connect();
    auto& talking = *c.near;
    pool.put(origin(), std::move(c.near));
    say(c.far, "HTTP/1.1 408 Request Timeout\r\n\r\n");
    wait_readable(talking);
    EXPECT_FALSE(pool.take(origin()));
    EXPECT_EQ(pool.count().stale, 1U);
}

TEST_F(ConnectionPool, ConnectionWithUnreadBytesIsNotReused) {
    connection_pool pool(wheel_, limits(4, 4));
    auto c = connect();
    auto const room = c.near->input.room(16);
    room[0] = 'x';
    c.near->input.commit(1);
    pool.put(origin(), std::move(c.near));
    EXPECT_FALSE(pool.take(origin()));
}

TEST_F(ConnectionPool, SweepsAwayWhatIsIdleTooLong) {
    connection_pool pool(wheel_, limits(4, 4));
    auto c = connect();
    pool.put(origin(), std::move(c.near));
    let_it_sweep();
    EXPECT_EQ(pool.count().idle, 1U) << "not yet";
    pool.configure(limits(4, 4, 0ms));
    wheel_.advance(clock::now() + 4s);
    EXPECT_EQ(pool.count().idle, 0U);
    EXPECT_EQ(pool.count().expired, 1U);
    EXPECT_TRUE(hung_up(c.far));
    EXPECT_EQ(wheel_.armed(), 0U) << "nothing to look for any more";
}

TEST_F(ConnectionPool, SweepsAwayWhatTheOriginClosed) {
    connection_pool pool(wheel_, limits(4, 4));
    auto a = connect();
    auto b = connect();
    auto& dying = *a.near;
    pool.put(origin(), std::move(a.near));
    pool.put(origin("b.test"), std::move(b.near));
    a.far.close();
    wait_readable(dying);
    let_it_sweep();
    EXPECT_EQ(pool.count().idle, 1U);
    EXPECT_EQ(pool.count().stale, 1U);
    EXPECT_TRUE(pool.take(origin("b.test")));
}

TEST_F(ConnectionPool, ClearClosesAll) {
    connection_pool pool(wheel_, limits(4, 4));
    auto c = connect();
    pool.put(origin(), std::move(c.near));
    pool.clear();
    EXPECT_TRUE(hung_up(c.far));
    EXPECT_FALSE(pool.take(origin()));
    let_it_sweep();
}

TEST_F(ConnectionPool, LargeBlocksAreGivenBackWhileIdle) {
    connection_pool pool(wheel_, limits(4, 4));
    auto c = connect();
    c.near->input.grow_to(connection::large_block);
    pool.put(origin(), std::move(c.near));
    EXPECT_LE(pool.take(origin())->input.capacity(), connection::small_block);
}

TEST_F(ConnectionPool, ManyOriginsComeAndGo) {
    connection_pool pool(wheel_, limits(8, 2));
    std::vector<pair> far;
    for (int round = 0; round < 200; ++round) {
        auto const where = origin("h" + std::to_string(round % 7));
        auto c = pool.take(where);
        if (!c || round % 5 == 0) {
            far.push_back(connect());
            pool.put(where, std::move(far.back().near));
        }
        if (c)
            pool.put(where, std::move(c));
        if (round % 50 == 49)
            wheel_.advance(clock::now() + std::chrono::seconds(2 * round));
        auto const n = pool.count();
        ASSERT_LE(n.idle, 8U);
    }
    auto const n = pool.count();
    EXPECT_EQ(n.idle + n.evicted + n.stale + n.expired, far.size()) << "each is somewhere";
}

}  // namespace
