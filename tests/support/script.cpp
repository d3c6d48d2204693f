#include "support/script.hpp"

#include <charconv>

namespace fetchd::test {
namespace {

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 404:
            return "Not Found";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

bool frames_itself(header_list const& headers) {
    for (auto const& [name, value] : headers)
        if (name == "content-length" || name == "Content-Length" || name == "transfer-encoding" ||
            name == "Transfer-Encoding")
            return true;
    return false;
}

}  // namespace

std::string answer_head(int status, header_list const& headers) {
    auto head = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason(status)) + "\r\n";
    for (auto const& [name, value] : headers)
        head += name + ": " + value + "\r\n";
    return head += "\r\n";
}

std::string chunk(std::string_view bytes) {
    char size[20];
    auto const [end, ec] = std::to_chars(size, size + sizeof size, bytes.size(), 16);
    return std::string(size, end) + "\r\n" + std::string(bytes) + "\r\n";
}

script& script::answer(int status, std::string body, header_list headers) & {
    bool const bodiless = status == 204 || status == 304;
    if (!bodiless && !frames_itself(headers))
        headers.emplace_back("content-length", std::to_string(body.size()));
    return add({step::kind::answer, answer_head(status, headers), std::move(body), 0, {}});
}

}  // namespace fetchd::test
