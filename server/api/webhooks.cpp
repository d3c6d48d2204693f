#include "api/webhooks.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/problem.hpp"
#include "http/rfc3339.hpp"
#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view s) {
    return json::string(s.data(), s.size());
}

json::string time(jobs::unix_ms t) {
    return text(rfc3339(std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::milliseconds(t)), 3));
}

std::string_view type_of(jobs::event_kind kind) {
    return kind == jobs::event_kind::results ? "job.results" : "job.finished";
}

json::object event_object(jobs::event const& e) {
    json::object o{{"id", text(e.id)}, {"type", text(type_of(e.kind))}, {"created", time(e.created)}};
    if (e.kind == jobs::event_kind::results) {
        o["first_seq"] = e.first_seq;
        o["last_seq"] = e.last_seq;
    }
    o["attempts"] = e.attempts;
    o["note"] = text(e.note);
    return o;
}

struct listing {
    std::int64_t after = 0;
    std::int64_t limit = 100;
};

std::optional<reply> read_listing(std::string_view query, listing& into) {
    auto const pairs = parse_query(query);
    if (!pairs)
        return problem(pairs.error());
    for (auto const& [key, value] : *pairs) {
        if (key != "after" && key != "limit")
            return problem(400, "unknown parameter \"" + key + "\"; known are after, limit");
        auto& number = key == "after" ? into.after : into.limit;
        auto const* const end = value.data() + value.size();
        auto const [at, ec] = std::from_chars(value.data(), end, number);
        bool const good = ec == std::errc{} && at == end;
        if (key == "after" && (!good || number < 0))
            return problem(400, "after: want the \"next\" of the page before");
        if (key == "limit" && (!good || number < 1 || number > webhook_handler::max_page))
            return problem(400, "limit: want 1.." + std::to_string(webhook_handler::max_page));
    }
    return {};
}

// Empty for all of them.
std::optional<reply> read_replay(std::string const& body, std::string& id) {
    if (body.empty())
        return {};
    json::error_code ec;
    auto const value = json::parse(body, ec);
    auto const* const object = ec ? nullptr : value.if_object();
    auto const* const one = object && object->size() == 1 ? object->if_contains("id") : nullptr;
    if (!object || (!object->empty() && (!one || !one->is_string() || one->get_string().empty())))
        return problem(400, "want nothing, for all dead letters, or {\"id\": \"evt_...\"} for one");
    if (one)
        id.assign(one->get_string().data(), one->get_string().size());
    return {};
}

}  // namespace

awaitable<std::optional<reply>> webhook_handler::find(call& c, target& into) {
    auto const job = co_await store_.find(c.parameter);
    if (!job)
        co_return problem(job.error());
    if (job->draft.subscriptions.empty())
        co_return problem(404, "This job has no webhook");
    into.subscription = job->draft.subscriptions.front();
    auto const key = std::string(jobs::receiver_prefix) + into.subscription.endpoint;
    auto const kept = co_await store_.get(key, 0);
    if (!kept)
        co_return problem(kept.error());
    auto read = *kept ? jobs::receiver::parse((*kept)->value) : std::nullopt;
    if (!read)
        co_return problem(404, "The receiver of this job is not known any more");
    into.receiver = std::move(*read);
    co_return std::nullopt;
}

awaitable<result<std::uint32_t>> webhook_handler::count(std::string const& name, jobs::event_state state) {
    std::uint32_t all = 0;
    std::int64_t after = 0;
    while (all < max_counted) {
        auto const page = co_await store_.events(name, state, after, max_page);
        if (!page)
            co_return page.error();
        all += static_cast<std::uint32_t>(page->size());
        if (page->size() < max_page)
            break;
        after = page->back().key;
    }
    co_return all;
}

awaitable<reply> webhook_handler::shown(target const& t) {
    auto const circuit = co_await webhooks_.circuit(t.receiver.endpoint);
    if (!circuit)
        co_return problem(circuit.error());
    json::object counts;
    constexpr std::pair<char const*, jobs::event_state> states[] = {
        {"pending", jobs::event_state::pending},
        {"delivered", jobs::event_state::delivered},
        {"dead", jobs::event_state::dead}};
    for (auto const& [name, state] : states) {
        auto const n = co_await count(t.subscription.endpoint, state);
        if (!n)
            co_return problem(n.error());
        counts[name] = *n;
    }
    auto const& s = t.subscription;
    json::array events;
    if (s.items)
        events.push_back("job.results");
    if (s.finished)
        events.push_back("job.finished");
    json::object o{{"url", text(t.receiver.url)}, {"events", std::move(events)}};
    o["batch"] = s.batch;
    o["window_ms"] = s.window;
    bool const held = !circuit->may_send(webhooks_.now());
    o["state"] = circuit->disabled() ? "disabled" : held ? "paused" : "active";
    o["failures_in_a_row"] = circuit->failures();
    if (held && !circuit->disabled())
        o["paused_until"] = time(circuit->quiet_until());
    o["counts"] = std::move(counts);
    reply answer;
    answer.body = json::serialize(o) + "\n";
    co_return answer;
}

awaitable<void> webhook_handler::show(call& c) {
    target t;
    auto refused = co_await find(c, t);
    reply answer;
    if (refused)
        answer = std::move(*refused);
    else
        answer = co_await shown(t);
    co_await c.send(answer);
}

awaitable<void> webhook_handler::dead(call& c) {
    target t;
    listing want;
    auto refused = read_listing(c.head.query, want);
    if (!refused)
        refused = co_await find(c, t);
    reply answer;
    if (!refused) {
        auto const limit = static_cast<std::uint32_t>(want.limit);
        auto const page =
            co_await store_.events(t.subscription.endpoint, jobs::event_state::dead, want.after, limit);
        if (page) {
            json::array list;
            for (auto const& e : *page)
                list.push_back(event_object(e));
            json::object o{{"dead", std::move(list)}};
            if (page->size() == limit)
                o["next"] = page->back().key;
            answer.body = json::serialize(o) + "\n";
        } else {
            refused = problem(page.error());
        }
    }
    if (refused)
        answer = std::move(*refused);
    co_await c.send(answer);
}

// All of them where the id is empty; how many there were.
awaitable<result<std::uint64_t>> webhook_handler::replay_dead(std::string const& name,
                                                              std::string const& id) {
    std::uint64_t done = 0;
    std::int64_t after = 0;
    while (true) {
        auto const page = co_await store_.events(name, jobs::event_state::dead, after, max_page);
        if (!page)
            co_return page.error();
        std::vector<jobs::event_mark> marks;
        for (auto const& e : *page)
            if (id.empty() || e.id == id)
                marks.push_back(jobs::replay(e, webhooks_.now()));
        bool const last = page->size() < max_page || (!id.empty() && !marks.empty());
        if (!page->empty())
            after = page->back().key;
        done += marks.size();
        if (!marks.empty()) {
            auto const marked = co_await store_.mark(std::move(marks));
            if (!marked)
                co_return marked.error();
        }
        if (last)
            co_return done;
    }
}

awaitable<void> webhook_handler::replay(call& c) {
    auto const body = co_await c.read_body(max_body, clock::now() + settings_.server.head_timeout);
    target t;
    std::string id;
    std::optional<reply> refused;
    if (body)
        refused = read_replay(*body, id);
    else
        refused = problem(body.error().status, body.error().why);
    if (!refused)
        refused = co_await find(c, t);
    reply answer;
    if (!refused) {
        auto const done = co_await replay_dead(t.subscription.endpoint, id);
        if (!done)
            refused = problem(done.error());
        else if (*done == 0 && !id.empty())
            refused = problem(404, "This job has no dead letter of that id");
        else
            answer.body = "{\"replayed\":" + std::to_string(*done) + "}\n";
    }
    if (refused)
        answer = std::move(*refused);
    co_await c.send(answer);
}

awaitable<void> webhook_handler::enable(call& c) {
    target t;
    auto refused = co_await find(c, t);
    reply answer;
    if (!refused) {
        auto const done = co_await webhooks_.enable(t.receiver.endpoint);
        if (!done)
            refused = problem(done.error());
        else
            answer = co_await shown(t);
    }
    if (refused)
        answer = std::move(*refused);
    co_await c.send(answer);
}

}  // namespace fetchd::api
