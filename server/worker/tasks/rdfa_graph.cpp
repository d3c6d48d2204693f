#include "worker/tasks/rdfa_graph.hpp"

#include <algorithm>
#include <utility>

#include "base/json_text.hpp"

namespace fetchd::tasks {
namespace {

void append_value(std::string& out, rdfa_value const& value) {
    out += value.as == rdfa_value::form::resource ? "{\"@id\":" : "{\"@value\":";
    json_text::append_string(out, value.text);
    if (value.as == rdfa_value::form::typed || value.as == rdfa_value::form::in_language) {
        out += value.as == rdfa_value::form::typed ? ",\"@type\":" : ",\"@language\":";
        json_text::append_string(out, value.qualifier);
    }
    out += '}';
}

}  // namespace

rdfa_graph::subject* rdfa_graph::find_or_add(std::string_view id, std::size_t bytes) {
    bytes += id.size();
    if (bytes > max_rdfa_text - text_)
        text_ = max_rdfa_text;
    if (full())
        return nullptr;
    ++triples_;
    text_ += bytes;
    auto const [place, fresh] = places_.try_emplace(std::string(id), nodes_.size());
    if (fresh)
        nodes_.push_back({std::string(id), {}, {}});
    return &nodes_[place->second];
}

void rdfa_graph::add_type(std::string_view id, std::string_view type) {
    auto* node = find_or_add(id, type.size());
    if (node != nullptr && std::find(node->types.begin(), node->types.end(), type) == node->types.end())
        node->types.emplace_back(type);
}

void rdfa_graph::add(std::string_view id, std::string_view name, rdfa_value value) {
    auto* node = find_or_add(id, name.size() + value.text.size());
    if (node == nullptr)
        return;
    auto& all = node->properties;
    auto at = std::find_if(all.begin(), all.end(), [&](property const& p) { return p.name == name; });
    if (at == all.end())
        at = all.insert(all.end(), {std::string(name), {}});
    if (std::find(at->values.begin(), at->values.end(), value) == at->values.end())
        at->values.push_back(std::move(value));
}

void rdfa_graph::append_json(std::string& out) const {
    char before = '[';
    for (auto const& node : nodes_) {
        out += before;
        before = ',';
        out += "{\"@id\":";
        json_text::append_string(out, node.id);
        char mark = '[';
        for (auto const& type : node.types) {
            out += mark == '[' ? ",\"@type\":[" : ",";
            mark = ',';
            json_text::append_string(out, type);
        }
        out += mark == ',' ? "]" : "";
        for (auto const& [name, values] : node.properties) {
            out += ',';
            json_text::append_string(out, name);
            out += ':';
            char first = '[';
            for (auto const& value : values) {
                out += first;
                first = ',';
                append_value(out, value);
            }
            out += ']';
        }
        out += '}';
    }
    out += before == ',' ? "]" : "";
}

}  // namespace fetchd::tasks
