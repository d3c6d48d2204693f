#include "api/job_fields.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/schema_fields.hpp"
#include "http/rfc3339.hpp"
#include "http/standard_webhooks.hpp"
#include "http/url.hpp"
#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t longest_ms = std::int64_t{366} * 24 * 3600 * 1000;
constexpr std::size_t max_labels = 32;
constexpr std::size_t max_label_name = 64;
constexpr std::size_t max_label_value = 256;
constexpr std::size_t max_secrets = 4;
constexpr std::size_t max_webhook_url = 2048;

std::string_view view(json::string_view s) {
    return {s.data(), s.size()};
}

// Where values go that are numbers in a range.
struct number_field {
    std::string_view name;
    std::int64_t least;
    std::int64_t most;
};

constexpr number_field priority{"priority", -9, 9};
constexpr number_field concurrency{"concurrency", 1, 10'000};
constexpr number_field deadline{"deadline_ms", 1, longest_ms};
constexpr number_field batch{"webhook.batch", 1, 1000};
constexpr number_field window{"webhook.window_ms", 0, 3'600'000};

template <class T>
std::optional<reply> take_number(number_field const& field, json::value const& value, T& into) {
    auto const* const number = value.if_int64();
    if (!number || *number < field.least || *number > field.most)
        return bad_request(std::string(field.name) + ": want " + std::to_string(field.least) + ".." +
                           std::to_string(field.most));
    into = static_cast<T>(*number);
    return {};
}

std::optional<reply> take_flag(std::string_view name, json::value const& value, bool& into) {
    if (!value.is_bool())
        return bad_request(std::string(name) + ": want true or false");
    into = value.get_bool();
    return {};
}

std::optional<reply> take_time(json::value const& value, jobs::unix_ms& into) {
    auto const* const text = value.if_string();
    auto const at = text ? parse_rfc3339(view(*text)) : std::nullopt;
    if (!at)
        return bad_request("not_before: want a time like \"2026-11-21T08:00:00Z\" (RFC 3339)");
    into = at->time_since_epoch().count();
    return {};
}

std::optional<reply> take_labels(json::value const& value, std::string& into) {
    auto const* const labels = value.if_object();
    if (!labels || labels->size() > max_labels)
        return bad_request("labels: want an object of names and texts, at most " +
                           std::to_string(max_labels));
    for (auto const& [name, text] : *labels) {
        if (name.empty() || name.size() > max_label_name)
            return bad_request("labels: want names of 1 to " + std::to_string(max_label_name) + " bytes");
        if (!text.is_string() || text.get_string().size() > max_label_value)
            return bad_request("labels." + quoted(view(name)) + ": want a text of at most " +
                               std::to_string(max_label_value) + " bytes");
    }
    into = labels->empty() ? std::string() : json::serialize(*labels);
    return {};
}

std::optional<reply> take_endpoint(json::value const& value, std::string& into) {
    auto const* const text = value.if_string();
    auto const parsed = text ? url::parse(view(*text)) : failure(stage::admission, code::bad_url);
    if (!parsed || !parsed->is_http() || parsed->href().size() > max_webhook_url)
        return bad_request("webhook.url: want an http or https URL of at most " +
                           std::to_string(max_webhook_url) + " bytes");
    if (parsed->has_credentials())
        return bad_request(
            "webhook.url: cannot have a user name or a password: receivers know us by the "
            "signature");
    into = parsed->without_fragment().href();
    return {};
}

std::optional<reply> take_secrets(json::value const& value, std::vector<std::string>& into) {
    json::array one;
    if (value.is_string())
        one.push_back(value);
    auto const& all = value.is_array() ? value.get_array() : one;
    if (all.empty() || all.size() > max_secrets)
        return bad_request("webhook.secrets: want 1 to " + std::to_string(max_secrets) + " texts");
    for (auto const& secret : all) {
        if (!secret.is_string() || !webhook_secret::parse(view(secret.get_string())))
            return bad_request("webhook.secrets: want \"whsec_\" and 24 to 64 bytes in base64");
        into.emplace_back(view(secret.get_string()));
    }
    return {};
}

std::optional<reply> take_events(json::value const& value, webhook_draft& into) {
    auto const* const list = value.if_array();
    bool good = list && !list->empty();
    into.results = into.finished = false;
    for (std::size_t i = 0; good && i < list->size(); ++i) {
        auto const* const text = (*list)[i].if_string();
        auto const name = text ? view(*text) : std::string_view();
        into.results |= name == "job.results";
        into.finished |= name == "job.finished";
        good = name == "job.results" || name == "job.finished";
    }
    if (!good)
        return bad_request("webhook.events: want a list of \"job.results\", \"job.finished\"");
    return {};
}

std::optional<reply> take_webhook_field(std::string_view name, json::value const& value,
                                        webhook_draft& into) {
    if (name == "url")
        return take_endpoint(value, into.url);
    if (name == "secrets")
        return take_secrets(value, into.secrets);
    if (name == "events")
        return take_events(value, into);
    if (name == "batch")
        return take_number(batch, value, into.batch);
    if (name == "window_ms")
        return take_number(window, value, into.window);
    return bad_request("webhook: unknown field " + quoted(name));
}

std::optional<reply> take_webhook(json::value const& value, std::optional<webhook_draft>& into) {
    auto const* const object = value.if_object();
    if (!object)
        return bad_request("webhook: want an object with url and secrets");
    auto& hook = into.emplace();
    for (auto const& [name, given] : *object)
        if (auto refused = take_webhook_field(view(name), given, hook))
            return refused;
    if (hook.url.empty() || hook.secrets.empty())
        return bad_request(hook.url.empty() ? "webhook.url: is missing" : "webhook.secrets: is missing");
    return {};
}

}  // namespace

std::optional<reply> take_job_field(std::string_view name, json::value const& value, jobs::unix_ms now,
                                    submitted_job& into) {
    auto& draft = into.draft;
    if (name == "priority")
        return take_number(priority, value, draft.priority);
    if (name == "concurrency")
        return take_number(concurrency, value, draft.concurrency);
    if (name == "deadline_ms") {
        auto refused = take_number(deadline, value, draft.deadline);
        draft.deadline += refused ? 0 : now;
        return refused;
    }
    if (name == "not_before")
        return take_time(value, draft.not_before);
    if (name == "labels")
        return take_labels(value, draft.labels);
    if (name == "webhook")
        return take_webhook(value, into.webhook);
    if (name == "archive")
        return take_flag(name, value, draft.archive);
    if (name == "deduplicate")
        return take_flag(name, value, draft.deduplicate);
    if (name == "robots")
        return take_flag(name, value, draft.robots);
    return bad_request("unknown field " + quoted(name));
}

std::optional<reply> take_job_query(std::string_view query, jobs::unix_ms now, submitted_job& into,
                                    std::vector<std::string>& names) {
    constexpr std::string_view known[] = {"archive",    "concurrency", "deadline_ms", "deduplicate",
                                          "not_before", "priority",    "robots"};
    auto const pairs = parse_query(query);
    if (!pairs)
        return problem(pairs.error());
    for (auto const& [name, text] : *pairs) {
        if (std::find(std::begin(known), std::end(known), name) == std::end(known))
            return bad_request("unknown parameter " + quoted(name));
        if (std::find(names.begin(), names.end(), name) != names.end())
            return bad_request("parameter " + quoted(name) + " is given twice");
        names.push_back(name);
        json::error_code ec;
        auto value = name == "not_before" ? json::value() : json::parse(text, ec);
        if (name == "not_before" || ec)
            value = json::string(text);
        if (auto refused = take_job_field(name, value, now, into))
            return refused;
    }
    return {};
}

}  // namespace fetchd::api
