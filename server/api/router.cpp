#include "api/router.hpp"

#include "api/problem.hpp"

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

}  // namespace

awaitable<void> router::answer(call& c, bool over) {
    auto const began = clock::now();
    auto const path = co_await dispatch(c, over);
    metrics_.answered(path, c.status(), clock::now() - began);
}

awaitable<std::string_view> router::dispatch(call& c, bool over) {
    for (auto const& r : routes_) {
        if (r.path != c.head.path)
            continue;
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
