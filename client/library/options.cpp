#include "library/options.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "library/transport.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace json = boost::json;
namespace {

using std::chrono::milliseconds;

// Those that are set, by the names of the API.
template <class Put>
void each_limit(fetch_limits const& limits, milliseconds timeout, Put put) {
    auto const time = [&](char const* name, milliseconds t) {
        if (t.count() > 0)
            put(name, static_cast<std::uint64_t>(t.count()));
    };
    auto const count = [&](char const* name, auto const& n) {
        if (n)
            put(name, static_cast<std::uint64_t>(*n));
    };
    time("timeout_ms", timeout);
    count("max_bytes", limits.max_bytes);
    count("max_redirects", limits.max_redirects);
    count("retries", limits.retries);
    count("min_speed", limits.min_speed);
    time("dns_timeout_ms", limits.dns_timeout);
    time("connect_timeout_ms", limits.connect_timeout);
    time("tls_timeout_ms", limits.tls_timeout);
    time("first_byte_timeout_ms", limits.first_byte_timeout);
    time("body_idle_timeout_ms", limits.body_idle_timeout);
}

// RFC 4648 §4.
std::string base64(std::string_view bytes) {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const three = bytes.substr(i, 3);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8U | (k < three.size() ? static_cast<unsigned char>(three[k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= three.size() ? letters[group >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

// One text for each name, or a list where there are several.
json::object headers_object(header_list const& headers) {
    json::object all;
    for (auto const& [name, value] : headers) {
        auto& there = all[name];
        if (there.is_null())
            there = value;
        else if (auto* const several = there.if_array())
            several->emplace_back(value);
        else
            there = json::array{std::move(there), json::value(value)};
    }
    return all;
}

// {"markdown": {"links": "drop"}}
json::object options_object(std::vector<output_option> const& options) {
    json::object all;
    for (auto const& o : options) {
        auto& of = all[o.output];
        if (of.is_null())
            of.emplace_object();
        json::error_code error;
        auto parsed = json::parse(o.value, error);
        bool const structured = !error && (parsed.is_object() || parsed.is_array());
        of.as_object()[o.name] = structured ? std::move(parsed) : json::value(o.value);
    }
    return all;
}

}  // namespace

void add_members(json::object& o, fetch_request const& r, milliseconds timeout) {
    if (!r.outputs.empty())
        o["output"] = json::array(r.outputs.begin(), r.outputs.end());
    if (!r.options.empty())
        o["options"] = options_object(r.options);
    each_limit(r.limits, timeout, [&](char const* name, std::uint64_t n) { o[name] = n; });
    if (!r.way.proxy.empty())
        o["proxy"] = r.way.proxy;
    if (!r.way.session.empty())
        o["session"] = r.way.session;
    if (r.way.allow_downgrade)
        o["allow_downgrade"] = true;
    if (!r.method.empty())
        o["method"] = r.method;
    if (!r.headers.empty())
        o["headers"] = headers_object(r.headers);
    if (r.body)
        o["body_base64"] = base64(*r.body);
}

std::string as_json(fetch_request const& r, milliseconds timeout) {
    json::object o;
    o["url"] = r.url;
    add_members(o, r, timeout);
    return json::serialize(o);
}

std::string as_query(fetch_limits const& limits, fetch_way const& way, milliseconds timeout) {
    std::string query;
    each_limit(limits, timeout, [&](char const* name, std::uint64_t n) {
        query.append("&").append(name).append("=").append(std::to_string(n));
    });
    if (!way.proxy.empty())
        query += "&proxy=" + transport::escaped(way.proxy);
    if (!way.session.empty())
        query += "&session=" + transport::escaped(way.session);
    if (way.allow_downgrade)
        query += "&allow_downgrade=true";
    return query;
}

}  // namespace client_v1
}  // namespace fetchd
