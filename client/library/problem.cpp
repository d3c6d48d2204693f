#include "library/problem.hpp"

#include <charconv>

#include "library/fields.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace {

std::optional<std::chrono::seconds> seconds_in(std::string_view text) {
    unsigned n = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failed != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return std::chrono::seconds(n);
}

bool says_come_back(std::string_view code) {
    return code == "overloaded" || code == "not_ready";
}

trouble kind_of(client_error const& e) {
    if (says_come_back(e.code))
        return trouble::overloaded;
    if (!e.stage.empty())
        return trouble::fetch_failed;
    return e.status == 429 || e.status == 503 ? trouble::overloaded : trouble::refused;
}

}  // namespace

client_error error_from(refusal const& said) {
    client_error e;
    e.status = said.status;
    e.retry_after = seconds_in(said.retry_after);
    e.retryable = said.status == 429 || said.status == 503;
    std::string title;
    if (said.content_type.find("json") != std::string_view::npos) {
        std::string problem;
        auto const value = parse_json(said.body, problem);
        if (auto const* o = value.if_object(); o && problem.empty()) {
            fields f(*o, "", problem);
            f.take("title", title);
            f.take("detail", e.message);
            f.take("stage", e.stage);
            f.take("code", e.code);
            f.take("retryable", e.retryable);
        }
    }
    if (e.message.empty())
        e.message = title;
    if (e.message.empty())
        e.message =
            "the service answered " + std::to_string(said.status) + " without saying why: is it a fetchd?";
    e.what = kind_of(e);
    return e;
}

client_error error_from(document d) {
    client_error e;
    e.status = 200;
    if (d.error) {
        e.message = d.error->message;
        e.stage = d.error->stage;
        e.code = d.error->code;
        e.retryable = d.error->retryable;
    }
    if (e.message.empty())
        e.message = "the fetch did not succeed (outcome " + d.outcome + ") and the service did not say why";
    e.what = says_come_back(e.code) ? trouble::overloaded : trouble::fetch_failed;
    e.result = std::make_shared<document const>(std::move(d));
    return e;
}

std::string_view name(trouble t) {
    switch (t) {
        case trouble::unreachable:
            return "unreachable";
        case trouble::no_answer:
            return "no_answer";
        case trouble::refused:
            return "refused";
        case trouble::overloaded:
            return "overloaded";
        case trouble::fetch_failed:
            return "fetch_failed";
        case trouble::broken_answer:
            return "broken_answer";
        case trouble::cancelled:
            return "cancelled";
    }
    return "unknown";
}

}  // namespace client_v1
}  // namespace fetchd
