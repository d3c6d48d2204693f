#include "api/openapi.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace fetchd::api {

extern char const* const openapi_document;  // openapi.json, embedded when building

namespace {

namespace json = boost::json;
using tasks::option;

json::string text(std::string_view s) {
    return json::string(s.data(), s.size());
}

std::int64_t number(std::string_view s) {
    std::int64_t n = 0;
    std::from_chars(s.data(), s.data() + s.size(), n);
    return n;
}

template <class Use>
void each_part(std::string_view list, Use use) {
    while (!list.empty()) {
        auto const bar = std::min(list.find('|'), list.size());
        use(list.substr(0, bar));
        list.remove_prefix(std::min(bar + 1, list.size()));
    }
}

json::object schema_of(option const& o) {
    switch (o.kind) {
        case option::type::flag:
            return {{"type", "boolean"}, {"default", o.fallback == "true"}};
        case option::type::number: {
            auto const dots = o.values.find("..");
            return {{"type", "integer"},
                    {"minimum", number(o.values.substr(0, dots))},
                    {"maximum", number(o.values.substr(dots + 2))},
                    {"default", number(o.fallback)}};
        }
        case option::type::choice: {
            json::array choices;
            each_part(o.values, [&](std::string_view choice) { choices.push_back(text(choice)); });
            return {{"type", "string"}, {"enum", std::move(choices)}, {"default", text(o.fallback)}};
        }
        case option::type::text:
            return {{"type", "string"}, {"default", text(o.fallback)}};
        case option::type::json:
            break;
    }
    return {};
}

// Members of {"options": {"markdown": {...}}}.
json::object options_schema(tasks::registry all) {
    json::object outputs;
    for (auto const& task : all) {
        if (task.options.empty())
            continue;
        json::object members;
        for (auto const& o : task.options) {
            auto schema = schema_of(o);
            schema["description"] = text(o.help);
            members[o.name] = std::move(schema);
        }
        outputs[task.name] = json::object{
            {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(members)}};
    }
    return {{"type", "object"},
            {"description",
             "Options of outputs, each of an output that is asked for or, where none is, "
             "chosen by the type of the document."},
            {"additionalProperties", false},
            {"properties", std::move(outputs)}};
}

// "markdown.links", once for all routes; gives the references.
json::array add_parameters(tasks::registry all, json::object& parameters) {
    json::array references;
    for (auto const& task : all)
        for (auto const& o : task.options) {
            auto const name = std::string(task.name) + "." + std::string(o.name);
            auto schema = schema_of(o);
            json::object parameter{{"name", text(name)}, {"in", "query"}, {"description", text(o.help)}};
            if (o.kind == option::type::json)
                parameter["content"] = json::object{{"application/json", json::object{{"schema", schema}}}};
            else
                parameter["schema"] = std::move(schema);
            parameters[name] = std::move(parameter);
            references.push_back(json::object{{"$ref", text("#/components/parameters/" + name)}});
        }
    return references;
}

void add_outputs(tasks::registry all, json::object& schemas) {
    json::array names;
    auto& made = schemas["result"].at("properties").at("output").at("properties").as_object();
    for (auto const& task : all) {
        names.push_back(text(task.name));
        if (made.contains(task.name))
            continue;
        if (task.kind == tasks::output_kind::json)
            made[task.name] = json::object();
        else if (task.kind == tasks::output_kind::text)
            made[task.name] = json::object{{"type", "string"}};
        else
            made[task.name] = json::object{{"type", "string"}, {"contentEncoding", "base64"}};
    }
    schemas["output_name"].as_object()["enum"] = std::move(names);
    schemas["fetch_request"].at("properties").as_object()["options"] = options_schema(all);
}

// The media types of single outputs.
void add_types(tasks::registry all, json::value& responses) {
    auto& content = responses.at("200").at("content").as_object();
    for (auto const& task : all)
        each_part(task.content_type, [&](std::string_view type) {
            auto const essence = type.substr(0, type.find(';'));
            if (!content.contains(essence))
                content[essence] = json::object{{"schema", json::object()}};
        });
}

}  // namespace

std::string openapi_page(tasks::registry all) {
    auto document = json::parse(openapi_document);
    auto& components = document.at("components");
    add_outputs(all, components.at("schemas").as_object());
    auto const references = add_parameters(all, components.at("parameters").as_object());
    auto& read = document.at("paths").at("/v1/read");
    auto& process = document.at("paths").at("/v1/process").at("post");
    for (auto* const place : {&read, &process})
        for (auto const& reference : references)
            place->at("parameters").as_array().push_back(reference);
    add_types(all, read.at("get").at("responses"));
    add_types(all, process.at("responses"));
    return json::serialize(document) + "\n";
}

}  // namespace fetchd::api
