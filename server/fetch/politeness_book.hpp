// What politeness remembers: origins, and the domains, addresses and hosts they belong to. Private to it.
//
// Every origin is in a list, the most recently asked first, and refers to its host, its domain and its
// address, which are there as long as anything refers to them. An origin with turns never goes.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "fetch/back_off.hpp"
#include "fetch/host_rules.hpp"
#include "fetch/pace.hpp"
#include "fetch/politeness.hpp"
#include "fetch/start_window.hpp"

namespace fetchd {

class politeness::book {
  public:
    // How long who waits for a connection is told to wait at most: should a notice not come, this does.
    static constexpr milliseconds recheck{1000};
    static constexpr std::size_t max_waiting = 64;      // in the line of one domain or address
    static constexpr std::size_t max_leaving = 10'000;  // records of what was forgotten unsaved
    static constexpr std::size_t max_described = 100;

    book(politeness_config const&, random);

    struct group {
        std::uint32_t turns = 0;
        std::uint32_t references = 0;  // origins and turns
        time last_start = time::min();
        start_window starts;
        std::vector<std::string> waiting;  // origins that were refused a connection; a short line
    };
    using groups = std::unordered_map<std::string, group>;
    using group_place = groups::value_type*;

    struct origin;
    struct host {
        std::string name;
        bool given = false;  // by change(), rather than by politeness.hosts
        host_rule own;
        host_rule configured;
        host_rule rule;  // the two, merged
        std::unordered_set<origin*> origins;
    };
    struct origin {
        std::string key;
        host* on = nullptr;
        group own;
        group_place domain = nullptr;
        group_place address = nullptr;
        milliseconds crawl_delay{};
        pace speed;
        back_off rest;
        circuit fuse;
        bool probing = false;         // the one request of a half-open circuit is under way
        bool refused = false;         // since it last went
        bool waits_for_turn = false;  // for what the end of a turn may give
        bool others_wait = false;     // for the end of a turn of its own, whoever of it went meanwhile
        bool in_domain_line = false;
        bool in_address_line = false;
        std::uint64_t good = 0;
        std::uint64_t bad = 0;
        int last_status = 0;
    };

    answer ask(url const&, time now, milliseconds crawl_delay, follower const*);
    std::uint64_t enter_line(std::string const& origin);
    void leave_line(std::string const& origin, std::uint64_t number);
    std::optional<wait> held(url const&, time now) const;
    void finish(turn::places&, outcome const*, time now);
    void meet(url const&, std::optional<ip_address> const&, time now);
    void goes_on(time now) { earlier_run_ = now; }
    void configure(politeness_config const&);
    milliseconds patience() const { return settings_.patience; }

    host_state describe(std::string_view name, time now) const;
    bool change(std::string_view name, host_rule const&);
    void forgive(std::string_view name);
    bool minds_robots(std::string_view name) const;

    record rule_record(std::string_view name) const;
    std::vector<record> take_records(std::size_t most, time now, wall_time wall);
    bool restore(std::string_view key, std::string_view text, time now, wall_time wall);
    bool knows(url const& target) const { return origins_.contains(target.origin()); }
    numbers count() const;

    std::function<void(std::string_view)> on_change;

  private:
    struct limits {
        std::size_t connections;
        milliseconds delay;
        std::size_t rate;
        reason why_delay = reason::delay;
    };
    struct saved {  // of an origin that is forgotten
        std::string key;
        back_off rest;
        circuit fuse;
        double share;
    };
    using recency = std::list<origin>;

    // politeness_book.cpp
    origin& origin_of(url const&, time now);
    void make_room(time now);
    bool idle(origin const&, time now) const;
    void forget(recency::iterator);
    host& host_named(std::string const& name);
    host const* known_host(std::string_view name) const;
    void drop_if_unused(host&);
    static group_place refer(groups&, std::string const& key);
    static void release(groups&, group_place&);
    void set_address(origin&, ip_address const&, time began);
    origin_state state_of(origin const&, time now) const;

    // politeness_limits.cpp
    limits limits_of(origin const&) const;
    limits shared_limits(origin const&, polite_limits const&) const;
    std::size_t ahead_of(origin const&, follower const*) const;
    std::optional<wait> hold(origin const&, time now, std::size_t ahead = 0) const;
    void note_refusal(origin&, reason, std::size_t ahead);
    turn start(origin&, time now);
    time last_start(group const& g) const { return std::max(g.last_start, earlier_run_); }

    // politeness_outcome.cpp
    void judge(origin&, outcome const&, bool probe, time began, time now);
    void pass_on(groups&, group_place, bool origin::*in_line, std::vector<std::string>& told);
    void tell(std::vector<std::string> const& origins);
    static void collect_refused(host const&, std::vector<std::string>& told);

    // politeness_records.cpp
    void touch(origin const& o) { unsaved_.insert("origin/" + o.key); }
    record record_of(std::string const& key, time now, wall_time wall) const;
    record record_of(saved const&, time now, wall_time wall) const;
    bool restore_host(std::string_view name, std::string_view text);
    bool restore_origin(url const&, std::string_view text, time now, wall_time wall);

    politeness_config settings_;
    random random_;
    host_rules rules_;
    recency recent_;
    std::unordered_map<std::string, recency::iterator> origins_;
    groups domains_;
    groups addresses_;
    std::unordered_map<std::string, host> hosts_;
    std::unordered_set<std::string> unsaved_;  // keys of what is remembered
    std::deque<saved> leaving_;
    std::unordered_map<std::string, std::deque<std::uint64_t>> lines_;  // of followers, by origin
    std::uint64_t followers_ = 0;
    std::size_t turns_ = 0;
    time earlier_run_ = time::min();  // its end at the latest
    std::size_t given_rules_ = 0;
    mutable numbers numbers_;
};

struct politeness::turn::places {
    book* keeper;
    book::origin* origin;
    book::group_place domain;   // null where not counted there
    book::group_place address;  // the same
    time began;
    bool probe;
};

// As url::host() has it; empty for what is none.
std::string canonical_host(std::string_view host);

}  // namespace fetchd
