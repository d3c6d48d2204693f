#include "base/config_file.hpp"

#include <toml++/toml.h>

namespace fetchd {
namespace {

raw_value raw_of(toml::node const& node) {
    if (auto const* s = node.as_string())
        return {raw_value::kind::text, s->get(), {}};
    if (auto const* i = node.as_integer())
        return {raw_value::kind::integer, std::to_string(i->get()), {}};
    if (auto const* b = node.as_boolean())
        return {raw_value::kind::boolean, b->get() ? "true" : "false", {}};
    auto const* array = node.as_array();
    if (!array)
        return {raw_value::kind::other, "this", {}};
    raw_value list{raw_value::kind::list, {}, {}};
    for (auto const& item : *array) {
        auto const raw = raw_of(item);
        if (raw.type != raw_value::kind::text && raw.type != raw_value::kind::integer)
            return {raw_value::kind::other, "a list of lists or tables", {}};
        list.list.push_back(raw.text);
    }
    return list;
}

}  // namespace

void read_config_file(
    std::string const& file, std::string const& text, std::vector<std::string>& problems,
    std::function<void(std::string const&, std::string const&, raw_value const&)> const& take) {
    auto const place = [&](toml::source_region const& at) {
        return file + ":" + std::to_string(at.begin.line);
    };
    try {
        auto const root = toml::parse(text);
        for (auto const& [section, node] : root) {
            auto const* const table = node.as_table();
            if (!table) {
                problems.push_back(place(node.source()) + ": " + std::string(section.str()) +
                                   " must stand in a [section]");
                continue;
            }
            for (auto const& [key, value] : *table)
                take(place(value.source()), std::string(section.str()) + "." + std::string(key.str()),
                     raw_of(value));
        }
    } catch (toml::parse_error const& e) {
        problems.push_back(place(e.source()) + ": " + std::string(e.description()));
    }
}

}  // namespace fetchd
