#include "worker/tasks/xml_mended.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::xml {
namespace {

constexpr std::size_t longest_name = 10;  // of HTML 4's characters: "thetasym" has eight

// Of one tag. libxml2 compares each with each, in every tag; and it takes no '<' in a value, so all of them
// stand between one '<' and the next, whatever else is wrong.
constexpr std::size_t max_attributes = 250;

// HTML 4's named characters, from libxml2's table, which can only be searched from end to end.
class html_names {
  public:
    html_names() {
        constexpr unsigned last = 0x2666;  // "diams"
        for (unsigned value = 0x80; value <= last; ++value)
            if (auto const* found = ::htmlEntityValueLookup(value); found != nullptr)
                all_.push_back({found->name, value});
        std::ranges::sort(all_, {}, &row::name);
    }
    std::uint32_t find(std::string_view name) const {
        auto const at = std::ranges::lower_bound(all_, name, {}, &row::name);
        return at != all_.end() && at->name == name ? at->value : 0;
    }

  private:
    struct row {
        std::string_view name;
        std::uint32_t value;
    };
    std::vector<row> all_;
};

// What begins a name (XML §2.3), as far as ASCII can tell.
bool begins_name(std::string_view s) {
    if (s.empty())
        return false;
    auto const c = ascii_lower(s.front());
    return (c >= 'a' && c <= 'z') || c == '_' || c == ':' || (c & 0x80) != 0;
}

std::size_t past(std::string_view text, std::string_view end, std::size_t from) {
    auto const found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
}

// Past a document type declaration: no part of it is for us. One that has no end ends with its first '>'.
std::size_t past_doctype(std::string_view text) {
    char quote = '\0';
    bool inside = false;  // the internal subset
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto const c = text[at];
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (inside && text.substr(at, 4) == "<!--")
            at = past(text, "-->", at + 4) - 1;
        else if (c == '[' || c == ']')
            inside = c == '[';
        else if (c == '>' && !inside)
            return at + 1;
    }
    return past(text, ">", 0);
}

// The document from its first element on: declarations, comments and instructions before it are dropped.
std::string_view without_prolog(std::string_view text) {
    text.remove_prefix(std::min(text.find('<'), text.size()));
    if (text.starts_with("<?xml "))
        text.remove_prefix(past(text, ">", 0));
    for (bool typed = false;;) {
        text.remove_prefix(std::min(text.find('<'), text.size()));
        if (text.starts_with("<?")) {
            text.remove_prefix(past(text, "?>", 2));
        } else if (text.starts_with("<!--")) {
            text.remove_prefix(past(text, "-->", 4));
        } else if (text.starts_with("<!") && !typed) {
            text.remove_prefix(past_doctype(text));
            typed = true;
        } else if (text.empty() || begins_name(text.substr(1))) {
            return text;
        } else {
            text.remove_prefix(1);
        }
    }
}

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// XML §4.6
std::string_view predefined(std::string_view name) {
    return name == "amp"    ? "&#38;"
           : name == "lt"   ? "&#60;"
           : name == "gt"   ? "&#62;"
           : name == "quot" ? "&#34;"
           : name == "apos" ? "&#39;"
                            : std::string_view();
}

constexpr auto needs_care = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 0x20; ++c)
        table[c] = c != '\t' && c != '\n' && c != '\r';
    table['&'] = table['<'] = table['='] = table[0xEF] = true;
    return table;
}();

class mender {
  public:
    mender(std::string_view in, std::string& out) : in_(in), out_(out) {}

    std::string_view run() {
        while (at_ < in_.size()) {
            auto const c = in_[at_];
            if (!needs_care[static_cast<unsigned char>(c)])
                ++at_;
            else if (c == '&')
                reference();
            else if (c == '<')
                markup();
            else if (c == '=')
                equals_sign();
            else
                forbidden();
        }
        if (done_ == 0)
            return in_;
        out_.append(in_, done_);
        return out_;
    }

  private:
    // Writes `instead` for the next `bytes` of the input.
    void replace(std::size_t bytes, std::string_view instead) {
        if (done_ == 0)
            out_.reserve(in_.size() + in_.size() / 16);
        out_.append(in_, done_, at_ - done_);
        out_ += instead;
        done_ = at_ += bytes;
    }

    void forbidden() {
        auto const next = in_.substr(at_, 3);
        if (static_cast<unsigned char>(next[0]) < 0x20)
            replace(1, " ");
        else if (next == "\xEF\xBF\xBE" || next == "\xEF\xBF\xBF")
            replace(3, "\xEF\xBF\xBD");
        else
            ++at_;
    }

    // Past a CDATA section, in which only characters are mended.
    void cdata() {
        auto const until = past(in_, "]]>", at_);
        while (at_ < until) {
            auto const c = in_[at_];
            if (needs_care[static_cast<unsigned char>(c)] && c != '&' && c != '<' && c != '=')
                forbidden();
            else
                ++at_;
        }
    }

    void markup() {
        attributes_ = 0;
        auto const next = in_.substr(at_, 9);
        if (next == "<![CDATA[")
            cdata();
        else if (next.starts_with("<!--"))
            replace(past(in_, "-->", at_ + 4) - at_, "");
        else if (next.starts_with("<?") && begins_name(next.substr(2)))
            replace(past(in_, "?>", at_ + 2) - at_, "");
        else if (next.starts_with("</") || begins_name(next.substr(1)))
            ++at_;
        else
            replace(1, "&#60;");
    }

    // In text the reference means the same; in a tag it is none, and ends its attributes.
    void equals_sign() {
        if (++attributes_ > max_attributes)
            replace(1, "&#61;");
        else
            ++at_;
    }

    void reference() {
        auto const rest = in_.substr(at_ + 1, longest_name + 1);
        if (rest.starts_with('#'))
            return numeric();
        std::size_t n = 0;
        while (n < rest.size() && (is_letter(rest[n]) || is_digit(rest[n])))
            ++n;
        auto const name = rest.substr(0, n);
        if (n == 0 || n == rest.size() || rest[n] != ';')
            return replace(1, "&#38;");
        if (auto const number = predefined(name); !number.empty())
            return replace(n + 2, number);
        if (!names_)
            names_.emplace();
        if (auto const value = names_->find(name)) {
            std::string character;
            utf8::append(character, value);
            return replace(n + 2, character);
        }
        replace(1, "&#38;");
    }

    // XML §4.1: the character must be one that a document may hold.
    void numeric() {
        auto const rest = in_.substr(at_ + 2, 12);
        bool const hex = rest.starts_with('x') || rest.starts_with('X');
        std::size_t n = hex ? 1 : 0;
        std::uint32_t value = 0;
        for (; n < rest.size(); ++n) {
            auto const c = ascii_lower(rest[n]);
            bool const letter = hex && c >= 'a' && c <= 'f';
            if (!is_digit(c) && !letter)
                break;
            value = value * (hex ? 16 : 10) + static_cast<std::uint32_t>(letter ? c - 'a' + 10 : c - '0');
            if (value > 0x10FFFF)
                break;
        }
        if (n == (hex ? 1U : 0U) || n == rest.size() || rest[n] != ';')
            return replace(1, "&#38;");
        bool const allowed = value == '\t' || value == '\n' || value == '\r' ||
                             (value >= 0x20 && value < 0xD800) || (value > 0xDFFF && value < 0xFFFE) ||
                             value > 0xFFFF;
        if (!allowed)
            return replace(n + 3, "\xEF\xBF\xBD");
        if (rest[0] == 'X') {
            std::string character;
            utf8::append(character, value);
            if (value == '&' || value == '<')
                character = value == '&' ? "&#38;" : "&#60;";
            return replace(n + 3, character);
        }
        at_ += n + 3;
    }

    std::string_view in_;
    std::string& out_;
    std::size_t at_ = 0;
    std::size_t done_ = 0;        // of in_, copied to out_
    std::size_t attributes_ = 0;  // '=' since the last '<'
    std::optional<html_names> names_;
};

}  // namespace

std::string_view mended(std::string_view utf8, std::string& storage) {
    storage.clear();
    return mender(without_prolog(utf8), storage).run();
}

}  // namespace fetchd::xml
