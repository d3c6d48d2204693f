#include "worker/tasks/css_cursor.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::css {
namespace {

constexpr std::int32_t most = 1'000'000'000;  // of An+B: more siblings than any document has

bool begins_name_char(char c) {
    return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_char(char c) {
    return begins_name_char(c) || is_digit(c) || c == '-';
}

std::optional<std::uint32_t> hex_digit(char c) {
    if (is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return std::nullopt;
}

bool is_newline(char c) {
    return c == '\n' || c == '\r' || c == '\f';
}

}  // namespace

std::size_t cursor::position(std::size_t offset) const {
    auto const before = text_.substr(0, offset);
    return 1 + static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) {
               return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
           }));
}

bool cursor::take(char c) {
    if (done() || text_[at_] != c)
        return false;
    ++at_;
    return true;
}

std::string_view cursor::until(char c) {
    auto const from = at_;
    at_ = std::min(text_.find(c, at_), text_.size());
    return since(from);
}

bool cursor::skip_space() {
    auto const from = at_;
    while (!done()) {
        if (utf8::is_space(text_[at_])) {
            ++at_;
        } else if (peek() == '/' && peek(1) == '*') {
            auto const end = text_.find("*/", at_ + 2);
            at_ = end == std::string_view::npos ? text_.size() : end + 2;
        } else {
            break;
        }
    }
    return at_ > from;
}

// CSS Syntax §4.3.8: a backslash before anything but a line's end.
bool cursor::is_escape(std::size_t at) const {
    return at < text_.size() && text_[at] == '\\' && (at + 1 == text_.size() || !is_newline(text_[at + 1]));
}

// CSS Syntax §4.3.9.
bool cursor::begins_name(std::size_t at) const {
    if (at >= text_.size())
        return false;
    if (text_[at] == '-') {
        ++at;
        return at < text_.size() && (text_[at] == '-' || begins_name_char(text_[at]) || is_escape(at));
    }
    return begins_name_char(text_[at]) || text_[at] == '\0' || is_escape(at);
}

bool cursor::at_name() const {
    return begins_name(at_);
}

// CSS Syntax §4.3.7, behind the backslash.
void cursor::unescape(std::string& into) {
    if (done())
        return utf8::append(into, 0xFFFD);
    std::uint32_t value = 0;
    std::size_t digits = 0;
    for (; digits < 6 && !done(); ++digits, ++at_) {
        auto const d = hex_digit(text_[at_]);
        if (!d)
            break;
        value = value * 16 + *d;
    }
    if (digits == 0) {
        into += text_[at_++];  // the rest of a longer character is taken as it comes
        return;
    }
    utf8::append(into, value == 0 ? 0xFFFD : value);
    if (peek() == '\r' && peek(1) == '\n')
        at_ += 2;
    else if (!done() && utf8::is_space(text_[at_]))
        ++at_;
}

std::string cursor::name() {
    std::string out;
    while (!done()) {
        if (is_name_char(text_[at_])) {
            out += text_[at_++];
        } else if (text_[at_] == '\0') {
            utf8::append(out, 0xFFFD);
            ++at_;
        } else if (is_escape(at_)) {
            ++at_;
            unescape(out);
        } else {
            break;
        }
    }
    return out;
}

// CSS Syntax §4.3.5.
std::optional<std::string> cursor::quoted() {
    auto const mark = text_[at_++];
    std::string out;
    while (!done()) {
        auto const c = text_[at_];
        if (c == mark) {
            ++at_;
            return out;
        }
        if (is_newline(c))
            return std::nullopt;
        ++at_;
        if (c == '\\' && !done()) {
            if (peek() == '\r' && peek(1) == '\n')
                at_ += 2;
            else if (is_newline(peek()))
                ++at_;
            else
                unescape(out);
        } else if (c == '\0') {
            utf8::append(out, 0xFFFD);
        } else {
            out += c;
        }
    }
    return std::nullopt;
}

// Digits alone; what is too large to mean a place among siblings is cut.
std::optional<std::int32_t> cursor::whole_number() {
    if (!is_digit(peek()))
        return std::nullopt;
    std::int32_t value = 0;
    for (; is_digit(peek()); ++at_)
        value = value > most / 10 ? most : value * 10 + (text_[at_] - '0');
    return std::min(value, most);
}

// CSS Syntax §6.
std::optional<nth> cursor::an_plus_b() {
    nth out;
    if (at_name() && ascii_lower(peek()) != 'n' && peek() != '-') {
        auto const word = ascii_lowered(name());
        if (word == "odd")
            return nth{2, 1};
        return word == "even" ? std::optional<nth>(nth{2, 0}) : std::nullopt;
    }
    auto const negative = peek() == '-';
    if (negative || peek() == '+')
        ++at_;
    auto const number = whole_number();
    if (!number && ascii_lower(peek()) != 'n')
        return std::nullopt;
    auto const first = negative ? -number.value_or(1) : number.value_or(1);
    if (ascii_lower(peek()) != 'n') {
        out.offset = first;
        return is_name_char(peek()) || is_escape(at_) ? std::nullopt : std::optional<nth>(out);
    }
    ++at_;
    out.step = first;
    auto const behind = at_;
    skip_space();
    auto const minus = peek() == '-';
    if (minus || peek() == '+') {
        ++at_;
        skip_space();
        auto const offset = whole_number();
        if (!offset)
            return std::nullopt;
        out.offset = minus ? -*offset : *offset;
    } else {
        at_ = behind;
    }
    return is_name_char(peek()) || is_escape(at_) ? std::nullopt : std::optional<nth>(out);
}

}  // namespace fetchd::css
