// What the end of a request teaches, and whom it lets go.
#include <algorithm>

#include "fetch/politeness_book.hpp"

namespace fetchd {
namespace {

bool refuses(int status) {
    return status == 429 || status == 503;
}

// The origin, or the way to it, could not be reached in time or at all.
bool out_of_reach(politeness::outcome const& o) {
    if (!o.error || o.status != 0 || o.error->advice() == verdict::cancelled ||
        o.error->advice() == verdict::overloaded)
        return false;
    switch (o.error->where) {
        case stage::dns:
            return o.error->what == code::timeout || o.error->what == code::failed;
        case stage::connect:
        case stage::tls:  // what ails the proxy is not the origin's
            return o.error->what != code::proxy_auth && o.error->what != code::proxy_failed;
        case stage::request:
        case stage::head:
            return o.error->what == code::timeout || o.error->what == code::closed ||
                   o.error->what == code::reset;
        default:
            return false;
    }
}

// A sign that less should be asked of it: errors of its own, and whatever ended before it was whole.
bool strained(politeness::outcome const& o) {
    if (o.status >= 500 || o.status == 429)
        return true;
    if (o.error && o.error->where == stage::body)
        return o.error->what == code::timeout || o.error->what == code::reset ||
               o.error->what == code::truncated || o.error->what == code::too_slow;
    return out_of_reach(o) && o.error->where != stage::dns;
}

}  // namespace

void politeness::book::judge(origin& o, outcome const& came, bool probe, time began, time now) {
    if (came.address)
        set_address(o, *came.address, began);
    if (came.status != 0)
        o.last_status = came.status;
    if (refuses(came.status)) {
        o.rest.refused(settings_, came.retry_after, random_(), began, now);
        ++numbers_.back_offs;
        touch(o);
    } else if (came.status != 0 && o.rest.answered(began)) {
        touch(o);
    }
    if (out_of_reach(came)) {
        auto const before = o.fuse.openings();
        o.fuse.failed(settings_, probe, random_(), began, now);
        if (o.fuse.openings() != before)
            touch(o);
    } else if (came.status != 0 && o.fuse.succeeded()) {
        touch(o);
    }
    if (strained(came)) {
        ++o.bad;
        o.speed.bad(began, now);
    } else if (came.status != 0) {
        ++o.good;
        o.speed.good(came.first_byte, began, now);
    }
}

// One place is free: who stands in line longest may ask for it.
void politeness::book::pass_on(groups& all, group_place place, bool origin::*in_line,
                               std::vector<std::string>& told) {
    if (!place)
        return;
    auto& line = place->second.waiting;
    --place->second.turns;
    bool found = false;
    while (!line.empty() && !found) {
        auto const known = origins_.find(line.front());
        if (known != origins_.end() && (*known->second).*in_line) {
            (*known->second).*in_line = false;
            found = std::exchange(known->second->waits_for_turn, false);
            if (found) {
                known->second->others_wait = false;
                told.push_back(std::move(line.front()));
            }
        }
        line.erase(line.begin());
    }
    release(all, place);
}

void politeness::book::finish(turn::places& p, outcome const* came, time now) {
    auto& o = *p.origin;
    --o.own.turns;
    --turns_;
    if (p.probe)
        o.probing = false;
    if (came)
        judge(o, *came, p.probe, p.began, now);
    std::vector<std::string> told;
    pass_on(domains_, p.domain, &origin::in_domain_line, told);
    pass_on(addresses_, p.address, &origin::in_address_line, told);
    bool const waits = std::exchange(o.waits_for_turn, false);
    if (std::exchange(o.others_wait, false) || waits)
        told.push_back(o.key);
    tell(told);
}

void politeness::book::collect_refused(host const& h, std::vector<std::string>& told) {
    for (auto const* const o : h.origins)
        if (o->refused)
            told.push_back(o->key);
}

// Last of all: who is told may ask at once, and so change whatever there is.
void politeness::book::tell(std::vector<std::string> const& origins) {
    for (auto const& key : origins)
        if (on_change)
            on_change(key);
}

}  // namespace fetchd
