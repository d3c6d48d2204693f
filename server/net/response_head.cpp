#include "net/response_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>

namespace fetchd {
namespace {

namespace beast_http = boost::beast::http;

failure malformed(std::string detail) {
    return {stage::head, code::malformed, std::move(detail)};
}

bool digits(std::string_view s) {
    return !s.empty() && s.find_first_not_of("0123456789") == s.npos;
}

// RFC 9112 §6.3, in its order. Whatever is ambiguous is refused, or read and the connection not reused.
result<void> decide_framing(response_head& head, bool head_request) {
    auto const transfer = head.fields.count("Transfer-Encoding");
    auto const lengths = head.fields.count("Content-Length");
    if (transfer > 1 || (transfer == 1 && !same_name(head.fields.get("Transfer-Encoding"), "chunked")))
        return malformed("unknown transfer coding");
    if (transfer > 0 && lengths > 0)
        head.keep_alive = false;
    if (lengths > 1)
        return malformed("more than one Content-Length");
    if (lengths == 1) {
        auto const value = head.fields.get("Content-Length");
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
    beast_http::response_parser<beast_http::empty_body> parser;
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
    for (auto const& field : message) {
        if (head.fields.size() == max_response_fields)
            return failure(stage::head, code::too_large,
                           "more than " + std::to_string(max_response_fields) + " fields");
        head.fields.add(field.name_string(), field.value());
    }
    if (auto const framed = decide_framing(head, head_request); !framed)
        return framed.error();
    return head;
}

}  // namespace fetchd
