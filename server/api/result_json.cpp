#include "api/result_json.hpp"

#include <algorithm>

#include "base/json_object.hpp"
#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

using json_text::append_string;
using json_text::object;

// Values from origins are bytes: what is not UTF-8 is replaced, for JSON has no other.
void append_bytes(std::string& out, std::string_view s) {
    bool const ascii = std::all_of(s.begin(), s.end(), [](unsigned char c) { return c < 0x80; });
    if (ascii)
        append_string(out, s);
    else
        append_string(out, to_valid_utf8(std::string(s)));
}

std::uint64_t micro(clock::duration d) {
    auto const us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
}

void append_error(std::string& out, failure const& f) {
    object o(out);
    o.text("stage", name(f.where));
    o.text("code", name(f.what));
    append_bytes(o.name("message"), f.message());
    o.flag("retryable", f.retryable());
    o.close();
}

// Of an attempt, or the sums over all.
template <class Times>
void add_phases(object& o, Times const& t) {
    o.number("dns", micro(t.dns));
    o.number("connect", micro(t.connect));
    o.number("tls", micro(t.tls));
    o.number("first_byte", micro(t.first_byte));
    o.number("body", micro(t.body));
}

void append_timings(std::string& out, fetch_timings const& t, bool fetched) {
    object o(out);
    o.number("queue", micro(t.queue));
    if (fetched)
        add_phases(o, t);
    o.number("process", micro(t.process));
    o.number("total", micro(t.total));
    o.close();
}

void append_timings(std::string& out, attempt const& a) {
    object o(out);
    o.number("queue", micro(a.queue));
    add_phases(o, a);
    o.close();
}

void append_sizes(std::string& out, std::uint64_t wire, std::uint64_t decoded) {
    object o(out);
    o.number("wire", wire);
    o.number("decoded", decoded);
    o.close();
}

std::string_view outcome_of(attempt const& a) {
    if (a.outraced)
        return "outraced";
    return a.error ? "failed" : "ok";
}

void append_attempt(std::string& out, attempt const& a, std::string const& url) {
    object o(out);
    o.text("url", url);
    if (a.port != 0) {  // no name, no address
        auto const host = a.address.v4 ? a.address.text() : "[" + a.address.text() + "]";
        o.text("address", host + ":" + std::to_string(a.port));
    }
    o.flag("reused", a.reused);
    o.text("outcome", outcome_of(a));
    o.text_unless_empty("proxy", a.proxy);
    if (!a.tls_version.empty()) {
        object tls(o.name("tls"));
        tls.text("version", a.tls_version);
        tls.flag("resumed", a.tls_resumed);
        tls.close();
    }
    if (a.status != 0) {
        o.text("protocol", a.protocol);
        o.number("status", static_cast<std::uint64_t>(a.status));
        append_sizes(o.name("bytes"), a.wire_bytes, a.decoded_bytes);
    }
    append_timings(o.name("timings_us"), a);
    if (a.error)
        append_error(o.name("error"), *a.error);
    o.close();
}

template <class List, class Append>
void append_list(std::string& out, List const& list, Append const& append) {
    out += '[';
    bool first = true;
    for (auto const& each : list) {
        if (!first)
            out += ',';
        first = false;
        append(each);
    }
    out += ']';
}

void append_attempts(std::string& out, fetch_result const& r) {
    append_list(out, r.trace.attempts, [&](attempt const& a) {
        append_attempt(out, a, a.hop == 0 ? r.requested : r.trace.redirects[a.hop - 1].to);
    });
}

void append_redirects(std::string& out, fetch_result const& r) {
    append_list(out, r.trace.redirects, [&out](auto const& hop) {
        object o(out);
        o.number("status", static_cast<std::uint64_t>(hop.status));
        o.text("url", hop.from);
        o.text("location", hop.to);
        o.close();
    });
}

void append_fields(std::string& out, headers const& fields) {
    out += '[';
    for (std::size_t i = 0; i < fields.size(); ++i) {
        out += i == 0 ? "[" : ",[";
        append_bytes(out, fields[i].name);
        out += ',';
        append_bytes(out, fields[i].value);
        out += ']';
    }
    out += ']';
}

void add_charset(object& o, fetch_result const& r) {
    object charset(o.name("charset"));
    charset.text("name", r.charset);
    charset.text("source", r.charset_source);
    charset.close();
}

// All but the output.
void add_members(object& o, fetch_result const& r, std::string_view outcome) {
    bool const fetched = !r.requested.empty();
    o.text_unless_empty("id", r.id);
    o.text_unless_empty("url", r.requested);
    o.text_unless_empty("final_url", r.final_url);
    o.text("outcome", outcome);
    if (r.status != 0) {
        o.number("status", static_cast<std::uint64_t>(r.status));
        append_fields(o.name("headers"), r.fields);
    }
    if (!r.content_type.empty())
        append_bytes(o.name("content_type"), r.content_type);
    o.text_unless_empty("content_type_source", r.content_type_source);
    if (!r.charset.empty())
        add_charset(o, r);
    append_sizes(o.name("bytes"), r.wire_bytes, r.decoded_bytes);
    append_timings(o.name("timings_us"), r.timings, fetched);
    if (fetched) {
        append_redirects(o.name("redirects"), r);
        append_attempts(o.name("attempts"), r);
    }
    if (r.error)
        append_error(o.name("error"), *r.error);
}

std::string_view outcome_of(fetch_result const& r) {
    return r.error ? "failed" : "ok";
}

constexpr std::size_t usual_length = 1536;  // of a page's head

}  // namespace

text_around result_json_around(fetch_result const& r) {
    text_around t{{}, "}\n"};
    t.before.reserve(usual_length);
    object o(t.before);
    add_members(o, r, outcome_of(r));
    if (!r.error && r.json)
        o.name("output");
    return t;
}

std::string result_members(fetch_result const& r, std::int64_t item, bool skipped) {
    std::string members;
    members.reserve(usual_length);
    object o(members);
    o.number("item", static_cast<std::uint64_t>(item));
    add_members(o, r, skipped ? "skipped" : outcome_of(r));
    members.erase(0, 1);
    return members;
}

std::string request_member(asked_request const& asked) {
    std::string member = "\"request\":";
    object o(member);
    o.text("method", asked.method);
    append_fields(o.name("headers"), asked.fields);
    o.close();
    return member;
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
