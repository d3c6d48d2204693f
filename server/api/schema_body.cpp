// Options in JSON: POST /v1/fetch and /v1/explain.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/json_keys.hpp"
#include "api/request_fields.hpp"
#include "api/schema_members.hpp"
#include "http/base64.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

constexpr std::size_t max_request_fields = 64;
constexpr std::size_t max_field_bytes = 8 * 1024;
constexpr std::size_t max_method_bytes = 64;

std::string_view view(json::string const& s) {
    return {s.data(), s.size()};
}

// CONNECT opens a tunnel, which is nothing that can be handed back. The answer to TRACE repeats the request,
// with what a proxy or an origin must not show the caller (RFC 9110 §9.3.8).
std::optional<reply> take_method(std::string_view name, std::string& into) {
    constexpr std::string_view refused[] = {"CONNECT", "TRACE", "TRACK"};
    constexpr std::string_view known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    if (!valid_name(name) || name.size() > max_method_bytes)
        return bad_request("method: " + quoted(name) + " is not a method of HTTP");
    for (auto const m : refused)
        if (same_name(name, m))
            return bad_request("method: " + std::string(m) + " cannot be asked for");
    for (auto const m : known)
        if (name != m && same_name(name, m))
            return bad_request("method: " + quoted(name) + " is not " + std::string(m) +
                               ": methods are case-sensitive (RFC 9110 §9.1)");
    into = name;
    return {};
}

std::optional<reply> take_field(std::string_view name, json::value const& value, headers& into) {
    auto const* const text = value.if_string();
    if (!text)
        return bad_request("headers." + quoted(name) + ": want a text or a list of texts");
    auto const content = view(*text);
    if (into.size() == max_request_fields)
        return bad_request("headers: at most " + std::to_string(max_request_fields));
    if (!valid_name(name) || !valid_value(content) || name.size() + content.size() > max_field_bytes)
        return bad_request("headers: " + quoted(name) + " is not a valid header field");
    if (forbidden_field(name))
        return bad_request("headers: " + quoted(name) + " cannot be set: fetchd sets it itself");
    into.add(name, content);
    return {};
}

std::optional<reply> take_fields(json::value const& value, headers& into) {
    auto const* const object = value.if_object();
    if (!object)
        return bad_request("headers: want an object of names and texts");
    for (auto const& [key, given] : *object) {
        std::string_view const name(key.data(), key.size());
        auto const* const several = given.if_array();
        if (!several || several->empty()) {
            if (auto refused = take_field(name, given, into))
                return refused;
            continue;
        }
        for (auto const& one : *several)
            if (auto refused = take_field(name, one, into))
                return refused;
    }
    return {};
}

std::optional<reply> take_outputs(json::value const& value, option_reader& read) {
    if (auto const* const one = value.if_string())
        return read.output().add(view(*one));
    auto const* const list = value.if_array();
    if (!list)
        return bad_request("output: want a list of names");
    read.output().name_none();
    for (auto const& item : *list) {
        auto const* const name = item.if_string();
        if (!name)
            return bad_request("output: want a list of names");
        if (auto refused = read.output().add(view(*name)))
            return refused;
    }
    return {};
}

// A value in JSON as the text it would be in a query.
std::string text_of(json::value const& value, std::optional<tasks::option::type> wanted) {
    auto const* const text = value.if_string();
    return text && wanted != tasks::option::type::json ? std::string(view(*text)) : json::serialize(value);
}

std::optional<reply> take_settings(json::value const& value, option_reader& read) {
    auto const* const outputs = value.if_object();
    if (!outputs)
        return bad_request("options: want an object of outputs and their options");
    for (auto const& [task, given] : *outputs) {
        std::string_view const output(task.data(), task.size());
        auto const* const settings = given.if_object();
        if (!settings)
            return bad_request("options." + quoted(output) + ": want an object of options");
        for (auto const& [key, setting] : *settings) {
            std::string_view const name(key.data(), key.size());
            if (setting.is_null())
                return bad_request(std::string(output) + "." + std::string(name) +
                                   ": want a value, not null");
            auto const text = text_of(setting, read.output().type_of(output, name));
            if (auto refused = read.output().set(output, name, text))
                return refused;
        }
    }
    return {};
}

std::optional<reply> take_option(std::string_view name, json::value const& value, option_reader& read) {
    switch (option_reader::kind_of(name)) {
        case option_reader::kind::text:
            if (auto const* const text = value.if_string())
                return read.take_text(name, view(*text));
            return bad_request(std::string(name) + ": want a text");
        case option_reader::kind::flag:
            if (auto const* const flag = value.if_bool())
                return read.take_flag(name, *flag);
            return bad_request(std::string(name) + ": want true or false");
        case option_reader::kind::number:
            if (auto const* const count = value.if_int64(); count && *count >= 0)
                return read.take_number(name, static_cast<std::uint64_t>(*count));
            return bad_request(std::string(name) + ": want a whole number");
        default:
            return bad_request("unknown field " + quoted(name));
    }
}

std::optional<reply> take_text(std::string_view name, json::value const& value, std::string_view& into) {
    auto const* const given = value.if_string();
    if (!given)
        return bad_request(std::string(name) + ": want a text");
    into = view(*given);
    return {};
}

}  // namespace

std::optional<reply> member_reader::take(std::string_view name, json::value const& value) {
    std::string_view text;
    if (name == "method" || name == "body" || name == "body_base64")
        if (auto refused = take_text(name, value, text))
            return refused;
    if (name == "method")
        return take_method(text, method_);
    if (name == "body") {
        text_ = text;
        return {};
    }
    if (name == "body_base64") {
        bytes_ = base64_decode(text);
        return bytes_ ? std::nullopt
                      : std::optional(bad_request(
                            "body_base64: want base64, padded and without line ends (RFC 4648 §4)"));
    }
    if (name == "output")
        return take_outputs(value, options_);
    if (name == "options")
        return take_settings(value, options_);
    if (name == "headers")
        return take_fields(value, options_.out().fields);
    return take_option(name, value, options_);
}

std::optional<reply> member_reader::finish(asked& into) {
    if (text_ && bytes_)
        return bad_request("body: cannot go with body_base64: there is one body");
    if ((text_ || bytes_) && (method_ == "GET" || method_ == "HEAD"))
        return bad_request((text_ ? "body: " : "body_base64: ") + method_ +
                           " has none that would mean anything (RFC 9110 §9.3.1)");
    auto& out = options_.out();
    out.method = std::move(method_);
    if (text_ && !out.fields.has("Content-Type"))
        out.fields.add("Content-Type", "text/plain; charset=utf-8");
    out.body = text_ ? std::move(*text_) : std::move(bytes_).value_or(std::string());
    return options_.finish(into);
}

std::optional<reply> read_fetch_body(std::string_view body, schema_limits const& limits, asked& out) {
    json::error_code ec;
    auto const document = json::parse({body.data(), body.size()}, ec);
    if (ec)
        return bad_request("the body is not JSON: " + ec.message());
    auto const* const object = document.if_object();
    if (!object)
        return bad_request("the body must be a JSON object");
    if (auto const twice = repeated_key(body))
        return bad_request("field " + quoted(*twice) + " is given twice");
    member_reader read(limits);
    for (auto const& [key, value] : *object)
        if (auto refused = read.take({key.data(), key.size()}, value))
            return refused;
    return read.finish(out);
}

}  // namespace fetchd::api
