#include "api/result_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view s) {
    return json::string(s.data(), s.size());
}

// Header values are bytes: what is not UTF-8 is replaced, for JSON has no other.
json::string from_origin(std::string_view s) {
    return text(to_valid_utf8(std::string(s)));
}

std::int64_t micro(clock::duration d) {
    return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

json::object error_object(failure const& f) {
    return {{"stage", text(name(f.where))},
            {"code", text(name(f.what))},
            {"message", from_origin(f.message())},
            {"retryable", f.retryable()}};
}

json::object timings_object(fetch_timings const& t, bool fetched) {
    json::object o;
    o["queue"] = micro(t.queue);
    if (fetched) {
        o["dns"] = micro(t.dns);
        o["connect"] = micro(t.connect);
        o["tls"] = micro(t.tls);
        o["first_byte"] = micro(t.first_byte);
        o["body"] = micro(t.body);
    }
    o["process"] = micro(t.process);
    o["total"] = micro(t.total);
    return o;
}

std::string_view outcome_of(attempt const& a) {
    if (a.outraced)
        return "outraced";
    return a.error ? "failed" : "ok";
}

json::object attempt_object(attempt const& a, std::string const& url) {
    auto const host = a.address.v4 ? a.address.text() : "[" + a.address.text() + "]";
    json::object o{{"url", text(url)}};
    if (a.port != 0)  // no name, no address
        o["address"] = text(host + ":" + std::to_string(a.port));
    o["reused"] = a.reused;
    o["outcome"] = text(outcome_of(a));
    if (!a.proxy.empty())
        o["proxy"] = text(a.proxy);
    if (!a.tls_version.empty())
        o["tls"] = json::object{{"version", text(a.tls_version)}, {"resumed", a.tls_resumed}};
    if (a.status != 0) {
        o["protocol"] = text(a.protocol);
        o["status"] = a.status;
        o["bytes"] = json::object{{"wire", a.wire_bytes}, {"decoded", a.decoded_bytes}};
    }
    o["timings_us"] = json::object{{"queue", micro(a.queue)},           {"dns", micro(a.dns)},
                                   {"connect", micro(a.connect)},       {"tls", micro(a.tls)},
                                   {"first_byte", micro(a.first_byte)}, {"body", micro(a.body)}};
    if (a.error)
        o["error"] = error_object(*a.error);
    return o;
}

json::array attempts_array(fetch_result const& r) {
    json::array all;
    for (auto const& a : r.trace.attempts)
        all.push_back(attempt_object(a, a.hop == 0 ? r.requested : r.trace.redirects[a.hop - 1].to));
    return all;
}

json::array fields_array(headers const& fields) {
    json::array all;
    for (std::size_t i = 0; i < fields.size(); ++i)
        all.push_back(json::array{from_origin(fields[i].name), from_origin(fields[i].value)});
    return all;
}

void add_answer(fetch_result const& r, json::object& o) {
    o["status"] = r.status;
    o["headers"] = fields_array(r.fields);
}

// All but the output.
json::object head_of(fetch_result const& r, std::string_view outcome) {
    bool const fetched = !r.requested.empty();
    json::object o;
    if (!r.id.empty())
        o["id"] = text(r.id);
    if (fetched)
        o["url"] = text(r.requested);
    if (!r.final_url.empty())
        o["final_url"] = text(r.final_url);
    o["outcome"] = text(outcome);
    if (r.status != 0)
        add_answer(r, o);
    if (!r.content_type.empty())
        o["content_type"] = from_origin(r.content_type);
    if (!r.content_type_source.empty())
        o["content_type_source"] = text(r.content_type_source);
    if (!r.charset.empty())
        o["charset"] = json::object{{"name", text(r.charset)}, {"source", text(r.charset_source)}};
    o["bytes"] = json::object{{"wire", r.wire_bytes}, {"decoded", r.decoded_bytes}};
    o["timings_us"] = timings_object(r.timings, fetched);
    if (fetched) {
        json::array redirects;
        for (auto const& hop : r.trace.redirects)
            redirects.push_back(
                {{"status", hop.status}, {"url", text(hop.from)}, {"location", text(hop.to)}});
        o["redirects"] = std::move(redirects);
        o["attempts"] = attempts_array(r);
    }
    if (r.error)
        o["error"] = error_object(*r.error);
    return o;
}

std::string_view outcome_of(fetch_result const& r) {
    return r.error ? "failed" : "ok";
}

}  // namespace

text_around result_json_around(fetch_result const& r) {
    text_around t{json::serialize(head_of(r, outcome_of(r))), "\n"};
    if (!r.error && r.json) {
        t.before.back() = ',';
        t.before += "\"output\":";
        t.after = "}\n";
    }
    return t;
}

std::string result_members(fetch_result const& r, std::int64_t item, bool skipped) {
    auto const object = json::serialize(head_of(r, skipped ? "skipped" : outcome_of(r)));
    return "\"item\":" + std::to_string(item) + "," + object.substr(1, object.size() - 2);
}

std::string request_member(asked_request const& asked) {
    json::object const request{{"method", text(asked.method)}, {"headers", fields_array(asked.fields)}};
    return "\"request\":" + json::serialize(request);
}

std::string result_json(fetch_result const& r) {
    auto [document, end] = result_json_around(r);
    if (!r.error && r.json) {
        document.reserve(document.size() + r.output.size() + end.size());
        document += r.output.empty() ? "{}" : r.output;
    }
    document += end;
    return document;
}

}  // namespace fetchd::api
