#include "http/url_path.hpp"

#include <array>

#include "http/percent.hpp"

namespace fetchd {
namespace {

constexpr bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Takes "." or "%2e" off the front.
bool take_dot(std::string_view& segment) {
    if (segment.starts_with('.')) {
        segment.remove_prefix(1);
        return true;
    }
    if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
        (segment[2] == 'e' || segment[2] == 'E')) {
        segment.remove_prefix(3);
        return true;
    }
    return false;
}

// 0, 1 or 2 for an ordinary, a single-dot and a double-dot segment.
int dots(std::string_view segment) {
    if (!take_dot(segment))
        return 0;
    if (segment.empty())
        return 1;
    return take_dot(segment) && segment.empty() ? 2 : 0;
}

enum : std::uint8_t { escape = 1, backslash = 2, dot_like = 4 };

constexpr auto path_classes = [] {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t c = 0; c < 256; ++c)
        if (c <= 0x20 || c > 0x7e)
            table[c] = escape;
    for (char c : std::string_view("\"#<>?^`{}"))
        table[static_cast<unsigned char>(c)] = escape;
    table['\\'] = backslash;
    table['.'] = table['%'] = dot_like;
    return table;
}();

// Whether the segments of `path` go into a URL as they are.
bool is_plain_path(std::string_view path) {
    std::uint8_t seen = 0;
    for (char c : path)
        seen |= path_classes[static_cast<unsigned char>(c)];
    if (seen == 0)
        return true;
    if (seen != dot_like || path[0] == '.' || path[0] == '%')
        return false;
    for (std::size_t i = 1; i < path.size(); ++i)
        if (path[i - 1] == '/' && (path[i] == '.' || path[i] == '%'))
            return false;
    return true;
}

void append_segment(std::string& href, std::size_t begin, std::string_view segment, bool last,
                    scheme_kind scheme) {
    if (auto count = dots(segment); count > 0) {
        if (count == 2)
            shorten_path(href, begin, scheme);
        if (last)
            href += '/';
        return;
    }
    bool drive = scheme == scheme_kind::file && href.size() == begin && is_drive_letter(segment);
    href += '/';
    append_percent_encoded(href, segment, percent_set::path);
    if (drive)
        href.back() = ':';
}

}  // namespace

bool is_drive_letter(std::string_view segment) {
    return segment.size() == 2 && is_alpha(segment[0]) && (segment[1] == ':' || segment[1] == '|');
}

bool starts_with_drive_letter(std::string_view text) {
    return is_drive_letter(text.substr(0, 2)) && (text.size() == 2 || text[2] == '/' || text[2] == '\\');
}

void append_path_segments(std::string& href, std::size_t begin, std::string_view text, scheme_kind scheme) {
    if (scheme != scheme_kind::file && is_plain_path(text)) {
        href += '/';
        href += text;
        return;
    }
    bool special = scheme != scheme_kind::other;
    for (;;) {
        auto end = special ? text.find_first_of("/\\") : text.find('/');
        append_segment(href, begin, text.substr(0, end), end == text.npos, scheme);
        if (end == text.npos)
            return;
        text.remove_prefix(end + 1);
    }
}

void shorten_path(std::string& href, std::size_t begin, scheme_kind scheme) {
    auto path = std::string_view(href).substr(begin);
    if (path.empty() ||
        (scheme == scheme_kind::file && path.size() == 3 && is_alpha(path[1]) && path[2] == ':'))
        return;
    href.resize(begin + path.rfind('/'));
}

void append_opaque_path(std::string& href, std::string_view text, bool marks_follow) {
    // A space at the end would be lost by trimming once what follows is gone.
    bool escape_space = marks_follow && text.ends_with(' ');
    if (escape_space)
        text.remove_suffix(1);
    append_percent_encoded(href, text, percent_set::c0_control);
    if (escape_space)
        href += "%20";
}

}  // namespace fetchd
