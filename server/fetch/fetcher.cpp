#include "fetch/fetcher.hpp"

#include <random>

#include "base/large_text.hpp"
#include "base/log.hpp"
#include "http/mime_sniff.hpp"
#include "http/url_redacted.hpp"

namespace fetchd {
namespace {

constexpr auto sweep_every = std::chrono::seconds(10);

std::string random_prefix() {
    constexpr char digits[] = "0123456789abcdefghijklmnopqrstuv";
    std::random_device random;
    std::string prefix = "f-";
    for (int i = 0; i < 6; ++i)
        prefix += digits[random() % 32];
    return prefix + "-";
}

long micro(clock::duration d) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

// All lines of a field as one (RFC 9110 §5.3).
std::string combined(headers const& fields, std::string_view name) {
    std::string value;
    for (auto const& line : all_values(fields, name))
        value.append(value.empty() ? "" : ", ").append(line);
    return value;
}

// Bounded: an origin that says more than this says nothing more.
constexpr std::size_t max_document_fields = 16;
constexpr std::size_t max_document_fields_bytes = 6 * 1024;

session_limits limits_of(fetch_config const& settings) {
    session_limits limits;
    limits.sessions = settings.max_sessions;
    limits.idle = settings.session_idle;
    return limits;
}

// User-Agent and Accept as they are added on the way out.
asked_request asked_of(outgoing const& sent, std::string const& user_agent) {
    asked_request asked;
    asked.method = sent.method;
    if (!sent.fields.has("User-Agent"))
        asked.fields.add("User-Agent", user_agent);
    if (!sent.fields.has("Accept"))
        asked.fields.add("Accept", "*/*");
    for (std::size_t i = 0; i < sent.fields.size(); ++i) {
        auto const [name, value] = sent.fields[i];
        if (!same_name(name, "Authorization") && !same_name(name, "Proxy-Authorization") &&
            !same_name(name, "Cookie"))
            asked.fields.add(name, value);
    }
    return asked;
}

std::string origin_of(std::string const& href) {
    auto const parsed = url::parse(href);
    return parsed ? parsed->origin() : std::string();
}

}  // namespace

std::vector<tasks::response_field> about_the_document(headers const& fields) {
    std::vector<tasks::response_field> found;
    auto room = max_document_fields_bytes;
    for (auto const name : tasks::document_fields)
        for (auto& value : all_values(fields, name))
            if (found.size() < max_document_fields && value.size() <= room) {
                room -= value.size();
                found.push_back({std::string(name), std::move(value)});
            }
    return found;
}

bool fetcher::share::add(std::size_t bytes) {
    if (*all_ + bytes > max_collected)
        return false;
    *all_ += bytes;
    mine_ += bytes;
    return true;
}

fetcher::fetcher(client& c, worker::supervisor& workers, timer_wheel& wheel, config const& settings)
    : client_(c),
      workers_(workers),
      sessions_(limits_of(settings.fetch)),
      sweep_(wheel, [this] { sweep_sessions(); }),
      id_prefix_(random_prefix()) {
    configure(settings);
}

void fetcher::configure(config const& settings) {
    settings_ = settings.fetch;
    limits_ = settings.net.limits;
    sessions_.configure(limits_of(settings_));
}

std::string fetcher::next_id() {
    return id_prefix_ + std::to_string(++ids_);
}

result<fetcher::ticket> fetcher::admit() {
    if (!draining_ && in_flight_ < settings_.max_in_flight)
        return ticket(*this);
    ++ledger_.refused;
    if (draining_)
        return failure(stage::admission, code::not_ready);
    return failure(stage::admission, code::overloaded, std::to_string(in_flight_) + " in flight");
}

void fetcher::sweep_sessions() {
    sessions_.expire(clock::now());
    if (sessions_.count().sessions > 0)
        sweep_.arm(clock::now() + sweep_every);
}

awaitable<result<journey::end>> fetcher::open(fetch_request const& request, scope& life, fetch_trace& trace) {
    std::shared_ptr<cookie_jar> cookies;
    if (!request.session.empty()) {
        cookies = sessions_.open(request.caller, request.session, clock::now());
        if (!sweep_.armed())
            sweep_.arm(clock::now() + sweep_every);
    }
    journey way(client_, request, std::move(cookies), random_, life, trace);
    co_return co_await way.travel();
}

// keep: false where only the length is of interest.
awaitable<result<std::string>> fetcher::collect(response& answer, std::size_t max_bytes, bool keep,
                                                share& mine) {
    std::string body;
    auto const limit =
        failure(stage::body, code::too_large, "more than " + std::to_string(max_bytes) + " bytes");
    if (answer.head.body == framing::length) {
        if (answer.head.length > max_bytes)
            co_return limit;
        if (keep)
            body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(answer.head.length, 256 * 1024)));
    }
    auto const most = static_cast<std::size_t>(
        answer.head.body == framing::length ? answer.head.length : std::uint64_t{max_bytes});
    while (true) {
        auto const part = co_await answer.next();
        if (!part)
            co_return part.error();
        if (part->empty())
            co_return std::move(body);
        if (answer.body_bytes() > max_bytes)
            co_return limit;
        if (!keep)
            continue;
        if (!mine.add(part->size()))
            co_return failure(stage::body, code::overloaded);
        append_large(body, *part, most);
    }
}

awaitable<fetch_result> fetcher::run(fetch_request request, scope& life) {
    auto const began = clock::now();
    fetch_result done;
    done.id = next_id();
    done.requested = shown(request.target);
    done.final_url = done.requested;
    done.json = request.json;
    auto reached = co_await open(request, life, done.trace);
    if (!done.trace.redirects.empty())
        done.final_url = done.trace.redirects.back().to;
    if (reached && request.keep)
        done.asked = asked_of(reached->changed ? *reached->changed : request.out, settings_.user_agent);
    if (reached)
        co_await take(request, std::move(reached->answer), done, life);
    else
        done.error = reached.error();
    add_up(done.trace, done.timings);
    done.timings.total = clock::now() - began;
    settle(done);
    co_return done;
}

// The body of the final answer, and what is to be made of it.
awaitable<void> fetcher::take(fetch_request& request, std::unique_ptr<response> answer, fetch_result& done,
                              scope& life) {
    auto mine = no_share();
    auto& last = done.trace.attempts.back();
    done.status = answer->head.status;
    done.content_type = combined(answer->head.fields, "Content-Type");
    bool const no_sniff = says_nosniff(answer->head.fields.get("X-Content-Type-Options"));
    auto const began = clock::now();
    auto body = co_await collect(*answer, request.max_bytes, request.keep || request.output.any(), mine);
    last.body = clock::now() - began;
    last.wire_bytes = done.wire_bytes = answer->body_bytes();
    done.fields = std::move(answer->head.fields);
    bool const bodiless = answer->head.body == framing::none;
    answer.reset();  // its connection may serve others while this one is processed
    if (!body) {
        done.error = last.error = body.error();
        co_return;
    }
    if (bodiless || !request.output.any()) {  // nothing to make anything of
        if (request.keep)
            done.body = std::move(*body);
        co_return;
    }
    document doc;
    doc.body = std::move(*body);
    doc.content_type = done.content_type;
    doc.no_sniff = no_sniff;
    doc.content_encoding = all_values(done.fields, "Content-Encoding");
    doc.base_url = done.final_url;
    doc.fields = about_the_document(done.fields);
    doc.output = std::move(request.output);
    doc.json = request.json;
    doc.keep = request.keep;
    // What the caller's own proxy answered, or the caller's own program made of it, is not the origin's
    // doing.
    bool const of_the_origin = !request.out.via && doc.output.settings.empty();
    auto origin = of_the_origin ? origin_of(done.final_url) : std::string();
    co_await work_on(std::move(doc), std::move(origin), done, life);
    last.decoded_bytes = done.decoded_bytes;
}

awaitable<fetch_result> fetcher::process(document doc, scope& life) {
    auto const began = clock::now();
    fetch_result done;
    done.id = next_id();
    done.final_url = doc.base_url;
    done.content_type = doc.content_type;
    done.wire_bytes = doc.body.size();
    done.json = doc.json;
    // Of no origin, whatever URL came with it: anybody could make another one pay.
    co_await work_on(std::move(doc), std::string(), done, life);
    done.timings.total = clock::now() - began;
    settle(done);
    co_return done;
}

awaitable<void> fetcher::work_on(document&& doc, std::string origin, fetch_result& done, scope& life) {
    tasks::request wanted;
    wanted.names = std::move(doc.output.names);
    wanted.settings = std::move(doc.output.settings);
    wanted.fields = std::move(doc.fields);
    wanted.json = doc.json;
    wanted.content_type = std::move(doc.content_type);
    wanted.no_sniff = doc.no_sniff;
    wanted.content_encoding = std::move(doc.content_encoding);
    wanted.base_url = std::move(doc.base_url);
    wanted.max_decoded = settings_.max_decoded;
    if (doc.keep)
        done.body.emplace();
    auto* const back = done.body ? &*done.body : nullptr;
    auto made = co_await workers_.run(std::move(wanted), std::move(doc.body), life, std::move(origin), back);
    if (!made) {
        done.error = made.error();
        co_return;
    }
    done.timings.queue += made->queued;
    done.timings.process = made->ran;
    done.made_by = std::move(made->outcome.made_by);
    done.output_type = std::move(made->outcome.output_type);
    done.content_type = std::move(made->outcome.content_type);
    done.content_type_source = std::move(made->outcome.content_type_source);
    done.charset = std::move(made->outcome.charset);
    done.charset_source = std::move(made->outcome.charset_source);
    done.decoded_bytes = made->outcome.decoded_bytes;
    done.output = std::move(made->outcome.output);
}

void fetcher::settle(fetch_result const& done) {
    ledger_.settle(done.error);
    ledger_.attempts += done.trace.attempts.size();
    ledger_.wire_bytes += done.requested.empty() ? 0 : done.wire_bytes;
    ledger_.decoded_bytes += done.decoded_bytes;
    if (!log::enabled(log::level::info))
        return;
    log::line line(log::level::info, done.error ? "fetch failed" : "fetch done");
    line.kv("id", done.id).kv("url", redacted(done.requested.empty() ? done.final_url : done.requested));
    if (done.status != 0)
        line.kv("status", done.status);
    if (done.error)
        line.kv("stage", name(done.error->where))
            .kv("code", name(done.error->what))
            .kv("advice", name(done.error->advice()))
            .kv("cause", done.error->detail);
    if (!done.trace.attempts.empty()) {
        auto const& last = done.trace.attempts.back();
        if (last.port != 0)
            line.kv("address", last.address.text()).kv("reused", last.reused);
    }
    if (!done.trace.redirects.empty())
        line.kv("redirects", done.trace.redirects.size());
    line.kv("bytes", done.wire_bytes).kv("total_us", micro(done.timings.total));
}

void add_up(fetch_trace const& trace, fetch_timings& sums) {
    for (auto const& a : trace.attempts) {
        sums.queue += a.queue;
        sums.dns += a.dns;
        sums.connect += a.connect;
        sums.tls += a.tls;
        sums.first_byte += a.first_byte;
        sums.body += a.body;
    }
}

}  // namespace fetchd
