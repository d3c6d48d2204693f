#include "worker/tasks/registry.hpp"

#include <algorithm>

#include "worker/tasks/context.hpp"
#include "worker/tasks/json_text.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {

// The line that adds a task: its name and function, and whether what it writes is JSON. Sorted.
#define FETCHD_TASKS(TASK) \
    TASK(links, true)      \
    TASK(markdown, false)  \
    TASK(metadata, true)   \
    TASK(sha256, false)    \
    TASK(text, false)

#define DECLARE(name, json) result<void> name(context&, std::string& out);
FETCHD_TASKS(DECLARE)
#undef DECLARE

namespace {

#define ROW(name, json) {#name, json, &tasks::name},
constexpr entry entries[] = {FETCHD_TASKS(ROW)};
#undef ROW

// Runs one task, whose output is valid UTF-8 afterwards whatever the parser let through.
result<void> run(entry const& task, context& visit, std::string& out) {
    if (auto done = task.run(visit, out); !done)
        return done.error();
    if (out.size() > visit.room())
        return too_much_output(visit);
    if (!utf8::valid(out)) {
        std::string repaired;
        utf8::append_valid(repaired, out);
        out = std::move(repaired);
    }
    return {};
}

result<void> run_all(registry known, request const& want, context& visit, std::string& out) {
    out = "{";
    for (auto name = want.names.begin(); name != want.names.end(); ++name) {
        if (std::find(want.names.begin(), name, *name) != name)
            continue;  // asked for twice, written once
        auto const* task = find(known, *name);
        if (task == nullptr)
            return failure{stage::process, code::failed, "no such task"};
        std::string piece;
        if (auto done = run(*task, visit, piece); !done)
            return done.error();
        if (out.size() > 1)
            out += ',';
        json_text::append_string(out, task->name);
        out += ':';
        if (task->json)
            out += piece;
        else
            json_text::append_string(out, piece);
        if (out.size() >= visit.room())
            return too_much_output(visit);
    }
    out += '}';
    return {};
}

result<void> run_one(registry known, request const& want, context& visit, std::string& out) {
    if (want.names.size() != 1)
        return failure{stage::process, code::failed, "one task at a time without JSON"};
    auto const* task = find(known, want.names.front());
    if (task == nullptr)
        return failure{stage::process, code::failed, "no such task"};
    return run(*task, visit, out);
}

}  // namespace

registry standard() {
    return entries;
}

entry const* find(registry known, std::string_view name) {
    for (auto const& task : known)
        if (task.name == name)
            return &task;
    return nullptr;
}

result<outcome> perform(registry known, request const& want, std::string_view body) {
    context visit(want, body);
    if (auto opened = visit.open(); !opened)
        return opened.error();
    outcome done;
    auto const ran =
        want.json ? run_all(known, want, visit, done.output) : run_one(known, want, visit, done.output);
    if (!ran)
        return ran.error();
    done.content_type = visit.essence();
    done.content_type_source = visit.sniffed() ? "sniffed" : "header";
    done.decoded_bytes = visit.bytes().size();
    if (visit.kind() != media_kind::other) {
        auto const encoding = visit.charset();
        done.charset = encoding.name;
        done.charset_source = encoding.source;
    }
    return done;
}

}  // namespace fetchd::tasks
