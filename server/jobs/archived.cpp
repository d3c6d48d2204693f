#include "jobs/archived.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace fetchd::jobs {
namespace {

namespace json = boost::json;

std::string text_of(json::object const& object, json::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const text = value ? value->if_string() : nullptr;
    return text ? std::string(text->data(), text->size()) : std::string();
}

headers fields_of(json::object const& object) {
    headers fields;
    auto const* const value = object.if_contains("headers");
    auto const* const pairs = value ? value->if_array() : nullptr;
    if (!pairs)
        return fields;
    for (auto const& pair : *pairs) {
        auto const* const both = pair.if_array();
        if (!both || both->size() != 2 || !(*both)[0].is_string() || !(*both)[1].is_string())
            continue;
        auto const& name = (*both)[0].get_string();
        auto const& content = (*both)[1].get_string();
        fields.add({name.data(), name.size()}, {content.data(), content.size()});
    }
    return fields;
}

// "[::1]:443" and "127.0.0.1:80" without port and brackets.
std::string without_port(std::string const& address) {
    auto host = address.substr(0, address.rfind(':'));
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    return host;
}

// Where the last answer came from. Through a proxy nobody knows.
std::string address_of(json::object const& line) {
    auto const* const value = line.if_contains("attempts");
    auto const* const attempts = value ? value->if_array() : nullptr;
    if (!attempts || attempts->empty() || !attempts->back().is_object())
        return {};
    auto const& last = attempts->back().get_object();
    return last.contains("proxy") ? std::string() : without_port(text_of(last, "address"));
}

}  // namespace

std::optional<archived_exchange> archived(stored_result result, bool decoded) {
    json::error_code ec;
    json::parse_options deep;
    deep.max_depth = 128;
    auto document = json::parse({result.line.data(), result.line.size()}, ec, {}, deep);
    auto* const line = ec ? nullptr : document.if_object();
    if (!line)
        return {};
    archived_exchange e;
    e.url = text_of(*line, "final_url");
    if (e.url.empty())
        e.url = text_of(*line, "url");
    e.at = archive_time(std::chrono::milliseconds(result.at));
    e.address = address_of(*line);
    if (auto const* const request = line->if_contains("request"); request && request->is_object()) {
        e.method = text_of(request->get_object(), "method");
        e.request_fields = fields_of(request->get_object());
    }
    auto const* const status = line->if_contains("status");
    if (status && status->is_int64() && *status->if_int64() >= 100 && *status->if_int64() <= 999)
        e.status = static_cast<int>(*status->if_int64());
    e.fields = fields_of(*line);
    e.has_body = result.body.has_value();
    e.body = std::move(result.body).value_or(std::string());
    e.decoded = decoded;
    line->erase("output");
    e.metadata = json::serialize(*line);
    if (e.url.empty())
        return {};
    return e;
}

}  // namespace fetchd::jobs
