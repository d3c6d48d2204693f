#include "worker/tasks/markdown_escape.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_flank.hpp"

namespace fetchd::tasks {
namespace {

constexpr auto is_special = [] {
    std::array<bool, 256> table{};
    for (unsigned char c : {'\\', '*', '_', '`', '[', ']', '<', '&', '~', '|', '#', '\0'})
        table[c] = true;
    return table;
}();

// What a byte of a link destination asks for: nothing, a look, or angle brackets around the whole.
enum class care_in_destination : unsigned char { none, look, angle };

constexpr auto destination_care = [] {
    std::array<care_in_destination, 256> table{};
    for (unsigned c = 0; c < 0x20; ++c)
        table[c] = care_in_destination::look;
    for (unsigned char c : {'\\', '|', '&', '(', ')', '\x7F'})
        table[c] = care_in_destination::look;
    for (unsigned char c : {' ', '<', '>'})
        table[c] = care_in_destination::angle;
    return table;
}();

bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// One byte of a text and what stands around it. Past the end of the node anything may follow, so the end
// counts as whatever is worse.
struct spot {
    std::string_view text;
    std::size_t at;

    bool ends(std::size_t ahead = 1) const { return at + ahead >= text.size(); }
    char next(std::size_t ahead = 1) const { return ends(ahead) ? '\0' : text[at + ahead]; }
    // Other spaces count as the end, too: they may be all that is left, and go.
    bool space_or_end(std::size_t ahead = 1) const {
        return ends(ahead) || html::is_space(next(ahead)) || kept_space(text.substr(at + ahead)) > 0;
    }
    std::size_t run() const {
        std::size_t n = 1;
        while (next(n) == text[at])
            ++n;
        return n;
    }
};

// Would "&" begin a character reference?
bool begins_entity(spot const& s) {
    std::size_t n = 1;
    if (s.next(n) == '#')
        ++n;
    while (n < 40 && is_alnum(s.next(n)))
        ++n;
    return n > 1 && s.next(n) == ';';
}

// In addresses and titles cmark reads character references before it looks for backslashes.
void escape_reference(spot const& s, std::string& out) {
    if (s.text[s.at] == '&' && begins_entity(s))
        out += "amp;";
}

bool needs_escape(spot const& s, char before, escape_place const& place) {
    switch (s.text[s.at]) {
        case '\\':
        case '*':
        case '`':
        case '[':
        case ']':
        case '~':  // one strikes through as well as two, and three keep others from what they do
            return true;
        case '_':  // inside a word it is no delimiter
            return !is_alnum(before) || !is_alnum(s.next());
        case '<':
            return s.ends() || is_alnum(s.next()) || s.next() == '/' || s.next() == '!' || s.next() == '?';
        case '&':
            return begins_entity(s);
        case '|':
            return place.cell;
        case '#':  // would close a heading
            return place.heading && (before == ' ' || before == '#');
        default:
            return false;
    }
}

// Would this, as the first on its line, begin a block?
bool begins_block(spot const& s) {
    auto const c = s.text[s.at];
    switch (c) {
        case '#': {
            auto const n = s.run();
            return n <= 6 && s.space_or_end(n);
        }
        case '+':
            return s.space_or_end();
        case '-':
            return s.space_or_end() || s.next() == '-' || s.next() == '|' || s.next() == ':';
        case '=':
        case '>':
        case '|':
            return true;
        case ':':
            return s.ends() || s.next() == '-';
        default:
            return false;
    }
}

// Writes what stands first on a line; returns how many bytes of the text that took.
std::size_t append_line_start(std::string& out, std::string_view text, std::size_t length,
                              escape_place& place) {
    std::size_t i = 0;
    if (place.line == line_so_far::nothing) {
        if (begins_block({text, 0})) {
            out += '\\';
            out += text[i++];
        }
        if (i > 0) {
            place.line = line_so_far::something;
            return i;
        }
    }
    while (i < length && is_digit(text[i]))
        out += text[i++];
    place.line = i > 0 || place.line == line_so_far::digits ? line_so_far::digits : line_so_far::something;
    if (i == length || place.line == line_so_far::something)
        return i;
    place.line = line_so_far::something;
    if ((text[i] == '.' || text[i] == ')') && spot{text, i}.space_or_end()) {
        out += '\\';
        out += text[i++];
    }
    return i;
}

}  // namespace

void escape_entity_before(std::string& out, char first) {
    if (!is_alnum(first) && first != ';' && first != '#')
        return;
    for (std::size_t n = 1; n <= 40 && n <= out.size(); ++n) {
        auto const at = out.size() - n;
        if (out[at] == '&') {
            if (at == 0 || out[at - 1] != '\\')
                out.insert(at, 1, '\\');
            return;
        }
        if (!is_alnum(out[at]) && out[at] != '#')
            return;
    }
}

void append_escaped(std::string& out, std::string_view text, std::size_t length, escape_place& place) {
    std::size_t i = 0;
    if (place.line != line_so_far::something)
        i = append_line_start(out, text, length, place);
    while (i < length) {
        auto const plain = i;
        while (i < length && !is_special[static_cast<unsigned char>(text[i])])
            ++i;
        out.append(text, plain, i - plain);
        if (i == length)
            return;
        char const before = i > 0 ? text[i - 1] : out.empty() ? ' ' : out.back();
        if (text[i] == '\0') {  // nothing a reader sees
            ++i;
            continue;
        }
        if (needs_escape({text, i}, before, place))
            out += '\\';
        out += text[i++];
    }
}

void append_destination(std::string& out, std::string_view url, bool cell) {
    bool angle = url.empty();
    std::size_t plain = 0;
    for (char c : url) {
        auto const care = destination_care[static_cast<unsigned char>(c)];
        angle = angle || care == care_in_destination::angle;
        plain += static_cast<std::size_t>(care == care_in_destination::none);
    }
    if (plain == url.size() && !angle) {
        out += url;
        return;
    }
    if (angle)
        out += '<';
    for (std::size_t i = 0; i < url.size(); ++i) {
        auto const c = url[i];
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            continue;
        bool const escape =
            c == '\\' || (c == '|' && cell) || (angle ? c == '<' || c == '>' : c == '(' || c == ')');
        if (escape)
            out += '\\';
        out += c;
        escape_reference({url, i}, out);
    }
    if (angle)
        out += '>';
}

void append_title(std::string& out, std::string_view title, bool cell) {
    out += '"';
    for (std::size_t i = 0; i < title.size(); ++i) {
        auto const c = title[i];
        if (c == '\\' && i + 1 == title.size()) {
            out += "&#92;";  // before the last quote cmark takes even an escaped one for the quote's own
            break;
        }
        if (c == '"' || c == '\\' || (c == '|' && cell))
            out += '\\';
        out += c;
        escape_reference({title, i}, out);
    }
    out += '"';
}

void append_code_span(std::string& out, std::string_view text, bool cell) {
    // The shortest run of backticks that does not occur inside. A run of 64 is a run of 64 or more.
    std::array<bool, 65> occurs{};
    for (std::size_t i = 0; i < text.size();) {
        auto end = i;
        while (end < text.size() && text[end] == '`')
            ++end;
        occurs[std::min<std::size_t>(end - i, 64)] = true;
        i = end + 1;
    }
    std::size_t fence = 1;
    while (fence < 64 && occurs[fence])
        ++fence;
    if (fence == 64) {  // somebody has used them all
        std::size_t longest = 64;
        for (std::size_t i = 0, run = 0; i < text.size(); ++i) {
            run = text[i] == '`' ? run + 1 : 0;
            longest = std::max(longest, run);
        }
        fence = longest + 1;
    }
    bool const pad =
        text.front() == '`' || text.back() == '`' ||
        (text.front() == ' ' && text.back() == ' ' && text.find_first_not_of(' ') != std::string_view::npos);
    out.append(fence, '`');
    if (pad)
        out += ' ';
    for (char c : text) {
        if (c == '|' && cell)
            out += '\\';
        out += c;
    }
    if (pad)
        out += ' ';
    out.append(fence, '`');
}

}  // namespace fetchd::tasks
