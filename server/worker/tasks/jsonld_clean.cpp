#include "worker/tasks/jsonld_clean.hpp"

#include <algorithm>
#include <cstdint>

#include "base/ascii.hpp"

namespace fetchd::tasks {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20;
}

// The four hexadecimal digits of an escape at the start of `s`, or nothing: a number past them all.
constexpr std::uint32_t no_unit = 0x10000;
std::uint32_t unit_of(std::string_view s) {
    if (s.size() < 4)
        return no_unit;
    std::uint32_t unit = 0;
    for (char c : s.substr(0, 4)) {
        auto const lower = ascii_lower(c);
        if (is_digit(c))
            unit = unit * 16 + static_cast<std::uint32_t>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            unit = unit * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
        else
            return no_unit;
    }
    return unit;
}

bool is_high(std::uint32_t unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low(std::uint32_t unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

class cleaner {
  public:
    cleaner(std::string& out, std::string_view text) : out_(out), begin_(out.size()), text_(text) {}

    void run() {
        while (at_ < text_.size()) {
            if (!skip())
                token();
        }
        while (out_.size() > begin_ && (out_.back() == ';' || out_.back() == ','))
            out_.pop_back();
    }

  private:
    std::string_view rest() const { return text_.substr(at_); }

    void skip_past(std::string_view mark) {
        auto const found = text_.find(mark, at_);
        at_ = found == text_.npos ? text_.size() : found + mark.size();
    }

    // Whatever stands between tokens and means nothing.
    bool skip() {
        char const c = text_[at_];
        if (c == ' ' || is_control(c) || c == 0x7F) {
            ++at_;
            return true;
        }
        for (std::string_view space : {"\xEF\xBB\xBF", "\xC2\xA0", "\xE2\x80\xA8", "\xE2\x80\xA9"})
            if (rest().starts_with(space)) {
                at_ += space.size();
                return true;
            }
        return skip_comment();
    }

    bool skip_comment() {
        if (rest().starts_with("//")) {
            at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
            return true;
        }
        if (rest().starts_with("/*")) {
            at_ += 2;
            skip_past("*/");
            return true;
        }
        if (rest().starts_with("<!--"))
            return skip_html_comment();
        for (std::string_view mark : {"-->", "<![CDATA[", "]]>"})
            if (rest().starts_with(mark)) {
                at_ += mark.size();
                return true;
            }
        return false;
    }

    // "<!-- words -->" is a comment; in "<!-- {...} -->" only the marks are, as scripts once were hidden from
    // browsers that did not know them.
    bool skip_html_comment() {
        at_ += 4;
        auto const word = text_.find_first_not_of(" \t\r\n", at_);
        if (word != text_.npos && text_[word] != '{' && text_[word] != '[')
            skip_past("-->");
        return true;
    }

    void token() {
        char const c = text_[at_];
        if (c == '"') {
            string();
            return;
        }
        if ((c == '}' || c == ']') && out_.size() > begin_ && out_.back() == ',')
            out_.pop_back();
        bool const doubled = c == ',' && out_.size() > begin_ && out_.back() == ',';
        if (!doubled)
            out_ += c;
        ++at_;
    }

    void string() {
        out_ += '"';
        for (++at_; at_ < text_.size(); ++at_) {
            char const c = text_[at_];
            if (c == '\\') {
                escape();
            } else if (is_control(c)) {
                control(c);
            } else {
                out_ += c;
                if (c == '"') {
                    ++at_;
                    return;
                }
            }
        }
    }

    void control(char c) {
        if (c == '\n')
            out_ += "\\n";
        else if (c == '\t')
            out_ += "\\t";
        else if (c == '\r' && !rest().starts_with("\r\n"))
            out_ += "\\n";
        // Any other stands there by mistake.
    }

    // At the backslash; leaves at_ at the last character of the escape.
    void escape() {
        auto const after = rest().substr(1);
        if (after.empty())
            return;
        switch (after[0]) {
            case '"':
            case '\\':
            case '/':
            case 'b':
            case 'f':
            case 'n':
            case 'r':
            case 't':
                out_.append(rest(), 0, 2);
                ++at_;
                return;
            case 'u':
                unicode();
                return;
            default:
                return;  // as in JavaScript, where any other character stands for itself: "\'", "\-"
        }
    }

    void unicode() {
        auto const unit = unit_of(rest().substr(2));
        if (unit == no_unit)
            return;
        auto const next = rest().substr(6);
        bool const pair = is_high(unit) && next.starts_with("\\u") && is_low(unit_of(next.substr(2)));
        if (!pair && (is_high(unit) || is_low(unit)))
            out_ += "\\ufffd";
        else
            out_.append(rest(), 0, pair ? 12 : 6);
        at_ += pair ? 11 : 5;
    }

    std::string& out_;
    std::size_t begin_;
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

void append_clean_json(std::string& out, std::string_view text) {
    cleaner(out, text).run();
}

}  // namespace fetchd::tasks
