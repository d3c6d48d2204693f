#include "net/exchange.hpp"

#include <boost/asio/ssl/error.hpp>

namespace fetchd {
namespace {

failure too_slow(stage where, milliseconds limit) {
    return {where, code::timeout, "after " + std::to_string(limit.count()) + " ms"};
}

// In TLS 1.3 it may be the origin's word on our certificate.
failure failed_on(connection& conn, stage where, error_code ec) {
    auto const* const tls = conn.tls();
    auto refused = tls ? tls->late_refusal(ec) : std::optional<failure>();
    return refused ? std::move(*refused) : io_failure(where, ec);
}

// Reads until there is more than before. Nothing on success.
awaitable<std::optional<failure>> read_more(connection& conn, std::size_t most, scope& life) {
    if (life.ended())
        co_return life.why(stage::head);
    auto const room = conn.input.room(most);
    if (room.empty())
        co_return failure(stage::head, code::too_large, "more than " + std::to_string(most) + " bytes");
    auto const got = co_await conn.read_some(room);
    conn.input.commit(got.bytes);
    if (!got.error)
        co_return std::optional<failure>();
    if (life.ended())
        co_return life.why(stage::head);
    if (!conn.input.empty() && got.error == asio::error::eof)
        co_return failure(stage::head, code::malformed, "the head ends too early");
    co_return failed_on(conn, stage::head, got.error);
}

awaitable<result<response_head>> read_head(connection& conn, bool head_request, std::size_t most,
                                           scope& life) {
    std::size_t searched = 0;
    for (int interim = 0; interim <= max_interim;) {
        auto const bytes = conn.input.view();
        auto const end = find_head_end(bytes, searched);
        searched = bytes.size();
        if (end == bytes.npos) {
            auto const failed = co_await read_more(conn, most, life);
            if (failed)
                co_return *failed;
            continue;
        }
        searched = 0;
        auto head = parse_response_head(bytes.substr(0, end), head_request);
        conn.input.consume(end);
        if (!head)
            co_return head.error();
        if (head->status == 101)
            co_return failure(stage::head, code::malformed, "switches protocols unasked");
        if (head->status >= 200)
            co_return std::move(head);
        ++interim;
    }
    co_return failure(stage::head, code::malformed,
                      "more than " + std::to_string(max_interim) + " interim answers");
}

}  // namespace

failure io_failure(stage where, error_code ec) {
    if (ec == asio::error::operation_aborted)
        return {where, code::timeout};
    if (where == stage::head && (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated))
        return {where, code::closed};
    if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
        return {where, code::reset};
    return where == stage::head ? failure(where, code::reset, ec.message())
                                : failure(where, code::failed, ec.message());
}

awaitable<result<response_head>> exchange(connection& conn, std::string_view request, bool head_request,
                                          head_limits const& limits, scope& life) {
    if (life.ended())
        co_return life.why(stage::request);
    scope::hold hold(life, [&conn] { conn.cancel(); });
    alarm late(life.wheel(), [&conn] { conn.cancel(); });
    late.arm(clock::now() + limits.first_byte);
    auto const sent = co_await conn.write(request);
    if (sent.error && life.ended())
        co_return life.why(stage::request);
    if (sent.error && !late.armed())
        co_return too_slow(stage::request, limits.first_byte);
    if (sent.error)
        co_return failed_on(conn, stage::request, sent.error);
    auto head = co_await read_head(conn, head_request, limits.bytes, life);
    if (!head && !late.armed() && !life.ended())
        co_return too_slow(stage::head, limits.first_byte);
    co_return head;
}

}  // namespace fetchd
