#include "net/response.hpp"

#include <boost/asio/post.hpp>

#include "support/scripted_origin.hpp"
#include "unit/net/loopback.hpp"

namespace {

using namespace fetchd;
using namespace std::chrono_literals;

class Response : public test::loopback {
  protected:
    net_config settings_;
    connection_pool pool_{wheel_, settings_};
    scope life_{wheel_, clock::now() + 1h};
    std::optional<pair> pair_;

    static response_head framed(framing body, std::uint64_t length = 0, bool keep = true) {
        response_head head;
        head.status = 200;
        head.body = body;
        head.length = length;
        head.keep_alive = keep;
        return head;
    }
    std::unique_ptr<response> answer(response_head head, std::string_view sent, bool and_close = false) {
        pair_.emplace(connect());
        say(pair_->far, sent);
        if (and_close)
            pair_->far.close();
        return std::make_unique<response>(pool_, origin(), std::move(pair_->near), std::move(head), life_,
                                          settings_.limits);
    }

    // All of the body, and how it ended: "hello ok" or "hel truncated".
    std::string read(response& r) {
        std::string all;
        while (true) {
            auto const piece = run(r.next());
            if (!piece)
                return all + " " + std::string(name(piece.error().what));
            if (piece->empty())
                return all + " ok";
            all += *piece;
        }
    }

    void discard(response& r) {
        asio::co_spawn(io_, r.discard(), [&](std::exception_ptr) { io_.stop(); });
        io_.restart();
        io_.run();
    }

    // What comes of a body that an origin sends over TLS.
    std::string read_over_tls(response_head head, test::script sent) {
        test::test_ca const ca;
        test::origin_options options;
        options.tls.emplace().identity = ca.issue({});
        test::scripted_origin far(options);
        far.otherwise(std::move(sent));
        settings_.ca_file = ca.file();
        auto const context = tls_context::make(settings_).value();
        tcp_socket socket(io_.get_executor());
        socket.connect({asio::ip::address_v4::loopback(), far.port()});
        auto near = std::make_unique<connection>(std::move(socket));
        EXPECT_TRUE(run(near->secure("127.0.0.1", far.port(), *context, 10s, life_)));
        EXPECT_FALSE(run(near->write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")).error);
        response r(pool_, origin(), std::move(near), std::move(head), life_, settings_.limits);
        return read(r);
    }
};

TEST_F(Response, BodyOfKnownLengthEndsThereAndTheConnectionIsKept) {
    auto const r = answer(framed(framing::length, 5), "hello");
    EXPECT_EQ(read(*r), "hello ok");
    EXPECT_EQ(r->body_bytes(), 5U);
    EXPECT_TRUE(r->finished());
    EXPECT_EQ(pool_.count().idle, 1U);
    EXPECT_EQ(read(*r), " ok") << "the end stays the end";
}

TEST_F(Response, ChunksAreTakenOff) {
    auto const r = answer(framed(framing::chunked), "3\r\nhel\r\n2\r\nlo\r\n0\r\nt: u\r\n\r\n");
    EXPECT_EQ(read(*r), "hello ok");
    EXPECT_EQ(r->body_bytes(), 5U);
    EXPECT_EQ(pool_.count().idle, 1U);
}

TEST_F(Response, ChunkExtensionsEndTheConnection) {
    auto const r = answer(framed(framing::chunked), "3\r\nhel\r\n2;x\r\nlo\r\n0\r\n\r\n");
    EXPECT_EQ(read(*r), "hello ok");
    EXPECT_EQ(pool_.count().idle, 0U);
}

TEST_F(Response, BodyWithoutFramingEndsWithTheConnection) {
    auto const r = answer(framed(framing::until_close, 0, false), "hello", true);
    EXPECT_EQ(read(*r), "hello ok");
    EXPECT_EQ(pool_.count().idle, 0U);
}

TEST_F(Response, WithoutABodyTheConnectionIsFreeAtOnce) {
    auto const a = answer(framed(framing::none), "");
    EXPECT_TRUE(a->finished());
    EXPECT_EQ(pool_.count().idle, 1U);
    auto const b = answer(framed(framing::length, 0), "");
    EXPECT_TRUE(b->finished());
    EXPECT_EQ(pool_.count().idle, 2U);
    EXPECT_EQ(read(*b), " ok");
}

TEST_F(Response, ThatMustCloseIsNotKept) {
    auto const r = answer(framed(framing::length, 5, false), "hello");
    EXPECT_EQ(read(*r), "hello ok");
    EXPECT_EQ(pool_.count().idle, 0U);
    EXPECT_TRUE(hung_up(pair_->far));
}

TEST_F(Response, BytesBehindTheEndSpoilTheConnection) {
    auto const r = answer(framed(framing::length, 5), "helloHTTP/1.1 200 OK");
    EXPECT_EQ(read(*r), "hello ok");
    EXPECT_EQ(pool_.count().idle, 0U);
    auto const c = answer(framed(framing::chunked), "1\r\nx\r\n0\r\n\r\nmore");
    EXPECT_EQ(read(*c), "x ok");
    EXPECT_EQ(pool_.count().idle, 0U);
}

TEST_F(Response, CutBodyIsTruncated) {
    EXPECT_EQ(read(*answer(framed(framing::length, 5), "hel", true)), "hel truncated");
    EXPECT_EQ(read(*answer(framed(framing::chunked), "5\r\nhel", true)), "hel truncated");
    EXPECT_EQ(read(*answer(framed(framing::chunked), "3\r\nhel\r\n0\r\n", true)), "hel truncated");
    EXPECT_EQ(pool_.count().idle, 0U);
}

TEST_F(Response, GarbageInsteadOfAChunkIsMalformed) {
    auto const r = answer(framed(framing::chunked), "3\r\nhel\r\nnonsense\r\n");
    EXPECT_EQ(read(*r), "hel malformed");
    EXPECT_EQ(read(*r), " ok") << "nothing more to read";
    EXPECT_EQ(pool_.count().idle, 0U);
}

TEST_F(Response, WaitEndsWithTheScope) {
    auto const r = answer(framed(framing::length, 5), "hel");
    EXPECT_EQ(*run(r->next()), "hel");
    std::optional<result<std::string_view>> waiting;
    asio::co_spawn(io_, r->next(), [&](std::exception_ptr, result<std::string_view> got) { waiting = got; });
    io_.poll();
    EXPECT_FALSE(waiting);
    life_.end(code::cancelled);
    io_.restart();
    while (!waiting)
        io_.run_one();
    ASSERT_FALSE(*waiting);
    EXPECT_EQ(waiting->error().where, stage::body);
    EXPECT_EQ(waiting->error().what, code::cancelled);
}

TEST_F(Response, DiscardKeepsTheConnectionOfAShortBody) {
    auto const r = answer(framed(framing::length, 5), "hello");
    discard(*r);
    EXPECT_TRUE(r->finished());
    EXPECT_EQ(pool_.count().idle, 1U);
}

TEST_F(Response, DiscardDoesNotReadALongBody) {
    auto const r = answer(framed(framing::length, 1'000'000'000), "hello");
    discard(*r);
    EXPECT_FALSE(r->finished());
}

// The answer is still being passed on while its connection serves somebody else already.
TEST_F(Response, EndOfTheScopeLeavesAConnectionAloneThatWentBack) {
    auto const r = answer(framed(framing::length, 5), "hello");
    EXPECT_EQ(read(*r), "hello ok");
    auto const other = pool_.take(origin());
    ASSERT_TRUE(other);
    std::array<char, 8> bytes{};
    std::optional<io_result> got;
    asio::co_spawn(io_, other->read_some(bytes), [&](std::exception_ptr, io_result came) { got = came; });
    io_.restart();
    io_.poll();
    life_.end(code::cancelled);
    say(pair_->far, "x");
    io_.restart();
    while (!got)
        io_.run_one();
    EXPECT_FALSE(got->error) << got->error.message();
    EXPECT_EQ(got->bytes, 1U);
}

// And where the pool has no room the connection is gone altogether.
TEST_F(Response, EndOfTheScopeTouchesNoConnectionThatIsGone) {
    settings_.max_idle = 0;
    pool_.configure(settings_);
    auto const r = answer(framed(framing::length, 5), "hello");
    EXPECT_EQ(read(*r), "hello ok");
    EXPECT_TRUE(hung_up(pair_->far));
    life_.end(code::timeout);
    EXPECT_TRUE(r->finished());
}

TEST_F(Response, ResetIsNotTheEnd) {
    for (auto const body : {framing::length, framing::until_close, framing::chunked}) {
        auto const r = answer(framed(body, 10), body == framing::chunked ? "a\r\nhel" : "hel");
        EXPECT_EQ(*run(r->next()), "hel");
        pair_->far.set_option(asio::socket_base::linger(true, 0));
        pair_->far.close();
        EXPECT_EQ(read(*r), " reset");
    }
    EXPECT_EQ(pool_.count().idle, 0U);
}

TEST_F(Response, SilenceEndsTheWait) {
    auto const r = answer(framed(framing::length, 5), "hel");
    EXPECT_EQ(*run(r->next()), "hel");
    std::optional<result<std::string_view>> waiting;
    asio::co_spawn(io_, r->next(), [&](std::exception_ptr, result<std::string_view> got) { waiting = got; });
    io_.restart();
    io_.poll();
    wheel_.advance(clock::now() + settings_.limits.idle - 1s);
    io_.poll();
    EXPECT_FALSE(waiting);
    wheel_.advance(clock::now() + settings_.limits.idle + 1s);
    while (!waiting)
        io_.run_one();
    ASSERT_FALSE(*waiting);
    EXPECT_EQ(waiting->error().what, code::timeout);
    EXPECT_EQ(waiting->error().detail, "nothing for 60000 ms");
}

TEST_F(Response, SpeedIsNotJudgedInTheFirstSeconds) {
    settings_.limits.min_speed = 1'000'000'000;
    EXPECT_EQ(read(*answer(framed(framing::length, 5), "hello")), "hello ok");
}

TEST_F(Response, NothingIsWaitedForOnceTheScopeEnded) {
    auto const r = answer(framed(framing::length, 8), "hel");
    EXPECT_EQ(*run(r->next()), "hel");
    life_.end(code::cancelled);
    EXPECT_EQ(read(*r), " cancelled");
}

TEST_F(Response, ConnectionIsNotKeptOnceTheScopeEnded) {
    auto const r = answer(framed(framing::length, 5), "hello");
    EXPECT_EQ(*run(r->next()), "hello");
    life_.end(code::cancelled);
    EXPECT_EQ(read(*r), " ok");
    EXPECT_EQ(pool_.count().idle, 0U);
    EXPECT_TRUE(hung_up(pair_->far));
}

// The body would be taken for a whole one otherwise.
TEST_F(Response, CloseThatIsSeenWhileTheScopeEndsIsNoEnd) {
    auto const r = answer(framed(framing::until_close, 0, false), "", true);
    std::optional<result<std::string_view>> got;
    asio::co_spawn(io_, r->next(), [&](std::exception_ptr, result<std::string_view> came) { got = came; });
    asio::post(io_, [&] { life_.end(code::cancelled); });
    io_.restart();
    while (!got)
        io_.run_one();
    ASSERT_FALSE(*got);
    EXPECT_EQ(got->error().what, code::cancelled);
}

TEST_F(Response, LargeBodiesAreReadInLargePieces) {
    std::string const sent(20'000, 'x');
    auto const grows = answer(framed(framing::until_close, 0, false), sent);
    EXPECT_EQ(run(grows->next())->size(), connection::small_block);
    EXPECT_EQ(run(grows->next())->size(), sent.size() - connection::small_block);
    auto const announced = answer(framed(framing::length, connection::large_block + 1), sent);
    EXPECT_EQ(run(announced->next())->size(), sent.size());
}

TEST_F(Response, DiscardOfWhatIsOverDoesNothing) {
    auto const r = answer(framed(framing::none), "");
    discard(*r);
    EXPECT_EQ(pool_.count().idle, 1U);
}

TEST_F(Response, DiscardReadsChunksUpToSoMany) {
    auto const small = answer(framed(framing::chunked), "3\r\nhel\r\n0\r\n\r\n");
    discard(*small);
    EXPECT_TRUE(small->finished());
    EXPECT_EQ(pool_.count().idle, 1U);

    auto const large = answer(framed(framing::chunked), "fffff\r\n");
    std::string const sent(100'000, 'x');
    asio::async_write(pair_->far, asio::buffer(sent), [](error_code, std::size_t) {});
    discard(*large);
    EXPECT_FALSE(large->finished());
    EXPECT_GE(large->body_bytes(), 64U * 1024);
    EXPECT_LT(large->body_bytes(), sent.size() + 1);
    pair_->far.close();
    io_.restart();
    io_.poll();
}

TEST_F(Response, DiscardStopsAtAnError) {
    auto const r = answer(framed(framing::chunked), "nonsense");
    discard(*r);
    EXPECT_TRUE(r->finished());
    EXPECT_EQ(pool_.count().idle, 0U);
}

TEST_F(Response, DiscardLeavesABodyWithoutFramingAlone) {
    auto const r = answer(framed(framing::until_close, 0, false), "hello", true);
    discard(*r);
    EXPECT_FALSE(r->finished());
}

// RFC 9112 §9.8: anybody on the way can close a connection; only close_notify comes from the origin.
TEST_F(Response, BodyThatEndsWithTheConnectionNeedsTheEndOfTls) {
    auto const until_close = framed(framing::until_close, 0, false);
    EXPECT_EQ(read_over_tls(until_close, test::script{}.send("hello").close()), "hello ok");
    EXPECT_EQ(read_over_tls(until_close, test::script{}.send("hello").cut()), "hello truncated");
    EXPECT_EQ(read_over_tls(framed(framing::length, 9), test::script{}.send("hello").cut()),
              "hello truncated");
}

}  // namespace
