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

// Why a read brought nothing, as far as the head is concerned.
failure read_failure(connection& conn, error_code ec, scope& life) {
    if (life.ended())
        return life.why(stage::head);
    if (!conn.input.empty() && ec == asio::error::eof)
        return {stage::head, code::malformed, "the head ends too early"};
    return failed_on(conn, stage::head, ec);
}

// Looks for the final answer's head in what has arrived.
class head_reader {
  public:
    explicit head_reader(bool head_request) : head_request_(head_request) {}

    // Nothing while more has to be read.
    std::optional<result<response_head>> step(byte_buffer& input) {
        while (interim_ <= max_interim) {
            auto const bytes = input.view();
            auto const end = find_head_end(bytes, searched_);
            searched_ = bytes.size();
            if (end == bytes.npos)
                return {};
            searched_ = 0;
            auto head = parse_response_head(bytes.substr(0, end), head_request_);
            input.consume(end);
            if (head && head->status == 101)
                return failure(stage::head, code::malformed, "switches protocols unasked");
            if (!head || head->status >= 200)
                return head;
            ++interim_;
        }
        return failure(stage::head, code::malformed,
                       "more than " + std::to_string(max_interim) + " interim answers");
    }

  private:
    bool head_request_;
    int interim_ = 0;
    std::size_t searched_ = 0;
};

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

awaitable<result<response_head>> exchange(connection& conn, std::string request, bool head_request,
                                          head_limits const& limits, scope& life) {
    if (life.ended())
        co_return life.why(stage::request);
    scope::phase phase(life, clock::now() + limits.first_byte);
    scope::hold hold(life, [&conn] { conn.abort(); });
    auto const sent = co_await conn.write(request);
    std::string().swap(request);  // thousands wait from here on
    if (sent.error && life.ended())
        co_return life.why(stage::request);
    if (sent.error && phase.expired())
        co_return too_slow(stage::request, limits.first_byte);

    head_reader reading(head_request);
    auto head = reading.step(conn.input);
    while (!head && !life.ended() && !phase.expired()) {
        auto const room = conn.input.room(limits.bytes);
        if (room.empty())
            co_return failure(stage::head, code::too_large,
                              "more than " + std::to_string(limits.bytes) + " bytes");
        auto const got = co_await conn.read_some(room);
        conn.input.commit(got.bytes);
        head = reading.step(conn.input);
        if (!head && got.error)
            head = read_failure(conn, got.error, life);
    }
    if (life.ended())
        co_return life.why(stage::head);
    if (phase.expired())
        co_return too_slow(stage::head, limits.first_byte);
    // Who does not want the request may say so and close before it has all arrived (RFC 9112 §9.5).
    if (sent.error && !*head)
        co_return failed_on(conn, stage::request, sent.error);
    if (sent.error)
        (*head)->keep_alive = false;
    co_return std::move(*head);
}

}  // namespace fetchd
