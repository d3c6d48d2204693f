#include "worker/tasks/registry.hpp"

#include <algorithm>

#include "base/json_text.hpp"
#include "http/base64.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/pick.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {

// The line that adds a task. Sorted.
#define FETCHD_TASKS(TASK) \
    TASK(feed)             \
    TASK(hash)             \
    TASK(html)             \
    TASK(image)            \
    TASK(jq)               \
    TASK(links)            \
    TASK(main)             \
    TASK(markdown)         \
    TASK(metadata)         \
    TASK(pdf)              \
    TASK(select)           \
    TASK(sha256)           \
    TASK(sitemap)          \
    TASK(table)            \
    TASK(text)             \
    TASK(thumbnail)

#define DECLARE(name) extern entry const name##_task;
FETCHD_TASKS(DECLARE)
#undef DECLARE

namespace {

// Runs one task, whose output is valid UTF-8 afterwards whatever the parser let through.
result<void> run(entry const& task, context& visit, std::string& out) {
    visit.take_up(task);
    if (auto done = task.run(visit, out); !done)
        return done.error();
    if (out.size() > visit.room())
        return too_much_output(visit);
    if (task.kind != output_kind::bytes && !utf8::valid(out)) {
        std::string repaired;
        utf8::append_valid(repaired, out);
        out = std::move(repaired);
    }
    return {};
}

void append_member(entry const& task, std::string const& made, std::string& out) {
    if (out.size() > 1)
        out += ',';
    json_text::append_string(out, task.name);
    out += ':';
    if (task.kind == output_kind::json)
        out += made;
    else if (task.kind == output_kind::text)
        json_text::append_string(out, made);
    else
        out.append("\"").append(base64_encode(made)).append("\"");
}

using names = std::vector<std::string>;

result<void> run_all(registry known, names const& wanted, context& visit, outcome& done) {
    auto& out = done.output;
    out = "{";
    for (auto name = wanted.begin(); name != wanted.end(); ++name) {
        if (std::find(wanted.begin(), name, *name) != name)
            continue;  // asked for twice, written once
        auto const* task = find(known, *name);
        if (task == nullptr)
            return failure{stage::process, code::failed, "no such task"};
        std::string made;
        if (auto ran = run(*task, visit, made); !ran)
            return ran.error();
        append_member(*task, made, out);
        if (out.size() >= visit.room())
            return too_much_output(visit);
    }
    out += '}';
    return {};
}

result<void> run_one(registry known, names const& wanted, context& visit, outcome& done) {
    if (wanted.size() != 1)
        return failure{stage::process, code::failed, "one task at a time without JSON"};
    auto const* task = find(known, wanted.front());
    if (task == nullptr)
        return failure{stage::process, code::failed, "no such task"};
    if (auto ran = run(*task, visit, done.output); !ran)
        return ran.error();
    done.made_by = task->name;
    if (task->kind == output_kind::bytes)
        done.output_type = visit.output_type();
    return {};
}

}  // namespace

registry standard() {
#define COPY(name) name##_task,
    static entry const all[] = {FETCHD_TASKS(COPY)};
#undef COPY
    return all;
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
    auto picked = want.names;
    if (picked.empty()) {
        auto suitable = pick(visit, want.json);
        if (!suitable)
            return suitable.error();
        picked.emplace_back(*suitable);
    }
    outcome done;
    auto const ran = want.json ? run_all(known, picked, visit, done) : run_one(known, picked, visit, done);
    if (!ran)
        return ran.error();
    done.content_type = visit.essence();
    done.content_type_source = visit.sniffed() ? "sniffed" : "header";
    done.decoded_bytes = visit.bytes().size();
    if (visit.is_text()) {
        auto const encoding = visit.charset();
        done.charset = encoding.name;
        done.charset_source = encoding.source;
    }
    return done;
}

}  // namespace fetchd::tasks
