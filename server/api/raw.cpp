#include "api/raw.hpp"

#include "api/admission.hpp"
#include "api/request_fields.hpp"

namespace fetchd::api {
namespace {

// What of the origin's head goes to the client, and what is added so that a browser pointed at this service
// treats the origin's bytes as nobody's.
void pass_fields(headers const& from, std::string_view final_url, call& to) {
    auto const connection = from.get("Connection");
    bool const names_more =
        !connection.empty() && !same_name(connection, "keep-alive") && !same_name(connection, "close");
    for (std::size_t i = 0; i < from.size(); ++i) {
        auto const f = from[i];
        if (hop_by_hop(f.name) || same_name(f.name, "Content-Length"))
            continue;
        if (names_more && from.has_token("Connection", f.name))
            continue;
        to.field(f.name, f.value);
    }
    to.field("Via", "1.1 fetchd");
    to.field("Fetchd-Url", final_url);
    to.field("Content-Security-Policy", "sandbox");
}

std::optional<std::uint64_t> known_length(response_head const& head) {
    if (head.body == framing::length)
        return head.length;
    // The answer to HEAD, or 304: the length of what is not sent, where the origin knows it (RFC 9110 §8.6).
    if (head.body == framing::none && head.status != 204 && head.fields.has("Content-Length"))
        return head.length;
    return {};
}

failure too_large(std::uint64_t most) {
    return {stage::body, code::too_large, "more than " + std::to_string(most) + " bytes"};
}

}  // namespace

awaitable<void> raw_handler::answer(call& c) {
    asked wanted;
    schema_limits const limits{fetcher_.settings(), fetcher_.limits(), tasks_};
    auto const refused = read_query(c.head.query, false, limits, wanted);
    auto const ticket = co_await admit(c, fetcher_, refused);
    if (!ticket)
        co_return;
    auto& request = *wanted.fetch;
    request.out.method = c.head.method;
    if (!request.session.empty())
        request.caller = caller_of(c);
    if (!wanted.retries_named)  // an unhappy answer is an answer, and wanted soon
        request.retry.most = 0;
    if (!wanted.max_bytes_named)  // what passes through needs no room here
        request.max_bytes = SIZE_MAX;
    pass_request_fields(c.head.fields, request.out.fields);
    if (!request.out.fields.has("Accept-Encoding"))
        request.out.fields.add("Accept-Encoding", "identity");

    auto const began = clock::now();
    scope life(wheel_, began + wanted.timeout);
    call::hangup_watch watch(c, life);
    scope::hold stop_writing(life, [&c] { c.cancel(); });
    fetch_result done;
    done.id = fetcher_.next_id();
    done.requested = shown(request.target);
    co_await fetch(c, request, life, done);
    done.timings.total = clock::now() - began;
    fetcher_.settle(done);
}

awaitable<void> raw_handler::fetch(call& c, fetch_request const& request, scope& life, fetch_result& done) {
    auto opened = co_await fetcher_.open(request, life, done.trace);
    if (!opened) {
        done.error = opened.error();
        auto const sorry = problem(*done.error);
        co_await c.send(sorry);
        co_return;
    }
    auto& answer = *opened->answer;
    done.status = answer.head.status;
    if (answer.head.body == framing::length && answer.head.length > request.max_bytes) {
        done.error = too_large(request.max_bytes);
        auto const sorry = problem(*done.error);
        co_await c.send(sorry);
        co_return;
    }
    auto const& final_url = opened->moved_to ? *opened->moved_to : request.target;
    c.start(answer.head.status, answer.head.reason, known_length(answer.head));
    pass_fields(answer.head.fields, shown(final_url), c);
    auto const began = clock::now();
    co_await relay(c, answer, request.max_bytes, life, done);
    auto& last = done.trace.attempts.back();
    last.body = clock::now() - began;
    last.wire_bytes = done.wire_bytes = answer.body_bytes();
}

awaitable<void> raw_handler::relay(call& c, response& answer, std::uint64_t most, scope& life,
                                   fetch_result& done) {
    while (true) {
        if (!answer.ready()) {
            bool const sent = co_await c.flush();  // the client need not wait for the body to see the head
            if (!sent)
                break;
        }
        auto const piece = co_await answer.next();
        if (!piece) {
            done.error = piece.error();
            c.abandon();
            co_return;
        }
        if (piece->empty()) {
            bool const ended = co_await c.finish();
            if (ended)
                co_return;
            break;
        }
        if (answer.body_bytes() > most) {
            done.error = too_large(most);
            c.abandon();
            co_return;
        }
        bool const sent = co_await c.write(*piece);
        if (!sent)
            break;
    }
    done.error = life.ended() ? life.why(stage::body) : failure(stage::body, code::cancelled);
}

}  // namespace fetchd::api
