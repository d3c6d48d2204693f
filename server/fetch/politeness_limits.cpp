// May a request be started now, and what holds it.
#include <algorithm>

#include "fetch/politeness_book.hpp"

namespace fetchd {
namespace {

constexpr auto rate_period = std::chrono::minutes(1);

bool looser(std::size_t rate, std::size_t than) {
    return than != 0 && (rate == 0 || rate > than);
}

}  // namespace

politeness::book::limits politeness::book::limits_of(origin const& o) const {
    auto const& rule = o.on->rule;
    limits all{rule.connections.value_or(settings_.origin.connections),
               rule.delay.value_or(settings_.origin.delay), rule.rate.value_or(settings_.origin.rate)};
    // Whoever names a delay for a host means it, whatever its robots.txt says.
    if (!rule.delay && o.crawl_delay > all.delay) {
        all.delay = o.crawl_delay;
        all.why_delay = reason::crawl_delay;
    }
    if (rule.adaptive.value_or(settings_.adaptive)) {
        all.connections = o.speed.connections(all.connections);
        all.delay = o.speed.delay(all.delay, settings_.longest_delay);
    }
    if (o.rest.on_trial())
        all.connections = 1;
    return all;
}

// Of a domain or an address, as they hold for this origin: limits that its rule loosens are none to it.
politeness::book::limits politeness::book::shared_limits(origin const& o, polite_limits const& all) const {
    auto const& rule = o.on->rule;
    limits mine{all.connections, all.delay, all.rate};
    if (rule.connections && *rule.connections > all.connections)
        mine.connections = SIZE_MAX;
    if (rule.delay && *rule.delay < all.delay)
        mine.delay = milliseconds(0);
    if (rule.rate && looser(*rule.rate, all.rate))
        mine.rate = 0;
    return mine;
}

std::uint64_t politeness::book::enter_line(std::string const& of) {
    lines_[of].push_back(++followers_);
    return followers_;
}

void politeness::book::leave_line(std::string const& of, std::uint64_t number) {
    auto const line = lines_.find(of);
    std::erase(line->second, number);
    if (line->second.empty())
        lines_.erase(line);
}

std::size_t politeness::book::ahead_of(origin const& o, follower const* me) const {
    auto const line = lines_.empty() ? lines_.end() : lines_.find(o.key);
    if (line == lines_.end())
        return 0;
    auto const& all = line->second;
    auto const end = me ? std::lower_bound(all.begin(), all.end(), me->number_) : all.end();
    return static_cast<std::size_t>(end - all.begin());
}

// ahead: so many have the next starts at this origin before whoever asks.
std::optional<politeness::wait> politeness::book::hold(origin const& o, time now, std::size_t ahead) const {
    if (o.on->rule.paused)
        return wait{time::max(), reason::paused};
    std::optional<wait> longest;
    auto const until = [&](time when, reason why, std::size_t times = 0) {
        if (when > now && (!longest || when > longest->until))
            longest = wait{when, why, times};
    };
    auto const within = [&](group const& g, limits const& most) {
        if (g.turns >= most.connections)
            until(now + recheck, reason::connections);
        if (last_start(g) != time::min())
            until(last_start(g) + most.delay, most.why_delay);
        until(g.starts.below(most.rate, now), reason::rate);
        if (most.rate != 0 && earlier_run_ != time::min())
            until(earlier_run_ + rate_period, reason::rate);
    };
    auto const own = limits_of(o);
    within(o.own, own);
    if (ahead > 0) {
        auto const first =
            last_start(o.own) == time::min() ? now : std::max(now, last_start(o.own) + own.delay);
        until(first + own.delay * static_cast<std::int64_t>(ahead), own.why_delay);
        if (o.own.turns + ahead >= own.connections)
            until(now + recheck, reason::connections);
    }
    if (o.domain)
        within(o.domain->second, shared_limits(o, settings_.domain));
    if (o.address)
        within(o.address->second, shared_limits(o, settings_.address));
    if (o.rest.holds(now))
        until(o.rest.until(), reason::back_off, std::max<std::size_t>(1, o.rest.times(settings_, now)));
    if (o.fuse.open())
        until(o.probing ? now + recheck : o.fuse.until(), reason::circuit, o.fuse.openings());
    if (longest && o.fuse.open())  // whatever holds it longest
        longest->down = std::chrono::duration_cast<milliseconds>(now - o.fuse.since());
    return longest;
}

// Who needs what the end of somebody's turn may give stands in line for it. Lines are bounded: who finds one
// full comes again by itself.
void politeness::book::note_refusal(origin& o, reason why, std::size_t ahead) {
    ++numbers_.waits[static_cast<std::size_t>(why)];
    o.refused = true;
    o.waits_for_turn = why == reason::connections || why == reason::circuit;
    if (!o.waits_for_turn)
        return;
    o.others_wait = o.others_wait || o.own.turns + ahead > 0;
    auto const stand = [&o](group_place place, limits const& most, bool origin::*in_line) {
        if (!place || o.*in_line || place->second.turns < most.connections ||
            place->second.waiting.size() >= max_waiting)
            return;
        place->second.waiting.push_back(o.key);
        o.*in_line = true;
    };
    stand(o.domain, shared_limits(o, settings_.domain), &origin::in_domain_line);
    stand(o.address, shared_limits(o, settings_.address), &origin::in_address_line);
}

politeness::answer politeness::book::ask(url const& target, time now, milliseconds crawl_delay,
                                         follower const* me) {
    ++numbers_.asked;
    auto& o = origin_of(target, now);
    o.crawl_delay = std::clamp(crawl_delay, milliseconds(0), settings_.longest_crawl_delay);
    auto const ahead = ahead_of(o, me);
    auto const held = hold(o, now, ahead);
    if (!held)
        return start(o, now);
    note_refusal(o, held->why, ahead);
    return *held;
}

std::optional<politeness::wait> politeness::book::held(url const& target, time now) const {
    auto const found = origins_.find(target.origin());
    return found == origins_.end() ? std::nullopt : hold(*found->second, now);
}

politeness::turn politeness::book::start(origin& o, time now) {
    auto p = std::make_unique<turn::places>();
    p->keeper = this;
    p->origin = &o;
    p->began = now;
    p->probe = o.fuse.open();
    o.probing = o.probing || p->probe;
    o.refused = o.waits_for_turn = false;
    o.own.last_start = now;
    o.own.starts.add(now);
    ++o.own.turns;
    ++turns_;
    auto const count = [&](group_place place, polite_limits const& all) {
        auto const mine = shared_limits(o, all);
        if (mine.delay == all.delay)
            place->second.last_start = now;
        if (mine.rate == all.rate)
            place->second.starts.add(now);
        if (mine.connections != all.connections)
            return group_place{};
        ++place->second.turns;
        ++place->second.references;
        return place;
    };
    p->domain = o.domain ? count(o.domain, settings_.domain) : nullptr;
    p->address = o.address ? count(o.address, settings_.address) : nullptr;
    return turn(std::move(p));
}

}  // namespace fetchd
