#include "api/call.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>

#include "base/large_text.hpp"

namespace fetchd::api {
namespace {

constexpr std::size_t write_slice = 256 * 1024;
constexpr std::size_t body_block = 64 * 1024;
constexpr auto watch_after = std::chrono::milliseconds(100);

// IMF-fixdate (RFC 9110 §5.6.7), made once a second.
std::string const& http_date() {
    static std::time_t made = 0;
    static std::string text;
    auto const now = std::time(nullptr);
    if (now != made) {
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        char buffer[40];
        text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts));
        made = now;
    }
    return text;
}

std::string_view hex_line(std::size_t n, std::array<char, 20>& buffer) {
    auto* const end = std::to_chars(buffer.data(), buffer.data() + 16, n, 16).ptr;
    end[0] = '\r';
    end[1] = '\n';
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data()) + 2};
}

}  // namespace

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 507:
            return "Insufficient Storage";
        case 499:
            return "Client Closed Request";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "";
    }
}

call::call(tcp_socket& socket, byte_buffer& input, timer_wheel& wheel, milliseconds patience,
           request_head received)
    : head(std::move(received)),
      socket_(socket),
      input_(input),
      wheel_(wheel),
      patience_(patience),
      body_left_(head.length),
      body_read_(head.body == body_kind::none) {}

std::string call::client_address() const {
    error_code gone;
    auto const peer = socket_.remote_endpoint(gone);
    return gone ? std::string() : peer.address().to_string();
}

// One read from the client, given up at `until`.
awaitable<io_result> call::read_more(time_point until) {
    alarm limit(wheel_, [this] { cancel(); });
    limit.arm(until);
    auto const room = input_.room(body_block);
    auto const [ec, n] = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), no_throw);
    input_.commit(n);
    co_return io_result{ec, n};
}

// A client that asks first is told to go on (RFC 9110 §10.1.1). False: it is gone.
awaitable<bool> call::invite_body() {
    bool const wanted = head.expects_continue && !std::exchange(invited_, true) && input_.empty();
    if (!wanted)
        co_return true;
    co_return co_await transmit("HTTP/1.1 100 Continue\r\n\r\n");
}

bool call::body_ended() const {
    return head.body == body_kind::chunked ? chunks_.status() == chunked_reader::state::done
                                           : body_left_ == 0;
}

// Of what has come so far; empty where there is none, or where the chunks are malformed.
std::string_view call::next_payload() {
    while (!input_.empty() && !body_ended()) {
        auto const bytes = input_.view();
        auto step = chunked_reader::step{
            static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size())), {}};
        step.data = bytes.substr(0, step.consumed);
        if (head.body == body_kind::chunked)
            step = chunks_.read(bytes);
        else
            body_left_ -= step.consumed;
        input_.consume(step.consumed);
        if (!step.data.empty())
            return step.data;
        if (chunks_.status() == chunked_reader::state::malformed)
            break;
    }
    return {};
}

awaitable<boost::system::result<std::string_view, refusal>> call::read_piece(time_point until) {
    if (body_read_)
        co_return std::string_view();
    bool const there = co_await invite_body();
    if (!there)
        co_return refusal{499, "the client is gone"};
    while (true) {
        auto const piece = next_payload();
        if (!piece.empty())
            co_return piece;
        if (chunks_.status() == chunked_reader::state::malformed)
            co_return refusal{400, std::string("The chunked body is malformed: ") + chunks_.problem()};
        if (body_ended())
            break;
        if (head.body == body_kind::chunked || body_left_ >= body_block)
            input_.grow_to(body_block);
        auto const got = co_await read_more(until);
        if (got.error == asio::error::operation_aborted)
            co_return refusal{408, "The body did not arrive in time"};
        if (got.error)
            co_return refusal{499, "the client is gone"};
    }
    body_read_ = true;
    co_return std::string_view();
}

awaitable<boost::system::result<std::string, refusal>> call::read_body(std::size_t limit, time_point until) {
    std::string body;
    auto const too_large = refusal{413, "The body is larger than " + std::to_string(limit) + " bytes"};
    if (head.body == body_kind::length && head.length > limit)
        co_return too_large;
    auto const most = static_cast<std::size_t>(
        head.body == body_kind::length ? std::min<std::uint64_t>(head.length, limit) : std::uint64_t{limit});
    while (true) {
        auto const piece = co_await read_piece(until);
        if (!piece)
            co_return piece.error();
        if (piece->empty())
            break;
        if (body.size() + piece->size() > limit)
            co_return too_large;
        append_large(body, *piece, most);
    }
    co_return std::move(body);
}

// Where only the end of the connection ends the body, a clean one would make half an answer look whole.
void call::abandon() {
    broken_ = true;
    error_code ignored;
    if (!chunked_ && !left_)
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
}

void call::cancel() {
    error_code ignored;
    socket_.cancel(ignored);
}

// Both parts in one system call where the socket takes them; what is large goes in slices, each with the
// whole patience, so that a slow reader gets its answer and one that has stopped does not hold us up.
awaitable<bool> call::transmit(std::string_view first, std::string_view second) {
    alarm limit(wheel_, [this] { cancel(); });
    do {
        auto const slice = second.substr(0, write_slice);
        second.remove_prefix(slice.size());
        std::array<asio::const_buffer, 2> const parts{asio::const_buffer(first.data(), first.size()),
                                                      asio::const_buffer(slice.data(), slice.size())};
        first = {};
        limit.arm(clock::now() + patience_);
        auto const [ec, n] = co_await asio::async_write(socket_, parts, no_throw);
        sent_bytes_ += n;
        if (ec) {
            broken_ = true;
            co_return false;
        }
    } while (!second.empty());
    co_return true;
}

void call::begin_head(int status, std::string_view reason) {
    status_ = status;
    out_.reserve(512);
    out_ += "HTTP/1.1 ";
    out_ += std::to_string(status);
    out_ += ' ';
    out_ += reason;
    out_ += "\r\n";
}

void call::add_head_end() {
    if (!body_read_ || closing_ || !head.keep_alive) {
        broken_ = broken_ || !body_read_ || closing_;
        out_ += "Connection: close\r\n";
    } else if (!head.http11) {
        out_ += "Connection: keep-alive\r\n";
    }
    out_ += "\r\n";
}

awaitable<bool> call::send(reply const& answer) {
    begin_head(answer.status, reason_phrase(answer.status));
    out_ += "Date: " + http_date() + "\r\n";
    if (!answer.body.empty() || answer.status == 200)
        out_ += "Content-Type: " + answer.content_type + "\r\n";
    auto const bytes = answer.body.size() + answer.rest.size() + answer.last.size();
    out_ += "Content-Length: " + std::to_string(bytes) + "\r\n";
    answer.fields.write_to(out_);
    add_head_end();
    auto const head_bytes = std::exchange(out_, {});
    auto const body = head_only() ? std::string_view() : std::string_view(answer.body);
    bool const begun = co_await transmit(head_bytes, body);
    if (!begun || head_only() || answer.rest.empty())
        co_return begun;
    std::string_view const no_head;
    co_return co_await transmit(no_head, answer.rest) && co_await transmit(answer.last);
}

void call::start(int status, std::string_view reason, std::optional<std::uint64_t> length) {
    begin_head(status, reason);
    head_open_ = true;
    bodiless_ = head_only() || status == 204 || status == 304;
    left_ = length;
    if (length) {
        std::array<char, 20> digits;
        auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), *length).ptr;
        field("Content-Length", {digits.data(), static_cast<std::size_t>(end - digits.data())});
    } else if (!bodiless_ && head.http11) {
        chunked_ = true;
        field("Transfer-Encoding", "chunked");
    } else if (!bodiless_) {
        closing_ = true;
    }
}

void call::field(std::string_view name, std::string_view value) {
    has_date_ = has_date_ || same_name(name, "Date");
    out_.append(name).append(": ").append(value).append("\r\n");
}

// What is to go out before the next piece; the first time that is the head.
std::string call::take_out() {
    if (std::exchange(head_open_, false)) {
        if (!has_date_)
            out_.append("Date: ").append(http_date()).append("\r\n");
        add_head_end();
    }
    return std::exchange(out_, {});
}

awaitable<bool> call::write(std::string_view piece) {
    if (piece.empty() || bodiless_)
        co_return true;
    auto before = take_out();
    if (left_)
        *left_ -= std::min<std::uint64_t>(*left_, piece.size());
    if (!chunked_)
        co_return co_await transmit(before, piece);
    std::array<char, 20> buffer;
    before += hex_line(piece.size(), buffer);
    out_ = "\r\n";  // goes out with the next piece, or with the end
    co_return co_await transmit(before, piece);
}

awaitable<bool> call::flush() {
    auto const before = take_out();
    if (before.empty())
        co_return true;
    co_return co_await transmit(before);
}

awaitable<bool> call::finish() {
    if (left_.value_or(0) > 0 && !bodiless_)
        broken_ = true;
    auto last = take_out();
    if (chunked_)
        last += "0\r\n\r\n";
    if (last.empty())
        co_return true;
    co_return co_await transmit(last);
}

struct call::hangup_watch::shared {
    explicit shared(scope* l) : life(l) {}
    scope* life;  // null once the watch is over
};

call::hangup_watch::hangup_watch(call& c, scope& life)
    : call_(c), life_(life), alarm_(c.wheel_, [this] { watch(); }) {
    alarm_.arm(clock::now() + watch_after);
}

void call::hangup_watch::watch() {
    shared_ = std::make_shared<shared>(&life_);
    call_.socket_.async_wait(
        tcp_socket::wait_read, [state = shared_, &socket = call_.socket_](error_code ec) {
            if (ec || !state->life)
                return;
            // Readable: either the next request (pipelined; it waits its turn), or the end of the connection.
            char byte;
            auto const n = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
                state->life->end(code::cancelled);
        });
}

call::hangup_watch::~hangup_watch() {
    if (!shared_)
        return;
    shared_->life = nullptr;
    error_code ignored;
    call_.socket_.cancel(ignored);
}

}  // namespace fetchd::api
