#include "api/item_options.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/json_keys.hpp"
#include "api/schema_members.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

constexpr std::string_view any_url = "http://localhost/";

std::string_view view(json::string_view s) {
    return {s.data(), s.size()};
}

json::string_view json_view(std::string_view s) {
    return {s.data(), s.size()};
}

// A JSON string that is what stands between its quotes: the usual form of a URL, which needs no parser.
std::optional<std::string_view> plain_text(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"')
        return {};
    auto const inside = text.substr(1, text.size() - 2);
    bool plain = true;
    for (char const c : inside)
        plain &= c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    return plain ? std::optional(inside) : std::nullopt;
}

// The same object whatever order its members came in. Empty where it has none.
std::string canonical(json::object const& object) {
    std::vector<json::object::const_pointer> members;
    for (auto const& member : object)
        members.push_back(&member);
    std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return a->key() < b->key(); });
    std::string text;
    for (auto const* const m : members) {
        text += text.empty() ? '{' : ',';
        text.append(json::serialize(m->key())).append(":").append(json::serialize(m->value()));
    }
    return text.empty() ? text : text + '}';
}

std::optional<reply> parse_url(std::string_view text, std::optional<url>& into) {
    auto parsed = url::parse(text);
    if (!parsed)
        return problem(parsed.error());
    if (!parsed->is_http())
        return problem(failure(stage::admission, code::unsupported_scheme, std::string(parsed->scheme())));
    into = parsed->has_fragment() ? parsed->without_fragment() : std::move(*parsed);
    return {};
}

void fill(jobs::item_draft& item, url const& target, std::string options) {
    item.url = target.href();
    item.origin = target.origin();
    item.options = std::move(options);
}

}  // namespace

item_options::item_options(schema_limits const& limits) : limits_(limits) {
    // Nothing asked for is never refused.
    (void)check({}, any_url, plain_);
}

std::optional<reply> item_options::check(json::object const& own, std::string_view address,
                                         asked& into) const {
    member_reader read(limits_);
    if (auto refused = read.take("url", json::string(json_view(address))))
        return refused;
    for (auto const& [name, value] : own)
        if (auto refused = read.take(view(name), value))
            return refused;
    for (auto const& [name, value] : common_)
        if (!own.contains(name))
            if (auto refused = read.take(view(name), value))
                return refused;
    return read.finish(into);
}

std::optional<reply> item_options::set_common(json::object const& members) {
    if (members.contains("url"))
        return bad_request("unknown field \"url\"");
    common_ = members;
    kept_ = canonical(common_);
    plain_ = {};
    return check({}, any_url, plain_);
}

std::optional<reply> item_options::set_common(std::string_view kept) {
    json::error_code ec;
    auto const document = json::parse(kept.empty() ? "{}" : json_view(kept), ec);
    if (ec || !document.is_object())
        return bad_request("the options are not a JSON object");
    return set_common(document.get_object());
}

std::optional<reply> item_options::keep(json::object const& own, std::string_view address,
                                        jobs::item_draft& into) const {
    asked whole;
    if (auto refused = check(own, address, whole))
        return refused;
    auto differing = own;
    for (auto const& [name, value] : common_)
        if (auto const* const mine = own.if_contains(name); mine && *mine == value)
            differing.erase(name);
    fill(into, whole.fetch->target, canonical(differing));
    return {};
}

std::optional<reply> item_options::read(std::string_view text, jobs::item_draft& into) const {
    auto address = plain_text(text);
    json::value document;
    if (!address) {
        json::error_code ec;
        document = json::parse(json_view(text), ec);
        if (ec)
            return bad_request("not JSON: " + ec.message());
        if (auto const* const only = document.if_string())
            address = view(*only);
    }
    if (address) {
        std::optional<url> target;
        if (auto refused = parse_url(*address, target))
            return refused;
        fill(into, *target, {});
        return {};
    }
    auto* const object = document.if_object();
    if (!object)
        return bad_request("want a URL, or an object with a url");
    if (auto const twice = repeated_key(text))
        return bad_request("field " + quoted(*twice) + " is given twice");
    auto const* const given = object->if_contains("url");
    auto const* const target = given ? given->if_string() : nullptr;
    if (!target)
        return bad_request(given ? "url: want a text" : "url: is missing; give the address to fetch");
    std::string const own_address(view(*target));
    object->erase("url");
    return keep(*object, own_address, into);
}

std::optional<reply> item_options::read_again(jobs::item_draft& item) const {
    if (item.options.empty())
        return {};
    json::error_code ec;
    auto const own = json::parse(json_view(item.options), ec);
    auto const address = std::move(item.url);
    return keep(own.as_object(), address, item);
}

std::string item_options::user_agent(std::string_view options) const {
    auto const of = [](asked const& a) { return std::string(a.fetch->out.fields.get("User-Agent")); };
    if (options.find("\"headers\"") == options.npos)
        return of(plain_);
    asked own;
    return request(any_url, options, own) ? std::string() : of(own);
}

std::optional<reply> item_options::request(std::string_view address, std::string_view options,
                                           asked& into) const {
    if (options.empty()) {
        std::optional<url> target;
        if (auto refused = parse_url(address, target))
            return refused;
        into = plain_;
        into.fetch->target = std::move(*target);
        return {};
    }
    json::error_code ec;
    auto const own = json::parse(json_view(options), ec);
    if (ec || !own.is_object())
        return bad_request("the options are not a JSON object");
    return check(own.get_object(), address, into);
}

}  // namespace fetchd::api
