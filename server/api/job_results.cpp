#include "api/job_results.hpp"

#include <charconv>
#include <utility>

#include "api/event_stream.hpp"
#include "api/job_json.hpp"
#include "api/problem.hpp"
#include "http/url_query.hpp"
#include "jobs/result_fields.hpp"

namespace fetchd::api {
namespace {

struct wish {
    std::uint64_t after = 0;
    std::uint64_t limit = UINT64_MAX;
    bool follow = false;
    unsigned outcomes = 7;
    std::optional<jobs::result_fields> fields;  // none: all
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t n = 0;
    auto const* const end = text.data() + text.size();
    auto const [at, ec] = std::from_chars(text.data(), end, n);
    if (ec != std::errc{} || at != end)
        return {};
    return n;
}

std::optional<reply> read_filter(std::string_view key, std::string_view value, wish& into) {
    if (key == "fields") {
        auto fields = jobs::result_fields::parse(value);
        if (!fields)
            return problem(400, "fields: " + fields.error().detail);
        into.fields = std::move(*fields);
        return {};
    }
    auto const outcomes = jobs::parse_outcomes(value);
    if (!outcomes)
        return problem(400, "outcome: " + outcomes.error().detail);
    into.outcomes = *outcomes;
    return {};
}

std::optional<reply> take(std::string_view key, std::string_view value, wish& into) {
    auto const n = number(value);
    if (key == "outcome" || key == "fields")
        return read_filter(key, value, into);
    if (key == "after" && n)
        into.after = *n;
    else if (key == "limit" && n && *n > 0)
        into.limit = *n;
    else if (key == "follow" && (value == "1" || value == "0" || value == "true" || value == "false"))
        into.follow = value == "1" || value == "true";
    else if (key == "after" || key == "limit")
        return problem(400, std::string(key) + ": want a whole number");
    else if (key == "follow")
        return problem(400, "follow: want 1 or 0");
    else
        return problem(400, "unknown parameter \"" + std::string(key) +
                                "\"; known are after, limit, follow, outcome, fields");
    return {};
}

std::optional<reply> read_wish(request_head const& head, wish& into) {
    auto const pairs = parse_query(head.query);
    if (!pairs)
        return problem(pairs.error());
    for (auto const& [key, value] : *pairs)
        if (auto refused = take(key, value, into))
            return refused;
    // WHATWG HTML §9.2.4: a browser that comes again says what it had last.
    if (auto const last = parse_last_event_id(head.fields.get("Last-Event-ID")))
        into.after = *last;
    return {};
}

std::size_t bytes_of(jobs::result_page const& page) {
    std::size_t bytes = 0;
    for (auto const& r : page.results)
        bytes += r.line.size();
    return bytes;
}

reply too_many_readers() {
    return problem(failure(stage::admission, code::overloaded, "readers of results"));
}

bool asks_for(headers const& fields, std::string_view type) {
    return fields.get("Accept").find(type) != std::string_view::npos;
}

}  // namespace

struct results_handler::reader {
    jobs::job job;
    wish want;
    form as = form::lines;
    scope* life = nullptr;
    bell* rung = nullptr;
    std::uint64_t left = 0;
    bool at_end = false;
    std::optional<page_budget::share> share{};  // while it has a page

    std::string shown(std::string const& line) const { return want.fields ? want.fields->of(line) : line; }
    void append(std::string& out, jobs::stored_result const& r) const {
        if (as == form::events)
            sse_event(r.seq, "result", shown(r.line), out);
        else
            out.append(shown(r.line)).append("\n");
    }
    // An event's id is what a browser that comes again has had.
    void append_gap(std::string& out, std::uint64_t first_seq) const {
        auto const text = gap_text(first_seq);
        if (as == form::events)
            sse_event(first_seq - 1, "gap", text, out);
        else
            out.append(text).append("\n");
    }
    void append_end(std::string& out, std::string_view about) const {
        auto const text = end_text(over(), want.after, about);
        if (as == form::events)
            sse_event(std::nullopt, "end", text, out);
        else
            out.append(text).append("\n");
    }
    std::string heartbeat() const {
        std::string out;
        if (as == form::events)
            sse_heartbeat(out);
        else
            out = heartbeat_text(want.after) + "\n";
        return out;
    }
    // Goes on behind this page; what of it is to be sent.
    std::string take(jobs::job now, jobs::result_page const& page) {
        std::string text;
        if (page.has_gap(want.after))
            append_gap(text, page.first_seq);
        job = std::move(now);
        at_end = page.at_end;
        want.after = page.next;
        left -= page.results.size();
        for (auto const& result : page.results)
            append(text, result);
        return text;
    }
    // There will be no further result, and all there are have been read.
    bool over() const { return at_end && jobs::has_ended(job.state); }
};

awaitable<void> results_handler::answer(call& c) {
    reader r;
    auto refused = read_wish(c.head, r.want);
    if (!refused) {
        auto const job = co_await store_.find(c.parameter);
        if (job)
            r.job = *job;
        else
            refused = problem(job.error());
    }
    if (!refused && !budget_.admits(page_bytes))
        refused = too_many_readers();
    if (refused) {
        co_await c.send(*refused);
        co_return;
    }
    r.share.emplace(budget_, page_bytes);
    if (asks_for(c.head.fields, "text/event-stream"))
        r.as = form::events;
    else if (asks_for(c.head.fields, "application/json") && !asks_for(c.head.fields, "ndjson"))
        r.as = form::page;
    r.left = r.want.limit;
    if (r.as == form::page)
        co_await send_whole(c, r);
    else
        co_await stream(c, r);
}

awaitable<void> results_handler::stream(call& c, reader& r) {
    bell rung(executor_);
    scope life(wheel_, time_point::max());
    scope::hold const gone(life, [&rung] { rung.ring(); });
    auto const told = store_.watch_job(r.job.key, [&rung] { rung.ring(); });
    r.rung = &rung;
    r.life = &life;
    c.start(200, "OK", std::nullopt);
    c.field("Content-Type", r.as == form::events ? "text/event-stream" : "application/x-ndjson");
    c.field("Cache-Control", "no-store");
    bool there = co_await c.flush();
    if (there && c.head_only()) {
        co_await c.finish();
        co_return;
    }
    followers_.insert(&rung);
    while (there && r.left > 0) {
        there = co_await send_page(c, r);
        if (!there || !r.at_end || r.left == 0)
            continue;
        if (!r.want.follow || r.over() || draining_)
            break;
        there = co_await wait(c, r);
    }
    followers_.erase(&rung);
    if (!there)
        co_return;
    std::string end;
    r.append_end(end, job_json(r.job, scheduler_.parts(r.job.key, r.job.counts)));
    there = co_await c.write(end);
    if (there)
        co_await c.finish();
}

// One page of results; false when the client is gone or the store fails. The job is looked at before them:
// if it had ended then, there will be no more. The page itself is gone before its text is written.
awaitable<bool> results_handler::send_page(call& c, reader& r) {
    for (auto need = page_bytes;;) {
        if (!r.share && !co_await wait_for_room(c, r, need))
            co_return false;
        auto job = co_await store_.find(r.job.key);
        jobs::read_want want;
        want.job = r.job.key;
        want.after = r.want.after;
        want.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(r.left, page_results));
        want.max_bytes = page_bytes;
        want.outcomes = r.want.outcomes;
        auto page = co_await store_.read(want);
        if (!job || !page) {
            c.abandon();
            co_return false;
        }
        auto const bytes = bytes_of(*page);
        if (!r.share->grow(bytes)) {
            r.share.reset();
            need = bytes;
            continue;
        }
        auto const text = r.take(std::move(*job), *page);
        page = jobs::result_page();
        auto const there = co_await c.write(text);
        r.share.reset();
        co_return there;
    }
}

awaitable<bool> results_handler::wait_for_room(call& c, reader& r, std::size_t bytes) {
    while (!budget_.has_room(bytes)) {
        page_budget::queue const in_line(budget_, *r.rung);
        if (!co_await wait(c, r))
            co_return false;
    }
    r.share.emplace(budget_, bytes);
    co_return true;
}

// For more, or for the time of a heartbeat.
awaitable<bool> results_handler::wait(call& c, reader& r) {
    bool silent = false;
    alarm beat(wheel_, [&] {
        silent = true;
        r.rung->ring();
    });
    beat.arm(clock::now() + settings_.heartbeat);
    {
        call::hangup_watch watch(c, *r.life);
        co_await r.rung->wait();
    }
    if (r.life->ended())
        co_return false;
    if (!silent)
        co_return true;
    co_return co_await c.write(r.heartbeat());
}

// {"results":[...],"next":SEQ,"gap":bool,"first_seq":SEQ,"end":bool,"job":{...}}
awaitable<void> results_handler::send_whole(call& c, reader& r) {
    jobs::read_want want;
    want.job = r.job.key;
    want.after = r.want.after;
    want.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(r.left, 100));
    if (r.want.limit != UINT64_MAX)
        want.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(r.left, page_results));
    want.outcomes = r.want.outcomes;
    auto page = co_await store_.read(want);
    reply answer;
    if (page && !r.share->grow(bytes_of(*page))) {
        answer = too_many_readers();
    } else if (page) {
        r.at_end = page->at_end;
        answer.body = "{\"results\":[";
        for (auto const& result : page->results)
            answer.body.append(&result == &page->results.front() ? "" : ",").append(r.shown(result.line));
        answer.body.append("],\"next\":").append(std::to_string(page->next));
        answer.body.append(",\"gap\":").append(page->has_gap(r.want.after) ? "true" : "false");
        answer.body.append(",\"first_seq\":").append(std::to_string(page->first_seq));
        answer.body.append(",\"end\":").append(r.over() ? "true" : "false");
        answer.body.append(",\"job\":");
        answer.body.append(job_json(r.job, scheduler_.parts(r.job.key, r.job.counts))).append("}\n");
    } else {
        answer = problem(page.error());
    }
    page = jobs::result_page();
    co_await c.send(answer);
}

void results_handler::drain() {
    draining_ = true;
    for (auto* const follower : followers_)
        follower->ring();
}

}  // namespace fetchd::api
