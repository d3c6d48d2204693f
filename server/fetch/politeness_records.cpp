// What survives a restart, as text and back.
#include <algorithm>
#include <boost/json.hpp>

#include "fetch/politeness_book.hpp"

namespace fetchd {
namespace {

namespace json = boost::json;
using wall_ms = std::chrono::time_point<std::chrono::system_clock, milliseconds>;

constexpr std::size_t max_record = 4096;

std::int64_t unix_ms(politeness::wall_time t) {
    return std::chrono::time_point_cast<milliseconds>(t).time_since_epoch().count();
}

milliseconds left(politeness::time until, politeness::time now) {
    return std::chrono::duration_cast<milliseconds>(until - now);
}

std::optional<json::object> parse(std::string_view text) {
    if (text.size() > max_record)
        return {};
    boost::system::error_code ec;
    auto value = json::parse(text, ec);
    auto const* const object = ec ? nullptr : value.if_object();
    if (!object)
        return {};
    auto const* const version = object->if_contains("v");
    if (!version || !version->is_int64() || version->get_int64() != 1)
        return {};
    return *object;
}

// Nothing where the member is not there; `good` becomes false where it is something else than asked for.
std::optional<std::int64_t> number(json::object const& o, std::string_view key, std::int64_t most,
                                   bool& good) {
    auto const* const member = o.if_contains(key);
    if (!member)
        return {};
    if (!member->is_int64() || member->get_int64() < 0 || member->get_int64() > most) {
        good = false;
        return {};
    }
    return member->get_int64();
}

std::optional<bool> truth(json::object const& o, std::string_view key, bool& good) {
    auto const* const member = o.if_contains(key);
    if (!member)
        return {};
    good = good && member->is_bool();
    return member->is_bool() ? std::optional(member->get_bool()) : std::nullopt;
}

template <class Value>
void put(json::object& o, std::string_view key, std::optional<Value> const& value) {
    if (value)
        o[key] = *value;
}

std::string text_of(politeness::host_rule const& rule) {
    json::object o{{"v", 1}};
    if (rule.paused)
        o["paused"] = true;
    put(o, "connections", rule.connections);
    if (rule.delay)
        o["delay_ms"] = rule.delay->count();
    put(o, "rate", rule.rate);
    put(o, "adaptive", rule.adaptive);
    put(o, "robots", rule.robots);
    return json::serialize(o);
}

constexpr std::int64_t far = std::int64_t{1} << 50U;  // milliseconds: some time in the year 37000

}  // namespace

politeness::record politeness::book::record_of(saved const& s, time now, wall_time wall) const {
    record r{"origin/" + s.key, {}, {}};
    auto const times = s.rest.times(settings_, now);
    json::object o{{"v", 1}};
    auto keep_until = now;
    if (times > 0 || s.rest.holds(now)) {
        o["back_off_until"] = unix_ms(wall) + left(s.rest.until(), now).count();
        o["back_offs"] = times;
        keep_until = s.rest.until() + settings_.forgiveness;
    }
    if (s.fuse.open()) {
        o["circuit_until"] = unix_ms(wall) + left(s.fuse.until(), now).count();
        o["circuit_openings"] = s.fuse.openings();
        o["circuit_since"] = unix_ms(wall) + left(s.fuse.since(), now).count();
        keep_until = std::max(keep_until, s.fuse.until() + settings_.longest_circuit);
    }
    if (o.size() == 1)
        return r;
    o["pace"] = static_cast<std::int64_t>(s.share * 1000);
    r.text = json::serialize(o);
    r.expires = wall + std::chrono::duration_cast<wall_time::duration>(keep_until - now);
    return r;
}

politeness::record politeness::book::rule_record(std::string_view name) const {
    auto const* const h = known_host(name);
    return {"host/" + canonical_host(name), h && h->given ? text_of(h->own) : std::string(), {}};
}

politeness::record politeness::book::record_of(std::string const& key, time now, wall_time wall) const {
    if (key.starts_with("host/"))
        return rule_record(std::string_view(key).substr(5));
    auto const& o = *origins_.at(key.substr(7));
    return record_of(saved{o.key, o.rest, o.fuse, o.speed.share()}, now, wall);
}

std::vector<politeness::record> politeness::book::take_records(std::size_t most, time now, wall_time wall) {
    std::vector<record> taken;
    for (; taken.size() < most && !leaving_.empty(); leaving_.pop_front())
        taken.push_back(record_of(leaving_.front(), now, wall));
    while (taken.size() < most && !unsaved_.empty()) {
        taken.push_back(record_of(*unsaved_.begin(), now, wall));
        unsaved_.erase(unsaved_.begin());
    }
    return taken;
}

bool politeness::book::restore(std::string_view key, std::string_view text, time now, wall_time wall) {
    if (key.starts_with("host/"))
        return restore_host(key.substr(5), text);
    if (!key.starts_with("origin/"))
        return false;
    auto const target = url::parse(key.substr(7));
    if (!target || !target->is_http() || target->origin() != key.substr(7))
        return false;
    return restore_origin(*target, text, now, wall);
}

bool politeness::book::restore_host(std::string_view name, std::string_view text) {
    auto const o = parse(text);
    if (!o || canonical_host(name) != name)
        return false;
    bool good = true;
    host_rule rule;
    rule.paused = truth(*o, "paused", good).value_or(false);
    rule.connections = number(*o, "connections", 10'000, good);
    if (auto const delay = number(*o, "delay_ms", 3'600'000, good))
        rule.delay = milliseconds(*delay);
    rule.rate = number(*o, "rate", 1'000'000, good);
    rule.adaptive = truth(*o, "adaptive", good);
    rule.robots = truth(*o, "robots", good);
    if (!good || rule.connections == std::optional<std::size_t>(0) || !change(name, rule))
        return false;
    unsaved_.erase("host/" + std::string(name));
    return true;
}

bool politeness::book::restore_origin(url const& target, std::string_view text, time now, wall_time wall) {
    auto const o = parse(text);
    if (!o)
        return false;
    bool good = true;
    auto const back_off_until = number(*o, "back_off_until", far, good);
    auto const back_offs = number(*o, "back_offs", 1'000'000, good);
    auto const circuit_until = number(*o, "circuit_until", far, good);
    auto const openings = number(*o, "circuit_openings", 1'000'000, good);
    auto const since = number(*o, "circuit_since", far, good);
    auto const share = number(*o, "pace", 1000, good);
    if (!good)
        return false;
    bool const known = knows(target);
    auto& to = origin_of(target, now);
    if (known && (to.own.turns > 0 || !idle(to, now)))
        return true;  // what was seen since is newer
    auto const from_now = [&](std::int64_t when) { return milliseconds(when - unix_ms(wall)); };
    if (back_off_until)
        to.rest.restore(static_cast<std::size_t>(back_offs.value_or(0)), from_now(*back_off_until), settings_,
                        now);
    if (circuit_until)
        to.fuse.restore(static_cast<std::size_t>(openings.value_or(1)), from_now(*circuit_until),
                        since ? -from_now(*since) : milliseconds(0), settings_, now);
    if (share)
        to.speed.restore(static_cast<double>(*share) / 1000);
    return true;
}

}  // namespace fetchd
