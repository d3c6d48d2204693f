#include "api/origins.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/json_keys.hpp"
#include "api/problem.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;
using rule = politeness::host_rule;

json::string text(std::string_view s) {
    return json::string(s.data(), s.size());
}

json::object rule_object(rule const& r) {
    json::object o{{"paused", r.paused}};
    if (r.connections)
        o["connections"] = *r.connections;
    if (r.delay)
        o["delay_ms"] = r.delay->count();
    if (r.rate)
        o["rate"] = *r.rate;
    if (r.adaptive)
        o["adaptive"] = *r.adaptive;
    if (r.robots)
        o["robots"] = *r.robots;
    return o;
}

std::int64_t until(time_point then) {
    return std::chrono::duration_cast<milliseconds>(then - clock::now()).count();
}

json::object origin_object(politeness::origin_state const& s) {
    json::object o{{"origin", text(s.origin)},
                   {"connections", s.connections},
                   {"most_connections", s.most_connections},
                   {"delay_ms", s.delay.count()},
                   {"rate", s.rate},
                   {"crawl_delay_ms", s.crawl_delay.count()},
                   {"pace", s.pace},
                   {"circuit", s.circuit_open ? "open" : "closed"},
                   {"back_offs", s.back_offs},
                   {"failures", s.failures},
                   {"good", s.good},
                   {"bad", s.bad}};
    if (!s.domain.empty())
        o["domain"] = text(s.domain);
    if (!s.address.empty())
        o["address"] = text(s.address);
    if (s.latency)
        o["latency_ms"] = s.latency->count();
    if (s.usual_latency)
        o["usual_latency_ms"] = s.usual_latency->count();
    if (s.last_status != 0)
        o["last_status"] = s.last_status;
    if (s.held) {
        json::object held{{"why", text(name(s.held->why))}};
        if (s.held->until != time_point::max())
            held["for_ms"] = std::max<std::int64_t>(until(s.held->until), 0);
        o["held"] = std::move(held);
    }
    return o;
}

std::string state_json(politeness::host_state const& s) {
    json::array origins;
    for (auto const& o : s.origins)
        origins.push_back(origin_object(o));
    return json::serialize(json::object{{"host", text(s.host)},
                                        {"rule", rule_object(s.rule)},
                                        {"configured", rule_object(s.configured)},
                                        {"origins", std::move(origins)}}) +
           "\n";
}

// A number of at most `most`; null takes the member out of the rule.
template <class T>
bool take_number(json::value const& v, std::int64_t least, std::int64_t most, std::optional<T>& into) {
    into.reset();
    if (v.is_null())
        return true;
    if (!v.is_int64() || v.get_int64() < least || v.get_int64() > most)
        return false;
    into = static_cast<T>(v.get_int64());
    return true;
}

bool take_flag(json::value const& v, std::optional<bool>& into) {
    into.reset();
    if (v.is_bool())
        into = v.get_bool();
    return v.is_bool() || v.is_null();
}

std::optional<reply> take(std::string_view name, json::value const& v, rule& into) {
    constexpr std::int64_t day = 86'400'000;
    std::optional<std::int64_t> delay;
    if (name == "paused") {
        into.paused = v.is_bool() && v.get_bool();
        return v.is_bool() ? std::optional<reply>() : problem(400, "paused: want true or false");
    }
    if (name == "connections")
        return take_number(v, 1, 10'000, into.connections)
                   ? std::optional<reply>()
                   : problem(400, "connections: want 1..10000 or null");
    if (name == "rate")
        return take_number(v, 0, 1'000'000, into.rate) ? std::optional<reply>()
                                                       : problem(400, "rate: want 0..1000000 or null");
    if (name == "delay_ms") {
        if (!take_number(v, 0, day, delay))
            return problem(400, "delay_ms: want 0.." + std::to_string(day) + " or null");
        into.delay = delay ? std::optional(milliseconds(*delay)) : std::nullopt;
        return {};
    }
    if (name == "adaptive")
        return take_flag(v, into.adaptive) ? std::optional<reply>()
                                           : problem(400, "adaptive: want true, false or null");
    if (name == "robots")
        return take_flag(v, into.robots) ? std::optional<reply>()
                                         : problem(400, "robots: want true, false or null");
    return problem(400, "unknown field \"" + std::string(name) +
                            "\"; known are paused, connections, delay_ms, rate, adaptive, robots, forgive");
}

}  // namespace

awaitable<void> origins_handler::answer(call& c) {
    std::optional<reply> refused;
    if (c.head.method == "PATCH")
        refused = co_await change(c);
    reply state;
    if (refused)
        state = std::move(*refused);
    else
        state.body = state_json(politeness_.describe(c.parameter, clock::now()));
    co_await c.send(state);
}

// RFC 7396: members that are not there stay as they are, null takes one out.
awaitable<std::optional<reply>> origins_handler::change(call& c) {
    auto const body = co_await c.read_body(max_body, clock::now() + settings_.head_timeout);
    if (!body)
        co_return problem(body.error().status, body.error().why);
    json::error_code ec;
    auto const value = json::parse({body->data(), body->size()}, ec);
    if (ec || !value.is_object() || repeated_key(*body))
        co_return problem(400, "Want a JSON object, each member once");
    auto const before = politeness_.describe(c.parameter, clock::now());
    auto next = before.rule;
    std::optional<bool> forgive;
    for (auto const& member : value.get_object()) {
        std::string_view const key(member.key().data(), member.key().size());
        if (key == "forgive") {
            if (!take_flag(member.value(), forgive))
                co_return problem(400, "forgive: want true or false");
        } else if (auto refused = take(key, member.value(), next))
            co_return refused;
    }
    if (!politeness_.change(c.parameter, next))
        co_return problem(507, "There are rules for too many hosts: take out others");
    auto const saved = co_await save_(c.parameter);
    if (!saved) {
        politeness_.change(c.parameter, before.rule);
        co_return problem(saved.error());
    }
    if (forgive.value_or(false))
        politeness_.forgive(c.parameter);
    for (auto const& o : before.origins)
        changed_(o.origin);
    co_return std::nullopt;
}

}  // namespace fetchd::api
