#include "worker/supervisor.hpp"

#include <signal.h>

#include <algorithm>

#include "loop/spawn.hpp"
#include "worker/child.hpp"
#include "worker/exchange.hpp"
#include "worker/task.hpp"

namespace fetchd::worker {

using state = process::state;

namespace {

// How long a worker may go on with a document nobody wants any more. Most are done in a few milliseconds, and
// letting them finish saves the fork and the cold caches; a worker that spins holds its place only so long.
constexpr auto farewell = std::chrono::milliseconds(100);

microseconds since(time_point t) {
    return std::chrono::duration_cast<microseconds>(clock::now() - t);
}

failure problem(code what, std::string detail) {
    return failure(stage::process, what, std::move(detail));
}

// Gives the document back when it goes, whatever came of it.
struct returning {
    std::string& body;
    std::string* to;
    returning(std::string& b, std::string* t) : body(b), to(t) {}
    returning(returning const&) = delete;
    returning& operator=(returning const&) = delete;
    ~returning() {
        if (to)
            *to = std::move(body);
    }
};

}  // namespace

awaitable<result<visit>> supervisor::run(tasks::request request, std::string body, scope& s,
                                         std::string origin, std::string* back) {
    request.max_output = std::min(request.max_output, settings_.max_output);
    auto head = encode(request);
    task t(anchor_, ex_);
    returning const at_the_end(t.body, back);
    t.body = std::move(body);
    if (!head)
        co_return head.error();
    if (t.body.size() > settings_.max_input)
        co_return problem(code::too_large, "more than " + std::to_string(settings_.max_input) + " bytes");
    t.head = std::move(*head);
    t.max_decoded = request.max_decoded;
    request.base_url.clear();  // says where the document was, not what it is
    request.fields.clear();
    t.question = *encode(request);
    t.max_output = request.max_output;
    t.json = request.json;
    t.origin = std::move(origin);
    if (!request.names.empty())
        t.only = std::move(request.names.front());
    for (bool again = false;; again = true) {
        auto const ready = co_await acquire(t, s, again);
        if (!ready)
            co_return ready.error();
        auto done = co_await converse(t, s);
        if (done || !t.spared || over_) {
            if (!back)
                co_await dispose(ex_, t.body);
            co_return std::move(done);
        }
        t.at = nullptr;
        t.answered = t.late = t.spared = false;
        t.end.reset();
    }
}

// Waits for a worker. Afterwards t.at is held for the task.
awaitable<result<void>> supervisor::acquire(task& t, scope& s, bool again) {
    if (over_)
        co_return problem(code::not_ready, {});
    if (s.ended())
        co_return s.why(stage::process);
    if (!stand_in_line(t, again)) {
        ++counts_.refused;
        co_return problem(code::overloaded, std::to_string(queue_.size()) + " documents wait");
    }
    dispatch();
    {
        scope::hold const hold(s, [&t] { t.wake.ring(); });
        while (!t.at && !t.end && !s.ended())
            co_await t.wake.wait();
    }
    if (t.end && !t.at)
        co_return *t.end;
    if (s.ended()) {
        let_go(t);
        co_return s.why(stage::process);
    }
    co_return result<void>();
}

// Where the line is full, one of those that stand behind all others makes room for one of the others.
bool supervisor::stand_in_line(task& t, bool again) {
    bool const behind = penalties_.penalised(t.origin);
    if (again) {
        behind ? queue_.rejoin_behind(t) : queue_.rejoin(t);
        return true;
    }
    if (queue_.size() >= settings_.queue && (behind || idle_.empty())) {
        auto* const out = behind ? nullptr : static_cast<task*>(queue_.push_out());
        if (out == nullptr)
            return false;
        ++counts_.refused;
        out->end = problem(code::overloaded, "others come first");
        out->wake.ring();
    }
    behind ? queue_.join_behind(t) : queue_.join(t);
    return true;
}

void supervisor::dispatch() {
    while (!idle_.empty() && !queue_.empty()) {
        auto* const next = queue_.next([this](std::string const& origin) { return at_work_for(origin); });
        if (next == nullptr)
            return;
        auto& t = static_cast<task&>(*next);
        assign(t, *idle_.back());
        t.wake.ring();
    }
}

// One document and the worker that is held for it.
awaitable<result<visit>> supervisor::converse(task& t, scope& s) {
    auto const p = t.at;
    fingerprinter print(secret_);
    print.begin_part(t.question.size());
    print.feed(t.question);
    print.begin_part(t.body.size());
    auto const placed = co_await place_body(ex_, p->shared(), t.head.size(), t.body, print, s);
    if (t.end)
        co_return *t.end;
    if (!placed) {
        release(*p);
        co_return placed.error();
    }
    t.print = print.value();
    if (quarantine_.refuses(t.print, clock::now())) {
        ++counts_.quarantine_refused;
        release(*p);
        co_return failure(stage::process, code::quarantined);
    }
    if (p->gone()) {
        p->current = nullptr;
        p->doing = state::ended;
        t.spared = true;
        co_return problem(code::crashed, "the worker had ended already");
    }
    post(t, *p);
    {
        scope::hold const hold(s, [&t] { t.wake.ring(); });
        while (!t.answered && !t.end && !t.late && !s.ended())
            co_await t.wake.wait();
    }
    if (t.answered)
        co_return co_await finish(t, s);
    if (t.end)
        co_return *t.end;
    if (t.late)
        co_return problem(code::timeout,
                          "longer than " + std::to_string(settings_.task_timeout.count()) + " ms");
    abandon(*p);
    co_return s.why(stage::process);
}

void supervisor::post(task& t, process& p) {
    t.posted = p.posted = clock::now();
    p.origin = t.origin;
    p.print = t.print;
    p.post(t.head, t.body.size());
    p.doing = state::running;
    p.due.arm(t.posted + settings_.task_timeout);
}

awaitable<result<visit>> supervisor::finish(task& t, scope& s) {
    auto const p = t.at;
    auto const ran = since(t.posted);
    expected_answer const expected{p->sequence(), t.max_output, t.json, t.only, registry_};
    auto got = co_await collect(ex_, p->shared(), expected, s);
    if (!got) {
        if (got.error().what == code::malformed) {
            condemn(*p, got.error().detail);
            blame(t, got.error().detail);
        }
        release(*p);
        co_return got.error();
    }
    ++counts_.served;
    ++p->served;
    auto& h = got->head;
    if (h.what == code::failed && h.detail == out_of_memory)
        p->served = settings_.max_documents;  // what could not be freed on the way out is freed with it
    release(*p);
    if (!h.ok)
        co_return failure(h.where, h.what, std::move(h.detail));
    visit v;
    v.outcome.output = std::move(got->output);
    v.outcome.made_by = std::move(h.made_by);
    v.outcome.output_type = std::move(h.output_type);
    v.outcome.content_type = std::move(h.content_type);
    v.outcome.content_type_source = std::move(h.content_type_source);
    v.outcome.charset = std::move(h.charset);
    v.outcome.charset_source = std::move(h.charset_source);
    v.outcome.decoded_bytes = std::min<std::uint64_t>(h.decoded_bytes, t.max_decoded);
    v.queued = t.queued;
    v.ran = ran;
    v.cpu = std::min(microseconds(std::min<std::uint64_t>(h.cpu_us, INT32_MAX)), ran);
    co_return std::move(v);
}

void supervisor::assign(task& t, process& p) {
    std::erase(idle_, &p);
    p.doing = state::held;
    p.current = &t;
    t.at = p.shared_from_this();
    t.queued = since(t.asked);
}

void supervisor::release(process& p) {
    p.current = nullptr;
    if (p.doing == state::condemned || p.doing == state::ended || p.doing == state::dead)
        return;
    p.due.disarm();
    if (p.shared().holds_more_than(p.shared().shape().kept))
        tidy(p);
    else
        rest(p);
}

void supervisor::rest(process& p) {
    if (worn(p)) {
        retire(p);
    } else {
        p.doing = state::idle;
        idle_.push_back(&p);
    }
    dispatch();
}

// Once and no more, however much is in memory afterwards: a worker that goes on writing gains nothing.
void supervisor::tidy(process& p) {
    auto work = [](executor ex, std::shared_ptr<supervisor*> owner, process_ptr who) -> awaitable<void> {
        co_await worker::tidy(ex, who->shared());
        if (*owner && who->doing == state::tidied)
            (*owner)->rest(*who);
    };
    p.doing = state::tidied;
    spawn_logged(ex_, "tidy", work(ex_, anchor_, p.shared_from_this()));
}

void supervisor::abandon(process& p) {
    p.doing = state::abandoned;
    p.current = nullptr;
    p.due.arm(clock::now() + farewell);
}

// The task ends, wherever it is: also when its coroutine is destroyed in the middle.
void supervisor::let_go(task& t) {
    queue_.leave(t);
    if (!t.at || t.at->current != &t)
        return;
    if (t.at->doing == state::running)
        abandon(*t.at);
    else
        release(*t.at);
}

void supervisor::rung(process& p) {
    if (p.doing == state::starting) {
        if (slots_[p.slot()].coming.get() == &p)
            ready(p.slot());
    } else if (p.doing == state::running) {
        p.worked += clock::now() - p.posted;
        p.doing = state::answered;
        p.due.disarm();
        p.current->answered = true;
        p.current->wake.ring();
    } else if (p.doing == state::abandoned &&
               discard(p.shared(), {p.sequence(), settings_.max_output, false, {}, {}})) {
        p.worked += clock::now() - p.posted;
        ++p.served;
        release(p);
    } else if (p.doing != state::condemned) {
        blame_last(p, "rang without having been asked, or made no sense");
        condemn(p, "rang without having been asked, or made no sense");
    }
}

void supervisor::late(process& p) {
    if (p.doing == state::condemned) {
        p.signal(SIGKILL);
    } else if (p.doing == state::running && p.take_ring()) {
        rung(p);  // it answered in time; it is we who come late
    } else if (p.doing == state::running) {
        ++counts_.timeouts;
        auto& t = *std::exchange(p.current, nullptr);
        t.late = true;
        t.wake.ring();
        condemn(p, "took too long");
        if (p.started())
            blame(t, "took too long");
    } else if (p.doing == state::abandoned) {
        condemn(p, "went on with a document nobody wants");
    }
}

status supervisor::numbers() const {
    auto n = counts_;
    n.want = slots_.size();
    n.queued = queue_.size();
    n.quarantined = quarantine_.count(clock::now());
    n.origins = penalties_.count();
    for (auto const& s : slots_) {
        using enum state;
        auto const doing = s.running ? s.running->doing : dead;
        bool const up = doing != condemned && doing != ended && doing != retiring && doing != dead;
        n.up += up ? 1 : 0;
        n.busy += up && doing != idle ? 1 : 0;
    }
    return n;
}

void supervisor::reload(workers_config const& wanted) {
    settings_.task_timeout = wanted.task_timeout;
    settings_.kill_grace = wanted.kill_grace;
}

}  // namespace fetchd::worker
