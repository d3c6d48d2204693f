#include "api/router.hpp"

#include <optional>

#include "api/problem.hpp"
#include "http/percent.hpp"

namespace fetchd::api {
namespace {

bool allows(std::string_view methods, std::string_view method) {
    while (!methods.empty()) {
        auto const comma = methods.find(", ");
        if (methods.substr(0, comma) == method)
            return true;
        methods.remove_prefix(comma == methods.npos ? methods.size() : comma + 2);
    }
    return false;
}

// What stands in the place of the segment in braces, decoded; empty where there is none. Nothing where the
// path is another one.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
    auto const open = pattern.find('{');
    if (open == pattern.npos)
        return pattern == path ? std::optional<std::string>("") : std::nullopt;
    auto const after = pattern.substr(pattern.find('}') + 1);
    if (!path.starts_with(pattern.substr(0, open)) || path.size() <= open + after.size() ||
        !path.ends_with(after))
        return {};
    auto const segment = path.substr(open, path.size() - open - after.size());
    if (segment.find('/') != segment.npos)
        return {};
    return percent_decode(segment);
}

}  // namespace

awaitable<void> router::answer(call& c, bool over) {
    auto const began = clock::now();
    auto const path = co_await dispatch(c, over);
    metrics_.answered(path, c.status(), clock::now() - began);
}

awaitable<std::string_view> router::dispatch(call& c, bool over) {
    for (auto const& r : routes_) {
        auto part = match(r.path, c.head.path);
        if (!part)
            continue;
        c.parameter = std::move(*part);
        if (!allows(r.methods, c.head.method)) {
            auto refused = problem(405, "This path answers to " + std::string(r.methods));
            refused.fields.add("Allow", r.methods);
            co_await c.send(refused);
        } else if (over && !r.in_overload) {
            auto const refused = problem(503, "Too many connections: try again later");
            co_await c.send(refused);
        } else {
            co_await r.handle(c);
        }
        co_return r.path;
    }
    auto const unknown = problem(404, "There is nothing at this path; see /openapi.json");
    co_await c.send(unknown);
    co_return "other";
}

}  // namespace fetchd::api
