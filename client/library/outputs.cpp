// The outputs that have a shape of their own: links and metadata.

#include <boost/json/serialize.hpp>

#include "fetchd/document.hpp"
#include "library/fields.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace json = boost::json;
namespace {

using text_list = std::vector<std::pair<std::string, std::string>>;

json::value output_value(document const& d, std::string_view name) {
    auto const* o = d.find(name);
    if (!o || !o->is_json)
        return nullptr;
    std::string problem;
    return parse_json(o->text, problem);
}

std::string plain(json::value const& v) {
    if (auto const* s = v.if_string())
        return std::string(std::string_view(*s));
    return json::serialize(v);
}

// Depth is bounded by parse_json.
void flatten(std::string const& name, json::value const& v, text_list& to) {
    auto below = [&](std::string_view key) {
        return name.empty() ? std::string(key) : name + "." + std::string(key);
    };
    if (auto const* o = v.if_object()) {
        for (auto const& member : *o)
            flatten(below(member.key()), member.value(), to);
    } else if (auto const* list = v.if_array()) {
        for (auto const& element : *list)
            flatten(name, element, to);
    } else if (!v.is_null()) {
        to.emplace_back(name, plain(v));
    }
}

}  // namespace

std::vector<link> links_of(document const& d) {
    std::vector<link> all;
    auto const value = output_value(d, "links");
    auto const* list = value.if_array();
    if (!list)
        return all;
    for (auto const& entry : *list) {
        link one;
        if (auto const* s = entry.if_string()) {
            one.url = std::string_view(*s);
        } else if (auto const* o = entry.if_object()) {
            std::string ignored;
            fields f(*o, "links", ignored);
            f.take("url", one.url);
            f.take("text", one.text);
        }
        if (!one.url.empty())
            all.push_back(std::move(one));
    }
    return all;
}

text_list metadata_of(document const& d) {
    text_list all;
    flatten("", output_value(d, "metadata"), all);
    return all;
}

}  // namespace client_v1
}  // namespace fetchd
