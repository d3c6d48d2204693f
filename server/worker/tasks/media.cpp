#include "worker/tasks/media.hpp"

#include "worker/tasks/charset.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_token_char(char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && is_space(s.front()))
        s.remove_prefix(1);
    while (!s.empty() && is_space(s.back()))
        s.remove_suffix(1);
    return s;
}

bool starts_with_lower(std::string_view s, std::string_view prefix) {
    if (s.size() < prefix.size())
        return false;
    for (std::size_t i = 0; i < prefix.size(); ++i)
        if (lower(s[i]) != prefix[i])
            return false;
    return true;
}

// Reads one parameter value off the front: a token, or a quoted string with its escapes.
std::string take_value(std::string_view& s) {
    std::string value;
    if (!s.starts_with('"')) {
        auto const end = std::min(s.find(';'), s.size());
        value = trim(s.substr(0, end));
        s.remove_prefix(end);
        return value;
    }
    for (s.remove_prefix(1); !s.empty() && s[0] != '"'; s.remove_prefix(1)) {
        if (s[0] == '\\' && s.size() > 1)
            s.remove_prefix(1);
        value += s[0];
    }
    s.remove_prefix(std::min(s.find(';'), s.size()));
    return value;
}

}  // namespace

std::string media_essence(std::string_view content_type) {
    auto const whole = trim(content_type.substr(0, content_type.find(';')));
    std::string essence;
    std::size_t slash = std::string::npos;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (whole[i] == '/' && slash == std::string::npos)
            slash = i;
        else if (!is_token_char(whole[i]))
            return {};
        essence += lower(whole[i]);
    }
    return slash != std::string::npos && slash > 0 && slash + 1 < essence.size() ? essence : std::string();
}

std::string media_charset(std::string_view content_type) {
    auto const begin = content_type.find(';');
    if (begin == std::string_view::npos)
        return {};
    for (auto s = content_type.substr(begin); !s.empty();) {
        s.remove_prefix(1);
        auto const name_end = std::min(s.find_first_of("=;"), s.size());
        auto const name = trim(s.substr(0, name_end));
        s.remove_prefix(name_end);
        if (!s.starts_with('='))
            continue;
        s.remove_prefix(1);
        auto value = take_value(s);
        if (name.size() == 7 && starts_with_lower(name, "charset"))
            return value;
    }
    return {};
}

media_kind kind_of(std::string_view essence) {
    if (essence == "text/html" || essence == "application/xhtml+xml")
        return media_kind::html;
    if (essence.starts_with("text/") || essence == "application/json" || essence.ends_with("+json") ||
        essence == "application/x-ndjson")
        return media_kind::text;
    return media_kind::other;
}

// The HTML rows of the MIME Sniffing standard's table (§7.1), and a guess at text.
std::string_view sniff(std::string_view body) {
    constexpr std::string_view openings[] = {
        "<!doctype html", "<html",  "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table", "<a",
        "<style",         "<title", "<b",    "<body",   "<br",     "<p",  "<!--"};
    auto const mark = charset::byte_order_mark(body);
    auto start = body.substr(mark.length);
    while (!start.empty() && is_space(start[0]))
        start.remove_prefix(1);
    for (auto opening : openings)
        if (starts_with_lower(start, opening) && start.size() > opening.size() &&
            (opening == "<!--" || is_space(start[opening.size()]) || start[opening.size()] == '>'))
            return "text/html";
    if (mark.length != 0 && mark.name != "utf-8")
        return "text/plain";
    if (body.find('\0') == std::string_view::npos && utf8::valid(body))
        return "text/plain";
    return "application/octet-stream";
}

}  // namespace fetchd::tasks
