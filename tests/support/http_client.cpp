#include "support/http_client.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/message_head.hpp"
#include "support/socket.hpp"

namespace fetchd::test {
namespace {

constexpr std::size_t max_head = 1 << 20;

bool wait_for(int socket, short what, test_clock::time_point until) {
    for (;;) {
        auto const left = std::chrono::ceil<milliseconds>(until - test_clock::now()).count();
        pollfd on{socket, what, 0};
        int const n = ::poll(&on, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
        if (n < 0 && errno == EINTR)
            continue;
        return n > 0;
    }
}

bool parse(answer& into) {
    std::string_view const rest = into.head;
    auto const line = rest.substr(0, rest.find("\r\n"));
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ')
        return false;
    into.version = line.substr(0, 8);
    auto const [end, ec] = std::from_chars(line.data() + 9, line.data() + 12, into.status);
    if (ec != std::errc{} || end != line.data() + 12)
        return false;
    into.reason = line.size() > 13 ? line.substr(13) : std::string_view{};
    into.headers.clear();
    return parse_fields(rest.substr(line.size() + 2), into.headers);
}

}  // namespace

std::optional<std::string> answer::header(std::string_view name) const {
    return find_field(headers, name);
}

std::size_t answer::count(std::string_view name) const {
    return count_fields(headers, name);
}

http_client::http_client(std::uint16_t port, std::string const& address, int receive_buffer) : port_(port) {
    auto const where = make_endpoint(address, port);
    socket_ = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0)
        throw_errno("socket");
    if (receive_buffer > 0)
        setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (::connect(socket_, where.raw(), where.size) != 0)
        close();
    else
        set_no_delay(socket_);
}

http_client::~http_client() {
    close();
}

http_client::http_client(http_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      port_(other.port_),
      buffer_(std::move(other.buffer_)),
      head_request_(other.head_request_),
      reset_(other.reset_) {}

http_client& http_client::operator=(http_client&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(port_, other.port_);
    std::swap(buffer_, other.buffer_);
    std::swap(head_request_, other.head_request_);
    std::swap(reset_, other.reset_);
    return *this;
}

void http_client::close() {
    if (socket_ >= 0)
        ::close(std::exchange(socket_, -1));
}

void http_client::close_half() {
    ::shutdown(socket_, SHUT_WR);
}

void http_client::reset() {
    if (socket_ >= 0)
        reset_on_close(socket_);
    close();
}

bool http_client::send(std::string_view bytes, milliseconds deadline) {
    auto const until = test_clock::now() + deadline;
    while (socket_ >= 0 && !bytes.empty()) {
        auto const n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            bytes.remove_prefix(static_cast<std::size_t>(n));
        else if (errno != EAGAIN && errno != EINTR)
            return false;
        else if (!wait_for(socket_, POLLOUT, until))
            return false;
    }
    return bytes.empty();
}

http_client::got http_client::fill(test_clock::time_point until) {
    if (socket_ < 0)
        return got::error;
    if (!wait_for(socket_, POLLIN, until))
        return got::late;
    char bytes[64 * 1024];
    auto const n = ::recv(socket_, bytes, sizeof bytes, 0);
    reset_ = n < 0 && errno == ECONNRESET;
    if (n > 0)
        buffer_.append(bytes, static_cast<std::size_t>(n));
    return n > 0 ? got::some : n == 0 ? got::end : got::error;
}

answer http_client::read(read_options const& options) {
    auto const until = test_clock::now() + options.deadline;
    auto result = read_head(options);
    if (result.end != answer_end::complete)
        return result;
    auto rest = options;
    rest.deadline = std::chrono::ceil<milliseconds>(until - test_clock::now());
    read_body(result, rest);
    return result;
}

answer http_client::read_head(read_options const& options) {
    auto const until = test_clock::now() + options.deadline;
    answer result;
    head_request_ = options.to_head;
    for (;;) {
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
            auto const more = buffer_.size() > max_head ? got::error : fill(until);
            if (more == got::some)
                continue;
            result.end = more == got::late ? answer_end::timed_out : answer_end::no_answer;
            return result;
        }
        result.head = buffer_.substr(0, end + 4);
        buffer_.erase(0, end + 4);
        if (!parse(result)) {
            result.end = answer_end::malformed;
            return result;
        }
        if (result.status >= 200 || result.status == 101)
            break;
        result.interim.push_back(result.status);
    }
    result.end = answer_end::complete;
    return result;
}

void http_client::read_body(answer& begun, read_options const& options) {
    auto const until = test_clock::now() + options.deadline;
    if (head_request_ || begun.status == 204 || begun.status == 304)
        return;
    if (auto const coding = begun.header("transfer-encoding"); coding && coding->ends_with("chunked"))
        return read_chunked(begun, options, until);
    auto const length = begun.header("content-length");
    if (length && !leading_number(*length, 10)) {
        begun.end = answer_end::malformed;
        return;
    }
    read_counted(begun, length ? leading_number(*length, 10) : std::nullopt, options, until);
}

// Moves bytes from the buffer to the body, reading more as needed. False when the answer ended otherwise.
bool http_client::take(answer& into, std::uint64_t bytes, read_options const& options,
                       test_clock::time_point until) {
    while (bytes > 0) {
        if (buffer_.empty()) {
            auto const more = fill(until);
            if (more != got::some) {
                into.end = more == got::late ? answer_end::timed_out : answer_end::cut;
                return false;
            }
        }
        auto const part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer_.size()));
        std::string_view const piece{buffer_.data(), part};
        if (options.sink)
            options.sink(piece);
        into.body.append(piece.substr(0, options.keep - std::min(options.keep, into.body.size())));
        into.body_bytes += part;
        bytes -= part;
        buffer_.erase(0, part);
    }
    return true;
}

void http_client::read_counted(answer& into, std::optional<std::uint64_t> bytes, read_options const& options,
                               test_clock::time_point until) {
    if (bytes) {
        take(into, *bytes, options, until);
        return;
    }
    // To the end of the connection: a FIN is the end of the body, anything else cuts it.
    for (;;) {
        take(into, buffer_.size(), options, until);
        auto const more = fill(until);
        if (more == got::some)
            continue;
        into.end = more == got::end    ? answer_end::complete
                   : more == got::late ? answer_end::timed_out
                                       : answer_end::cut;
        return;
    }
}

std::optional<std::string> http_client::read_line(answer& into, test_clock::time_point until) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == buffer_.npos) {
        auto const more = buffer_.size() > max_head ? got::error : fill(until);
        if (more != got::some) {
            into.end = more == got::late ? answer_end::timed_out : answer_end::cut;
            return {};
        }
    }
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
}

void http_client::read_chunked(answer& into, read_options const& options, test_clock::time_point until) {
    for (;;) {
        auto const line = read_line(into, until);
        if (!line)
            return;
        auto const size = leading_number(*line, 16);
        if (!size) {
            into.end = answer_end::malformed;
            return;
        }
        if (*size == 0)
            break;
        if (!take(into, *size, options, until))
            return;
        auto const after = read_line(into, until);
        if (!after)
            return;
        if (!after->empty()) {
            into.end = answer_end::malformed;
            return;
        }
    }
    for (;;) {
        auto const trailer = read_line(into, until);
        if (!trailer || trailer->empty())
            return;
    }
}

answer http_client::exchange(std::string_view method, std::string_view target, header_list const& headers,
                             std::string_view body, read_options options) {
    auto text = std::string(method) + " " + std::string(target) +
                " HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(port_) + "\r\n";
    for (auto const& [name, value] : headers)
        text += name + ": " + value + "\r\n";
    if (!body.empty() || method == "POST" || method == "PUT")
        text += "content-length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    options.to_head = options.to_head || method == "HEAD";
    // The answer may come, and the connection end, before all of the request is sent: read it either way.
    send(text + std::string(body), options.deadline);
    return read(options);
}

bool http_client::wait_for_close(milliseconds deadline) {
    auto const until = test_clock::now() + deadline;
    auto const more = fill(until);
    return buffer_.empty() && (more == got::end || more == got::error);
}

answer request(std::uint16_t port, std::string_view method, std::string_view target, header_list headers,
               std::string_view body, read_options options) {
    http_client client(port);
    headers.emplace_back("connection", "close");
    return client.exchange(method, target, headers, body, std::move(options));
}

answer get(std::uint16_t port, std::string_view target, header_list headers, read_options options) {
    return request(port, "GET", target, std::move(headers), {}, std::move(options));
}

answer post(std::uint16_t port, std::string_view target, std::string_view body, std::string_view content_type,
            header_list headers, read_options options) {
    if (!content_type.empty())
        headers.emplace_back("content-type", content_type);
    return request(port, "POST", target, std::move(headers), body, std::move(options));
}

std::string percent_encode(std::string_view text) {
    constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += {'%', hex[byte >> 4], hex[byte & 15]};
    }
    return out;
}

}  // namespace fetchd::test
