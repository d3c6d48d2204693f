// What a jq filter makes of a JSON document, as a JSON array of all its results: docs/jq.md.
#include "worker/tasks/context.hpp"
#include "worker/tasks/jq_filter.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

constexpr option options[] = {
    {"filter", option::type::text, "", ".", "a jq 1.6 program, run on every JSON text of the body"},
    {"slurp", option::type::flag, "", "false", "run it once, on the array of all JSON texts"},
};

result<void> check(task_options const& chosen) {
    if (auto problem = problem_with_filter(chosen.get("filter")))
        return failure{stage::process, code::bad_option, "jq.filter: " + *problem};
    return {};
}

// JSON is sent as anything; only that it is text is asked.
result<std::string_view> json_of(context& visit) {
    if (!visit.is_text() && utf8::valid(visit.bytes()))
        return visit.bytes();
    return visit.text();
}

result<void> run(context& visit, std::string& out) {
    auto const json = json_of(visit);
    if (!json)
        return json.error();
    auto program = jq_program::compile(visit.option("filter"));
    if (!program)
        return program.error();
    jq_limits limits;
    limits.output = visit.room();
    return program->run(*json, visit.flag("slurp"), limits, out);
}

}  // namespace

extern entry const jq_task;  // registry.cpp
entry const jq_task{"jq",
                    output_kind::json,
                    run,
                    "application/json",
                    options,
                    check,
                    "What a jq filter makes of a JSON body.",
                    "jq.md"};

}  // namespace fetchd::tasks
