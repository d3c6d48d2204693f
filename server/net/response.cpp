#include "net/response.hpp"

#include <boost/asio/ssl/error.hpp>

namespace fetchd {
namespace {
constexpr std::uint64_t worth_discarding = 64 * 1024;
constexpr auto speed_window = std::chrono::seconds(10);  // of waiting, before a body is called slow
}  // namespace

response::response(connection_pool& pool, endpoint from, std::unique_ptr<connection> conn,
                   response_head received, scope& life, phase_limits const& limits)
    : head(std::move(received)),
      pool_(pool),
      life_(life),
      endpoint_(std::move(from)),
      conn_(std::move(conn)),
      hold_(std::in_place, life, [c = conn_.get()] { c->abort(); }),
      silence_(life.wheel(), [this] { conn_->abort(); }),
      most_silence_(limits.idle),
      min_speed_(limits.min_speed),
      left_(head.length) {
    if (head.body == framing::none || (head.body == framing::length && left_ == 0))
        finish();
}

response::~response() = default;

void response::finish() {
    finished_ = true;
    hold_.reset();
    conn_->input.consume(given_);
    given_ = 0;
    // Bytes behind the end belong to no request of ours (RFC 9112 §9.3): not reused then.
    if (head.keep_alive && !chunks_.sloppy() && conn_->input.empty() && !life_.ended())
        pool_.put(endpoint_, std::move(conn_));
    else
        conn_->close();
}

result<response::piece> response::take_buffered() {
    auto& input = conn_->input;
    input.consume(std::exchange(given_, 0));
    auto const bytes = input.view();
    switch (head.body) {
        case framing::none:
            return piece{};
        case framing::length:
            given_ = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            left_ -= given_;
            return piece{bytes.substr(0, given_), given_ == 0 && left_ > 0};
        case framing::until_close:
            given_ = bytes.size();
            return piece{bytes, bytes.empty()};
        case framing::chunked: {
            auto const step = chunks_.read(bytes);
            if (chunks_.status() == chunked_reader::state::malformed)
                return failure(stage::body, code::malformed, chunks_.problem());
            given_ = step.consumed;
            return piece{step.data, step.data.empty() && chunks_.status() == chunked_reader::state::more};
        }
    }
    return piece{};
}

failure response::read_failure(error_code ec) const {
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
        return {stage::body, code::truncated,
                head.body == framing::length        ? std::to_string(left_) + " bytes missing"
                : head.body == framing::until_close ? "no proper end of TLS"
                                                    : "inside a chunk"};
    return {stage::body, code::reset, ec.message()};
}

// Only time spent waiting for the origin counts: a reader of ours that is slow is not its fault.
bool response::too_slow(clock::duration waited, std::size_t bytes) {
    waited_ += waited;
    waited_bytes_ += bytes;
    if (waited_ < speed_window)
        return false;
    auto const wanted = std::chrono::duration<double>(waited_).count() * static_cast<double>(min_speed_);
    bool const slow = static_cast<double>(waited_bytes_) < wanted;
    waited_ = {};
    waited_bytes_ = 0;
    return slow;
}

awaitable<result<void>> response::read_more() {
    if (life_.ended())
        co_return life_.why(stage::body);
    auto& input = conn_->input;
    if (full_reads_ || left_ > connection::large_block)
        input.grow_to(connection::large_block);
    auto const room = input.room(connection::large_block);
    auto const began = clock::now();
    silence_.arm(began + most_silence_);
    auto const [ec, n] = co_await conn_->read_some(room);
    bool const silent = !silence_.armed();
    silence_.disarm();
    if (life_.ended())
        co_return life_.why(stage::body);
    if (silent)
        co_return failure(stage::body, code::timeout,
                          "nothing for " + std::to_string(most_silence_.count()) + " ms");
    input.commit(n);
    full_reads_ = n == room.size();
    if (!ec && min_speed_ > 0 && too_slow(clock::now() - began, n))
        co_return failure(stage::body, code::too_slow,
                          "less than " + std::to_string(min_speed_) + " bytes a second");
    if (!ec)
        co_return result<void>();
    // Only a body without any framing may end with the connection, and under TLS only with a proper
    // close_notify (RFC 9112 §9.8).
    if (ec == asio::error::eof && head.body == framing::until_close) {
        finish();
        co_return result<void>();
    }
    co_return read_failure(ec);
}

awaitable<result<std::string_view>> response::next() {
    while (!finished_) {
        auto const got = take_buffered();
        if (!got) {
            conn_->close();
            finished_ = true;
            co_return got.error();
        }
        if (!got->data.empty()) {
            body_bytes_ += got->data.size();
            co_return got->data;
        }
        if (!got->need_more) {
            finish();
            break;
        }
        auto const more = co_await read_more();
        if (!more) {
            conn_->close();
            finished_ = true;
            co_return more.error();
        }
    }
    co_return std::string_view();
}

awaitable<void> response::discard() {
    std::uint64_t seen = 0;
    if (head.body == framing::until_close || (head.body == framing::length && left_ > worth_discarding))
        co_return;
    alarm limit(life_.wheel(), [this] { conn_->abort(); });
    limit.arm(clock::now() + discard_time);
    while (!finished_ && seen < worth_discarding) {
        auto const part = co_await next();
        if (!part || part->empty())
            co_return;
        seen += part->size();
    }
}

}  // namespace fetchd
