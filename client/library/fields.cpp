#include "library/fields.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <limits>

namespace fetchd {
inline namespace client_v1 {
namespace json = boost::json;

json::value const* fields::find(std::string_view name) const {
    auto const* v = from_.if_contains(name);
    return v && !v->is_null() ? v : nullptr;
}

std::string fields::path(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void fields::complain(std::string_view name, std::string_view wanted) {
    if (problem_.empty())
        problem_ = "the field \"" + path(name) + "\" is not " + std::string(wanted);
}

void fields::take(std::string_view name, std::string& to) {
    auto const* v = find(name);
    if (!v)
        return;
    if (auto const* s = v->if_string())
        to = std::string_view(*s);
    else
        complain(name, "a string");
}

void fields::take(std::string_view name, int& to) {
    auto const* v = find(name);
    if (!v)
        return;
    auto const* n = v->if_int64();
    if (n && *n >= std::numeric_limits<int>::min() && *n <= std::numeric_limits<int>::max())
        to = static_cast<int>(*n);
    else
        complain(name, "a small whole number");
}

void fields::take(std::string_view name, std::uint64_t& to) {
    auto const* v = find(name);
    if (!v)
        return;
    if (auto const* n = v->if_int64(); n && *n >= 0)
        to = static_cast<std::uint64_t>(*n);
    else if (auto const* u = v->if_uint64())
        to = *u;
    else
        complain(name, "a count");
}

void fields::take(std::string_view name, bool& to) {
    auto const* v = find(name);
    if (!v)
        return;
    if (auto const* b = v->if_bool())
        to = *b;
    else
        complain(name, "true or false");
}

json::object const* fields::object(std::string_view name) {
    auto const* v = find(name);
    if (v && !v->is_object())
        complain(name, "an object");
    return v ? v->if_object() : nullptr;
}

json::array const* fields::array(std::string_view name) {
    auto const* v = find(name);
    if (v && !v->is_array())
        complain(name, "a list");
    return v ? v->if_array() : nullptr;
}

json::value parse_json(std::string_view text, std::string& problem) {
    json::parse_options options;
    options.max_depth = 64;
    json::error_code failed;
    auto value = json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
    if (failed)
        problem = "it is not JSON: " + failed.message();
    return value;
}

// Line breaks of valid JSON stand between tokens only, so they may become spaces.
std::string on_one_line(std::string_view text) {
    auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
}

}  // namespace client_v1
}  // namespace fetchd
