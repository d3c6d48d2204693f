#include "fetchd/document.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <limits>

#include "library/fields.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace json = boost::json;
namespace {

void take_headers(fields& from, document& d) {
    auto const* list = from.array("headers");
    if (!list)
        return;
    for (auto const& h : *list) {
        auto const* pair = h.if_array();
        if (!pair || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string())
            return from.complain("headers", "a list of [name, value]");
        d.headers.emplace_back(std::string_view((*pair)[0].get_string()),
                               std::string_view((*pair)[1].get_string()));
    }
}

void take_timings(fields& from, std::vector<document::phase>& to, std::string& problem) {
    auto const* o = from.object("timings_us");
    if (!o)
        return;
    fields timings(*o, from.path("timings_us"), problem);
    for (auto const& member : *o) {
        std::uint64_t us = 0;
        timings.take(member.key(), us);
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        to.push_back({std::string(member.key()),
                      std::chrono::microseconds(static_cast<std::int64_t>(std::min(us, most)))});
    }
}

// An attempt's error is an object with a stage and a code, or a plain sentence.
std::string attempt_error(json::object const& attempt) {
    auto const* e = attempt.if_contains("error");
    if (!e)
        return {};
    if (auto const* s = e->if_string())
        return std::string(std::string_view(*s));
    auto const* o = e->if_object();
    if (!o)
        return {};
    std::string ignored;
    std::string where;
    std::string what;
    fields f(*o, "error", ignored);
    f.take("stage", where);
    f.take("code", what);
    return where.empty() ? what : where + "." + what;
}

void take_attempts(fields& from, document& d, std::string& problem) {
    each_object(from, "attempts", problem, [&](fields& f, json::object const& o) {
        document::attempt a;
        f.take("url", a.url);
        f.take("address", a.address);
        f.take("reused", a.reused);
        f.take("outcome", a.outcome);
        a.error = attempt_error(o);
        f.take("proxy", a.proxy);
        f.take("protocol", a.protocol);
        f.take("status", a.status);
        if (auto const* tls = f.object("tls")) {
            fields t(*tls, f.path("tls"), problem);
            t.take("version", a.tls_version);
            t.take("resumed", a.tls_resumed);
        }
        if (auto const* bytes = f.object("bytes")) {
            fields b(*bytes, f.path("bytes"), problem);
            b.take("wire", a.wire_bytes);
            b.take("decoded", a.decoded_bytes);
        }
        take_timings(f, a.timings, problem);
        d.attempts.push_back(std::move(a));
    });
}

void take_redirects(fields& from, document& d, std::string& problem) {
    each_object(from, "redirects", problem, [&](fields& f, json::object const&) {
        document::redirect r;
        f.take("status", r.status);
        f.take("url", r.url);
        f.take("location", r.location);
        d.redirects.push_back(std::move(r));
    });
}

void take_outputs(fields& from, document& d) {
    auto const* o = from.object("output");
    if (!o)
        return;
    for (auto const& member : *o) {
        document::output out{std::string(member.key()), {}, false};
        if (auto const* s = member.value().if_string()) {
            out.text = std::string_view(*s);
        } else {
            out.text = json::serialize(member.value());
            out.is_json = true;
        }
        d.outputs.push_back(std::move(out));
    }
}

void take_error(fields& from, document& d, std::string& problem) {
    auto const* o = from.object("error");
    if (!o)
        return;
    fields f(*o, "error", problem);
    document::failure e;
    f.take("stage", e.stage);
    f.take("code", e.code);
    f.take("message", e.message);
    f.take("retryable", e.retryable);
    d.error = std::move(e);
}

void take_plain(fields& f, document& d, std::string& problem) {
    f.take("id", d.id);
    f.take("url", d.url);
    f.take("final_url", d.final_url);
    f.take("outcome", d.outcome);
    f.take("status", d.status);
    f.take("content_type", d.content_type);
    f.take("content_type_source", d.content_type_source);
    if (auto const* o = f.object("charset")) {
        fields charset(*o, "charset", problem);
        charset.take("name", d.charset);
        charset.take("source", d.charset_source);
    }
    if (auto const* o = f.object("bytes")) {
        fields bytes(*o, "bytes", problem);
        bytes.take("wire", d.wire_bytes);
        bytes.take("decoded", d.decoded_bytes);
    }
}

client_error broken(std::string const& why) {
    client_error e;
    e.what = trouble::broken_answer;
    e.message = "the service's answer is not a result document: " + why;
    return e;
}

}  // namespace

answer<document> document::parse(std::string_view text) {
    std::string problem;
    auto const value = parse_json(text, problem);
    if (!problem.empty())
        return broken(problem);
    auto const* o = value.if_object();
    if (!o)
        return broken("it is not a JSON object");

    document d;
    fields f(*o, "", problem);
    take_plain(f, d, problem);
    take_headers(f, d);
    take_timings(f, d.timings, problem);
    take_redirects(f, d, problem);
    take_attempts(f, d, problem);
    take_error(f, d, problem);
    take_outputs(f, d);
    if (problem.empty() && d.outcome.empty())
        problem = "the field \"outcome\" is missing";
    if (!problem.empty())
        return broken(problem);
    d.json = on_one_line(text);
    return d;
}

document::output const* document::find(std::string_view output_name) const {
    auto at =
        std::find_if(outputs.begin(), outputs.end(), [&](auto const& o) { return o.name == output_name; });
    return at == outputs.end() ? nullptr : &*at;
}

std::string_view document::markdown() const {
    auto const* o = find("markdown");
    return o ? std::string_view(o->text) : std::string_view();
}

std::chrono::microseconds document::took(std::string_view phase_name) const {
    for (auto const& p : timings)
        if (p.name == phase_name)
            return p.took;
    return {};
}

}  // namespace client_v1
}  // namespace fetchd
