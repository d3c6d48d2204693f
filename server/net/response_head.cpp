#include "net/response_head.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <memory_resource>

namespace fetchd {
namespace {

namespace beast_http = boost::beast::http;

failure malformed(std::string detail) {
    return {stage::head, code::malformed, std::move(detail)};
}

bool digits(std::string_view s) {
    return !s.empty() && s.find_first_not_of("0123456789") == s.npos;
}

// The fields that decide, found while the head is copied. Views into the parser.
struct framing_fields {
    bool http11 = true;
    std::size_t transfer_encodings = 0;
    std::size_t content_lengths = 0;
    std::string_view transfer_encoding;
    std::string_view content_length;

    void look_at(beast_http::field name, std::string_view value) {
        if (name == beast_http::field::transfer_encoding) {
            ++transfer_encodings;
            transfer_encoding = value;
        } else if (name == beast_http::field::content_length) {
            ++content_lengths;
            content_length = value;
        }
    }
};

// RFC 9112 §6.3, in its order. Whatever is ambiguous is refused, or read and the connection not reused.
result<void> decide_framing(response_head& head, framing_fields const& said, bool head_request) {
    auto const transfer = said.transfer_encodings;
    auto const lengths = said.content_lengths;
    if (transfer > 1 || (transfer == 1 && !same_name(said.transfer_encoding, "chunked")))
        return malformed("unknown transfer coding");
    if (transfer > 0 && (lengths > 0 || !said.http11))  // §6.1: the framing is faulty
        head.keep_alive = false;
    if (lengths > 1)
        return malformed("more than one Content-Length");
    if (lengths == 1) {
        auto const value = said.content_length;
        auto const [end, ec] = std::from_chars(value.data(), value.data() + value.size(), head.length);
        if (!digits(value) || ec != std::errc{} || end != value.data() + value.size() ||
            head.length > INT64_MAX)
            return malformed("Content-Length is not a number");
    }
    if (head_request || head.status == 204 || head.status == 304 || head.status / 100 == 1)
        head.body = framing::none;
    else if (transfer > 0)
        head.body = framing::chunked;
    else if (lengths > 0)
        head.body = framing::length;
    else
        head.body = framing::until_close;
    if (head.body == framing::until_close)
        head.keep_alive = false;
    return {};
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t from) {
    auto const at = bytes.find("\r\n\r\n", from < 3 ? 0 : from - 3);
    return at == bytes.npos ? at : at + 4;
}

result<response_head> parse_response_head(std::string_view bytes, bool head_request) {
    // Beast keeps each field in a node of its own: they live in a block on the stack, and are copied out
    // below.
    std::array<std::byte, 4096> block;
    std::pmr::monotonic_buffer_resource arena(block.data(), block.size());
    std::pmr::polymorphic_allocator<char> const allocator(&arena);
    beast_http::response_parser<beast_http::empty_body, std::pmr::polymorphic_allocator<char>> parser(
        std::piecewise_construct, std::make_tuple(), std::make_tuple(allocator));
    parser.header_limit(static_cast<std::uint32_t>(bytes.size() + 1));
    parser.body_limit(boost::none);
    parser.skip(true);  // the framing of the body is decided below, not by the parser
    boost::system::error_code ec;
    parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    if (ec && ec != beast_http::error::need_buffer)
        return malformed(ec.message());
    if (!parser.is_header_done())
        return malformed("the head is not complete");

    auto const& message = parser.get();
    response_head head;
    head.status = static_cast<int>(message.result_int());
    head.reason = std::string(message.reason());
    head.keep_alive = message.keep_alive();
    head.fields.reserve(16, bytes.size());
    framing_fields said;
    said.http11 = message.version() == 11;
    for (auto const& field : message) {
        if (head.fields.size() == max_response_fields)
            return failure(stage::head, code::too_large,
                           "more than " + std::to_string(max_response_fields) + " fields");
        head.fields.add(field.name_string(), field.value());
        said.look_at(field.name(), field.value());
    }
    if (auto const framed = decide_framing(head, said, head_request); !framed)
        return framed.error();
    return head;
}

}  // namespace fetchd
