#include "fetch/politeness_book.hpp"

#include <algorithm>
#include <utility>

#include "http/public_suffix.hpp"

namespace fetchd {
namespace {

// Where a host has no registrable domain (localhost, github.io), it stands for itself; addresses are counted
// as such.
std::string domain_of(std::string_view host) {
    if (is_address(host))
        return {};
    auto const domain = registrable_domain(host);
    return std::string(domain.empty() ? host : domain);
}

// The dot at the end changes nothing.
std::string_view without_root(std::string_view host) {
    return host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
}

}  // namespace

std::string canonical_host(std::string_view host) {
    if (host.find_first_of("/?#@\\:") != std::string_view::npos && !host.starts_with('['))
        return {};
    auto const parsed = url::parse("http://" + std::string(host) + "/");
    return parsed && !parsed->port() ? std::string(without_root(parsed->host())) : std::string();
}

politeness::book::book(politeness_config const& c, random r)
    : settings_(c), random_(std::move(r)), rules_(c.hosts) {}

politeness::book::group_place politeness::book::refer(groups& all, std::string const& key) {
    auto& place = *all.try_emplace(key).first;
    ++place.second.references;
    return &place;
}

void politeness::book::release(groups& all, group_place& place) {
    auto* const gone = std::exchange(place, nullptr);
    if (gone && --gone->second.references == 0)
        all.erase(all.find(gone->first));
}

politeness::book::origin& politeness::book::origin_of(url const& target, time now) {
    auto key = target.origin();
    if (auto const found = origins_.find(key); found != origins_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        return *found->second;
    }
    make_room(now);
    auto& o = recent_.emplace_front();
    o.key = std::move(key);
    origins_.emplace(o.key, recent_.begin());
    auto const name = without_root(target.host());
    auto& h = host_named(std::string(name));
    h.origins.insert(&o);
    o.on = &h;
    if (auto const domain = domain_of(name); !domain.empty())
        o.domain = refer(domains_, domain);
    else if (auto const address = ip_address::parse(target.host()))
        o.address = refer(addresses_, address->text());
    return o;
}

// Nothing would be lost by forgetting it.
bool politeness::book::idle(origin const& o, time now) const {
    return o.own.turns == 0 && o.rest.over(settings_, now) && (!o.fuse.open() || now >= o.fuse.until()) &&
           (o.own.last_start == time::min() || now >= o.own.last_start + limits_of(o).delay);
}

// Looks at a few of those that were not asked for longest; with nothing idle among them the first without a
// turn goes, its state handed out. Where all of them have turns, there is one more for now: there are never
// many more than there are turns.
void politeness::book::make_room(time now) {
    while (recent_.size() + domains_.size() + addresses_.size() >= settings_.remembered) {
        auto victim = recent_.end();
        auto at = recent_.end();
        for (int looked = 0; looked < 16 && at != recent_.begin(); ++looked) {
            --at;
            if (at->own.turns > 0)
                continue;
            bool const best = idle(*at, now);
            if (best || victim == recent_.end())
                victim = at;
            if (best)
                break;
        }
        if (victim == recent_.end()) {
            recent_.splice(recent_.begin(), recent_, at, recent_.end());  // busy: others shall be looked at
            return;
        }
        forget(victim);
        ++numbers_.forgotten;
    }
}

void politeness::book::forget(recency::iterator victim) {
    auto& o = *victim;
    if (unsaved_.erase("origin/" + o.key) > 0) {
        if (leaving_.size() >= max_leaving)
            leaving_.pop_front();
        leaving_.push_back({o.key, o.rest, o.fuse, o.speed.share()});
    }
    release(domains_, o.domain);
    release(addresses_, o.address);
    auto& h = *o.on;
    h.origins.erase(&o);
    drop_if_unused(h);
    origins_.erase(o.key);
    recent_.erase(victim);
}

politeness::book::host& politeness::book::host_named(std::string const& name) {
    auto const [found, made] = hosts_.try_emplace(name);
    auto& h = found->second;
    if (made) {
        h.name = name;
        h.configured = rules_.match(name);
        h.rule = h.configured;
    }
    return h;
}

politeness::book::host const* politeness::book::known_host(std::string_view name) const {
    auto const found = hosts_.find(canonical_host(name));
    return found == hosts_.end() ? nullptr : &found->second;
}

void politeness::book::drop_if_unused(host& h) {
    if (!h.given && h.origins.empty())
        hosts_.erase(hosts_.find(h.name));
}

void politeness::book::set_address(origin& o, ip_address const& address, time began) {
    auto const text = address.text();
    if (o.address && o.address->first == text)
        return;
    auto* const place = refer(addresses_, text);
    place->second.last_start = std::max(place->second.last_start, began);
    release(addresses_, o.address);
    o.address = place;
    o.in_address_line = false;  // that was another one's
}

void politeness::book::meet(url const& target, std::optional<ip_address> const& address, time now) {
    auto& o = origin_of(target, now);
    if (address)
        set_address(o, *address, time::min());
}

void politeness::book::configure(politeness_config const& c) {
    settings_ = c;
    rules_ = host_rules(c.hosts);
    std::vector<std::string> told;
    for (auto& [name, h] : hosts_) {
        h.configured = rules_.match(name);
        h.rule = merged(h.own, h.configured);
        collect_refused(h, told);
    }
    tell(told);
}

bool politeness::book::change(std::string_view given_name, host_rule const& rule) {
    auto const name = canonical_host(given_name);
    if (name.empty())
        return false;
    bool const empty = rule == host_rule{};
    auto const known = hosts_.find(name);
    bool const had = known != hosts_.end() && known->second.given;
    if (!empty && !had &&
        (given_rules_ >= max_rules || unsaved_.size() >= settings_.remembered + 2 * max_rules))
        return false;
    if (empty && !had)
        return true;
    auto& h = host_named(name);
    h.given = !empty;
    given_rules_ += static_cast<std::size_t>(h.given) - static_cast<std::size_t>(had);
    h.own = rule;
    h.rule = merged(h.own, h.configured);
    unsaved_.insert("host/" + name);
    std::vector<std::string> told;
    collect_refused(h, told);
    drop_if_unused(h);
    tell(told);
    return true;
}

void politeness::book::forgive(std::string_view name) {
    auto const found = hosts_.find(canonical_host(name));
    if (found == hosts_.end())
        return;
    std::vector<std::string> told;
    for (auto* const o : found->second.origins) {
        o->speed = pace();
        o->rest = back_off();
        o->fuse = circuit();
        touch(*o);
    }
    collect_refused(found->second, told);
    tell(told);
}

bool politeness::book::minds_robots(std::string_view name) const {
    name = without_root(name);
    auto const found = hosts_.find(std::string(name));
    auto const rule = found != hosts_.end() ? found->second.rule : rules_.match(name);
    return rule.robots.value_or(settings_.robots);
}

politeness::origin_state politeness::book::state_of(origin const& o, time now) const {
    auto const now_allowed = limits_of(o);
    origin_state s;
    s.origin = o.key;
    s.domain = o.domain ? o.domain->first : std::string();
    s.address = o.address ? o.address->first : std::string();
    s.connections = o.own.turns;
    s.most_connections = now_allowed.connections;
    s.delay = now_allowed.delay;
    s.rate = now_allowed.rate;
    s.crawl_delay = o.crawl_delay;
    s.pace = o.speed.share();
    s.usual_latency = o.speed.usual();
    s.latency = o.speed.recent();
    s.held = hold(o, now);
    s.back_offs = o.rest.times(settings_, now);
    s.failures = o.fuse.failures();
    s.circuit_open = o.fuse.open();
    s.good = o.good;
    s.bad = o.bad;
    s.last_status = o.last_status;
    return s;
}

politeness::host_state politeness::book::describe(std::string_view name, time now) const {
    host_state s;
    s.host = canonical_host(name);
    auto const* const h = known_host(name);
    s.configured = h ? h->configured : rules_.match(s.host);
    if (!h)
        return s;
    s.rule = h->own;
    std::vector<origin const*> all(h->origins.begin(), h->origins.end());
    auto const shown = std::min(all.size(), max_described);
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), all.end(),
                      [](origin const* a, origin const* b) { return a->key < b->key; });
    for (std::size_t i = 0; i < shown; ++i)
        s.origins.push_back(state_of(*all[i], now));
    return s;
}

politeness::numbers politeness::book::count() const {
    auto n = numbers_;
    n.groups = recent_.size() + domains_.size() + addresses_.size();
    n.turns = turns_;
    n.rules = given_rules_;
    n.unsaved = unsaved_.size() + leaving_.size();
    return n;
}

}  // namespace fetchd
