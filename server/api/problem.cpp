#include "api/problem.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

constexpr std::string_view retry_after_seconds = "1";

reply as_reply(int status, json::object body) {
    reply answer;
    answer.status = status;
    answer.content_type = "application/problem+json";
    answer.body = json::serialize(body) + "\n";
    if (status == 503 || status == 429)
        answer.fields.add("Retry-After", retry_after_seconds);
    return answer;
}

// The detail may quote what somebody sent, cut anywhere: JSON has no bytes that are not UTF-8.
json::object base(int status, std::string_view said) {
    auto const title = reason_phrase(status);
    auto const detail = to_valid_utf8(std::string(said));
    return {{"type", "about:blank"},
            {"title", json::string_view(title.data(), title.size())},
            {"status", status},
            {"detail", json::string_view(detail.data(), detail.size())}};
}

}  // namespace

reply problem(int status, std::string_view detail) {
    return as_reply(status, base(status, detail));
}

reply problem(failure const& f) {
    auto body = base(f.kind().status, f.message());
    auto const where = name(f.where);
    auto const what = name(f.what);
    body["stage"] = json::string_view(where.data(), where.size());
    body["code"] = json::string_view(what.data(), what.size());
    body["retryable"] = f.retryable();
    return as_reply(f.kind().status, std::move(body));
}

reply problem_at(std::string_view place, reply refused) {
    auto const said = json::parse({refused.body.data(), refused.body.size()});
    auto body = said.as_object();
    auto const& detail = body["detail"].as_string();
    body["detail"] = to_valid_utf8(std::string(place)) + ": " + std::string(detail.data(), detail.size());
    return as_reply(refused.status, std::move(body));
}

}  // namespace fetchd::api
