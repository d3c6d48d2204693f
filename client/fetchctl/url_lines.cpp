#include "fetchctl/url_lines.hpp"

namespace fetchctl {
namespace {

// RFC 8259 §7. What is not UTF-8 stays: the service says in which line it stands.
void append_json_string(std::string& to, std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    to += '"';
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            to.append("\\u00").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
            continue;
        }
        if (c == '"' || c == '\\')
            to += '\\';
        to += c;
    }
    to += '"';
}

}  // namespace

bool url_lines::feed(std::string_view bytes, std::string& to) {
    while (!bytes.empty()) {
        auto const at = bytes.find('\n');
        auto const piece = bytes.substr(0, at);
        if (piece.size() > max_line - begun_.size())
            return false;
        if (at == bytes.npos) {
            begun_ += piece;
            return true;
        }
        line(begun_.empty() ? piece : begun_ += piece, to);
        begun_.clear();
        bytes.remove_prefix(at + 1);
    }
    return true;
}

void url_lines::finish(std::string& to) {
    if (!begun_.empty())
        line(begun_, to);
    begun_.clear();
    at_start_ = true;
}

void url_lines::line(std::string_view text, std::string& to) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    constexpr std::string_view blank = " \t\r";
    if (at_start_ && text.starts_with(mark))
        text.remove_prefix(mark.size());
    at_start_ = false;
    ++lines_;
    auto const first = text.find_first_not_of(blank);
    if (first != text.npos && text[first] != '#') {
        text = text.substr(first, text.find_last_not_of(blank) + 1 - first);
        ++urls_;
        if (text.front() == '{' || text.front() == '"')
            to += text;
        else
            append_json_string(to, text);
    }
    to += '\n';
}

}  // namespace fetchctl
