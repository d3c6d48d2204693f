// A gate on robots.txt, addresses and a store that say what a test wants, and a clock moved by hand.
#pragma once

#include "jobs/polite_gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "loop/spawn.hpp"
#include "unit/jobs/memory_store.hpp"

namespace fetchd::jobs {

using namespace std::chrono_literals;

class one_file : public robots_source {
  public:
    robots_reply reply;
    int asked = 0;
    std::vector<std::string> tokens;
    awaitable<robots_reply> fetch(url, std::string, std::string token, scope&) override {
        ++asked;
        tokens.push_back(std::move(token));
        co_return reply;
    }
    std::optional<time_point> held_until(url const&) override {
        return reply.what == robots_reply::kind::later ? std::optional(reply.until) : std::nullopt;
    }
};

// Remembers the records it is given.
class noting_store : public memory_store {
  public:
    using memory_store::memory_store;
    std::vector<record> kept;
    std::optional<failure> fails;
    awaitable<result<void>> put(std::vector<record> all) override {
        kept = std::move(all);
        co_return result<void>();
    }
    awaitable<result<void>> put(record one) override {
        if (fails)
            co_return *fails;
        kept.push_back(std::move(one));
        co_return result<void>();
    }
    awaitable<result<std::optional<record>>> get(std::string key, unix_ms) override {
        if (fails)
            co_return *fails;
        for (auto const& r : kept)
            if (r.key == key)
                co_return std::optional(r);
        co_return std::nullopt;
    }
};

class one_address : public whereabouts {
  public:
    std::optional<ip_address> address;
    int asked = 0;
    awaitable<std::optional<ip_address>> address_of(url, scope&) override {
        ++asked;
        co_return address;
    }
};

class PoliteGate : public testing::Test {
  protected:
    PoliteGate() {
        config_.origin.delay = config_.domain.delay = config_.address.delay = 0ms;
        config_.adaptive = false;
        polite_.configure(config_);
    }

    void answer_with(std::string_view text) {
        source_.reply.what = robots_reply::kind::file;
        source_.reply.rules = parse_robots(text, "fetchd");
    }

    gate::answer ask(std::string_view address) {
        auto const target = *url::parse(address);
        auto said = gate_.ask(how_, target, now_);
        if (!std::holds_alternative<gate::prepare>(said))
            return said;
        scope life(wheel_, now_ + 1h);
        bool over = false;
        spawn_logged(ex_, "prepare", prepare(target, life, over));
        poll();
        EXPECT_TRUE(over);
        return gate_.ask(how_, target, now_);
    }
    awaitable<void> prepare(url const& target, scope& life, bool& over) {
        co_await gate_.prepare_for(how_, target, life);
        over = true;
    }
    std::unique_ptr<gate::turn> go(std::string_view address) {
        auto said = ask(address);
        auto* const found = std::get_if<gate::go>(&said);
        EXPECT_TRUE(found) << address;
        return found ? std::move(found->turn) : nullptr;
    }
    bool held(std::string_view address) { return as<gate::wait>(ask(address)) != nullptr; }

    // On to where a redirect led: time passes until it may be asked, or may not be.
    result<void> move(gate::turn& turn, std::string_view address, milliseconds limit = 30s) {
        scope life(wheel_, now_ + limit);
        std::optional<result<void>> came;
        spawn_logged(ex_, "move", move_on(turn, *url::parse(address), life, came));
        poll();
        for (auto const until = now_ + limit + 1s; !came && now_ < until; poll()) {
            now_ += 10ms;
            wheel_.advance(now_);
        }
        EXPECT_TRUE(came);
        return came.value_or(failure());
    }
    static awaitable<void> move_on(gate::turn& turn, url next, scope& life,
                                   std::optional<result<void>>& came) {
        attempt last;
        last.status = 302;
        auto moved = co_await turn.move(next, last, life);
        came.emplace(std::move(moved));
    }
    void poll() {
        io_.restart();
        io_.poll();
    }
    static fetch_result answered(int status, std::size_t redirects = 0) {
        fetch_result r;
        r.trace.redirects.resize(redirects);
        r.trace.attempts.emplace_back();
        r.trace.attempts.back().hop = redirects;
        r.trace.attempts.back().status = status;
        return r;
    }
    void break_circuit(std::string_view address) {
        fetch_result none = answered(0);
        none.trace.attempts.back().error = failure(stage::connect, code::refused);
        for (std::size_t i = 0; i < config_.circuit_failures; ++i)
            go(address)->finish(none, now_);
    }
    template <class T>
    static T const* as(gate::answer const& a) {
        return std::get_if<T>(&a);
    }

    asio::io_context io_{1};
    executor ex_ = io_.get_executor();
    timer_wheel wheel_{ex_};
    time_point now_ = clock::now() + 1h;
    politeness_config config_;
    politeness polite_{config_, [] { return 0U; }};
    one_file source_;
    robots_rules rules_{ex_, wheel_, source_, config_, "fetchd/1", robots_limits(), [this] { return now_; }};
    noting_store store_{ex_};
    one_address addresses_;
    polite_gate gate_{ex_, polite_, rules_, addresses_, store_, wheel_, [this] { return now_; }};
    manner how_;
};

}  // namespace fetchd::jobs
