// The reading half of origin_visit: request heads and bodies.
#include <algorithm>

#include "support/message_head.hpp"
#include "support/origin_visit.hpp"

namespace fetchd::test {
namespace {

constexpr std::size_t max_head = 1 << 20;
constexpr std::size_t max_kept_body = 16 << 20;

bool parse_head(seen_request& request) {
    std::string_view const rest = request.head;
    auto const line_end = rest.find("\r\n");
    auto const line = rest.substr(0, line_end);
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == line.npos || first == last || !line.substr(last + 1).starts_with("HTTP/1."))
        return false;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    request.version = line.substr(last + 1);
    return parse_fields(rest.substr(line_end + 2), request.headers);
}

}  // namespace

std::optional<std::string> seen_request::header(std::string_view name) const {
    return find_field(headers, name);
}

std::size_t seen_request::count(std::string_view name) const {
    return count_fields(headers, name);
}

bool origin_visit::fill() {
    char bytes[64 * 1024];
    auto const n = wire_.read(bytes, sizeof bytes);
    if (n <= 0) {
        client_went();
        return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(n));
    std::lock_guard lock(origin_.mutex);
    origin_.record.connections[number_].received += static_cast<std::uint64_t>(n);
    return true;
}

bool origin_visit::read_request_head(seen_request& request) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
        if (buffer_.size() > max_head)
            break;
        if (!fill()) {
            if (!buffer_.empty()) {
                std::lock_guard lock(origin_.mutex);
                origin_.record.connections[number_].unparsed = buffer_;
            }
            return false;
        }
    }
    if (end != buffer_.npos) {
        request.head = buffer_.substr(0, end + 4);
        buffer_.erase(0, end + 4);
        if (parse_head(request))
            return true;
    }
    {
        std::lock_guard lock(origin_.mutex);
        origin_.record.connections[number_].unparsed = request.head + buffer_;
    }
    this->end(ending::bad_request);
    return false;
}

bool origin_visit::read_request_body(seen_request& request) {
    if (auto const coding = request.header("transfer-encoding"); coding && coding->ends_with("chunked"))
        return read_chunked(request);
    if (auto const length = request.header("content-length"))
        return read_counted(request, leading_number(*length, 10).value_or(0));
    return true;
}

void origin_visit::keep_body(seen_request& request, std::size_t bytes) {
    auto const room = max_kept_body - std::min(max_kept_body, request.body.size());
    request.body.append(buffer_, 0, std::min(bytes, room));
    request.body_bytes += bytes;
    buffer_.erase(0, bytes);
}

bool origin_visit::read_counted(seen_request& request, std::uint64_t bytes) {
    while (bytes > 0) {
        if (buffer_.empty() && !fill())
            return false;
        auto const part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer_.size()));
        keep_body(request, part);
        bytes -= part;
    }
    return true;
}

bool origin_visit::read_line(std::string& line) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == buffer_.npos)
        if (buffer_.size() > max_head || !fill())
            return false;
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
}

bool origin_visit::read_chunked(seen_request& request) {
    std::string line;
    for (;;) {
        if (!read_line(line))
            return false;
        auto const size = leading_number(line, 16);
        if (!size) {
            end(ending::bad_request);
            return false;
        }
        if (*size == 0)
            break;
        if (!read_counted(request, *size) || !read_line(line))
            return false;
    }
    do {
        if (!read_line(line))
            return false;
    } while (!line.empty());
    return true;
}

}  // namespace fetchd::test
