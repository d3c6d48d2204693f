#include "api/job_export.hpp"

#include <utility>

#include "api/event_stream.hpp"
#include "api/job_json.hpp"
#include "api/problem.hpp"
#include "http/url_query.hpp"
#include "jobs/export_writer.hpp"
#include "loop/bell.hpp"

namespace fetchd::api {
namespace {

// Each export has one page in there at a time, so there is always room.
constexpr pool_config threads{2, export_handler::max_exports};

struct wish {
    jobs::export_wish file;
    unsigned outcomes = 7;
};

std::optional<reply> take_parameter(std::string const& key, std::string const& value, wish& into) {
    if (key == "format") {
        auto const format = jobs::parse_export_format(value);
        if (!format)
            return problem(400, "format: want ndjson, csv or warc");
        into.file.format = *format;
    } else if (key == "fields") {
        auto fields = jobs::result_fields::parse(value);
        if (!fields)
            return problem(400, "fields: " + fields.error().detail);
        into.file.fields = std::move(*fields);
    } else if (key == "outcome") {
        auto const outcomes = jobs::parse_outcomes(value);
        if (!outcomes)
            return problem(400, "outcome: " + outcomes.error().detail);
        into.outcomes = *outcomes;
    } else if (key == "formulas") {
        if (value != "as_it_is" && value != "defused")
            return problem(400, "formulas: want defused or as_it_is");
        into.file.formulas = value == "as_it_is" ? jobs::csv_formulas::as_it_is : jobs::csv_formulas::defused;
    } else {
        return problem(400, "unknown parameter \"" + key + "\"; known are format, outcome, fields, formulas");
    }
    return {};
}

std::optional<reply> read_wish(std::string_view query, wish& into) {
    auto const pairs = parse_query(query);
    if (!pairs)
        return problem(pairs.error());
    bool formulas = false;
    for (auto const& [key, value] : *pairs) {
        formulas |= key == "formulas";
        if (auto refused = take_parameter(key, value, into))
            return refused;
    }
    if (into.file.format == jobs::export_format::warc && into.file.fields)
        return problem(400, "fields: an archive has all of them");
    if (into.file.format != jobs::export_format::csv && formulas)
        return problem(400, "formulas: only CSV has them");
    return {};
}

// A piece of the file while a thread makes it. Shared with the thread, which may outlive the request.
struct workbench {
    workbench(executor ex, jobs::export_wish wish, jobs::export_facts facts)
        : writer(std::move(wish), std::move(facts)), made(ex) {}
    jobs::export_writer writer;
    std::vector<jobs::stored_result> page;
    std::string piece;
    bool begun = false;
    bell made;  // rung on the loop

    void make() {
        piece = std::exchange(begun, true) ? std::string() : writer.begin();
        auto const rest = writer.page(std::exchange(page, {}));
        if (piece.empty())
            piece = std::move(rest);
        else
            piece += rest;
    }
};

}  // namespace

struct export_handler::course {
    explicit course(std::size_t& running) : running_(running) { ++running_; }
    course(course const&) = delete;
    course& operator=(course const&) = delete;
    ~course() { --running_; }

    wish want;
    jobs::job job;  // as it was when the export began
    std::string file_name;
    std::uint64_t first_seq = 1;  // the file begins with it
    std::uint64_t after = 0;
    bool at_end = false;
    std::shared_ptr<workbench> bench;

  private:
    std::size_t& running_;
};

export_handler::export_handler(executor ex, jobs::store& s, jobs::scheduler& r, config const& settings)
    : executor_(ex), store_(s), scheduler_(r), settings_(settings), pool_(ex, threads) {}

awaitable<void> export_handler::answer(call& c) {
    if (running_ >= max_exports) {
        auto const busy = problem(
            failure(stage::admission, code::overloaded, std::to_string(running_) + " exports are under way"));
        co_await c.send(busy);
        co_return;
    }
    course way(running_);
    auto refused = co_await open(c, way);
    if (!refused && c.head_only()) {
        start(c, way);
        co_await c.finish();
        co_return;
    }
    result<std::string> first = std::string();
    if (!refused) {
        first = co_await next_piece(way);
        if (!first)
            refused = problem(first.error());
    }
    if (refused)
        co_await c.send(*refused);
    else
        co_await stream(c, way, std::move(*first));
}

awaitable<std::optional<reply>> export_handler::open(call& c, course& way) {
    auto refused = read_wish(c.head.query, way.want);
    if (refused)
        co_return refused;
    auto job = co_await store_.find(c.parameter);
    if (!job)
        co_return problem(job.error());
    way.job = std::move(*job);
    way.first_seq = way.job.first_seq;
    way.file_name = way.job.id + std::string(jobs::file_suffix(way.want.file.format));
    jobs::export_facts facts;
    facts.file_name = way.file_name;
    facts.software = settings_.fetch.user_agent;
    facts.job_id = way.job.id;
    facts.at = std::chrono::system_clock::now();
    way.bench = std::make_shared<workbench>(executor_, way.want.file, std::move(facts));
    co_return std::nullopt;
}

void export_handler::start(call& c, course const& way) const {
    c.start(200, "OK", std::nullopt);
    c.field("Content-Type", jobs::media_type(way.want.file.format));
    c.field("Content-Disposition", "attachment; filename=\"" + way.file_name + "\"");
    c.field("Cache-Control", "no-store");
    c.field("Fetchd-Job-State", jobs::name(way.job.state));
    c.field("Fetchd-First-Seq", std::to_string(way.first_seq));
}

awaitable<result<std::string>> export_handler::next_piece(course& way) {
    jobs::read_want want;
    want.job = way.job.key;
    want.after = way.after;
    want.limit = page_results;
    want.max_bytes = page_bytes;
    want.outcomes = way.want.outcomes;
    want.bodies = way.want.file.format == jobs::export_format::warc;
    auto page = co_await store_.read(want);
    if (!page)
        co_return page.error();
    if (way.after == 0)
        way.first_seq = page->first_seq;
    else if (page->has_gap(way.after))
        co_return failure(stage::store, code::not_found, "results were deleted meanwhile");
    way.after = page->next;
    way.at_end = page->at_end || page->next >= way.job.last_seq;
    auto& results = page->results;
    while (!results.empty() && results.back().seq > way.job.last_seq)
        results.pop_back();
    auto const bench = way.bench;
    bench->page = std::move(results);
    std::function<void()> const work = [bench] { bench->make(); };
    std::function<void()> const done = [bench] { bench->made.ring(); };
    if (!pool_.submit(work, done))
        co_return failure(stage::admission, code::overloaded, "exports");
    co_await bench->made.wait();
    co_return std::move(bench->piece);
}

// The state of the job in the head says whether the file is all there will be; that the answer ends as it
// should (its last chunk) says that it is all that was asked for.
awaitable<void> export_handler::stream(call& c, course& way, std::string first) {
    start(c, way);
    bool there = co_await c.flush();
    bool const lines = way.want.file.format == jobs::export_format::ndjson;
    if (lines && way.first_seq > 1)
        first.insert(0, gap_text(way.first_seq) + "\n");
    there = there && co_await c.write(first);
    while (there && !way.at_end) {
        auto const piece = co_await next_piece(way);
        if (!piece) {
            c.abandon();
            co_return;
        }
        there = co_await c.write(*piece);
    }
    if (there && lines) {
        auto const over = jobs::has_ended(way.job.state);
        auto const job = job_json(way.job, scheduler_.parts(way.job.key, way.job.counts));
        auto const next = std::min(way.after, way.job.last_seq);
        auto const end = end_text(over, next, job) + "\n";
        there = co_await c.write(end);
    }
    if (there)
        co_await c.finish();
}

}  // namespace fetchd::api
