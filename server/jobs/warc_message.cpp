#include "jobs/warc_message.hpp"

#include "http/url.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::string_view kept_as = "X-Archive-Orig-";

// RFC 9110 §6.4.1; what answers HEAD has none either.
bool has_no_body(archived_exchange const& e) {
    return e.method == "HEAD" || e.status < 200 || e.status == 204 || e.status == 304;
}

void put(std::string& out, std::string_view name, std::string_view value) {
    if (valid_name(name))
        out.append(name).append(": ").append(one_line(value)).append("\r\n");
}

// Fields that say how the body is framed, or coded when it is not any more.
bool misleads(archived_exchange const& e, std::string_view name) {
    return same_name(name, "Transfer-Encoding") || same_name(name, "Trailer") ||
           same_name(name, "Content-Length") || (e.decoded && same_name(name, "Content-Encoding"));
}

// An archive is handed around.
bool opens_a_door(std::string_view name) {
    return same_name(name, "Authorization") || same_name(name, "Proxy-Authorization") ||
           same_name(name, "Cookie");
}

}  // namespace

std::string one_line(std::string_view value) {
    std::string line(value);
    for (char& c : line)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
            c = ' ';
    return line;
}

std::string archived_response_head(archived_exchange const& e) {
    // The phrase is not kept (RFC 9112 §4: it may be absent, its space may not).
    auto head = "HTTP/1.1 " + std::to_string(e.status) + " \r\n";
    bool const framed = !has_no_body(e) || !e.body.empty();
    auto const length = std::to_string(e.body.size());
    for (std::size_t i = 0; i < e.fields.size(); ++i) {
        auto const [name, value] = e.fields[i];
        bool const says_it = framed && same_name(name, "Content-Length") && value == length;
        if (misleads(e, name) && !says_it)
            put(head, std::string(kept_as) + std::string(name), value);
        else if (!says_it)
            put(head, name, value);
    }
    if (framed)
        put(head, "Content-Length", length);
    return head += "\r\n";
}

std::string archived_request(archived_exchange const& e) {
    auto const target = url::parse(e.url);
    if (!valid_name(e.method) || !target || !target->is_http())
        return {};
    auto text = e.method + " " + std::string(target->request_target()) + " HTTP/1.1\r\n";
    if (!e.request_fields.has("Host"))
        put(text, "Host", target->authority());
    for (std::size_t i = 0; i < e.request_fields.size(); ++i) {
        auto const [name, value] = e.request_fields[i];
        if (opens_a_door(name))
            continue;
        // The body is not kept.
        bool const framing = same_name(name, "Content-Length") || same_name(name, "Transfer-Encoding");
        put(text, framing ? std::string(kept_as) + std::string(name) : std::string(name), value);
    }
    return text += "\r\n";
}

}  // namespace fetchd::jobs
