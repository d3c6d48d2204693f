#include "net/dial.hpp"

#include "support/unreachable.hpp"
#include "unit/net/loopback.hpp"

namespace fetchd::test {
namespace {

using namespace std::chrono_literals;

class Dial : public loopback {
  protected:
    static ip_address ip(std::string_view text) { return *ip_address::parse(text); }
    std::uint16_t port() const { return listening_.local_endpoint().port(); }

    // Who was reached, or stage and code.
    std::string dial(std::vector<ip_address> const& to, std::uint16_t at_port, milliseconds each = 60s) {
        return run(dial_and_tell(to, at_port, each));
    }
    awaitable<std::string> dial_and_tell(std::vector<ip_address> const& to, std::uint16_t at_port,
                                         milliseconds each) {
        attempt sample;
        sample.dns = 5ms;
        auto const won = co_await dialler_.dial(to, at_port, each, life_, sample, tried_);
        if (won)
            co_return won->address.text();
        co_return std::string(name(won.error().where)) + "." + std::string(name(won.error().what));
    }

    scope life_{wheel_, clock::now() + 1h};
    dialler dialler_{io_.get_executor()};
    std::vector<attempt> tried_;
};

TEST_F(Dial, OneAddressThatAnswersLeavesNoOtherTry) {
    EXPECT_EQ(dial({ip("127.0.0.1")}, port()), "127.0.0.1");
    EXPECT_TRUE(tried_.empty());
}

TEST_F(Dial, OneAddressThatRefusesIsWrittenDown) {
    refusing_port const nobody;
    EXPECT_EQ(dial({ip("127.0.0.1")}, nobody.port()), "connect.refused");
    ASSERT_EQ(tried_.size(), 1U);
    EXPECT_EQ(tried_[0].error->what, code::refused);
    EXPECT_EQ(tried_[0].address.text(), "127.0.0.1");
    EXPECT_EQ(tried_[0].port, nobody.port());
    EXPECT_EQ(tried_[0].dns, 5ms);
}

TEST_F(Dial, NextOneIsTriedAtOnceWhenOneFails) {
    auto const began = clock::now();
    EXPECT_EQ(dial({ip("127.0.0.9"), ip("127.0.0.8"), ip("127.0.0.1")}, port()), "127.0.0.1");
    EXPECT_LT(clock::now() - began, attempt_delay);
    ASSERT_EQ(tried_.size(), 2U);
    EXPECT_EQ(tried_[0].address.text(), "127.0.0.9");
    EXPECT_EQ(tried_[1].address.text(), "127.0.0.8");
    EXPECT_EQ(tried_[1].error->what, code::refused);
    EXPECT_EQ(tried_[0].dns, 5ms);
    EXPECT_EQ(tried_[1].dns, 0ms) << "the name was looked up once";
}

TEST_F(Dial, SilentAddressIsOutracedByTheNext) {
    deaf_listener const deaf("127.0.0.2");
    tcp_socket other(io_.get_executor());
    asio::basic_socket_acceptor<tcp, executor> origin(
        io_, tcp::endpoint(asio::ip::address_v4(0x7f000003), deaf.port()));

    EXPECT_EQ(dial({ip("127.0.0.2"), ip("127.0.0.3")}, deaf.port()), "127.0.0.3");
    ASSERT_EQ(tried_.size(), 1U);
    EXPECT_TRUE(tried_[0].outraced);
    EXPECT_FALSE(tried_[0].error);
    EXPECT_GE(tried_[0].connect, attempt_delay);

    std::vector<ip_address> again{ip("127.0.0.2"), ip("127.0.0.3")};
    dialler_.order().arrange(again, deaf.port(), clock::now());
    EXPECT_EQ(again.front().text(), "127.0.0.3") << "the silent one is not waited for first again";
}

TEST_F(Dial, AllSilentFailAtTheLimitOfEach) {
    deaf_listener const deaf("127.0.0.2");
    deaf_listener const same("127.0.0.2");
    EXPECT_EQ(dial({ip("127.0.0.2")}, deaf.port(), 50ms), "connect.timeout");
    EXPECT_EQ(dial({ip("127.0.0.2"), ip("127.0.0.9")}, deaf.port(), 50ms), "connect.refused");
    ASSERT_EQ(tried_.size(), 3U);
    EXPECT_EQ(tried_[1].error->what, code::timeout);
    EXPECT_EQ(tried_[2].error->what, code::refused);
}

TEST_F(Dial, EndOfTheScopeEndsTheRace) {
    deaf_listener const deaf("127.0.0.2");
    alarm hang_up(wheel_, [this] { life_.end(code::cancelled); });
    hang_up.arm(clock::now() + 20ms);
    EXPECT_EQ(dial({ip("127.0.0.2"), ip("127.0.0.4")}, deaf.port()), "connect.cancelled");
    ASSERT_EQ(tried_.size(), 1U) << "the second was not begun";
    EXPECT_EQ(tried_[0].error->what, code::cancelled);
    while (io_.poll() > 0) {
    }
    EXPECT_EQ(wheel_.armed(), 0U);
}

TEST_F(Dial, RaceLeavesNothingBehind) {
    deaf_listener const deaf("127.0.0.2");
    EXPECT_EQ(dial({ip("127.0.0.2"), ip("127.0.0.9"), ip("127.0.0.8")}, deaf.port(), 80ms),
              "connect.refused");
    while (io_.poll() > 0) {
    }
    EXPECT_EQ(wheel_.armed(), 1U) << "the scope's own";
}

}  // namespace
}  // namespace fetchd::test
