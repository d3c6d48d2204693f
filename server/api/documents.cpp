#include "api/documents.hpp"

#include "api/admission.hpp"
#include "api/request_fields.hpp"
#include "api/result_json.hpp"

namespace fetchd::api {
namespace {

// Whether Accept names this very media type, whatever its weight but 0 (RFC 9110 §12.5.1). Only an explicit
// wish counts: */* and no Accept at all leave the choice to the route.
bool accepts(headers const& fields, std::string_view type) {
    auto list = fields.get("Accept");
    while (!list.empty()) {
        auto const comma = list.find(',');
        auto range = list.substr(0, comma);
        list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
        bool const refused =
            range.find("q=0") != range.npos && range.find_first_of("123456789") == range.npos;
        if (same_name(trim_ows(range.substr(0, range.find(';'))), type) && !refused)
            return true;
    }
    return false;
}

bool wants_json(headers const& fields) {
    return accepts(fields, "application/json");
}

constexpr std::size_t large_output = std::size_t{512} << 10U;
constexpr std::string_view any_bytes = "application/octet-stream";

// Media type of the only output. A task that makes bytes has a list, "image/webp|image/png", and the worker
// says which; it is not believed anything else.
std::string_view type_of(fetch_result const& done, tasks::registry r) {
    auto const* const task = tasks::find(r, done.made_by);
    if (!task)  // nothing was made: there was no body
        return "text/plain; charset=utf-8";
    if (task->kind != tasks::output_kind::bytes)
        return task->content_type;
    for (auto list = task->content_type; !list.empty();) {
        auto const bar = std::min(list.find('|'), list.size());
        if (list.substr(0, bar) == done.output_type)
            return list.substr(0, bar);
        list.remove_prefix(std::min(bar + 1, list.size()));
    }
    return any_bytes;
}

reply document(fetch_result&& done) {
    reply answer;
    if (done.output.size() < large_output) {
        answer.body = result_json(done);
    } else {
        answer.rest = std::exchange(done.output, {});
        auto parts = result_json_around(done);
        answer.body = std::move(parts.before);
        answer.last = std::move(parts.after);
    }
    return answer;
}

// The only output as it is, or the failure as a problem.
reply bare(fetch_result&& done, tasks::registry r) {
    if (done.error)
        return problem(*done.error);
    reply answer;
    answer.content_type = type_of(done, r);
    // It is somebody else's document: where a browser shows it, it may not act as a page of this service.
    answer.fields.add("X-Content-Type-Options", "nosniff");
    answer.fields.add("Content-Security-Policy", "sandbox; default-src 'none'");
    answer.body = std::move(done.output);
    if (!done.final_url.empty())
        answer.fields.add("Fetchd-Url", done.final_url);
    if (done.status != 0)
        answer.fields.add("Fetchd-Status", std::to_string(done.status));
    return answer;
}

std::optional<reply> one_output_only(fetch_outputs const& output) {
    if (output.one())
        return {};
    return problem(406, "Several outputs come as JSON: ask for it with Accept: application/json");
}

}  // namespace

awaitable<void> document_handler::read(call& c) {
    asked wanted;
    auto refused = read_query(c.head.query, true, limits(), wanted);
    if (!refused) {
        wanted.fetch->json = wants_json(c.head.fields);
        if (!wanted.fetch->json)
            refused = one_output_only(wanted.fetch->output);
    }
    co_await run(c, std::move(refused), std::move(wanted));
}

awaitable<void> document_handler::fetch(call& c) {
    auto const body = co_await c.read_body(settings_.max_json, body_deadline());
    asked wanted;
    std::optional<reply> refused;
    if (!body)
        refused = problem(body.error().status, body.error().why);
    else
        refused = read_fetch_body(*body, limits(), wanted);
    co_await run(c, std::move(refused), std::move(wanted));
}

awaitable<void> document_handler::run(call& c, std::optional<reply> refused, asked wanted) {
    auto const ticket = co_await admit(c, fetcher_, refused);
    if (!ticket)
        co_return;
    auto& request = *wanted.fetch;
    ask_for_document(request.out.fields);
    if (!request.session.empty())
        request.caller = caller_of(c);
    bool const json = request.json;
    scope life(wheel_, clock::now() + wanted.timeout);
    fetch_result done;
    {
        call::hangup_watch watch(c, life);
        done = co_await fetcher_.run(std::move(request), life);
    }
    auto const answer = json ? document(std::move(done)) : bare(std::move(done), tasks_);
    co_await c.send(answer);
}

awaitable<void> document_handler::process(call& c) {
    process_asked wanted;
    auto refused = read_process_query(c.head.query, limits(), wanted);
    bool const json = !c.head.fields.has("Accept") || wants_json(c.head.fields) || !wanted.output.one() ||
                      accepts(c.head.fields, "*/*");
    auto const ticket = co_await admit(c, fetcher_, refused);
    if (!ticket)
        co_return;
    fetcher::document doc;
    auto share = fetcher_.no_share();
    auto const wanted_bytes = c.head.body == body_kind::length
                                  ? std::min<std::uint64_t>(c.head.length, settings_.max_document)
                                  : settings_.max_document;
    if (c.head.body != body_kind::none && !share.add(wanted_bytes))
        refused = problem(failure(stage::body, code::overloaded));
    if (!refused) {
        auto body = co_await c.read_body(settings_.max_document, body_deadline());
        if (body)
            doc.body = std::move(*body);
        else
            refused = problem(body.error().status, body.error().why);
    }
    if (refused) {
        co_await c.send(*refused);
        co_return;
    }
    doc.content_type = std::string(c.head.fields.get("Content-Type"));
    doc.content_encoding = all_values(c.head.fields, "Content-Encoding");
    doc.base_url = std::move(wanted.base_url);
    doc.fields = about_the_document(c.head.fields);
    doc.json = json;
    doc.output = std::move(wanted.output);
    scope life(wheel_, clock::now() + wanted.timeout);
    fetch_result done;
    {
        call::hangup_watch watch(c, life);
        done = co_await fetcher_.process(std::move(doc), life);
    }
    auto const answer = json ? document(std::move(done)) : bare(std::move(done), tasks_);
    co_await c.send(answer);
}

}  // namespace fetchd::api
