#include "api/request_head.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <memory_resource>
#include <stdexcept>

namespace fetchd::api {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t max_fields = 100;

// RFC 9112 §6.3. A request whose framing is ambiguous could smuggle another one behind it: refused.
std::optional<refusal> decide_framing(request_head& head) {
    auto const transfer = head.fields.count("Transfer-Encoding");
    auto const lengths = head.fields.count("Content-Length");
    if (transfer > 0 && lengths > 0)
        return refusal{400, "Content-Length and Transfer-Encoding in one request"};
    if (transfer > 1 || (transfer == 1 && !same_name(head.fields.get("Transfer-Encoding"), "chunked")))
        return refusal{501, "The only transfer coding understood is chunked"};
    if (transfer == 1 && !head.http11)
        return refusal{400, "Transfer-Encoding in an HTTP/1.0 request"};
    if (lengths > 1)
        return refusal{400, "More than one Content-Length"};
    if (transfer == 1)
        head.body = body_kind::chunked;
    if (lengths == 0)
        return {};
    auto const value = head.fields.get("Content-Length");
    auto const [end, ec] = std::from_chars(value.data(), value.data() + value.size(), head.length);
    if (ec != std::errc{} || end != value.data() + value.size() || head.length > INT64_MAX)
        return refusal{400, "Content-Length is not a number"};
    if (head.length > 0)
        head.body = body_kind::length;
    return {};
}

// Origin-form, or absolute-form as a proxy's client sends it (RFC 9112 §3.2).
bool take_target(std::string_view target, request_head& head) {
    if (target.starts_with("http://")) {
        auto const slash = target.find('/', 7);
        target = slash == target.npos ? std::string_view("/") : target.substr(slash);
    }
    if (!target.starts_with('/'))
        return false;
    auto const mark = target.find('?');
    head.path = std::string(target.substr(0, mark));
    if (mark != target.npos)
        head.query = std::string(target.substr(mark + 1));
    return true;
}

}  // namespace

void throw_exception_from_error(refusal const& bad, boost::source_location const&) {
    throw std::logic_error("unchecked bad head: " + bad.why);
}

boost::system::result<request_head, refusal> parse_request_head(std::string_view bytes) {
    std::array<std::byte, 4096> block;  // for Beast's nodes, one a field
    std::pmr::monotonic_buffer_resource arena(block.data(), block.size());
    std::pmr::polymorphic_allocator<char> const allocator(&arena);
    beast_http::request_parser<beast_http::empty_body, std::pmr::polymorphic_allocator<char>> parser(
        std::piecewise_construct, std::make_tuple(), std::make_tuple(allocator));
    parser.header_limit(static_cast<std::uint32_t>(bytes.size() + 1));
    parser.body_limit(boost::none);
    boost::system::error_code ec;
    parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    if (ec == beast_http::error::bad_version)
        return refusal{505, "Only HTTP/1.1 and HTTP/1.0 are spoken here"};
    if (!parser.is_header_done())
        return refusal{400, "This is not an HTTP request: " + ec.message()};

    auto const& message = parser.get();
    request_head head;
    head.method = std::string(message.method_string());
    head.http11 = message.version() == 11;
    head.keep_alive = message.keep_alive();
    if (!take_target(message.target(), head))
        return refusal{400, "The request target is not a path"};
    head.fields.reserve(8, bytes.size());
    for (auto const& field : message) {
        if (head.fields.size() == max_fields)
            return refusal{431, "More than " + std::to_string(max_fields) + " header fields"};
        head.fields.add(field.name_string(), field.value());
    }
    if (head.http11 && head.fields.count("Host") != 1)
        return refusal{400, "Exactly one Host field is required"};
    if (auto bad = decide_framing(head))
        return *bad;
    if (auto const expect = head.fields.find("Expect"); expect && head.http11) {
        if (!same_name(*expect, "100-continue"))
            return refusal{417, "The only expectation understood is 100-continue"};
        head.expects_continue = head.body != body_kind::none;
    }
    return head;
}

}  // namespace fetchd::api
