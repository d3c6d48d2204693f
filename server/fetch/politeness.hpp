// Who may be asked for something now, and who not before when.
//
// Asked before every request. A request counts, from `ask` until its turn is finished, in three groups at
// once: its origin, the registrable domain of its host, and the address that this origin was last reached
// at; in each of them hold limits of connections, of the delay between two starts and of starts in a minute.
// On top, of the origin alone: the back-off after 429 and 503 (RFC 9110 §10.2.3), a circuit that opens when
// connections fail, a pause, and a pace that falls when the origin becomes slow or answers with errors and
// rises again with good answers (docs/politeness.md).
//
// Loop thread only. No I/O, no clock, no randomness: all are given, and nothing in here waits. Memory is
// bounded by politeness.remembered: what is idle goes first, what must not be forgotten is handed out by
// take_records() and comes back by restore(). Outlives every turn.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/config.hpp"
#include "base/failure.hpp"
#include "http/url.hpp"
#include "net/ip_address.hpp"

namespace fetchd {

class politeness {
    class book;

  public:
    using time = std::chrono::steady_clock::time_point;
    using wall_time = std::chrono::system_clock::time_point;  // only in records, never to wait by

    enum class reason : unsigned char {
        connections,
        delay,
        rate,
        crawl_delay,
        back_off,
        circuit,
        paused,
    };

    // What came of a request.
    struct outcome {
        int status = 0;                            // 0: no head was received
        std::optional<failure> error{};            // also next to a status: a body that broke off, say
        std::optional<milliseconds> first_byte{};  // from the request to the head of the answer
        std::uint64_t bytes = 0;
        std::optional<milliseconds> retry_after{};  // http/retry.hpp
        std::optional<ip_address> address{};        // the connection went to; none through a proxy
    };

    // The right to one request now. Destroyed unfinished, it counts as a request that never happened.
    class turn {
      public:
        turn(turn&&) noexcept;
        turn& operator=(turn&&) noexcept;
        ~turn();
        // Once; the turn is empty afterwards. What was refused meanwhile may be asked for again from in here
        // (on_change).
        void finish(outcome const&, time now);

      private:
        friend class politeness;
        struct places;
        explicit turn(std::unique_ptr<places>);
        std::unique_ptr<places> places_;
    };

    // A place in the line of those whom a redirect led to an origin. They go in the order they came, and
    // before whoever has not begun: they have cost a request already.
    class follower {
      public:
        follower(politeness&, url const& target);
        ~follower();
        follower(follower const&) = delete;
        follower& operator=(follower const&) = delete;

      private:
        friend class politeness::book;
        book& keeper_;
        std::string const origin_;
        std::uint64_t const number_;
    };

    struct wait {
        // When it makes sense to ask again; on_change may say so earlier. time::max() while paused.
        time until;
        reason why;
        std::size_t times = 0;  // back_off, circuit: in a row that it came to this
        milliseconds down{};    // circuit: for how long nothing has been reached
    };
    using answer = std::variant<turn, wait>;

    // Any 32 random bits.
    using random = std::function<std::uint32_t()>;

    politeness(politeness_config const&, random);
    ~politeness();
    politeness(politeness const&) = delete;
    politeness& operator=(politeness const&) = delete;

    // What is wrong with politeness.hosts, all of it.
    static std::vector<std::string> problems(politeness_config const&);

    // May `target` (http or https) be requested now? crawl_delay: what its robots.txt asks for, if it does.
    // me: who asks has a place in its line.
    answer ask(url const& target, time now, milliseconds crawl_delay = milliseconds(0),
               follower const* me = nullptr);

    // What would hold a request for `target` now; counts for nothing.
    std::optional<wait> held(url const& target, time now) const;

    // An earlier process may have asked anybody until now: delays count from here, and the minute of a rate.
    void goes_on(time now);

    // Called with an origin ("https://example.org") that was refused and may go earlier than it was told.
    // Never from inside ask(). What it does not announce has a time that comes by itself.
    void on_change(std::function<void(std::string_view origin)>);

    void configure(politeness_config const&);  // at once
    milliseconds patience() const;             // with an origin that is down

    // ---- Hosts: what an operator sees and changes

    // Other limits for one host, in place of those of its origins. A limit that is looser than the one of
    // the domain or the address is not held to that one, and does not count there.
    struct host_rule {
        bool paused = false;
        std::optional<std::size_t> connections{};
        std::optional<milliseconds> delay{};  // also in place of a Crawl-delay
        std::optional<std::size_t> rate{};
        std::optional<bool> adaptive{};
        std::optional<bool> robots{};
        bool operator==(host_rule const&) const = default;
    };

    struct origin_state {
        std::string origin;
        std::string domain;   // that it is counted in; empty where there is none
        std::string address;  // empty while unknown
        std::size_t connections = 0;
        std::size_t most_connections = 0;  // as things stand
        milliseconds delay{};              // as things stand
        std::size_t rate = 0;
        milliseconds crawl_delay{};
        double pace = 1;  // 1: what the limits allow
        std::optional<milliseconds> usual_latency{};
        std::optional<milliseconds> latency{};
        std::optional<wait> held{};  // what holds it now
        std::size_t back_offs = 0;
        std::size_t failures = 0;  // in a row, of the circuit
        bool circuit_open = false;
        std::uint64_t good = 0;
        std::uint64_t bad = 0;
        int last_status = 0;
    };
    struct host_state {
        std::string host;
        host_rule rule;                     // that was given by change()
        host_rule configured;               // politeness.hosts
        std::vector<origin_state> origins;  // 100 at most
    };
    host_state describe(std::string_view host, time now) const;

    // Replaces the rule of a host. False for what is no host, and where there are too many rules (max_rules)
    // to take another one.
    static constexpr std::size_t max_rules = 10'000;
    bool change(std::string_view host, host_rule const&);
    // Forgets back-off, circuit and pace of a host's origins.
    void forgive(std::string_view host);
    // Whether robots.txt is to be obeyed there.
    bool minds_robots(std::string_view host) const;

    // ---- Records: what survives a restart

    // A small JSON text by key: "host/example.org" and "origin/https://example.org". Its times are those of
    // the wall clock.
    struct record {
        std::string key;
        std::string text;                    // empty: there is nothing to keep any more
        std::optional<wall_time> expires{};  // nothing: never
    };
    // The rule of a host as it is now.
    record rule_record(std::string_view host) const;
    // What changed since it was last taken, `most` records at most.
    std::vector<record> take_records(std::size_t most, time now, wall_time);
    // Any bytes: false, and nothing changed, where it is no record. Waits in it are not believed to be longer
    // than the longest there are.
    bool restore(std::string_view key, std::string_view text, time now, wall_time);
    // False: an origin that was never seen or is forgotten; its record may be in the store, and its address
    // is to be found, before it is asked for anything: then it is met.
    bool knows(url const& target) const;
    void meet(url const& target, std::optional<ip_address> const&, time now);

    struct numbers {
        std::size_t groups = 0;  // remembered
        std::size_t turns = 0;
        std::size_t rules = 0;
        std::size_t unsaved = 0;  // records
        std::size_t circuits_open = 0;
        std::uint64_t asked = 0;
        std::uint64_t waits[7] = {};  // by reason
        std::uint64_t back_offs = 0;
        std::uint64_t forgotten = 0;  // groups that went to make room
    };
    numbers count() const;

  private:
    std::unique_ptr<book> book_;
};

std::string_view name(politeness::reason);

}  // namespace fetchd
